//! The live grid in the real window under a virtual display: whole-tree processor and memory, the share of pictures
//! painted, and their age, by either decode path in turns with what a user would watch the cameras with otherwise.
//!
//! Owns the turns and the table. The stage (`tests/examples/live_stage.rs`) owns the window and the cameras.

use super::rivals::{Arena, Rival};
use super::{keep, median, percentile};
use crate::Result;
use crate::machine::{self, Usage};
use crate::packages::{self, Purpose};
use crate::process::{self, Background};
use crate::release;
use crate::report::{say, step};
use crate::tools::TAURI_DRIVER;
use crate::workspace::Workspace;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

/// From the last tile's first pictures to the measurement: what belongs to the start is over.
const SETTLE: Duration = Duration::from_secs(5);

/// How long the window may take until all tiles move.
const START_LIMIT: Duration = Duration::from_mins(2);

/// How long the window may take to close.
const END_LIMIT: Duration = Duration::from_secs(20);

/// How long an order may take: many openings of many tiles.
const ORDER_LIMIT: Duration = Duration::from_mins(30);

/// How long memory is looked at.
const MEMORY_LOOK: Duration = Duration::from_secs(10);

/// Who decodes: the webview, or this program (decision 0005).
const PATHS: [&str; 2] = ["webview", "native"];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many tiles.
    #[arg(long, value_name = "N", default_value_t = 16)]
    tiles: u32,
    /// How long each measurement takes.
    #[arg(long, value_name = "S", default_value_t = 30)]
    secs: u64,
    /// How often both paths are measured, in turns.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pairs: u32,
    /// Measure the programs as they were built last.
    #[arg(long)]
    no_build: bool,
    /// How many pictures' burnt-in clocks are read for each path.
    #[arg(long, value_name = "N", default_value_t = 200)]
    ages: u32,
    /// How often each path goes from one tile to all of them.
    #[arg(long, value_name = "N", default_value_t = 20)]
    opens: u32,
    /// Record the cameras too, let the governor do its work, and say what was lost; nothing else is measured.
    #[arg(long)]
    record: bool,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    packages::ensure(Purpose::Watch)?;
    let driver = TAURI_DRIVER.ensure(workspace)?;
    if !options.no_build {
        release::build(workspace)?;
        process::run(workspace.cargo().args(["build", "--workspace", "--exclude", "xtask", "--examples"]))?;
    }
    let bench = Bench { workspace, options, driver: driver.into_os_string() };

    if options.record {
        return bench.recorded();
    }
    let mut grids = PATHS.map(|_| Vec::new());
    let mut rivals = Rival::ALL.map(|_| Vec::new());
    for pair in 1..=options.pairs {
        step(&format!("{} tiles of 640x360, turn {pair} of {}", options.tiles, options.pairs));
        for (path, grids) in PATHS.iter().zip(&mut grids) {
            let grid = bench.grid(path)?;
            say(&format!("{path:<10} {}", grid.line()));
            grids.push(grid);
        }
        let arena = Arena::start(workspace, options.tiles)?;
        for (rival, usages) in Rival::ALL.iter().zip(&mut rivals) {
            let usage = arena.measure(*rival, Duration::from_secs(options.secs))?;
            say(&format!("{:<10} {}", rival.name(), cost(&usage)));
            usages.push(usage);
        }
    }
    step(&format!("From one tile to {}, and memory over {} of these", options.tiles, options.opens));
    let mut opens = Vec::new();
    for path in PATHS {
        opens.push(bench.opens(path)?);
    }
    step("Age of four simulated cameras' pictures when they were painted");
    let mut ages = Vec::new();
    for path in PATHS {
        let of_path = bench.ages(path)?;
        let at = |share| percentile(of_path.iter().copied(), share);
        say(&format!("{path:<10} p50 {:.0} ms, p95 {:.0} ms, {} pictures", at(0.5), at(0.95), of_path.len()));
        ages.push(json!({ "p50_ms": at(0.5), "p95_ms": at(0.95), "pictures": of_path.len() }));
    }

    step(&format!("Median of {} turns, {} s each", options.pairs, options.secs));
    let mut medians = serde_json::Map::new();
    for (((path, grids), ages), opens) in PATHS.iter().zip(&grids).zip(ages).zip(opens) {
        let of = |figure: fn(&Grid) -> f64| median(grids.iter().map(figure));
        let (cores_visible, share, pss) = (of(Grid::cores), of(Grid::painted_share), of(Grid::pss_mb));
        let hidden = median(grids.iter().map(|grid| cores(&grid.hidden)));
        say(&format!(
            "{path:<10} {cores_visible:.2} cores, {:.1} % painted, {pss:.0} MB; hidden {hidden:.3} cores",
            share * 100.0
        ));
        let figures = json!({
            "cores": cores_visible, "hidden_cores": hidden, "painted_share": share, "pss_mb": pss,
            "age": ages, "opens": opens, "turns": grids,
        });
        medians.insert((*path).to_owned(), figures);
    }
    for (rival, usages) in Rival::ALL.iter().zip(&rivals) {
        let (cores, pss) = (median(usages.iter().map(cores)), median(usages.iter().map(pss_mb)));
        say(&format!("{:<10} {cores:.2} cores, {pss:.0} MB", rival.name()));
        let figures = json!({ "cores": cores, "pss_mb": pss, "turns": usages });
        medians.insert(rival.name().to_owned(), figures);
    }
    keep(workspace, "live", json!({ "tiles": options.tiles, "seconds": options.secs, "median": medians }))
}

struct Bench<'a> {
    workspace: &'a Workspace,
    options: &'a Options,
    driver: std::ffi::OsString,
}

/// What a grid cost, and how much of it was painted.
#[derive(serde::Serialize)]
struct Grid {
    usage: Usage,
    /// The same with the window off the display.
    hidden: Usage,
    /// Pictures that came to the tiles.
    offered: f64,
    /// Pictures that were painted.
    painted: f64,
    tiles: f64,
}

impl Grid {
    fn cores(&self) -> f64 {
        cores(&self.usage)
    }

    fn painted_share(&self) -> f64 {
        self.painted / self.offered
    }

    fn pss_mb(&self) -> f64 {
        pss_mb(&self.usage)
    }

    fn line(&self) -> String {
        format!(
            "{}  hidden {:.3} cores  {:.2} of {:.2} pictures/s a tile painted ({:.1} %)",
            cost(&self.usage),
            cores(&self.hidden),
            self.painted / self.usage.seconds / self.tiles,
            self.offered / self.usage.seconds / self.tiles,
            self.painted_share() * 100.0,
        )
    }
}

impl Bench<'_> {
    /// Opens the window on these cameras; waits until all tiles move by the path asked for.
    fn stage(&self, cameras: &str, count: u32, path: &str) -> Result<Background> {
        let stage = self.workspace.target("debug/examples/live_stage");
        let mut stage = self.workspace.command(stage);
        stage.args([cameras, &count.to_string(), path]);
        if self.options.record {
            stage.arg("record");
        }
        stage.env("ATALAYA_BIN_DIR", self.workspace.target("release"));
        stage.env("ATALAYA_TAURI_DRIVER", &self.driver);
        let stage = Background::start(stage.stderr(Stdio::null()))?;
        let ready: Value = serde_json::from_str(&stage.line(START_LIMIT)?)?;
        match ready["ready"]["path"].as_str() {
            Some(taken) if taken == path => Ok(stage),
            taken => Err(format!("the window took the path {taken:?}, not {path}").into()),
        }
    }

    fn grid(&self, path: &str) -> Result<Grid> {
        let mut stage = self.stage("foreign", self.options.tiles, path)?;
        thread::sleep(SETTLE);
        let window = machine::below(stage.pid(), "atalaya")?;
        let (offered, painted) = counters(&mut stage)?;
        let usage = machine::measure(&[window], Duration::from_secs(self.options.secs))?;
        let (offered_after, painted_after) = counters(&mut stage)?;
        answer(&mut stage, "hide")?;
        // Streams that nobody else wants end a while after the last viewer.
        thread::sleep(2 * SETTLE);
        let hidden = machine::measure(&[window], Duration::from_secs(self.options.secs))?;
        stage.end(END_LIMIT)?;
        Ok(Grid {
            usage,
            hidden,
            offered: offered_after - offered,
            painted: painted_after - painted,
            tiles: self.options.tiles.into(),
        })
    }

    /// How long tiles take to their first picture, their streams being pulled already or not, and what the window's
    /// memory is before and after all of it.
    fn opens(&self, path: &str) -> Result<Value> {
        let mut stage = self.stage("foreign", self.options.tiles, path)?;
        let window = machine::below(stage.pid(), "atalaya")?;
        let warm_up = format!("opens {}", self.options.opens.div_ceil(4));
        answer(&mut stage, &warm_up)?;
        let memory = || machine::measure(&[window], MEMORY_LOOK).map(|usage| usage.pss_bytes / 1e6);
        let before = memory()?;
        let opened = answer(&mut stage, &format!("opens {}", self.options.opens))?;
        let after = memory()?;
        stage.end(END_LIMIT)?;
        let times: Vec<Vec<f64>> = serde_json::from_value(opened["opens"].clone())?;
        let tile = |share| percentile(times.iter().flatten().copied(), share);
        let whole =
            |share| percentile(times.iter().map(|tiles| tiles.iter().copied().fold(0.0, f64::max)), share);
        say(&format!(
            "{path:<10} a tile p50 {:.0} ms, p95 {:.0} ms; all p50 {:.0} ms, p95 {:.0} ms; {before:.0} then {after:.0} MB",
            tile(0.5),
            tile(0.95),
            whole(0.5),
            whole(0.95)
        ));
        Ok(json!({
            "times": times.len(), "tile_p50_ms": tile(0.5), "tile_p95_ms": tile(0.95),
            "all_p50_ms": whole(0.5), "all_p95_ms": whole(0.95), "pss_mb": [before, after],
        }))
    }

    /// The cameras recorded and shown at once, with the governor at work.
    fn recorded(&self) -> Result {
        step(&format!("{} cameras recorded and shown", self.options.tiles));
        let mut stage = self.stage("foreign", self.options.tiles, PATHS[1])?;
        thread::sleep(SETTLE);
        let window = machine::below(stage.pid(), "atalaya")?;
        let (offered, painted) = counters(&mut stage)?;
        let usage = machine::measure(&[window], Duration::from_secs(self.options.secs))?;
        let (offered_after, painted_after) = counters(&mut stage)?;
        let decisions = answer(&mut stage, "decisions")?["decisions"].take();
        let footage = answer(&mut stage, "footage")?["footage"].take();
        let per_tile = |count: f64| count / usage.seconds / f64::from(self.options.tiles);
        say(&format!(
            "{}  {:.2} of {:.2} pictures/s a tile painted",
            cost(&usage),
            per_tile(painted_after - painted),
            per_tile(offered_after - offered)
        ));
        let reasons: BTreeSet<String> = decisions
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| format!("{}: {} {}", one["mode"], one["reason"], one["value"]))
            .collect();
        for reason in &reasons {
            say(&format!("governor: {reason}"));
        }
        let cameras = footage.as_array().map_or(&[][..], Vec::as_slice);
        let worst = cameras.iter().filter_map(|one| one["coverage"]["coverage"].as_f64()).fold(1.0, f64::min);
        let lost: Vec<&Value> = cameras
            .iter()
            .flat_map(|one| one["gaps"].as_array().into_iter().flatten())
            .filter(|gap| gap["cause"] != "app_closed")
            .collect();
        say(&format!("{} cameras, worst coverage {:.4}, gaps: {lost:?}", cameras.len(), worst));
        let figures = json!({
            "tiles": self.options.tiles, "usage": usage, "decisions": decisions, "worst_coverage": worst, "gaps": lost,
        });
        keep(self.workspace, "live-recorded", figures)
    }

    fn ages(&self, path: &str) -> Result<Vec<f64>> {
        let mut stage = self.stage("simulated", 4, path)?;
        thread::sleep(SETTLE);
        let answer = answer(&mut stage, &format!("ages {}", self.options.ages))?;
        stage.end(END_LIMIT)?;
        Ok(answer["ages"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect())
    }
}

/// What the stage says to an order.
fn answer(stage: &mut Background, order: &str) -> Result<Value> {
    stage.order(order)?;
    Ok(serde_json::from_str(&stage.line(ORDER_LIMIT)?)?)
}

fn cores(usage: &Usage) -> f64 {
    usage.core_seconds / usage.seconds
}

fn pss_mb(usage: &Usage) -> f64 {
    usage.pss_bytes / 1e6
}

fn cost(usage: &Usage) -> String {
    format!("{:.3} cores  {:.1} MB PSS", cores(usage), pss_mb(usage))
}

/// Pictures offered to and painted on all tiles so far.
fn counters(stage: &mut Background) -> Result<(f64, f64)> {
    let answer = answer(stage, "figures")?;
    let tiles = answer["figures"]["tiles"].as_array().ok_or("the window told no figures")?;
    let sum = |name: &str| tiles.iter().filter_map(|tile| tile[name].as_f64()).sum::<f64>();
    Ok((sum("offered"), sum("painted")))
}
