//! Sixty-four foreign cameras that come back in the same instant, as after a power cut (R8): how soon all are recorded
//! again, and how many connections the recorder makes at once, as the cameras count them.

use super::stage::{self, Stage};
use super::{Torture, most, p50_and_p95};
use crate::Result;
use crate::bench::cameras::{self, Cameras};
use crate::packages::{self, Purpose};
use crate::report::say;

const CAMERAS: u32 = 64;
/// Connections in any `WINDOW_S` seconds, at most. Eight in 250 ms are promised; the cameras count those that they have
/// taken, and take some of them a moment later than others.
const AT_ONCE: f64 = 8.0;
const WINDOW_S: f64 = 0.2;
/// How long all cameras may take to be back.
const ALL_BACK_S: f64 = 30.0;

pub(super) fn run(mut torture: Torture<'_>) -> Result {
    packages::ensure(Purpose::Record)?;
    let runs = torture.runs(50);
    let stage = Stage::new(&torture, "comeback")?;
    let media = cameras::media(torture.workspace)?;
    let all_at = |port| Cameras::start_at(torture.workspace, &media, "sub", CAMERAS, port);
    let mut cameras = all_at(0)?;
    let port = cameras.port;
    for (number, url) in (1..).zip(&cameras.urls) {
        stage.add_one(&format!("Camera {number}"), url)?;
    }
    let (engine, _) = stage.engine(cameras.urls.len())?;
    // Until their first fragments are written.
    stage::sleep(10.0);
    let before = stage::held(engine.pid())?;
    let (mut back, mut at_once) = (Vec::new(), Vec::new());
    for run in 1..=runs {
        drop(cameras);
        stage::sleep(torture.random.between(2.0, 20.0));
        engine.drain();
        cameras = all_at(port)?;
        back.push(stage::wait_for_all(&engine, CAMERAS as usize, |event| event["event"] == "gap.closed")?);
        let connections = cameras.connections()?;
        if connections.len() < CAMERAS as usize {
            return Err(format!("the cameras told {} connections", connections.len()).into());
        }
        at_once.push(busiest(&connections));
        if run.is_multiple_of(10) {
            say(&format!("{run} times"));
        }
        stage::sleep(torture.random.between(2.0, 5.0));
    }
    stage::sleep(10.0);
    let after = stage::held(engine.pid())?;
    stage::terminate(engine)?;
    let clean = stage.is_clean()?;
    let figures = &mut torture.figures;
    figures.told("all 64 recorded again, s, median", p50_and_p95(&back).0);
    figures.promised("all 64 recorded again, s, most", most(&back), ALL_BACK_S);
    figures.promised("connections in any 200 ms, most", most(&at_once), AT_ONCE);
    figures.told("memory grown, MB", after.0 - before.0);
    figures.told("descriptors more than before", after.1 - before.1);
    figures.told("threads more than before", after.2 - before.2);
    figures.never("checks that were not clean", u32::from(!clean));
    torture.finish("comeback", runs)
}

/// The most of these times, in order, that lie within one window.
fn busiest(times: &[f64]) -> f64 {
    let within = |from: f64| times.iter().filter(|&&at| at >= from && at - from < WINDOW_S).count();
    times.iter().map(|&from| within(from)).max().map_or(f64::NAN, |most| most as f64)
}

#[cfg(test)]
mod tests {
    use super::busiest;

    #[test]
    fn the_busiest_window_is_found() {
        assert!((busiest(&[0.0, 0.2, 0.25, 0.39, 1.0]) - 3.0).abs() < 1e-9);
        assert!(busiest(&[]).is_nan());
    }
}
