//! Child processes: where the built programs are, and how one is started.

use std::path::PathBuf;
use std::process::Command;

/// The folder of the built programs: `ATALAYA_BIN_DIR`, else the one above the test binary's.
pub fn bin_dir() -> PathBuf {
    std::env::var_os("ATALAYA_BIN_DIR").map_or_else(
        || {
            let test = std::env::current_exe().expect("a test knows its own path");
            test.ancestors().nth(2).expect("target/PROFILE/{deps,examples}/NAME").to_owned()
        },
        PathBuf::from,
    )
}

/// A command, started from this one place.
#[expect(clippy::disallowed_methods, reason = "the tests' one place to start child processes")]
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}
