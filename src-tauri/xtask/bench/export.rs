//! Exporting an hour of a main stream beside `cp` of its files and beside `ffmpeg -f concat -c copy` (P9). All start
//! with the files out of the system's memory, and end with the result on the disk.

use super::cameras::{self, Cameras};
use super::stage::Stage;
use super::{keep, median};
use crate::demo::text;
use crate::machine::{self, Spent};
use crate::packages::{self, Purpose};
use crate::report::{say, step};
use crate::workspace::Workspace;
use crate::{Result, process, release};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How much is exported.
    #[arg(long, value_name = "S", default_value_t = 3600)]
    secs: u32,
    /// How often all are measured, in turns.
    #[arg(long, value_name = "N", default_value_t = 5)]
    turns: u32,
}

/// Who is measured, in this order.
const NAMES: [&str; 3] = ["atalaya-cli", "cp", "ffmpeg"];

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    packages::ensure(Purpose::Test)?;
    release::build(workspace)?;
    release::examples(workspace)?;
    let stage = Stage::new(workspace, "export");
    let cameras = Cameras::start(workspace, &cameras::media(workspace)?, "main", 1)?;
    let data_dir = stage.with_cameras("data", &cameras.urls)?;
    step(&format!("{} s of footage", options.secs));
    let mut footage = release::example(workspace, "footage");
    footage.arg(&data_dir).arg(options.secs.to_string()).env("ATALAYA_KEY_STORE", "file");
    let told: Value = serde_json::from_str(&process::capture(&mut footage)?)?;
    drop(cameras);
    let files = told["files"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let files: Vec<_> = files.map(|file| data_dir.join("recordings").join(file)).collect();
    let mut bytes = 0;
    for file in &files {
        bytes += fs::metadata(file)?.len();
    }
    say(&format!("{} files, {:.2} GB", files.len(), bytes as f64 / 1e9));

    let bench = Bench { stage, data_dir, files, from: text(&told, "from"), to: text(&told, "to") };
    let mut turns = Vec::new();
    for turn in 1..=options.turns {
        step(&format!("Turn {turn} of {}", options.turns));
        let turn = [bench.atalaya()?, bench.cp()?, bench.ffmpeg()?];
        for (name, spent) in NAMES.iter().zip(&turn) {
            say(&format!("{name:<12} {:>7.2} s  {:>6.2} core-s", spent.seconds, spent.core_seconds));
        }
        turns.push(turn);
    }
    report(workspace, &turns, bytes)
}

struct Bench<'a> {
    stage: Stage<'a>,
    data_dir: PathBuf,
    files: Vec<PathBuf>,
    from: &'a str,
    to: &'a str,
}

impl Bench<'_> {
    fn atalaya(&self) -> Result<Spent> {
        let output = self.out("out.mp4")?;
        self.forget()?;
        let mut cli = self.stage.cli(&self.data_dir);
        cli.args(["export", "Camera 1", "--from", self.from, "--to", self.to, "--output"]).arg(&output);
        machine::spent(|| process::capture(&mut cli).map(drop))
    }

    fn cp(&self) -> Result<Spent> {
        let folder = self.stage.fresh("out")?;
        self.forget()?;
        let copies = self.files.iter().filter_map(|file| Some(folder.join(file.file_name()?)));
        let copies: Vec<_> = copies.collect();
        machine::spent(|| {
            let mut cp = self.stage.workspace.command("cp");
            process::capture(cp.args(&self.files).arg(&folder))?;
            self.sync(&copies)
        })
    }

    fn ffmpeg(&self) -> Result<Spent> {
        let output = self.out("out.mp4")?;
        let list = self.stage.path("out/list.txt");
        // The names are of our making: nothing in them needs to be quoted.
        let lines = self.files.iter().map(|file| format!("file '{}'\n", file.display()));
        fs::write(&list, lines.collect::<String>())?;
        self.forget()?;
        machine::spent(|| {
            let mut ffmpeg = self.stage.workspace.command("ffmpeg");
            ffmpeg.args(["-nostdin", "-v", "error", "-f", "concat", "-safe", "0", "-i"]).arg(&list);
            process::capture(ffmpeg.args(["-c", "copy"]).arg(&output))?;
            self.sync(std::slice::from_ref(&output))
        })
    }

    /// A file in a folder that is empty but for it.
    fn out(&self, name: &str) -> Result<PathBuf> {
        Ok(self.stage.fresh("out")?.join(name))
    }

    fn sync(&self, files: &[PathBuf]) -> Result {
        process::capture(self.stage.workspace.command("sync").args(files)).map(drop)
    }

    /// Puts the footage out of the system's memory.
    fn forget(&self) -> Result {
        self.sync(&self.files)?;
        self.files.iter().try_for_each(|file| self.forget_one(file))
    }

    fn forget_one(&self, file: &Path) -> Result {
        // Reads nothing: "nocache" with a count of zero is advice about the whole file (coreutils, dd).
        let mut dd = self.stage.workspace.command("dd");
        let input = format!("if={}", file.display());
        process::capture(dd.args([&input, "iflag=nocache", "count=0", "status=none"])).map(drop)
    }
}

fn report(workspace: &Workspace, turns: &[[Spent; 3]], bytes: u64) -> Result {
    step(&format!("Median of {} turns", turns.len()));
    let mut medians = serde_json::Map::new();
    for (index, name) in NAMES.iter().enumerate() {
        let of = |figure: fn(&Spent) -> f64| median(turns.iter().map(|turn| figure(&turn[index])));
        // How ours compares with it within the same turn.
        let ratio = |figure: fn(&Spent) -> f64| {
            median(turns.iter().map(|turn| figure(&turn[0]) / figure(&turn[index])))
        };
        let (seconds, core_seconds) = (of(|spent| spent.seconds), of(|spent| spent.core_seconds));
        let (wall, cores) = (ratio(|spent| spent.seconds), ratio(|spent| spent.core_seconds));
        say(&format!(
            "{name:<12} {seconds:>7.2} s  {core_seconds:>6.2} core-s; ours: {wall:.3}x the time, {cores:.3}x the core-s"
        ));
        let figures = json!({
            "seconds": seconds, "core_seconds": core_seconds, "ours_seconds_ratio": wall,
            "ours_core_seconds_ratio": cores,
        });
        medians.insert((*name).to_owned(), figures);
    }
    keep(workspace, "export", json!({ "bytes": bytes, "median": medians, "turns": turns }))
}
