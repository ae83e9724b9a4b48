//! The recorder killed at random instants (R1). What was whole on the disk at the kill must be in the index and on
//! the disk afterwards, and recording must go on soon.

use super::stage::{self, LIMIT, Stage, Whole};
use super::{Torture, most, p50_and_p95};
use crate::report::say;
use crate::{Result, folders};
use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

/// Every so many kills the engine is ended in order instead, and files and index are held against each other.
const CHECK_EVERY: u32 = 10;
/// Every so many files are shown to ffprobe; at most this many in all.
const PROBED: usize = 400;

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    let runs = torture.runs(1000);
    let stage = Stage::new(&torture, "kill")?;
    let (_simcams, told) = stage.simcams(torture.options.cameras, &[])?;
    let cameras = stage.add(&told)?;
    let started = Instant::now();
    let mut again = Vec::new();
    let mut known: BTreeMap<String, Whole> = BTreeMap::new();
    let (mut shrunk, mut unclean) = (0_u32, 0_u32);
    for kill in 1..=runs {
        let (engine, took) = stage.engine(cameras.len())?;
        again.push(took);
        // Recovery is through: it may have cut off what was not whole, and nothing else.
        for (path, whole) in &known {
            let there = fs::metadata(stage.recordings().join(path)).map_or(0, |file| file.len());
            if there < whole.bytes {
                say(&format!("kill {kill}: {path} had {} whole bytes and has {there}", whole.bytes));
                shrunk += 1;
            }
        }
        stage::sleep(torture.random.between(0.3, 4.0));
        if kill.is_multiple_of(CHECK_EVERY) {
            stage::terminate(engine)?;
            let clean = stage.is_clean()?;
            unclean += u32::from(!clean);
            let rate = f64::from(kill) / started.elapsed().as_secs_f64() * 3600.0;
            say(&format!("{kill} kills, {rate:.0} an hour, {}", if clean { "clean" } else { "NOT CLEAN" }));
        } else {
            // Dropping it kills it, as `kill -9` does.
            drop(engine);
        }
        known = stage.whole()?;
    }
    stage::terminate(stage.engine(cameras.len())?.0)?;
    unclean += u32::from(!stage.is_clean()?);
    let rows = stage.rows(&cameras)?;
    let lost =
        known.iter().filter(|(path, whole)| rows.get(*path).is_none_or(|bytes| *bytes < whole.bytes)).count();
    let files = folders::recorded(&stage.recordings())?;
    let mut unreadable = 0_u32;
    for file in files.iter().step_by((files.len() / PROBED).max(1)) {
        unreadable += u32::from(!stage::ffprobe(file)?);
    }
    let fragments: u32 = known.values().map(|whole| whole.fragments).sum();
    let (p50, p95) = p50_and_p95(&again);
    let figures = &mut torture.figures;
    figures.told("closed fragments at the last kill", fragments.into());
    figures.told("files", files.len() as f64);
    figures.told("kills an hour", f64::from(runs) / started.elapsed().as_secs_f64() * 3600.0);
    figures.never("files shorter after a start than at the kill", shrunk);
    figures.never("files whose closed fragments the index misses", lost as u32);
    figures.never("checks that were not clean", unclean);
    figures.never("files that ffprobe refuses", unreadable);
    figures.told("all cameras play again, s, median", p50);
    figures.promised("all cameras play again, s, p95", p95, 3.0);
    figures.promised("all cameras play again, s, most", most(&again), LIMIT.as_secs_f64());
    torture.finish("kill", runs)
}
