//! Owns programs that come from cargo: where they are, and how they are installed into the build folder when they
//! are not there, without touching the user's own.

use crate::report::say;
use crate::workspace::Workspace;
use crate::{Result, process};
use std::path::PathBuf;

/// The test runner. It runs each test in a process of its own, with time limits.
pub(crate) const NEXTEST: Tool = Tool { name: "cargo-nextest", version: "^0.9.140" };

/// Speaks WebDriver for a Tauri window. The newest published version belongs to a Tauri that is not ours.
pub(crate) const TAURI_DRIVER: Tool = Tool { name: "tauri-driver", version: "^2.1" };

/// A program that cargo can install.
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// The program, installed if need be.
    pub(crate) fn ensure(&self, workspace: &Workspace) -> Result<PathBuf> {
        if let Some(found) = process::find(self.name) {
            return Ok(found);
        }
        let own = workspace.program("tools/bin", self.name);
        if !own.is_file() {
            say(&format!("{} is not there; it is built now, once.", self.name));
            let mut cargo = workspace.cargo();
            cargo.args(["install", self.name, "--version", self.version, "--locked", "--quiet", "--root"]);
            process::run(cargo.arg(workspace.target("tools")))?;
        }
        Ok(own)
    }
}
