//! A year of 16 cameras, 8.4 million rows: timelines over it (P10), starting with it (P12), and deleting from an archive
//! while 16 cameras record (P14). The year is generated once for each schema and kept.

use super::cameras::{self, Cameras};
use super::stage::{START_LIMIT, Stage};
use super::{keep, median, percentile};
use crate::packages::{self, Purpose};
use crate::process::Background;
use crate::report::{say, step};
use crate::workspace::Workspace;
use crate::{Result, folders, process, release};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const CAMERAS: u32 = 16;

/// How long a recorder runs when its start is measured.
const RUN: Duration = Duration::from_secs(12);

/// How often its files are looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(10);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often each timeline is read.
    #[arg(long, value_name = "N", default_value_t = 200)]
    rounds: u32,
    /// How often recording is started with each database.
    #[arg(long, value_name = "N", default_value_t = 5)]
    starts: u32,
    /// How often files are made and deleted again.
    #[arg(long, value_name = "N", default_value_t = 10)]
    cycles: u32,
    /// How many files at a time.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    segments: u32,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    packages::ensure(Purpose::Test)?;
    release::build(workspace)?;
    release::examples(workspace)?;
    let stage = Stage::new(workspace, "archive");
    let cameras = Cameras::start(workspace, &cameras::media(workspace)?, "main", CAMERAS)?;
    let bench = Bench { stage, cameras, options };
    let empty = bench.stage.with_cameras("empty", &bench.cameras.urls)?;
    let month = bench.filled("month", 31)?;
    let year = bench.filled("year", 365)?;
    let timelines = bench.timelines(&month, &year)?;
    let starts = bench.starts(&empty, &year)?;
    let deletion = bench.deletion()?;
    let figures = json!({ "timelines": timelines, "starts": starts, "deletion": deletion });
    keep(workspace, "archive", figures)
}

struct Bench<'a> {
    stage: Stage<'a>,
    cameras: Cameras,
    options: &'a Options,
}

impl Bench<'_> {
    /// A data directory whose cameras have footage of so many days, made now or by an earlier run.
    fn filled(&self, name: &str, days: u32) -> Result<PathBuf> {
        let name = format!("{name}-{}", self.schema()?);
        let data_dir = self.stage.path(&name);
        if data_dir.join("complete").is_file() {
            let port = self.cameras.port.to_string();
            process::run(self.example("timeline").arg("point").arg(&data_dir).arg(port))?;
            return Ok(data_dir);
        }
        let data_dir = self.stage.with_cameras(&name, &self.cameras.urls)?;
        step(&format!("{days} days of {CAMERAS} cameras"));
        let days = days.to_string();
        process::run(self.example("timeline").arg("fill").arg(&data_dir).arg(days))?;
        fs::write(data_dir.join("complete"), "")?;
        Ok(data_dir)
    }

    /// The newest migration's number.
    fn schema(&self) -> Result<String> {
        let mut newest = String::new();
        for entry in fs::read_dir(self.stage.workspace.path("migrations"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let number: String = name.chars().take_while(char::is_ascii_digit).collect();
            newest = newest.max(number);
        }
        Ok(newest)
    }

    fn example(&self, name: &str) -> Command {
        let mut example = release::example(self.stage.workspace, name);
        example.env("ATALAYA_KEY_STORE", "file");
        example
    }

    fn timelines(&self, month: &Path, year: &Path) -> Result<Value> {
        step("Timelines");
        let ask = |data_dir: &Path, days: &str| -> Result<Vec<Value>> {
            let mut ask = self.example("timeline");
            ask.arg("ask").arg(data_dir).arg(days).arg(self.options.rounds.to_string());
            Ok(process::capture(&mut ask)?
                .lines()
                .map(serde_json::from_str)
                .collect::<std::result::Result<_, _>>()?)
        };
        let (of_month, of_year) = (ask(month, "31")?, ask(year, "365")?);
        let ms = |value: &Value, name: &str| value[name].as_f64().unwrap_or(f64::NAN);
        let mut figures = Vec::new();
        for answer in of_year {
            let smaller = of_month.iter().find(|smaller| smaller["range"] == answer["range"]);
            let growth = smaller.map(|smaller| ms(&answer, "p50_ms") / ms(smaller, "p50_ms"));
            say(&format!(
                "{:<6} p50 {:.2} ms, p95 {:.2} ms; its {} rows {:.0} ms; from one month to twelve {}",
                answer["range"].as_str().unwrap_or_default(),
                ms(&answer, "p50_ms"),
                ms(&answer, "p95_ms"),
                answer["rows"],
                ms(&answer, "rows_ms"),
                growth.map_or_else(|| "-".to_owned(), |growth| format!("{growth:.2}x")),
            ));
            figures.push(json!({ "of_year": answer, "of_month": smaller, "growth": growth }));
        }
        Ok(figures.into())
    }

    /// From the program's start to the first fragment of the last camera, with both databases in turns.
    fn starts(&self, empty: &Path, year: &Path) -> Result<Value> {
        let (mut with_empty, mut with_year) = (Vec::new(), Vec::new());
        for turn in 1..=self.options.starts {
            step(&format!("Start {turn} of {}", self.options.starts));
            with_empty.push(self.start(empty)?);
            with_year.push(self.start(year)?);
            say(&format!(
                "{:.2} s with an empty database, {:.2} s with a year",
                with_empty[with_empty.len() - 1],
                with_year[with_year.len() - 1]
            ));
        }
        let ratio = median(with_year.iter().zip(&with_empty).map(|(year, empty)| year / empty));
        say(&format!("Median: {ratio:.3}x"));
        Ok(json!({ "empty_s": with_empty, "year_s": with_year, "ratio": ratio }))
    }

    fn start(&self, data_dir: &Path) -> Result<f64> {
        let length = format!("{}s", RUN.as_secs());
        let mut cli = self.stage.cli(data_dir);
        let started = Instant::now();
        let recorder = Background::start(cli.args(["run", "--for", &length]).stderr(Stdio::null()))?;
        while cameras_recorded(data_dir)? < CAMERAS as usize {
            if started.elapsed() > START_LIMIT {
                return Err("not every camera is recorded".into());
            }
            thread::sleep(LOOK_EVERY);
        }
        let seconds = started.elapsed().as_secs_f64();
        // Until it ends by itself, with its files closed.
        while recorder.line(RUN * 2).is_ok() {}
        recorder.end(RUN)?;
        for file in folders::recorded(&data_dir.join("recordings"))? {
            fs::remove_file(file)?;
        }
        Ok(seconds)
    }

    fn deletion(&self) -> Result<Value> {
        let (cycles, segments) = (self.options.cycles.to_string(), self.options.segments.to_string());
        step(&format!("{segments} files deleted while {CAMERAS} cameras record, {cycles} times"));
        let folder = self.stage.fresh("deletion")?;
        let mut deletion = self.example("deletion");
        deletion.arg(&folder).arg(cycles).arg(segments);
        let told: Value = serde_json::from_str(&process::capture(&mut deletion)?)?;
        fs::remove_dir_all(folder)?;
        let list = |name: &str| {
            told[name].as_array().into_iter().flatten().filter_map(Value::as_f64).collect::<Vec<_>>()
        };
        let times = ["quiet", "deleting"].map(|name| {
            let times = list(name);
            let at = |share| percentile(times.iter().copied(), share);
            say(&format!(
                "{name:<9} write p50 {:.1} ms, p99 {:.1} ms, of {}",
                at(0.5),
                at(0.99),
                times.len()
            ));
            json!({ "writes": times.len(), "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1.0) })
        });
        let (sizes, seconds) = (list("database"), list("seconds"));
        say(&format!(
            "{:.1} s a cycle; the database after each, MB: {}",
            median(seconds.iter().copied()),
            sizes.iter().map(|size| format!("{:.1}", size / 1e6)).collect::<Vec<_>>().join(" ")
        ));
        let memory = list("memory_kib");
        say(&format!(
            "memory after each, MB: {}",
            memory.iter().map(|kib| format!("{:.1}", kib * 1024.0 / 1e6)).collect::<Vec<_>>().join(" ")
        ));
        let [quiet, deleting] = times;
        Ok(json!({
            "quiet": quiet, "deleting": deleting, "seconds": seconds, "database_bytes": sizes, "memory_kib": memory,
        }))
    }
}

/// How many cameras have a file with something in it.
fn cameras_recorded(data_dir: &Path) -> Result<usize> {
    let root = data_dir.join("recordings");
    let mut cameras = BTreeSet::new();
    for file in folders::recorded(&root)? {
        if fs::metadata(&file)?.len() > 0 {
            cameras.extend(
                file.strip_prefix(&root)?.components().next().map(|part| part.as_os_str().to_owned()),
            );
        }
    }
    Ok(cameras.len())
}
