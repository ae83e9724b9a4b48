//! What the benches that record have in common: data directories with cameras in them, and `atalaya-cli` on these.

use crate::Result;
use crate::demo::text;
use crate::folders;
use crate::process::{self, Background};
use crate::report::{say, step};
use crate::workspace::Workspace;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long the cameras may take until all are being recorded.
pub(super) const START_LIMIT: Duration = Duration::from_mins(1);

/// A bench's folder below the build folder.
pub(super) struct Stage<'a> {
    pub(super) workspace: &'a Workspace,
    folder: PathBuf,
}

impl<'a> Stage<'a> {
    pub(super) fn new(workspace: &'a Workspace, name: &str) -> Self {
        Self { workspace, folder: workspace.target("bench").join(name) }
    }

    /// A place in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// An empty folder in it.
    pub(super) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.path(name);
        folders::fresh(&folder)?;
        Ok(folder)
    }

    /// Makes a data directory in which each of these cameras is set to record.
    pub(super) fn with_cameras(&self, name: &str, urls: &[String]) -> Result<PathBuf> {
        step("Cameras");
        let data_dir = self.fresh(name)?;
        for (number, url) in (1..).zip(urls) {
            let name = format!("Camera {number}");
            let add = ["camera", "add", "--name", &name, "--url", url, "--record"];
            process::capture(self.cli(&data_dir).args(add))?;
        }
        say(&format!("{} added.", urls.len()));
        Ok(data_dir)
    }

    /// The released program on a data directory.
    pub(super) fn cli(&self, data_dir: &Path) -> Command {
        Self::on(self.workspace.command(self.workspace.program("release", "atalaya-cli")), data_dir)
    }

    /// The same on these processors only.
    pub(super) fn cli_on(&self, processors: &str, data_dir: &Path) -> Command {
        let mut taskset = self.workspace.command("taskset");
        taskset.args(["--cpu-list", processors]).arg(self.workspace.program("release", "atalaya-cli"));
        Self::on(taskset, data_dir)
    }

    fn on(mut cli: Command, data_dir: &Path) -> Command {
        cli.arg("--json").arg("--data-dir").arg(data_dir).env("ATALAYA_KEY_STORE", "file");
        cli
    }

    /// Starts a recorder and waits until all its cameras are live; `more` are arguments of `run`.
    pub(super) fn record(mut cli: Command, cameras: u32, more: &[&str]) -> Result<Background> {
        let recorder = Background::start(cli.arg("run").args(more).stderr(Stdio::null()))?;
        let deadline = Instant::now() + START_LIMIT;
        let mut live = BTreeSet::new();
        while live.len() < cameras as usize {
            let event: Value =
                serde_json::from_str(&recorder.line(deadline.saturating_duration_since(Instant::now()))?)?;
            if event["event"] == "camera.state_changed" && event["state"] == "live" {
                live.insert(text(&event, "camera").to_owned());
            }
        }
        Ok(recorder)
    }
}
