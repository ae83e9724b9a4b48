//! Owns how the pages of the window are built and checked: with npm, in `ui`.

use crate::report::{say, step};
use crate::workspace::Workspace;
use crate::{Result, process};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

/// The oldest Node that can build the pages (`engines` in ui/package.json).
const NODE_MIN: (u32, u32) = (20, 19);

/// Installs the packages of the lock file, unless that was done since it changed.
pub(crate) fn install(workspace: &Workspace) -> Result {
    step("Packages of the user interface");
    check_node()?;
    let wanted = modified(&workspace.path("ui/package-lock.json"));
    // npm writes this file at the end of an installation.
    let done = modified(&workspace.path("ui/node_modules/.package-lock.json"));
    if wanted.is_some() && done > wanted {
        say("Up to date.");
        return Ok(());
    }
    process::run(npm(workspace)?.args(["ci", "--no-fund", "--no-audit"]))
}

/// Builds the pages into ui/dist, unless nothing changed since.
pub(crate) fn build(workspace: &Workspace) -> Result {
    step("Pages of the window");
    let built = modified(&workspace.path("ui/dist/index.html"));
    if built.is_some() && newest(&workspace.path("ui"))? <= built {
        say("Up to date.");
        return Ok(());
    }
    script(workspace, "build")
}

/// Runs a script of ui/package.json.
pub(crate) fn script(workspace: &Workspace, name: &str) -> Result {
    process::run(npm(workspace)?.args(["run", "--silent", name]))
}

fn npm(workspace: &Workspace) -> Result<Command> {
    let npm = process::find("npm").ok_or("npm is not there: it comes with Node")?;
    let mut command = workspace.command(npm);
    command.current_dir(workspace.path("ui"));
    Ok(command)
}

fn check_node() -> Result {
    let (major, minor) = NODE_MIN;
    let node = process::find("node")
        .ok_or_else(|| format!("Node is not there: install {major}.{minor} or newer"))?;
    let version = process::capture(process::command(node).arg("--version"))?;
    let mut numbers =
        version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < NODE_MIN {
        return Err(format!("Node is {}, but the pages need {major}.{minor} or newer", version.trim()).into());
    }
    Ok(())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

/// The time of the newest file below a folder, without what npm and the build put there.
fn newest(folder: &Path) -> Result<Option<SystemTime>> {
    let mut newest = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let time = if !path.is_dir() {
            modified(&path)
        } else if path.ends_with("node_modules") || path.ends_with("dist") {
            None
        } else {
            self::newest(&path)?
        };
        newest = newest.max(time);
    }
    Ok(newest)
}
