//! Owns installing the ONVIF programs of others that the tests talk to, pinned, below the build folder. The user's own
//! Python and Node packages are not touched.

use crate::report::step;
use crate::workspace::Workspace;
use crate::{Result, folders, process};
use std::fs;
use std::path::PathBuf;

/// The variable by which the tests learn where they are.
pub(crate) const FOLDER_VARIABLE: &str = "ATALAYA_FOREIGN_DIR";

/// Installs them if need be; where they are.
pub(crate) fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    step("ONVIF programs of others");
    let folder = workspace.target("foreign");
    let pins = ["requirements.txt", "requirements-bare.txt", "package.json", "package-lock.json"];
    let wanted = pins
        .iter()
        .map(|name| fs::read_to_string(workspace.path("tests/foreign").join(name)))
        .collect::<std::io::Result<String>>()?;
    // Whatever an interrupted run left is made anew; what is complete says for which pins.
    let stamp = folder.join("complete");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    folders::fresh(&folder)?;
    let python = process::find("python3").ok_or("python3 is missing")?;
    process::run(workspace.command(python).args(["-m", "venv"]).arg(folder.join("venv")))?;
    let pip = |more: &[&str], list: &str| {
        let mut pip = workspace.command(folder.join("venv/bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(more);
        process::run(pip.arg("-r").arg(workspace.path("tests/foreign").join(list)))
    };
    pip(&[], "requirements.txt")?;
    // Without what these would bring for pictures, which nothing here makes.
    pip(&["--no-deps"], "requirements-bare.txt")?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(workspace.path("tests/foreign").join(name), folder.join(name))?;
    }
    let npm = process::find("npm").ok_or("npm is missing")?;
    let mut npm = workspace.command(npm);
    npm.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
    process::run(&mut npm)?;
    fs::write(stamp, wanted)?;
    Ok(folder)
}
