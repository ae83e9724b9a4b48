//! Databases that are cut off, overwritten in the middle, or deleted (R18): the program starts, knows its cameras, and
//! makes the index anew from the files.

use super::stage::{self, Stage};
use super::{Random, Torture, p50_and_p95};
use crate::report::say;
use crate::{Result, folders, process};
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Instant;

const PAGE: u64 = 4096;
/// Times that the engine is started and ended while the footage is recorded, for that many files of each camera.
const STARTS: u32 = 6;

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    let runs = torture.runs(50);
    let stage = Stage::new(&torture, "database")?;
    let (simcams, told) = stage.simcams(torture.options.cameras, &[])?;
    let cameras = stage.add(&told)?;
    say("Recording");
    for _ in 0..STARTS {
        let (engine, _) = stage.engine(cameras.len())?;
        stage::sleep(5.0);
        stage::terminate(engine)?;
    }
    drop(simcams);
    let rows = stage.rows(&cameras)?;
    let rebuild = Instant::now();
    stage.call(&["fsck", "--rebuild-index"])?;
    let rebuild_s = rebuild.elapsed().as_secs_f64();

    let broken = stage.beside(stage.folder().join("broken"));
    let (mut refused, mut forgotten, mut unclean) = (0_u32, 0_u32, 0_u32);
    let (mut indexed, mut starts) = (Vec::new(), Vec::new());
    for run in 0..runs {
        folders::fresh(broken.data_dir())?;
        folders::copy(stage.data_dir(), broken.data_dir())?;
        damage(&broken.data_dir().join("atalaya.db"), run, &mut torture.random)?;
        let started = Instant::now();
        let (code, _) = broken.outcome(&["run", "--for", "100ms"])?;
        starts.push(started.elapsed().as_secs_f64());
        if code != Some(0) {
            refused += 1;
            continue;
        }
        let known = broken.call(&["camera", "list"])?.len();
        forgotten += u32::from(known != cameras.len());
        unclean += u32::from(!broken.is_clean()?);
        let found = broken.rows(&cameras).unwrap_or_default();
        let back = rows.iter().filter(|(path, bytes)| found.get(*path) == Some(*bytes)).count();
        indexed.push(back as f64 / rows.len() as f64);
    }
    let worst = indexed.iter().copied().fold(1.0, f64::min);
    let (p50, p95) = p50_and_p95(&starts);
    let figures = &mut torture.figures;
    figures.told("rows of the index", rows.len() as f64);
    figures.told("rows made from files, a second", rows.len() as f64 / rebuild_s);
    figures.never("starts that failed", refused);
    figures.never("starts that did not know every camera", forgotten);
    figures.never("checks that were not clean", unclean);
    figures.promised("share of the index not made anew, worst", 1.0 - worst, 0.001);
    figures.told("start on a damaged database, s, median", p50);
    figures.told("start on a damaged database, s, p95", p95);
    torture.finish("database", runs)
}

/// One of three kinds of damage, in turns.
fn damage(database: &Path, run: u32, random: &mut Random) -> Result {
    let length = fs::metadata(database)?.len();
    let page = (random.between(0.0, 1.0) * (length / PAGE) as f64) as u64;
    match run % 3 {
        0 => OpenOptions::new().write(true).open(database)?.set_len(page * PAGE + random.next() % PAGE)?,
        1 => {
            let mut file = OpenOptions::new().write(true).open(database)?;
            file.seek(SeekFrom::Start(page * PAGE))?;
            let garbage: Vec<u8> = (0..PAGE).map(|_| random.next() as u8).collect();
            file.write_all(&garbage)?;
        }
        _ => fs::remove_file(database)?,
    }
    // What stands in a log beside it would be played back over the damage.
    for suffix in ["db-wal", "db-shm"] {
        let _ = fs::remove_file(database.with_extension(suffix));
    }
    // The kernel's cache is what the next start reads.
    process::capture(&mut process::command("sync")).map(drop)
}
