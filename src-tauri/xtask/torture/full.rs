//! A disk that becomes full while it is recorded to, and has room again (R4).

use super::disk::{LoopDisk, can_mount};
use super::stage::{self, LIMIT, Stage};
use super::{Torture, most, p50_and_p95};
use crate::Result;
use crate::report::say;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::time::{Duration, Instant};

const DISK_BYTES: u64 = 128 << 20;
/// Blocks in which the disk is filled.
const BLOCK: usize = 1 << 16;
/// Every so many times files and index are held against each other.
const CHECK_EVERY: u32 = 10;
/// From the first picture after the pause to the first fragment in a file a GOP passes; the promise is of the recorder.
const GOP_S: f64 = 2.0;

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    can_mount()?;
    let runs = torture.runs(100);
    let place = Stage::new(&torture, "full")?;
    let (_simcams, told) = place.simcams(torture.options.cameras, &[])?;
    let disk = LoopDisk::make(place.folder().join("disk.img"), place.folder().join("disk"), DISK_BYTES)?;
    let stage = place.beside(disk.path().join("data"));
    let cameras = stage.add(&told)?;
    without_reserve(&stage)?;
    let filler = disk.path().join("filler");
    let (mut alarms, mut again) = (Vec::new(), Vec::new());
    let (mut shrunk, mut unclean, mut ended) = (0_u32, 0_u32, 0_u32);
    let (mut engine, _) = stage.engine(cameras.len())?;
    for run in 1..=runs {
        stage::sleep(torture.random.between(2.0, 5.0));
        engine.drain();
        fill(&filler)?;
        let full = Instant::now();
        // Told as a failure where the database is the first to find no room.
        let alarm = loop {
            let event = stage::next(&engine, full + LIMIT)?;
            if event["event"] == "storage.low" || event["event"] == "storage.failed" {
                break full.elapsed().as_secs_f64();
            }
        };
        alarms.push(alarm);
        // Every camera has a fragment to write in this time.
        stage::sleep(torture.random.between(3.0, 6.0));
        let whole: BTreeMap<_, _> = stage.whole()?;
        engine.drain();
        fs::remove_file(&filler)?;
        match stage::wait_for_all(&engine, cameras.len(), |event| event["event"] == "gap.closed") {
            Ok(took) => again.push(took - GOP_S),
            Err(error) => {
                say(&format!("run {run}: {error}"));
                ended += 1;
                drop(engine);
                engine = stage.engine(cameras.len())?.0;
            }
        }
        // Retention may have deleted whole files for room; none may have lost its end.
        let now = stage.whole()?;
        shrunk += whole
            .iter()
            .filter(|(path, before)| now.get(*path).is_some_and(|after| after.bytes < before.bytes))
            .count() as u32;
        if run.is_multiple_of(CHECK_EVERY) {
            stage::terminate(engine)?;
            unclean += u32::from(!stage.is_clean()?);
            // Room for what comes.
            fs::remove_dir_all(stage.data_dir())?;
            stage.add(&told)?;
            without_reserve(&stage)?;
            engine = stage.engine(cameras.len())?.0;
            say(&format!("{run} times full"));
        }
    }
    drop(engine);
    let (p50, p95) = p50_and_p95(&again);
    let figures = &mut torture.figures;
    figures.never("engines that ended or never recorded again", ended);
    figures.never("files that lost closed fragments", shrunk);
    figures.never("checks that were not clean", unclean);
    figures.promised("alarm after the disk was full, s, most", most(&alarms), 5.0);
    figures.told("recording again after there was room, s, median", p50);
    figures.told("recording again after there was room, s, p95", p95);
    figures.promised("recording again after there was room, s, most", most(&again), 5.0);
    torture.finish("full", runs)
}

/// The disk is to become full: the rules of retention would make room.
fn without_reserve(stage: &Stage) -> Result {
    stage.call(&["retention", "reserve", "0"]).map(drop)
}

/// Writes until nothing more fits.
fn fill(path: &std::path::Path) -> Result {
    let mut file = File::create(path)?;
    let block = vec![0xa5; BLOCK];
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        if file.write_all(&block).is_err() {
            // What a whole block did not fit into is filled with small ones.
            while file.write_all(&block[..512]).is_ok() {}
            return Ok(());
        }
    }
    Err("the disk does not become full".into())
}
