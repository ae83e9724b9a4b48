//! Exports that are killed at random instants (R20): the final name has the whole file or nothing.

use super::Torture;
use super::stage::{self, EVER, Stage};
use crate::report::say;
use crate::{Result, folders};
use serde_json::Value;
use std::fs;
use std::time::Instant;

/// Footage that is exported: so much that writing it takes longer than starting the program.
const RECORDED_S: f64 = 120.0;
/// The share of exports that may have ended before the kill: one that came too late tries nothing.
const ENDED: f64 = 0.5;

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    let runs = torture.runs(300);
    let stage = Stage::new(&torture, "export")?;
    let (simcams, told) = stage.simcams(torture.options.cameras, &[])?;
    let cameras = stage.add(&told)?;
    let (engine, _) = stage.engine(cameras.len())?;
    say(&format!("Recording for {RECORDED_S} s"));
    stage::sleep(RECORDED_S);
    stage::terminate(engine)?;
    drop(simcams);
    let camera = cameras.first().ok_or("there are no cameras")?;
    let folder = stage.folder().join("exports");
    folders::fresh(&folder)?;
    let path = folder.join("footage.mp4");
    let output = path.to_str().ok_or("the build folder's path is not UTF-8")?;
    let args = [&["export", camera.as_str()], &EVER[..], &["--output", output]].concat();
    let started = Instant::now();
    let report: Vec<Value> = stage.call(&args)?;
    let took = started.elapsed().as_secs_f64();
    let whole = fs::read(&path)?;
    if !report.iter().any(|line| line["sha256"].is_string()) {
        return Err("`export` printed no result".into());
    }
    let (mut half, mut finished) = (0_u32, 0_u32);
    for _ in 0..runs {
        folders::fresh(&folder)?;
        let export = stage.start(&args)?;
        stage::sleep(torture.random.between(0.0, took));
        drop(export);
        if let Ok(found) = fs::read(&path) {
            finished += 1;
            half += u32::from(found != whole);
        }
    }
    let figures = &mut torture.figures;
    figures.told("bytes of the whole export", whole.len() as f64);
    figures.told("exports killed while they ran", (runs - finished).into());
    let ended = f64::from(finished) / f64::from(runs);
    figures.promised("share of exports that had ended before the kill", ended, ENDED);
    figures.never("half files under the final name", half);
    torture.finish("export", runs)
}
