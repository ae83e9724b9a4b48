//! `cargo xtask run`: from a fresh clone to a window with four cameras playing.

use crate::packages::{self, Purpose};
use crate::process::Background;
use crate::report::{say, step};
use crate::workspace::Workspace;
use crate::{Result, demo, process, ui};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Where cameras, settings and recordings go. Default: a fresh folder in the build folder.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Do the job on the command line even if there is a display.
    #[arg(long)]
    display_less: bool,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    packages::ensure(Purpose::Run)?;
    ui::install(workspace)?;
    ui::build(workspace)?;
    step("Programs (the first time takes a while)");
    process::run(workspace.cargo().args([
        "build",
        "--release",
        "--package",
        "atalaya",
        "--package",
        "atalaya-cli",
    ]))?;

    let data_dir = match &options.data_dir {
        // The programs run in the repository's root, the user may stand elsewhere.
        Some(folder) => std::path::absolute(folder)?,
        None => fresh_data_dir(workspace)?,
    };
    say(&format!("Cameras, settings and recordings are kept in {}", data_dir.display()));
    if options.display_less {
        demo::run(workspace, &data_dir)
    } else if has_display() {
        window(workspace, &data_dir)
    } else {
        say(
            "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so the same job is done on the command line.",
        );
        demo::run(workspace, &data_dir)
    }
}

/// A folder that only the demonstration uses, emptied, so that each begins as on a new machine.
fn fresh_data_dir(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target("atalaya-demo/data");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(windows) || cfg!(target_os = "macos") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Opens the window and waits until it is closed.
fn window(workspace: &Workspace, data_dir: &Path) -> Result {
    let (_cameras, found) = simulated_cameras(workspace)?;
    step("Window");
    say(&format!("It looks for cameras on the network and adds the {} simulated ones.", found.len()));
    let mut window = workspace.command(workspace.program("release", "atalaya"));
    process::run(window.arg("--data-dir").arg(data_dir).arg("--add-simulated"))
    // The simulated cameras end with `_cameras`.
}

/// How many cameras are simulated.
const CAMERAS: usize = 4;

/// Starts simulated cameras as a program of their own: the others reach them only through the network. Returns what
/// each says of itself.
pub(crate) fn simulated_cameras(workspace: &Workspace) -> Result<(Background, Vec<serde_json::Value>)> {
    step("Simulated cameras");
    let mut simcam = workspace.command(workspace.program("release", "atalaya-cli"));
    let cameras = Background::start(simcam.args(["simcam", "--json", "--count"]).arg(CAMERAS.to_string()))?;
    let mut found = Vec::new();
    for _ in 0..CAMERAS {
        // The first one encodes its pictures before it answers.
        let camera: serde_json::Value = serde_json::from_str(&cameras.line(Duration::from_mins(1))?)?;
        say(&format!("{}  {}", text(&camera, "name"), text(&camera, "onvif_url")));
        found.push(camera);
    }
    Ok((cameras, found))
}

/// A field's text; empty where there is none.
pub(crate) fn text<'a>(object: &'a serde_json::Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}
