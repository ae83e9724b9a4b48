//! `cargo xtask bench`: figures as ratios against what a user would pick instead, both measured in the same run on
//! the same machine, in turns. A measurement never gates a test.

mod archive;
pub(crate) mod cameras;
mod export;
mod live;
mod motion;
mod record;
mod rivals;
mod scan;
mod stage;
mod subs;
mod syscalls;

use crate::workspace::Workspace;
use crate::{Result, figures};
use std::thread;

/// Seconds of a GOP of the cameras' main streams.
const GOP_SECONDS: f64 = 2.0;

#[derive(clap::Subcommand)]
pub(crate) enum Bench {
    /// A year of 16 cameras: timelines (P10), starting with it (P12), deleting from it while recording (P14).
    Archive(archive::Options),
    /// Exporting an hour beside cp and ffmpeg (P9).
    Export(export::Options),
    /// The grid in the real window beside other players: processor, memory, pictures painted and their age (P4, P5).
    Live(live::Options),
    /// How well our own detector sees motion in clips that are drawn here, and what it costs.
    Motion(motion::Options),
    /// Recording beside one ffmpeg for each camera (P1, P2, P3); with --subs, many sub-streams on two cores (P15).
    Record(record::Options),
    /// Scanning a network of 254 addresses beside nmap (P7), and how soon cameras are shown (P8).
    Scan(scan::Options),
}

pub(crate) fn run(workspace: &Workspace, bench: &Bench) -> Result {
    if !cfg!(target_os = "linux") {
        return Err("the measurements read /proc and run on Linux only".into());
    }
    match bench {
        Bench::Archive(options) => archive::run(workspace, options),
        Bench::Export(options) => export::run(workspace, options),
        Bench::Live(options) => live::run(workspace, options),
        Bench::Motion(options) => motion::run(workspace, options),
        Bench::Record(options) => record::run(workspace, options),
        Bench::Scan(options) => scan::run(workspace, options),
    }
}

/// The middle value; between the two middle ones of an even number.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    percentile(values, 0.5)
}

/// The value below which this share (0..=1) of them lies, between neighbours in proportion; NaN of none.
pub(crate) fn percentile(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut sorted: Vec<_> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let at = share * sorted.len().saturating_sub(1) as f64;
    let (low, high) = (sorted.get(at.floor() as usize), sorted.get(at.ceil() as usize));
    low.zip(high).map_or(f64::NAN, |(low, high)| low + (high - low) * at.fract())
}

/// Keeps a bench's figures, with what they were measured on.
fn keep(workspace: &Workspace, name: &str, mut figures: serde_json::Value) -> Result {
    figures["cores"] = thread::available_parallelism()?.get().into();
    figures::keep(workspace, "bench", name, figures)
}

#[cfg(test)]
mod tests {
    use super::{median, percentile};

    fn assert_is(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    }

    #[test]
    fn medians_and_percentiles() {
        assert_is(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_is(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
        assert_is(percentile((0..=100).map(f64::from), 0.95), 95.0);
        assert!(median([].into_iter()).is_nan());
    }
}
