//! Processes: where the built programs are, how one is started, and what proc(5) tells of those that run.

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

/// A process of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessId(pub u32);

impl ProcessId {
    /// Its name, at most 15 characters (proc(5), comm); none when it ended.
    pub fn name(self) -> Option<String> {
        Some(std::fs::read_to_string(format!("/proc/{}/comm", self.0)).ok()?.trim_end().to_owned())
    }

    /// When it was started, in ticks since this machine was (proc(5), stat, starttime).
    pub fn started(self) -> Option<u64> {
        self.stat(22)
    }

    /// Processor time so far, user and system, in hundredths of a second (USER_HZ).
    pub fn ticks(self) -> u64 {
        self.stat(14).unwrap_or(0) + self.stat(15).unwrap_or(0)
    }

    /// A number of /proc/PID/stat, counted from 1 as proc(5) does.
    fn stat(self, field: usize) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        // The second field is the name in parentheses, and may hold blanks and parentheses itself.
        let (_, rest) = text.rsplit_once(')')?;
        rest.split_ascii_whitespace().nth(field - 3)?.parse().ok()
    }

    /// It and all below it.
    pub fn family(self) -> Vec<Self> {
        let all: Vec<Self> = std::fs::read_dir("/proc")
            .expect("proc is mounted")
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok().map(Self))
            .collect();
        let mut family = vec![self];
        let mut next = 0;
        while let Some(&Self(parent)) = family.get(next) {
            family.extend(all.iter().filter(|pid| pid.stat(4) == Some(parent.into())));
            next += 1;
        }
        family
    }

    /// Sends it a signal by its name: `STOP`, `CONT`, `KILL`.
    pub fn signal(self, name: &str) {
        let status = command("kill").args([&format!("-{name}"), &self.0.to_string()]).status();
        assert!(status.expect("kill is installed").success(), "{self:?} took no {name}");
    }
}
