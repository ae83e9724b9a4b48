//! What every family needs: simulated cameras as a process of their own, a data directory that records them, the
//! engine in it, and a look at its files that uses none of the recorder's code.

use super::wire::Wire;
use super::{Skipped, Torture};
use crate::demo::text;
use crate::process::{self, Background};
use crate::{Result, folders, machine};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The range of everything that can have been recorded.
pub(super) const EVER: [&str; 4] = ["--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"];

/// How long anything that must happen may take before a run counts as hanging.
pub(super) const LIMIT: Duration = Duration::from_mins(1);

/// The program in a data directory.
pub(super) struct Stage {
    program: PathBuf,
    folder: PathBuf,
    data_dir: PathBuf,
}

/// Bytes up to the end of the last whole fragment of a file, and how many fragments those are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) bytes: u64,
    pub(super) fragments: u32,
}

impl Stage {
    /// An empty folder for this family; the data directory in it is `data` unless the family puts another.
    pub(super) fn new(torture: &Torture<'_>, name: &str) -> Result<Self> {
        let folder = torture.workspace.target("torture").join(name);
        folders::fresh(&folder)?;
        let profile = if torture.options.release { "release" } else { "debug" };
        let program = torture.workspace.program(profile, "atalaya-cli");
        let data_dir = folder.join("data");
        Ok(Self { program, folder, data_dir })
    }

    /// The same program in another data directory.
    pub(super) fn beside(&self, data_dir: PathBuf) -> Self {
        Self { program: self.program.clone(), folder: self.folder.clone(), data_dir }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(super) fn recordings(&self) -> PathBuf {
        self.data_dir.join("recordings")
    }

    fn command(&self) -> Command {
        let mut command = process::command(&self.program);
        command.arg("--json").arg("--data-dir").arg(&self.data_dir).env("ATALAYA_KEY_STORE", "file");
        command.stderr(Stdio::null());
        command
    }

    /// Runs a verb; its exit code and its lines.
    pub(super) fn outcome(&self, args: &[&str]) -> Result<(Option<i32>, Vec<Value>)> {
        let (code, lines) = process::outcome(self.command().args(args))?;
        Ok((code, lines.lines().map(serde_json::from_str).collect::<std::result::Result<_, _>>()?))
    }

    /// Runs a verb that must succeed.
    pub(super) fn call(&self, args: &[&str]) -> Result<Vec<Value>> {
        match self.outcome(args)? {
            (Some(0), lines) => Ok(lines),
            (code, lines) => Err(format!("{args:?} ended with {code:?}: {lines:?}").into()),
        }
    }

    /// Starts a verb that goes on.
    pub(super) fn start(&self, args: &[&str]) -> Result<Background> {
        Background::start(self.command().args(args))
    }

    /// Simulated cameras on this machine, at any free ports. Returns what each says of itself.
    pub(super) fn simcams(&self, count: u32, faults: &[&str]) -> Result<(Background, Vec<Value>)> {
        told(Background::start(self.simcam(count, faults).args(["--first-port", "0"]))?, count)
    }

    /// Simulated cameras at the other end of a line, always at the same ports.
    pub(super) fn simcams_behind(&self, wire: &Wire, count: u32) -> Result<(Background, Vec<Value>)> {
        let mut simcam = self.simcam(count, &[]);
        simcam.args(["--bind", &wire.cameras()]);
        told(Background::start(&mut wire.among_cameras(&simcam))?, count)
    }

    fn simcam(&self, count: u32, faults: &[&str]) -> Command {
        let mut command = self.command();
        command.args(["simcam", "--count", &count.to_string(), "--identity", "torture"]);
        for fault in faults {
            command.args(["--fault", *fault]);
        }
        command
    }

    /// Adds cameras to be recorded, by the smaller of the streams that they told: what is tried is not how much goes
    /// through. Returns their ids.
    pub(super) fn add(&self, told: &[Value]) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for camera in told {
            let url = camera["rtsp_urls"][1].as_str().ok_or("a simulated camera has no stream")?;
            ids.push(self.add_one(text(camera, "name"), url)?);
        }
        Ok(ids)
    }

    /// Adds a camera to be recorded by this stream. Returns its id.
    pub(super) fn add_one(&self, name: &str, url: &str) -> Result<String> {
        let added = self.call(&["camera", "add", "--name", name, "--url", url, "--record"])?;
        let added = added.first().ok_or("`camera add` printed nothing")?;
        Ok(text(added, "id").to_owned())
    }

    /// Starts the engine and waits until every camera's main stream plays. Returns how long the last one took.
    pub(super) fn engine(&self, cameras: usize) -> Result<(Background, f64)> {
        let started = Instant::now();
        let engine = self.start(&["run"])?;
        wait_for_all(&engine, cameras, |event| {
            event["event"] == "camera.state_changed" && event["state"] == "live" && event["role"] == "main"
        })?;
        Ok((engine, started.elapsed().as_secs_f64()))
    }

    /// Whether `fsck` finds files and index in step.
    pub(super) fn is_clean(&self) -> Result<bool> {
        let (_, lines) = self.outcome(&["fsck"])?;
        Ok(lines.first().is_some_and(|report| report["clean"] == true))
    }

    /// Every row of these cameras: path, and bytes that the index says are there.
    pub(super) fn rows(&self, cameras: &[String]) -> Result<BTreeMap<String, u64>> {
        let mut rows = BTreeMap::new();
        for id in cameras {
            for row in self.call(&[&["recordings", id.as_str()], &EVER[..]].concat())? {
                let path = Path::new(text(&row, "path")).strip_prefix(self.recordings())?;
                let path = path.to_string_lossy().into_owned();
                rows.insert(path, row["bytes"].as_u64().unwrap_or(0));
            }
        }
        Ok(rows)
    }

    /// Seconds between a camera's first and last file that neither a file nor a gap covers.
    pub(super) fn not_accounted(&self, id: &str) -> Result<f64> {
        let mut all = self.spans(id, &[])?;
        all.extend(self.spans(id, &["--gaps"])?);
        all.sort();
        let mut holes = 0.0;
        let mut until: Option<String> = None;
        for (start, end) in all {
            // A gap that lasts covers what comes after it, too.
            let Some(end) = end else { break };
            if let Some(until) = &until
                && *until < start
            {
                holes += seconds_between(until, &start).unwrap_or(0.0);
            }
            if until.as_ref().is_none_or(|until| *until < end) {
                until = Some(end);
            }
        }
        Ok(holes)
    }

    /// Start and end of a camera's files, or of its gaps with `--gaps`, in order; one that lasts has no end.
    pub(super) fn spans(&self, id: &str, extra: &[&str]) -> Result<Vec<(String, Option<String>)>> {
        let rows = self.call(&[&["recordings", id], extra, &EVER[..]].concat())?;
        let span = |row: &Value| (text(row, "start").to_owned(), row["end"].as_str().map(str::to_owned));
        Ok(rows.iter().map(span).collect())
    }

    /// What is whole of every file in the recordings, by the sizes of boxes alone (ISO/IEC 14496-12 §4.2).
    pub(super) fn whole(&self) -> Result<BTreeMap<String, Whole>> {
        let root = self.recordings();
        let mut found = BTreeMap::new();
        for path in folders::recorded(&root)? {
            // One that is deleted meanwhile is none.
            let Ok(whole) = whole(&path) else { continue };
            if whole.fragments > 0 {
                found.insert(path.strip_prefix(&root)?.to_string_lossy().into_owned(), whole);
            }
        }
        Ok(found)
    }
}

/// Says why not, where this is not run by root.
pub(super) fn need_root(why: &'static str) -> Result {
    let root = process::capture(process::command("id").arg("-u"))?.trim() == "0";
    if root { Ok(()) } else { Err(Skipped(why).into()) }
}

/// Memory in MB, open descriptors and threads of a process (proc(5)).
pub(super) fn held(pid: u32) -> Result<(f64, f64, f64)> {
    let count =
        |what: &str| Ok::<_, std::io::Error>(fs::read_dir(format!("/proc/{pid}/{what}"))?.count() as f64);
    Ok((machine::memory_mb(pid)?, count("fd")?, count("task")?))
}

/// Asks the engine to end in order.
pub(super) fn terminate(engine: Background) -> Result {
    process::signal(engine.pid(), "TERM")?;
    engine.end(LIMIT)
}

/// The engine's next event.
pub(super) fn next(engine: &Background, deadline: Instant) -> Result<Value> {
    Ok(serde_json::from_str(&engine.line(deadline.saturating_duration_since(Instant::now()))?)?)
}

/// Waits for the engine's next event; none when that takes longer.
pub(super) fn next_within(engine: &Background, limit: Duration) -> Result<Option<Value>> {
    match engine.line_within(limit)? {
        Some(line) => Ok(Some(serde_json::from_str(&line)?)),
        None => Ok(None),
    }
}

/// Waits until each of so many cameras has had an event that is wanted; how long the last one took.
pub(super) fn wait_for_all(
    engine: &Background,
    cameras: usize,
    wanted: impl Fn(&Value) -> bool,
) -> Result<f64> {
    let started = Instant::now();
    let mut seen = BTreeSet::new();
    while seen.len() < cameras {
        let event = next(engine, started + LIMIT)?;
        if wanted(&event) {
            seen.insert(text(&event, "camera").to_owned());
        }
    }
    Ok(started.elapsed().as_secs_f64())
}

pub(super) fn sleep(seconds: f64) {
    std::thread::sleep(Duration::from_secs_f64(seconds));
}

fn whole(path: &Path) -> Result<Whole> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut whole = Whole { bytes: 0, fragments: 0 };
    let (mut at, mut head) = (0, [0; 8]);
    while at + 8 <= length {
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        let [a, b, c, d, kind @ ..] = head;
        let size = u64::from(u32::from_be_bytes([a, b, c, d]));
        if size < 8 || at + size > length {
            break;
        }
        at += size;
        if &kind == b"mdat" {
            whole = Whole { bytes: at, fragments: whole.fragments + 1 };
        }
    }
    Ok(whole)
}

/// Whether `ffprobe`, which we did not write, reads a file without a complaint.
pub(super) fn ffprobe(path: &Path) -> Result<bool> {
    let mut command = process::command("ffprobe");
    command.args(["-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv"]);
    Ok(process::outcome(command.arg(path))?.0 == Some(0))
}

/// What each of so many simulated cameras that were just started says of itself.
fn told(cameras: Background, count: u32) -> Result<(Background, Vec<Value>)> {
    let told = (0..count).map(|_| Ok(serde_json::from_str(&cameras.line(LIMIT)?)?)).collect::<Result<_>>()?;
    Ok((cameras, told))
}

/// Seconds from one RFC 3339 time in UTC to a later one that is less than a day away.
pub(super) fn seconds_between(start: &str, end: &str) -> Option<f64> {
    Some((second_of_day(end)? - second_of_day(start)?).rem_euclid(DAY_S))
}

/// Seconds from an instant by the system's clock to an RFC 3339 time in UTC that is less than half a day away;
/// negative when that was before.
pub(super) fn seconds_since(start: SystemTime, time: &str) -> Option<f64> {
    let start = start.duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
    Some((second_of_day(time)? - start + DAY_S / 2.0).rem_euclid(DAY_S) - DAY_S / 2.0)
}

const DAY_S: f64 = 86_400.0;

fn second_of_day(time: &str) -> Option<f64> {
    let time = time.split_once('T')?.1.trim_end_matches('Z');
    let mut parts = time.split(':').map(|part| part.parse::<f64>().ok());
    Some(parts.next()?? * 3600.0 + parts.next()?? * 60.0 + parts.next()??)
}

#[cfg(test)]
mod tests {
    use super::{seconds_between, seconds_since};
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn seconds_cross_midnight() {
        let over_midnight = seconds_between("2026-11-21T23:59:59.500Z", "2026-11-22T00:00:01.250Z");
        assert!(over_midnight.is_some_and(|seconds| (seconds - 1.75).abs() < 1e-6));
        assert_eq!(seconds_between("yesterday", "today"), None);
    }

    #[test]
    fn seconds_count_from_an_instant_both_ways() {
        let start = UNIX_EPOCH + Duration::from_secs(20_000 * 86_400 + 1);
        let since = |time| seconds_since(start, time).unwrap();
        assert!((since("2024-10-04T00:00:03.500Z") - 2.5).abs() < 1e-3);
        assert!((since("2024-10-03T23:59:59.000Z") + 2.0).abs() < 1e-3);
    }
}
