//! Clocks that lie, the computer's and the camera's: one time line without overlaps, and nothing that seems to be
//! missing although it was recorded (R12, R13).

use super::fakes::{Behaviour, Bench, START, World, camera};
use atalaya_model::camera::{CameraId, RecordMode};
use atalaya_model::time::{TimeRange, WallTime};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND_US;

/// What the camera's files cover, in the order in which they were closed, after a look at what holds for all of them.
fn files(bench: &Bench, camera: CameraId) -> Vec<TimeRange> {
    let segments = bench.world.segments.lock().unwrap();
    let files: Vec<_> = segments.iter().filter(|s| s.camera == camera).map(|s| s.range).collect();
    for pair in files.windows(2) {
        assert!(pair[0].end <= pair[1].start, "time goes back: {pair:?}");
    }
    for file in &files {
        assert!(file.duration() <= SECOND * 120, "longer than two nominal files: {file:?}");
    }
    files
}

fn total_s(files: &[TimeRange]) -> f64 {
    files.iter().map(|file| file.duration().as_secs_f64()).sum()
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_costs_nothing_that_was_recorded() {
    let steps = [SECOND_US, 3 * SECOND_US, 60 * SECOND_US, 3600 * SECOND_US, DAY_US, 365 * DAY_US];
    for step in steps.into_iter().flat_map(|step| [step, -step]) {
        let one = camera(1, RecordMode::Continuous);
        let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
        bench.pass(SECOND * 100).await;
        bench.clock.step_by_us(step);
        bench.pass(SECOND * 200).await;
        bench.engine.shutdown().await;
        let files = files(&bench, one.id);
        let total = total_s(&files);
        assert!((297.0..=303.0).contains(&total), "stepped by {step} us: {total} s of 300, {files:?}");
        let gaps = bench.world.gaps_of(one.id);
        // Forward the time line has a hole, which is told; a second is too little, and backward there is none.
        let expected = usize::from(step > SECOND_US);
        assert_eq!(gaps.len(), expected, "stepped by {step} us: {gaps:?}");
        for (start, end, _) in gaps {
            let length = end.expect("it was recorded again") - start;
            assert!(length <= step / 1000 + 3_000, "stepped by {step} us: {length} ms");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_in_1970_is_recorded_and_its_files_stay_apart_from_later_ones() {
    let one = camera(1, RecordMode::Continuous);
    let boot_us = SECOND_US - START.0;
    let world = World::booted_at(boot_us);
    let bench = Bench::start_in(world, vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 100).await;
    // The time server answers.
    bench.clock.step_by_us(-boot_us);
    bench.pass(SECOND * 100).await;
    bench.engine.shutdown().await;
    let files = files(&bench, one.id);
    let of_1970 = files.iter().filter(|file| file.end < WallTime(DAY_US)).count();
    assert!(of_1970 > 0 && of_1970 < files.len(), "{files:?}");
    let total = total_s(&files);
    assert!((197.0..=203.0).contains(&total), "{total} s of 200");
}

/// Ten minutes of a camera whose n-th picture has this media time, at 15 pictures a second.
async fn ten_minutes(media_time: fn(i64) -> i64) -> (Bench, CameraId) {
    let one = camera(1, RecordMode::Continuous);
    let world = World::default();
    *world.media_time.lock().unwrap() = Some(media_time);
    let bench = Bench::start_in(world, vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 600).await;
    bench.engine.shutdown().await;
    (bench, one.id)
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_sends_21_of_25_pictures_misses_nothing() {
    let (bench, id) = ten_minutes(|n| n * 6000 * 21 / 25).await;
    let total = total_s(&files(&bench, id));
    assert!((594.0..=606.0).contains(&total), "{total} s of 600");
    let gaps = bench.world.gaps_of(id);
    assert!(gaps.is_empty(), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn media_time_that_is_a_little_fast_or_slow_misses_nothing() {
    let drifts: [fn(i64) -> i64; 2] = [|n| n * 6000 * 1001 / 1000, |n| n * 6000 * 999 / 1000];
    for media_time in drifts {
        let (bench, id) = ten_minutes(media_time).await;
        let total = total_s(&files(&bench, id));
        assert!((594.0..=606.0).contains(&total), "{total} s of 600");
        assert!(bench.world.gaps_of(id).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn media_time_that_jumps_stands_or_goes_back_stays_on_one_line() {
    let mad: [fn(i64) -> i64; 4] = [
        // Six seconds forward and back in turns, each minute.
        |n| n * 6000 + n / 900 % 2 * 540_000,
        // Back by five seconds each minute.
        |n| n * 6000 - n / 900 * 450_000,
        // Stands still.
        |_| 90_000,
        // Runs backward.
        |n| -n * 6000,
    ];
    for (case, media_time) in mad.into_iter().enumerate() {
        let (bench, id) = ten_minutes(media_time).await;
        let files = files(&bench, id);
        let covered = files.last().map_or(START, |file| file.end);
        let ahead = covered.micros_since(START + SECOND * 600);
        // Each jump forward may move the line by itself, once; it never runs away.
        assert!(ahead <= 60 * SECOND_US, "case {case}: {ahead} us ahead");
        let gaps = bench.world.gaps_of(id);
        for gap in &gaps {
            assert!(gap.1.is_none_or(|end| end > gap.0), "case {case}: {gaps:?}");
        }
    }
}
