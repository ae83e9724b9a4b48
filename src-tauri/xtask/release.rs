//! Owns building the programs as they are shipped, with their pages.

use crate::report::step;
use crate::workspace::Workspace;
use crate::{Result, process, ui};

/// Builds both programs. Always both: one alone would have other features of what they share, and be compiled anew.
pub(crate) fn build(workspace: &Workspace) -> Result {
    ui::install(workspace)?;
    ui::build(workspace)?;
    step("Programs (the first time takes a while)");
    let both = ["build", "--release", "--package", "atalaya", "--package", "atalaya-cli"];
    process::run(workspace.cargo().args(both))
}
