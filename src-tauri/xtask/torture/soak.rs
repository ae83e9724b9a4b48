//! Recording from cameras that break off and fall silent, for as many minutes as there are runs (R15, R24): memory,
//! descriptors and threads stay flat, and every second is recorded or explained.

use super::stage::{self, EVER, Stage};
use super::{Torture, most};
use crate::Result;
use crate::demo::text;
use crate::report::say;
use serde_json::Value;

/// What memory may grow by over a soak, in MB: what an allocator keeps; a leak of every connection is more.
const GROWN_MB: f64 = 16.0;
/// What the start takes until the figures are flat, in minutes.
const WARM: usize = 3;

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    let minutes = torture.runs(60);
    let stage = Stage::new(&torture, "soak")?;
    let count = torture.options.cameras;
    let good = count.div_ceil(2);
    let (_good, told_good) = stage.simcams(good, &[])?;
    let (_bad, told_bad) = stage.simcams(count - good, &["close=20", "stall=8:3"])?;
    // The same identity at other ports: told apart by their streams' addresses.
    let told_bad: Vec<_> = told_bad
        .into_iter()
        .enumerate()
        .map(|(n, mut camera)| {
            camera["name"] = format!("Faulty {n}").into();
            camera
        })
        .collect();
    let good = stage.add(&told_good)?;
    let bad = stage.add(&told_bad)?;
    let (engine, _) = stage.engine(good.len() + bad.len())?;
    let mut looks = Vec::new();
    for minute in 1..=minutes {
        stage::sleep(60.0);
        engine.drain();
        looks.push(stage::held(engine.pid())?);
        if minute.is_multiple_of(10) {
            say(&format!("{minute} minutes"));
        }
    }
    stage::terminate(engine)?;
    let clean = stage.is_clean()?;
    let warm = looks.get(WARM.min(looks.len().saturating_sub(1))).copied().unwrap_or_default();
    let last = looks.last().copied().unwrap_or_default();
    let (missing_good, _) = missing(&stage, &good)?;
    let (missing_bad, breaks) = missing(&stage, &bad)?;
    let unexplained = bad.iter().map(|id| stage.not_accounted(id)).collect::<Result<Vec<_>>>()?;
    let figures = &mut torture.figures;
    figures.promised("memory grown, MB", last.0 - warm.0, GROWN_MB);
    figures.promised("descriptors more than before", last.1 - warm.1, 8.0);
    figures.promised("threads more than before", last.2 - warm.2, 8.0);
    figures.never("checks that were not clean", u32::from(!clean));
    figures.promised("share not recorded, good cameras", missing_good, 0.0001);
    // One camera alone has no faults.
    if !bad.is_empty() {
        figures.told("share not recorded, worst of the faulty", missing_bad);
        figures.told("times that a faulty camera was missing", breaks);
        figures.promised("seconds neither recorded nor in a gap, most", most(&unexplained), 3.0);
    }
    torture.finish("soak", minutes)
}

/// The share of its minutes in which the worst of these cameras was not recorded, and how often one of them was not. What
/// was deleted again, because the disk of this machine is nearly full, was recorded.
fn missing(stage: &Stage, cameras: &[String]) -> Result<(f64, f64)> {
    let (mut worst, mut times) = (0.0_f64, 0.0);
    for id in cameras {
        let seconds =
            |row: &Value| stage::seconds_between(text(row, "start"), text(row, "end")).unwrap_or(f64::NAN);
        let of = |extra: &[&str]| stage.call(&[&["recordings", id.as_str()], extra, &EVER[..]].concat());
        let (mut recorded, mut lost) = (of(&[])?.iter().map(seconds).sum::<f64>(), 0.0);
        for gap in of(&["--gaps"])? {
            if gap["cause"] == "retention" {
                recorded += seconds(&gap);
            } else {
                lost += seconds(&gap);
                times += 1.0;
            }
        }
        if recorded + lost <= 0.0 {
            return Err("a camera was never recorded".into());
        }
        worst = worst.max(lost / (recorded + lost));
    }
    Ok((worst, times))
}
