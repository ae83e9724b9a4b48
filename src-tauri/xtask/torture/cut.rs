//! Power cuts (R2): the program writes to a disk in a file; at a random instant the disk is copied as a cut would leave
//! it, and the program is started on the copy. The model of a cut is in decision 0024.

use super::disk::{LoopDisk, can_mount};
use super::stage::{self, Stage};
use super::{Torture, most, p50_and_p95};
use crate::report::say;
use crate::{Result, process};
use std::fs;

const DISK_BYTES: u64 = 256 << 20;
/// The disk is made anew before it is full.
const CUTS_PER_DISK: u32 = 20;
/// What the simulated cameras send as one fragment, in seconds.
const GOP_S: f64 = 2.0;
/// Seconds from one sync of a file to the next, at most.
const SYNC_S: f64 = 2.0;

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    can_mount()?;
    let runs = torture.runs(300);
    let place = Stage::new(&torture, "cut")?;
    let (_simcams, told) = place.simcams(torture.options.cameras, &[])?;
    let (mut cuts, mut torn) = (0_u32, 0_u32);
    let (mut unclean, mut damaged, mut refused, mut missing) = (0, 0, 0, 0);
    let mut lost_s = Vec::new();
    while cuts < runs {
        let image = place.folder().join("disk.img");
        let disk = LoopDisk::make(image, place.folder().join("disk"), DISK_BYTES)?;
        let stage = place.beside(disk.path().join("data"));
        let cameras = stage.add(&told)?;
        let (engine, _) = stage.engine(cameras.len())?;
        for _ in 0..CUTS_PER_DISK.min(runs - cuts) {
            stage::sleep(torture.random.between(1.0, 5.0));
            let copy = place.folder().join("cut.img");
            process::signal(engine.pid(), "STOP")?;
            let whole = stage.whole();
            let at_once = disk.copy_as_cut(&copy);
            process::signal(engine.pid(), "CONT")?;
            engine.drain();
            let whole = whole?;
            if !at_once? {
                // Blocks were written meanwhile: no power cut leaves that.
                torn += 1;
                continue;
            }
            cuts += 1;
            let after = LoopDisk::mount(copy, place.folder().join("after"))?;
            let next = place.beside(after.path().join("data"));
            let (code, _) = next.outcome(&["run", "--for", "500ms"])?;
            refused += u32::from(code != Some(0));
            unclean += u32::from(!next.is_clean()?);
            let aside = fs::read_dir(next.data_dir())?
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().contains(".damaged-"));
            damaged += u32::from(aside);
            let rows = next.rows(&cameras)?;
            let kept = next.whole()?;
            for (path, before) in &whole {
                let left = kept.get(path).map_or(0, |whole| whole.fragments);
                lost_s.push(f64::from(before.fragments.saturating_sub(left)) * GOP_S);
            }
            missing += kept.keys().filter(|path| !rows.contains_key(*path)).count() as u32;
        }
        stage::terminate(engine)?;
        say(&format!("{cuts} cuts"));
    }
    let (p50, p95) = p50_and_p95(&lost_s);
    let figures = &mut torture.figures;
    figures.told("copies thrown away because they were of no one instant", torn.into());
    figures.never("starts that failed", refused);
    figures.never("checks that were not clean", unclean);
    figures.never("databases found damaged", damaged);
    figures.never("files with whole fragments that no row names", missing);
    figures.told("closed fragments lost of a file, s, median", p50);
    figures.told("closed fragments lost of a file, s, p95", p95);
    figures.promised("closed fragments lost of a file, s, most", most(&lost_s), SYNC_S + GOP_S);
    torture.finish("cut", cuts)
}
