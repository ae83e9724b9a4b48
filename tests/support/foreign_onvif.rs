//! Programs of others: a device of ipycam's that our client reads, clients that read our simulated camera, and axe, which
//! judges whether everybody can use a page.
//! `cargo xtask test` installs them.

use crate::cli::Running;
use crate::process::{bin_dir, command};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Where they are: `ATALAYA_FOREIGN_DIR`, else below the build folder.
fn folder() -> PathBuf {
    let folder = std::env::var_os("ATALAYA_FOREIGN_DIR").map_or_else(
        || bin_dir().parent().expect("the programs lie in a profile's folder").join("foreign"),
        PathBuf::from,
    );
    assert!(folder.join("complete").exists(), "{} is not there: cargo xtask test makes it", folder.display());
    folder
}

/// The source of axe-core, to be run in a page.
pub fn axe_source() -> String {
    let path = folder().join("node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("support").join(name)
}

fn python(name: &str) -> Command {
    let mut python = command(folder().join("venv/bin/python"));
    python.arg(script(name)).env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

/// A running ONVIF device of PyPI's ipycam; it ends when this is dropped.
pub struct ForeignDevice {
    _process: Running,
    /// Where it keeps its presets.
    _folder: tempfile::TempDir,
    port: u16,
}

impl ForeignDevice {
    /// Starts one, with a login if wanted, whose streams are at `rtsp_port`.
    pub fn start(rtsp_port: u16, login: Option<(&str, &str)>) -> Self {
        let mut command = python("ipycam_device.py");
        let folder = tempfile::tempdir().expect("a temporary folder");
        command.arg(rtsp_port.to_string()).current_dir(folder.path());
        if let Some((user, password)) = login {
            command.env("FOREIGN_USER", user).env("FOREIGN_PASSWORD", password);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let process = Running::keeping_input(command);
        let ready = process.next(Duration::from_mins(1)).expect("the foreign device starts");
        let port = ready["port"].as_u64().expect("a port") as u16;
        Self { _process: process, _folder: folder, port }
    }

    /// Its ONVIF port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn finished(mut command: Command, port: u16, user: &str, password: &str) -> Value {
    command.args([&port.to_string(), user]).env("FOREIGN_PASSWORD", password);
    let output = command.output().expect("the client starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the client failed: {errors}");
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(said.trim()).unwrap_or_else(|error| panic!("{error} in {said:?}"))
}

/// What PyPI's onvif-zeep reads of a device on loopback.
pub fn read_with_zeep(port: u16, user: &str, password: &str) -> Value {
    finished(python("onvif_zeep_client.py"), port, user, password)
}

/// What npm's `onvif` reads of a device on loopback.
pub fn read_with_npm(port: u16, user: &str, password: &str) -> Value {
    let mut node = command("node");
    node.arg(script("onvif_npm_client.cjs")).env("NODE_PATH", folder().join("node_modules"));
    finished(node, port, user, password)
}
