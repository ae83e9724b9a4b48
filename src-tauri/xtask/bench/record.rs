//! Recording many cameras: `atalaya-cli run` beside one `ffmpeg -c copy` for each camera, on the same streams.
//!
//! Owns the streams, the two recorders and the table. The streams come from a server that we did not write.

use super::cameras::{self, Cameras};
use super::stage::{START_LIMIT, Stage};
use super::syscalls::Calls;
use super::{GOP_SECONDS, keep, median, subs};
use crate::Result;
use crate::folders;
use crate::machine::{self, Usage};
use crate::packages::{self, Purpose};
use crate::process::{self, Background};
use crate::release;
use crate::report::{say, step};
use crate::workspace::Workspace;
use serde::Serialize;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// From the first picture of the last camera to the measurement: what belongs to the start is over.
pub(super) const SETTLE: Duration = Duration::from_secs(5);

/// How long system calls are watched, in a run of its own.
const WATCH: Duration = Duration::from_secs(20);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many cameras.
    #[arg(long, value_name = "N", default_value_t = 16)]
    cams: u32,
    /// How long each measurement takes.
    #[arg(long, value_name = "S", default_value_t = 60)]
    secs: u64,
    /// How often both are measured, in turns.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pairs: u32,
    /// Record this many sub-streams on two cores instead, and say what was lost.
    #[arg(long, value_name = "N", conflicts_with = "cams")]
    subs: Option<u32>,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    packages::ensure(Purpose::Record)?;
    release::build(workspace)?;
    let stage = Stage::new(workspace, "record");
    let media = cameras::media(workspace)?;
    if let Some(count) = options.subs {
        return subs::run(&stage, &media, count, options.secs);
    }

    step("Foreign cameras");
    let cameras = Cameras::start(workspace, &media, "main", options.cams)?;
    let template = stage.with_cameras("template", &cameras.urls)?;
    let bench = Bench { stage, options, cameras };
    step(&format!("System calls of {} s", WATCH.as_secs()));
    let calls = bench.calls(&template)?;

    let mut pairs = Vec::new();
    for pair in 1..=options.pairs {
        step(&format!("Pair {pair} of {}", options.pairs));
        let atalaya = bench.measure_atalaya(&template)?;
        say(&format!("atalaya-cli  {}", bench.line(&atalaya)));
        let ffmpeg = bench.measure_ffmpeg()?;
        say(&format!("ffmpeg       {}", bench.line(&ffmpeg)));
        pairs.push((atalaya, ffmpeg));
    }
    bench.report(&pairs, calls.as_ref())
}

struct Bench<'a> {
    stage: Stage<'a>,
    options: &'a Options,
    cameras: Cameras,
}

/// What a recorder used, and what came to it.
#[derive(Serialize)]
struct Cost {
    #[serde(flatten)]
    usage: Usage,
    /// Bytes received from the cameras: RTP and what it is wrapped in.
    received_bytes: f64,
}

impl Bench<'_> {
    fn calls(&self, template: &Path) -> Result<Option<Calls>> {
        let data_dir = self.stage.fresh("atalaya")?;
        folders::copy(template, &data_dir)?;
        let recorder = Stage::record(self.stage.cli(&data_dir), self.options.cams, &[])?;
        thread::sleep(SETTLE);
        let calls = Calls::watch(self.stage.workspace, recorder.pid(), WATCH)?;
        drop(recorder);
        fs::remove_dir_all(&data_dir)?;
        let Some(found) = &calls else {
            say("This system does not let strace watch another process: no figures.");
            return Ok(None);
        };
        say(&format!(
            "{:.2} writes a GOP, {:.2} syncs in 2 s in the busiest folder; {:.1} syncs of the database in 2 s",
            found.media_writes_per_gop(self.options.cams),
            found.media_syncs_per_2s(),
            found.database_syncs_per_2s(),
        ));
        Ok(calls)
    }

    fn measure_atalaya(&self, template: &Path) -> Result<Cost> {
        let data_dir = self.stage.fresh("atalaya")?;
        folders::copy(template, &data_dir)?;
        let recorder = Stage::record(self.stage.cli(&data_dir), self.options.cams, &[])?;
        let cost = self.measure(&[recorder.pid()]);
        drop(recorder);
        fs::remove_dir_all(&data_dir)?;
        cost
    }

    fn measure_ffmpeg(&self) -> Result<Cost> {
        let folder = self.stage.fresh("ffmpeg")?;
        let mut recorders = Vec::new();
        for (number, url) in (1..).zip(&self.cameras.urls) {
            let mut ffmpeg = self.stage.workspace.command("ffmpeg");
            ffmpeg.args(["-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", url, "-c", "copy"]);
            ffmpeg.args(["-f", "segment", "-segment_time", "60", "-reset_timestamps", "1"]);
            recorders.push(Background::start(ffmpeg.arg(folder.join(format!("{number}-%03d.mp4"))))?);
        }
        let deadline = Instant::now() + START_LIMIT;
        while fs::read_dir(&folder)?.count() < recorders.len() {
            if Instant::now() > deadline {
                return Err("not every ffmpeg began to write".into());
            }
            thread::sleep(Duration::from_millis(100));
        }
        let cost = self.measure(&recorders.iter().map(Background::pid).collect::<Vec<_>>());
        drop(recorders);
        fs::remove_dir_all(&folder)?;
        cost
    }

    fn measure(&self, roots: &[u32]) -> Result<Cost> {
        thread::sleep(SETTLE);
        let before = self.received()?;
        let usage = machine::measure(roots, Duration::from_secs(self.options.secs))?;
        Ok(Cost { usage, received_bytes: self.received()? - before })
    }

    /// Bytes that all connections to the cameras have received so far, as the system counts them (ss(8)).
    fn received(&self) -> Result<f64> {
        let mut ss = self.stage.workspace.command("ss");
        let port = format!(":{}", self.cameras.port);
        let text = process::capture(ss.args(["-tinH", "state", "established", "dport", "=", &port]))?;
        let bytes = text.split_ascii_whitespace().filter_map(|word| word.strip_prefix("bytes_received:"));
        Ok(bytes.filter_map(|bytes| bytes.parse::<f64>().ok()).sum())
    }

    /// Core-seconds that recording one camera for an hour takes.
    fn core_seconds_per_camera_hour(&self, cost: &Cost) -> f64 {
        cost.usage.core_seconds / cost.usage.seconds * 3600.0 / f64::from(self.options.cams)
    }

    /// Write calls of all kinds, not only those to files, in the time of one GOP of one camera.
    fn write_calls_per_gop(&self, cost: &Cost) -> f64 {
        cost.usage.write_calls / cost.usage.seconds / f64::from(self.options.cams) * GOP_SECONDS
    }

    fn line(&self, cost: &Cost) -> String {
        format!(
            "{:>6.2} core-s/camera-hour  {:>6.1} MB PSS  {:>6.3} written/received  {:>6.2} writes/GOP",
            self.core_seconds_per_camera_hour(cost),
            cost.usage.pss_bytes / 1e6,
            cost.usage.written_bytes / cost.received_bytes,
            self.write_calls_per_gop(cost),
        )
    }

    fn report(&self, pairs: &[(Cost, Cost)], calls: Option<&Calls>) -> Result {
        type Figure<'a> = &'a dyn Fn(&Cost) -> f64;
        let figures: [(&str, &str, Figure<'_>); 7] = [
            ("core_seconds_per_camera_hour", "core-seconds per camera-hour", &|cost| {
                self.core_seconds_per_camera_hour(cost)
            }),
            ("pss_mb", "memory (PSS), MB", &|cost| cost.usage.pss_bytes / 1e6),
            ("pss_max_mb", "memory at most, MB", &|cost| cost.usage.pss_max_bytes / 1e6),
            ("written_mb", "written, MB", &|cost| cost.usage.written_bytes / 1e6),
            ("written_per_received", "bytes written per byte received", &|cost| {
                cost.usage.written_bytes / cost.received_bytes
            }),
            ("storage_mb", "to storage, MB", &|cost| cost.usage.storage_bytes / 1e6),
            ("write_calls_per_gop", "write calls per camera and GOP", &|cost| self.write_calls_per_gop(cost)),
        ];
        step(&format!(
            "Median of {} pairs, {} cameras, {} s each",
            pairs.len(),
            self.options.cams,
            self.options.secs
        ));
        say(&format!("{:<32} {:>12} {:>12} {:>8}", "", "atalaya-cli", "ffmpeg", "ratio"));
        let mut medians = serde_json::Map::new();
        for (key, name, figure) in figures {
            let ours = median(pairs.iter().map(|(ours, _)| figure(ours)));
            let theirs = median(pairs.iter().map(|(_, theirs)| figure(theirs)));
            // The median of the pairs' ratios: what disturbs the machine disturbs both of a pair.
            let ratio = median(pairs.iter().map(|(ours, theirs)| figure(ours) / figure(theirs)));
            say(&format!("{name:<32} {ours:>12.2} {theirs:>12.2} {ratio:>8.3}"));
            medians.insert(key.to_owned(), json!({ "atalaya": ours, "ffmpeg": theirs, "ratio": ratio }));
        }
        let all: Vec<_> =
            pairs.iter().map(|(ours, theirs)| json!({ "atalaya": ours, "ffmpeg": theirs })).collect();
        let (cameras, seconds) = (self.options.cams, self.options.secs);
        let calls = calls.map(|calls| {
            json!({
                "seen": calls,
                "media_writes_per_gop": calls.media_writes_per_gop(cameras),
                "media_syncs_per_folder_and_2s": calls.media_syncs_per_2s(),
                "database_syncs_per_2s": calls.database_syncs_per_2s(),
            })
        });
        let figures = json!({
            "cameras": cameras, "seconds": seconds, "median": medians, "calls": calls, "pairs": all,
        });
        keep(self.stage.workspace, "record", figures)
    }
}
