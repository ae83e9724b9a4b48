//! Owns where things are in this repository, and how cargo is called in it.

use crate::{Result, process};
use serde::Deserialize;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository and its build folder.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

/// The part of `cargo metadata` that is used here.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// Asks cargo, which knows of every way to move the build folder elsewhere.
    pub(crate) fn locate() -> Result<Self> {
        let text = process::capture(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: Metadata = serde_json::from_str(&text)?;
        Ok(Self { root: metadata.workspace_root, target: metadata.target_directory })
    }

    /// A path below the repository's root.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A path below the build folder.
    pub(crate) fn target(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.target.join(relative)
    }

    /// A built program: `profile` is the folder's name, `debug` or `release`.
    pub(crate) fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// `cargo` in the root.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = cargo();
        cargo.current_dir(&self.root);
        cargo
    }

    /// A program in the root, with the environment a user's shell would give it.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = clean(program.as_ref());
        command.current_dir(&self.root);
        command
    }
}

fn cargo() -> Command {
    // The cargo that started us, so that the toolchain stays the same.
    let program = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    clean(&program)
}

/// `cargo run` tells us about our own package. Told to another cargo, that makes build scripts of other packages run
/// again that watch these variables.
fn clean(program: &Path) -> Command {
    let mut command = process::command(program);
    for (name, _) in env::vars_os() {
        let ours = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || matches!(name, "CARGO_MANIFEST_DIR" | "CARGO_MANIFEST_PATH")
        });
        if ours {
            command.env_remove(name);
        }
    }
    command
}
