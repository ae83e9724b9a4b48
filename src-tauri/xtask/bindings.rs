//! `cargo xtask gen`: the TypeScript bindings of the view models. The presenter's own tests write them (ts-rs);
//! here they get to their place, and it is checked that they are those of the code.

use crate::report::{say, step};
use crate::workspace::Workspace;
use crate::{Result, folders, process};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the pages import them from.
const PLACE: &str = "ui/src/gen";

/// Names the folder to ts-rs.
pub(crate) const FOLDER_VARIABLE: &str = "TS_RS_EXPORT_DIR";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Change nothing; fail when the bindings are not those of the code.
    #[arg(long)]
    check: bool,
}

impl Options {
    /// As with `--check`.
    pub(crate) const CHECK: Self = Self { check: true };
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    step("TypeScript bindings");
    let made = fresh_folder(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--quiet", "--package", "atalaya-presenter", "--lib", "export_bindings"]);
    process::run(cargo.env(FOLDER_VARIABLE, &made))?;
    if options.check { check(workspace, &made) } else { put(workspace, &made) }
}

/// An empty folder for ts-rs to write to.
pub(crate) fn fresh_folder(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target("bindings");
    folders::fresh(&folder)?;
    Ok(folder)
}

/// Holds the bindings that were made against those in their place.
pub(crate) fn check(workspace: &Workspace, made: &Path) -> Result {
    let (made, there) = (read(made)?, read(&workspace.path(PLACE))?);
    if made.is_empty() {
        return Err("no bindings were made".into());
    }
    let names = made.keys().chain(there.keys());
    let mut stale: Vec<_> =
        names.filter(|name| made.get(*name) != there.get(*name)).map(String::as_str).collect();
    stale.sort_unstable();
    stale.dedup();
    if stale.is_empty() {
        say(&format!("{} files in {PLACE} are up to date.", made.len()));
        return Ok(());
    }
    Err(format!("not up to date in {PLACE}: {}; `cargo xtask gen` writes them", stale.join(", ")).into())
}

fn put(workspace: &Workspace, made: &Path) -> Result {
    let place = workspace.path(PLACE);
    fs::create_dir_all(&place)?;
    let (made, there) = (read(made)?, read(&place)?);
    for name in there.keys().filter(|name| !made.contains_key(*name)) {
        say(&format!("removed {name}"));
        fs::remove_file(place.join(name))?;
    }
    for (name, text) in made.iter().filter(|(name, text)| there.get(*name) != Some(text)) {
        say(&format!("wrote {name}"));
        fs::write(place.join(name), text)?;
    }
    say(&format!("{} files in {PLACE}.", made.len()));
    Ok(())
}

fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        // Git may have given the files in their place other line ends.
        let text = fs::read_to_string(entry.path())?.replace("\r\n", "\n");
        files.insert(entry.file_name().to_string_lossy().into_owned(), text);
    }
    Ok(files)
}
