//! Owns the files that measured figures are kept in: `target/KIND/NAME.json`. Knows nothing of what they tell.

use crate::report::say;
use crate::workspace::Workspace;
use crate::{Result, process};
use serde_json::Value;
use std::fs;

/// Writes figures where they are looked for, with whose they are and of which commit.
pub(crate) fn keep(workspace: &Workspace, kind: &str, name: &str, mut figures: Value) -> Result {
    let commit = process::capture(workspace.command("git").args(["rev-parse", "HEAD"])).unwrap_or_default();
    figures[kind] = name.into();
    figures["commit"] = commit.trim().into();
    let folder = workspace.target(kind);
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}.json"));
    fs::write(&path, serde_json::to_string_pretty(&figures)?)?;
    say(&format!("Written to {}", path.display()));
    Ok(())
}
