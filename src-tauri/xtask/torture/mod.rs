//! `cargo xtask torture`: faults put into whole programs, many times and by a seed, and what is left held against what
//! is promised. One file is one family of faults.
//!
//! Owns the choice, the seed and the verdict, which is written to `target/torture/NAME.json`. What a fault is worth is
//! told by foreign eyes where there are any: sizes of boxes, `ffprobe`, the kernel's counters.

mod comeback;
mod cut;
mod database;
mod disk;
mod export;
mod full;
mod kill;
mod network;
mod soak;
mod stage;
mod storage;
mod wire;

use crate::bench::percentile;
use crate::report::{say, step};
use crate::workspace::Workspace;
use crate::{Result, figures, process, release};
use serde_json::{Map, json};
use std::fmt;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Which family of faults; all of them, one after the other, without it.
    #[arg(value_enum, value_name = "NAME")]
    name: Option<Name>,
    /// How often. Default: what the promise names.
    #[arg(long, value_name = "N")]
    runs: Option<u32>,
    /// What the chosen instants follow from.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many simulated cameras.
    #[arg(long, value_name = "N", default_value_t = 8)]
    cameras: u32,
    /// The programs as they are shipped.
    #[arg(long)]
    release: bool,
    /// Take the programs as they were built last.
    #[arg(long)]
    no_build: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Name {
    /// kill -9 at random instants (R1).
    Kill,
    /// Power cuts: the disk as it is at a random instant, started on (R2). Needs root.
    Cut,
    /// A disk that is full, and has room again (R4). Needs root.
    Full,
    /// Storage that is gone, read-only, another one, or that stalls (R5). Needs root.
    Storage,
    /// A line that is unplugged, swallows, resets, forgets; cameras that start anew (R6). Needs root.
    Network,
    /// Foreign cameras that come back in the same instant, as after a power cut (R8).
    Comeback,
    /// Exports that are killed (R20).
    Export,
    /// Databases that are damaged, cut off or deleted (R18).
    Database,
    /// Minutes of recording from cameras with faults: memory, descriptors, threads, seconds recorded (R15, R24).
    Soak,
}

/// A family that cannot be run here; the program then ends with code 3.
#[derive(Debug)]
pub(crate) struct Skipped(&'static str);

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "skipped: {}", self.0)
    }
}

impl std::error::Error for Skipped {}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    if !cfg!(target_os = "linux") {
        return Err(Skipped("faults are put in, and judged, by means of Linux").into());
    }
    if options.no_build {
        step("Programs as they were built last");
    } else if options.release {
        release::build(workspace)?;
    } else {
        process::run(workspace.cargo().args(["build", "--package", "atalaya-cli"]))?;
    }
    if let Some(name) = options.name {
        return one(workspace, options, name);
    }
    let mut outcome = Ok(());
    for name in <Name as clap::ValueEnum>::value_variants() {
        if let Err(error) = one(workspace, options, *name) {
            say(&error.to_string());
            // What could not be run here does not hide a promise that was broken.
            if outcome.is_ok() || !error.is::<Skipped>() {
                outcome = Err(error);
            }
        }
    }
    outcome
}

fn one(workspace: &Workspace, options: &Options, name: Name) -> Result {
    let torture = Torture { workspace, options, random: Random(options.seed), figures: Figures::default() };
    match name {
        Name::Kill => kill::run(torture),
        Name::Cut => cut::run(torture),
        Name::Full => full::run(torture),
        Name::Storage => storage::run(torture),
        Name::Network => network::run(torture),
        Name::Comeback => comeback::run(torture),
        Name::Export => export::run(torture),
        Name::Database => database::run(torture),
        Name::Soak => soak::run(torture),
    }
}

/// One family at work.
struct Torture<'a> {
    workspace: &'a Workspace,
    options: &'a Options,
    random: Random,
    figures: Figures,
}

impl Torture<'_> {
    /// How often the fault is put in.
    fn runs(&self, promised: u32) -> u32 {
        self.options.runs.unwrap_or(promised)
    }

    /// Prints the table, writes the file, and fails when a promise was not kept.
    fn finish(self, name: &str, runs: u32) -> Result {
        step(&format!("{name}: {runs} runs, seed {}", self.options.seed));
        let mut broken = 0;
        let mut figures = Map::new();
        for figure in &self.figures.0 {
            let kept = figure.is_kept();
            broken += u32::from(!kept);
            let promise = figure.most.map_or_else(String::new, |most| format!("at most {most}"));
            let verdict = if kept { "ok" } else { "BROKEN" };
            say(&format!("{verdict:<7} {:<52} {:>12.3} {promise}", figure.what, figure.value));
            figures.insert(
                figure.what.to_owned(),
                json!({ "value": figure.value, "at_most": figure.most, "kept": kept }),
            );
        }
        let result = json!({
            "seed": self.options.seed,
            "runs": runs,
            "cameras": self.options.cameras,
            "figures": figures,
            "passed": broken == 0,
        });
        figures::keep(self.workspace, "torture", name, result)?;
        if broken > 0 {
            return Err(format!("{broken} promises of {name} are not kept").into());
        }
        Ok(())
    }
}

/// What came out, some of it promised.
#[derive(Default)]
struct Figures(Vec<Figure>);

struct Figure {
    what: &'static str,
    value: f64,
    /// The most that was promised; none for what is only told.
    most: Option<f64>,
}

impl Figure {
    fn is_kept(&self) -> bool {
        // Nothing measured keeps no promise.
        self.most.is_none_or(|most| self.value <= most)
    }
}

impl Figures {
    fn told(&mut self, what: &'static str, value: f64) {
        self.0.push(Figure { what, value, most: None });
    }

    fn promised(&mut self, what: &'static str, value: f64, most: f64) {
        self.0.push(Figure { what, value, most: Some(most) });
    }

    /// What must never happen.
    fn never(&mut self, what: &'static str, count: u32) {
        self.promised(what, count.into(), 0.0);
    }
}

/// The middle one and the 95th of a hundred.
fn p50_and_p95(values: &[f64]) -> (f64, f64) {
    (percentile(values.iter().copied(), 0.5), percentile(values.iter().copied(), 0.95))
}

/// The largest; NaN of none.
fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::max)
}

/// Numbers that follow from a seed (SplitMix64), so that a run can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// From `low` up to, and without, `high`.
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::{Figure, Random, most};

    #[test]
    fn what_was_not_measured_keeps_no_promise() {
        let figure = |value| Figure { what: "x", value, most: Some(3.0) };
        assert!(figure(3.0).is_kept() && !figure(3.1).is_kept() && !figure(f64::NAN).is_kept());
        assert!(figure(most(&[1.0, 3.0])).is_kept() && !figure(most(&[])).is_kept());
    }

    #[test]
    fn a_seed_repeats_and_stays_in_its_range() {
        let mut one = Random(7);
        let mut other = Random(7);
        for _ in 0..1000 {
            let value = one.between(0.3, 4.0);
            assert!((0.3..4.0).contains(&value) && value.to_bits() == other.between(0.3, 4.0).to_bits());
        }
    }
}
