//! A storage that goes away, comes back read-only or as another one, or stalls (R5). Only the footage lies on it.

use super::disk::{LoopDisk, can_mount};
use super::stage::{self, LIMIT, Stage};
use super::{Torture, most};
use crate::report::say;
use crate::{Result, folders, machine, process};
use std::fs;
use std::time::{Duration, Instant};

/// What a round may record, with room to spare: the file behind the disk is as small as what is in it.
const ROUND_BYTES: u64 = 32 << 20;
const MARKER: &str = ".atalaya-volume";
/// How long writes are held up.
const STALL: Duration = Duration::from_secs(20);
/// What the fragments that may wait for a disk may take beside what the program takes anyway, in MB for a camera.
const WAITING_MB_PER_CAMERA: f64 = 16.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Unmounted,
    ReadOnly,
    OtherMarker,
    Stalled,
}

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    can_mount()?;
    let runs = torture.runs(50);
    let stage = Stage::new(&torture, "storage")?;
    let (_simcams, told) = stage.simcams(torture.options.cameras, &[])?;
    let image = stage.folder().join("disk.img");
    let disk_bytes = ROUND_BYTES * (u64::from(runs) + 4);
    let disk = LoopDisk::make(image, stage.recordings(), disk_bytes)?;
    let cameras = stage.add(&told)?;
    let (mut foreign, mut deleted, mut unclean, mut silent) = (0_u64, 0_u32, 0_u32, 0_u32);
    let (mut grown_mb, mut again) = (Vec::new(), Vec::new());
    for run in 0..runs {
        for fault in [Fault::Unmounted, Fault::ReadOnly, Fault::OtherMarker, Fault::Stalled] {
            let (engine, _) = stage.engine(cameras.len())?;
            stage::sleep(torture.random.between(2.0, 5.0));
            let before = folders::recorded(&stage.recordings())?;
            let memory = machine::memory_mb(engine.pid())?;
            engine.drain();
            match fault {
                Fault::Unmounted => {
                    disk.detach()?;
                    silent += u32::from(!told_of(&engine)?);
                    drop(engine);
                    // What lies where the disk was mounted went to the wrong one.
                    foreign += bytes_in(&stage.recordings())?;
                    disk.attach()?;
                }
                Fault::ReadOnly => {
                    drop(engine);
                    remount(&stage, "ro")?;
                    let engine = stage.start(&["run"])?;
                    silent += u32::from(!told_of(&engine)?);
                    drop(engine);
                    remount(&stage, "rw")?;
                }
                Fault::OtherMarker => {
                    let marker = stage.recordings().join(MARKER);
                    let ours = fs::read(&marker)?;
                    let bytes = bytes_in(&stage.recordings())?;
                    drop(engine);
                    fs::write(&marker, "8c9e1c1e-0000-4000-8000-000000000001\n")?;
                    let engine = stage.start(&["run"])?;
                    silent += u32::from(!told_of(&engine)?);
                    drop(engine);
                    foreign += bytes_in(&stage.recordings())?.saturating_sub(bytes);
                    fs::write(&marker, ours)?;
                }
                Fault::Stalled => {
                    disk.freeze(true)?;
                    stage::sleep(STALL.as_secs_f64());
                    grown_mb.push(machine::memory_mb(engine.pid())? - memory);
                    disk.freeze(false)?;
                    let since = Instant::now();
                    stage::wait_for_all(&engine, cameras.len(), |event| event["event"] == "gap.closed")?;
                    again.push(since.elapsed().as_secs_f64());
                    stage::terminate(engine)?;
                }
            }
            let after = folders::recorded(&stage.recordings())?;
            deleted += before.iter().filter(|path| !after.contains(path)).count() as u32;
        }
        // A start puts right what the last kill left.
        stage::terminate(stage.engine(cameras.len())?.0)?;
        unclean += u32::from(!stage.is_clean()?);
        say(&format!("{} of {runs} rounds", run + 1));
        if bytes_in(&stage.recordings())? > disk_bytes / 2 {
            return Err("the rounds record more than the disk of the test is made for".into());
        }
    }
    let allowed = WAITING_MB_PER_CAMERA * f64::from(torture.options.cameras);
    let figures = &mut torture.figures;
    figures.promised("bytes written to a wrong place", foreign as f64, 0.0);
    figures.never("files deleted", deleted);
    figures.never("faults that nobody was told of", silent);
    figures.never("checks that were not clean", unclean);
    figures.promised("memory grown in a stall, MB, most", most(&grown_mb), allowed);
    figures.promised("recording again after a stall, s, most", most(&again), LIMIT.as_secs_f64());
    torture.finish("storage", runs)
}

/// Whether the engine says that its storage fails, by an event or by refusing to start.
fn told_of(engine: &process::Background) -> Result<bool> {
    let deadline = Instant::now() + LIMIT;
    loop {
        match stage::next(engine, deadline) {
            Ok(event) => {
                let name = event["event"].as_str().unwrap_or_default();
                if name.starts_with("storage.") || !event["code"].is_null() || !event["error"].is_null() {
                    return Ok(true);
                }
            }
            // It ended with an error, or said nothing for a minute.
            Err(_) => return Ok(Instant::now() < deadline),
        }
    }
}

fn remount(stage: &Stage, how: &str) -> Result {
    let mut mount = process::command("mount");
    let options = format!("remount,{how}");
    process::capture(mount.args(["-o", options.as_str()]).arg(stage.recordings())).map(drop)
}

/// Bytes of all footage below a folder.
fn bytes_in(folder: &std::path::Path) -> Result<u64> {
    let mut bytes = 0;
    for file in folders::recorded(folder)? {
        bytes += fs::metadata(file)?.len();
    }
    Ok(bytes)
}
