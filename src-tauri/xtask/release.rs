//! Owns building the programs as they are shipped, with their pages.

use crate::report::step;
use crate::workspace::Workspace;
use crate::{Result, process, ui};
use std::process::Command;

/// Builds both programs. Always both: one alone would have other features of what they share, and be compiled anew.
pub(crate) fn build(workspace: &Workspace) -> Result {
    ui::install(workspace)?;
    ui::build(workspace)?;
    step("Programs (the first time takes a while)");
    let both = ["build", "--release", "--package", "atalaya", "--package", "atalaya-cli"];
    process::run(workspace.cargo().args(both))
}

/// Builds the programs that measure parts of ours from inside.
pub(crate) fn examples(workspace: &Workspace) -> Result {
    step("Examples");
    process::run(workspace.cargo().args(["build", "--release", "--package", "atalaya-service", "--examples"]))
}

/// One of them.
pub(crate) fn example(workspace: &Workspace, name: &str) -> Command {
    workspace.command(workspace.program("release/examples", name))
}
