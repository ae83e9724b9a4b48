//! `cargo xtask run`: from a fresh clone to a window with four cameras playing.

use crate::packages::{self, Purpose};
use crate::report::{say, step};
use crate::workspace::Workspace;
use crate::{Result, demo, folders, process, release};
use std::env;
use std::path::{Path, PathBuf};

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
    release::build(workspace)?;

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
    folders::fresh(&folder)?;
    Ok(folder)
}

fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(windows) || cfg!(target_os = "macos") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Opens the window and waits until it is closed.
fn window(workspace: &Workspace, data_dir: &Path) -> Result {
    step("Window");
    say(
        "It starts four simulated cameras, finds them on the network, adds them, and shows and records them.",
    );
    let mut window = workspace.command(workspace.program("release", "atalaya"));
    process::run(window.arg("--data-dir").arg(data_dir).arg("--add-simulated"))
}
