//! Recording many cameras: `atalaya-cli run` beside one `ffmpeg -c copy` for each camera, on the same streams.
//!
//! Owns the streams, the two recorders and the table. The streams come from a server that we did not write.

use super::{keep, median};
use crate::Result;
use crate::demo::text;
use crate::machine::{self, Usage};
use crate::packages::{self, Purpose};
use crate::process::{self, Background};
use crate::release;
use crate::report::{say, step};
use crate::workspace::Workspace;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// From the first picture of the last camera to the measurement: what belongs to the start is over.
const SETTLE: Duration = Duration::from_secs(5);

/// How long the cameras may take until all are being recorded.
const START_LIMIT: Duration = Duration::from_mins(1);

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
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    packages::ensure(Purpose::Test)?;
    release::build(workspace)?;
    let bench = Bench { workspace, options, folder: workspace.target("bench") };
    bench.media()?;

    step("Foreign cameras");
    let (_server, urls) = bench.cameras()?;
    let template = bench.add_cameras(&urls)?;

    let mut pairs = Vec::new();
    for pair in 1..=options.pairs {
        step(&format!("Pair {pair} of {}", options.pairs));
        let atalaya = bench.measure_atalaya(&template)?;
        say(&format!("atalaya-cli  {}", bench.line(&atalaya)));
        let ffmpeg = bench.measure_ffmpeg(&urls)?;
        say(&format!("ffmpeg       {}", bench.line(&ffmpeg)));
        pairs.push((atalaya, ffmpeg));
    }
    bench.report(&pairs)
}

struct Bench<'a> {
    workspace: &'a Workspace,
    options: &'a Options,
    folder: PathBuf,
}

impl Bench<'_> {
    /// Encodes what the cameras send, once: 1080p25, H.264 High, 4 Mbit/s, a key picture every 50, AAC.
    fn media(&self) -> Result {
        let folder = self.folder.join("media");
        let main = folder.join("main.mp4");
        if main.is_file() {
            return Ok(());
        }
        step("What the cameras send");
        fs::create_dir_all(&folder)?;
        let unfinished = folder.join("unfinished.mp4");
        let mut ffmpeg = self.workspace.command("ffmpeg");
        // Noise, because a picture drawn by a program would never need 4 Mbit/s.
        ffmpeg.args([
            "-y",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=1920x1080:rate=25,noise=alls=6:allf=t",
        ]);
        ffmpeg.args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000", "-t", "20"]);
        ffmpeg.args(["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p"]);
        ffmpeg.args(["-bf", "0", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0"]);
        ffmpeg.args(["-b:v", "4M", "-maxrate", "4M", "-bufsize", "4M", "-c:a", "aac", "-b:a", "32k"]);
        process::run(ffmpeg.arg(&unfinished))?;
        fs::rename(unfinished, main)?;
        Ok(())
    }

    /// Starts the cameras; returns their main streams' addresses.
    fn cameras(&self) -> Result<(Background, Vec<String>)> {
        // Debian's own Python: one of the user's making has no GStreamer.
        let mut python = self.workspace.command("/usr/bin/python3");
        python.arg("tests/support/gst_cameras.py").arg("--media").arg(self.folder.join("media"));
        python.args(["--streams", "main", "--port", "0", "--cams", &self.options.cams.to_string()]);
        let server = Background::start(&mut python)?;
        let ready: Value = serde_json::from_str(&server.line(Duration::from_secs(30))?)?;
        let port = ready["port"].as_u64().ok_or("the foreign cameras told no port")?;
        let urls: Vec<_> =
            (1..=self.options.cams).map(|n| format!("rtsp://127.0.0.1:{port}/cam{n}/main")).collect();
        say(&format!("{} from {} on", urls.len(), urls.first().ok_or("no cameras")?));
        Ok((server, urls))
    }

    /// Makes a data directory in which every camera is set to record. Each measurement starts on a copy of it.
    fn add_cameras(&self, urls: &[String]) -> Result<PathBuf> {
        step("Cameras");
        let template = self.fresh("template")?;
        for (number, url) in (1..).zip(urls) {
            let name = format!("Camera {number}");
            process::capture(
                self.cli(&template).args(["camera", "add", "--name", &name, "--url", url, "--record"]),
            )?;
        }
        say(&format!("{} added.", urls.len()));
        Ok(template)
    }

    fn cli(&self, data_dir: &Path) -> std::process::Command {
        let mut cli = self.workspace.command(self.workspace.program("release", "atalaya-cli"));
        cli.arg("--json").arg("--data-dir").arg(data_dir).env("ATALAYA_KEY_STORE", "file");
        cli
    }

    fn measure_atalaya(&self, template: &Path) -> Result<Usage> {
        let data_dir = self.fresh("atalaya")?;
        copy(template, &data_dir)?;
        let recorder = Background::start(self.cli(&data_dir).arg("run").stderr(Stdio::null()))?;
        let deadline = Instant::now() + START_LIMIT;
        let mut live = BTreeSet::new();
        while live.len() < self.options.cams as usize {
            let event: Value =
                serde_json::from_str(&recorder.line(deadline.saturating_duration_since(Instant::now()))?)?;
            if event["event"] == "camera.state_changed" && event["state"] == "live" {
                live.insert(text(&event, "camera").to_owned());
            }
        }
        let usage = self.measure(&[recorder.pid()]);
        drop(recorder);
        fs::remove_dir_all(&data_dir)?;
        usage
    }

    fn measure_ffmpeg(&self, urls: &[String]) -> Result<Usage> {
        let folder = self.fresh("ffmpeg")?;
        let mut recorders = Vec::new();
        for (number, url) in (1..).zip(urls) {
            let mut ffmpeg = self.workspace.command("ffmpeg");
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
        let usage = self.measure(&recorders.iter().map(Background::pid).collect::<Vec<_>>());
        drop(recorders);
        fs::remove_dir_all(&folder)?;
        usage
    }

    fn measure(&self, roots: &[u32]) -> Result<Usage> {
        thread::sleep(SETTLE);
        machine::measure(roots, Duration::from_secs(self.options.secs))
    }

    fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Core-seconds that recording one camera for an hour takes.
    fn core_seconds_per_camera_hour(&self, usage: &Usage) -> f64 {
        usage.core_seconds / usage.seconds * 3600.0 / f64::from(self.options.cams)
    }

    fn write_calls_per_camera_second(&self, usage: &Usage) -> f64 {
        usage.write_calls / usage.seconds / f64::from(self.options.cams)
    }

    fn line(&self, usage: &Usage) -> String {
        format!(
            "{:>6.2} core-s/camera-hour  {:>6.1} MB PSS  {:>7.1} MB written  {:>6.2} writes/camera-second",
            self.core_seconds_per_camera_hour(usage),
            usage.pss_bytes / 1e6,
            usage.written_bytes / 1e6,
            self.write_calls_per_camera_second(usage),
        )
    }

    fn report(&self, pairs: &[(Usage, Usage)]) -> Result {
        type Figure<'a> = &'a dyn Fn(&Usage) -> f64;
        let figures: [(&str, &str, Figure<'_>); 6] = [
            ("core_seconds_per_camera_hour", "core-seconds per camera-hour", &|usage| {
                self.core_seconds_per_camera_hour(usage)
            }),
            ("pss_mb", "memory (PSS), MB", &|usage| usage.pss_bytes / 1e6),
            ("pss_max_mb", "memory at most, MB", &|usage| usage.pss_max_bytes / 1e6),
            ("written_mb", "written, MB", &|usage| usage.written_bytes / 1e6),
            ("storage_mb", "to storage, MB", &|usage| usage.storage_bytes / 1e6),
            ("write_calls_per_camera_second", "write calls per camera-second", &|usage| {
                self.write_calls_per_camera_second(usage)
            }),
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
        let figures = json!({ "cameras": cameras, "seconds": seconds, "median": medians, "pairs": all });
        keep(self.workspace, "record", figures)
    }
}

/// Copies a folder with all below it into one that is there.
fn copy(from: &Path, to: &Path) -> Result {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
