//! Which files a recorder writes and syncs, and how often: by `strace`, attached for a short time of its own, since it
//! slows down what it watches.

use crate::Result;
use crate::process::Background;
use crate::workspace::Workspace;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Calls of a recorder that were seen.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Calls {
    /// For how long it was watched.
    seconds: u64,
    /// Writes to recorded files.
    media_writes: u32,
    /// Syncs of recorded files.
    media_syncs: u32,
    /// The most syncs of recorded files in one folder.
    media_syncs_of_a_folder: u32,
    /// Syncs of folders.
    folder_syncs: u32,
    /// Writes to the database and its log.
    database_writes: u32,
    /// Syncs of them.
    database_syncs: u32,
}

impl Calls {
    /// Watches a process and all its threads; none where the system does not allow it.
    pub(super) fn watch(workspace: &Workspace, pid: u32, span: Duration) -> Result<Option<Self>> {
        let log = workspace.target("bench/strace.log");
        let mut strace = workspace.command("timeout");
        // strace lets go of what it watches, and leaves it running, when it is interrupted.
        strace.args(["--signal=INT", &span.as_secs().to_string(), "strace", "-f", "-y", "-s", "0"]);
        strace.args(["-e", "trace=write,writev,pwrite64,pwritev,fsync,fdatasync", "-o"]).arg(&log);
        strace.args(["-p", &pid.to_string()]).stderr(Stdio::null());
        Background::start(&mut strace)?.end(span + Duration::from_secs(10))?;
        // Where strace is not allowed to watch there is no log, or nothing in it.
        let text = fs::read(&log).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default();
        let _ = fs::remove_file(log);
        Ok((!text.is_empty()).then(|| Self::read(&text, span.as_secs())))
    }

    fn read(log: &str, seconds: u64) -> Self {
        let mut calls = Self { seconds, ..Self::default() };
        let mut folders: BTreeMap<&Path, u32> = BTreeMap::new();
        for (call, path) in log.lines().filter_map(call) {
            let is_sync = call.ends_with("sync");
            let path = Path::new(path);
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.extension().is_some_and(|extension| extension == "mp4") {
                if is_sync {
                    calls.media_syncs += 1;
                    *folders.entry(path.parent().unwrap_or(path)).or_default() += 1;
                } else {
                    calls.media_writes += 1;
                }
            } else if name.contains(".db") {
                calls.database_syncs += u32::from(is_sync);
                calls.database_writes += u32::from(!is_sync);
            } else if is_sync {
                calls.folder_syncs += 1;
            }
        }
        calls.media_syncs_of_a_folder = folders.into_values().max().unwrap_or_default();
        calls
    }

    /// Writes to recorded files for each camera in the time of one GOP.
    pub(super) fn media_writes_per_gop(&self, cameras: u32) -> f64 {
        f64::from(self.media_writes) / f64::from(cameras) / (self.seconds as f64 / super::GOP_SECONDS)
    }

    /// Syncs of recorded files in one folder within two seconds, where there are most.
    pub(super) fn media_syncs_per_2s(&self) -> f64 {
        f64::from(self.media_syncs_of_a_folder) / (self.seconds as f64 / 2.0)
    }

    /// Syncs of the database within two seconds.
    pub(super) fn database_syncs_per_2s(&self) -> f64 {
        f64::from(self.database_syncs) / (self.seconds as f64 / 2.0)
    }
}

/// A line's call and the file that it is for. The end of a call that was broken off in the log is no call.
fn call(line: &str) -> Option<(&str, &str)> {
    let (before, rest) = line.split_once('(')?;
    let (_, path) = rest.split_once('<')?;
    let (path, _) = path.split_once('>')?;
    Some((before.rsplit(' ').next()?, path)).filter(|_| !before.contains("resumed"))
}

#[cfg(test)]
mod tests {
    use super::Calls;

    #[test]
    fn calls_are_told_apart_by_their_files() {
        let log = "\
12 writev(9</d/recordings/c1/2026-11-21/100000.000Z-main.mp4>, [...], 53) = 900000
12 fdatasync(9</d/recordings/c1/2026-11-21/100000.000Z-main.mp4> <unfinished ...>
13 pwrite64(5</d/atalaya.db-wal>, \"\"..., 4096, 0) = 4096
12 <... fdatasync resumed>) = 0
13 fsync(5</d/atalaya.db-wal>) = 0
12 fsync(11</d/recordings/c1/2026-11-21>) = 0
12 write(4<socket:[77]>, \"\"..., 8) = 8
";
        let expected = Calls {
            seconds: 10,
            media_writes: 1,
            media_syncs: 1,
            media_syncs_of_a_folder: 1,
            folder_syncs: 1,
            database_writes: 1,
            database_syncs: 1,
        };
        assert_eq!(Calls::read(log, 10), expected);
    }
}
