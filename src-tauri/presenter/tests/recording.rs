//! Recording: files cut where they should be, and every missing second accounted for.

use super::fakes::{Behaviour, Bench, START, camera, volume};
use crate::vm::event::EventVm;
use crate::vm::recording::RecordVm;
use atalaya_model::Kind;
use atalaya_model::camera::RecordMode;
use atalaya_model::recording::GapCause;
use std::sync::atomic::Ordering;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn files_are_a_minute_long_and_the_first_is_shorter() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 300).await;
    bench.engine.shutdown().await;
    let files = bench.world.files_of(one.id);
    assert!((30_000..=62_000).contains(&files[0]), "{files:?}");
    assert!(files[1..files.len() - 1].iter().all(|&ms| ms == 60_000), "{files:?}");
    // Nothing of the five minutes is missing, the open GOP included.
    let total: u128 = files.iter().sum();
    assert!(total >= 299_500, "{total}");
    assert!(bench.world.gaps_of(one.id).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_one_gap_with_its_cause() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 20).await;
    bench.world.behave(one.id, Behaviour::Refuses);
    bench.pass(SECOND * 20).await;
    bench.world.behave(one.id, Behaviour::Plays);
    bench.pass(SECOND * 60).await;
    let gaps = bench.world.gaps_of(one.id);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    let (start, end, cause) = gaps[0];
    assert!((19_900..=20_100).contains(&start) && cause == GapCause::Offline, "{gaps:?}");
    // R6: recorded again within five seconds of the camera's return.
    assert!((40_000..=45_100).contains(&end.unwrap()), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_never_answers_is_a_gap_from_the_start() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::WrongPassword).await;
    bench.pass(SECOND * 20).await;
    assert_eq!(bench.world.gaps_of(one.id), [(0, None, GapCause::Auth)]);
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_breaks_off_every_ten_seconds_has_every_second_accounted_for() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::PlaysFor(SECOND * 10)).await;
    bench.pass(SECOND * 600).await;
    bench.engine.shutdown().await;
    let recorded: u128 = bench.world.files_of(one.id).iter().sum();
    let gaps = bench.world.gaps_of(one.id);
    let missing: i64 = gaps.iter().map(|(start, end, _)| end.unwrap_or(600_000) - start).sum();
    let accounted = recorded as i64 + missing;
    assert!((accounted - 600_000).abs() < 5_000, "{accounted} ms of 600000 accounted for");
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_a_gap_and_recording_goes_on_within_five_seconds() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let mut events = bench.engine.subscribe();
    bench.pass(SECOND * 20).await;
    *bench.world.disk_error.lock().unwrap() = Some(Kind::StorageFull);
    bench.pass(SECOND * 10).await;
    *bench.world.disk_error.lock().unwrap() = None;
    bench.pass(SECOND * 30).await;
    let gaps = bench.world.gaps_of(one.id);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    let (start, end, cause) = gaps[0];
    assert_eq!(cause, GapCause::Disk);
    assert!((16_000..=20_000).contains(&start) && end.unwrap() <= 35_000, "{gaps:?}");
    let alarmed = std::iter::from_fn(|| events.try_recv().ok())
        .any(|event| matches!(event, EventVm::StorageLow { .. }));
    assert!(alarmed, "nobody was told");
}

#[tokio::test(start_paused = true)]
async fn a_stalled_disk_loses_what_does_not_fit_and_says_so() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 10).await;
    bench.world.disk_ms.store(200_000, Ordering::Relaxed);
    bench.pass(SECOND * 150).await;
    bench.world.disk_ms.store(0, Ordering::Relaxed);
    bench.pass(SECOND * 240).await;
    let gaps = bench.world.gaps_of(one.id);
    assert!(
        !gaps.is_empty() && gaps.iter().all(|gap| gap.2 == GapCause::Disk && gap.1.is_some()),
        "{gaps:?}"
    );
    let dropped = bench.engine.inner.all_pulls()[0].report().metrics.dropped;
    assert!(dropped > 0, "lost without being counted");
}

#[tokio::test(start_paused = true)]
async fn a_stepped_clock_starts_a_new_file() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 10).await;
    bench.clock.step(Duration::from_hours(1));
    bench.pass(SECOND * 10).await;
    bench.engine.shutdown().await;
    assert_eq!(bench.world.files_of(one.id).len(), 2);
    let gaps = bench.world.gaps_of(one.id);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_person_switched_off_is_paused_and_not_missed() {
    let one = camera(1, RecordMode::Off);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 10).await;
    let set = async |mode: &str| {
        let record = RecordVm { mode: mode.to_owned(), ..RecordVm::default() };
        bench.engine.cameras().set_record("camera 1", &record).await.unwrap();
    };
    set("continuous").await;
    bench.pass(SECOND * 10).await;
    set("off").await;
    bench.pass(SECOND * 10).await;
    let total: u128 = bench.world.files_of(one.id).iter().sum();
    assert!((9_000..=10_500).contains(&total), "{total}");
    let gaps = bench.world.gaps_of(one.id);
    let [(start, None, GapCause::Paused)] = gaps[..] else { panic!("{gaps:?}") };
    assert!((19_000..=20_100).contains(&start), "{gaps:?}");
    let at = |seconds| (START + SECOND * seconds).to_rfc3339();
    let coverage = bench.engine.recordings().coverage("camera 1", &at(0), &at(30)).await.unwrap();
    assert!(coverage.coverage > 0.999, "{coverage:?}");
    set("continuous").await;
    bench.pass(SECOND * 10).await;
    let gaps = bench.world.gaps_of(one.id);
    let [(_, Some(end), GapCause::Paused)] = gaps[..] else { panic!("{gaps:?}") };
    assert!((29_900..=30_100).contains(&end), "{gaps:?}");
}

/// Where the camera's files are, in the order in which they were closed.
fn disks(bench: &Bench) -> Vec<String> {
    bench.world.segments.lock().unwrap().iter().map(|segment| segment.place.root.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn another_directory_takes_over_at_once_and_the_own_one_gets_the_next_file() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.world.more_volumes.store(2, Ordering::Relaxed);
    // The file of before it had company is done.
    bench.pass(SECOND * 70).await;
    let mut events = bench.engine.subscribe();
    *bench.world.disk_error.lock().unwrap() = Some(Kind::Unreachable);
    bench.pass(SECOND * 10).await;
    *bench.world.disk_error.lock().unwrap() = None;
    bench.pass(SECOND * 120).await;
    bench.engine.shutdown().await;
    assert!(bench.world.gaps_of(one.id).is_empty(), "{:?}", bench.world.gaps_of(one.id));
    let total: u128 = bench.world.files_of(one.id).iter().sum();
    assert!(total >= 199_500, "{total} ms of 200000");
    let disks = disks(&bench);
    assert_eq!(disks.iter().filter(|disk| **disk == *volume(1).root).count(), 1, "{disks:?}");
    assert_eq!(disks.last().map(String::as_str), Some(&*volume(0).root), "{disks:?}");
    let moves: Vec<(String, String)> = std::iter::from_fn(|| events.try_recv().ok())
        .filter_map(|event| match event {
            EventVm::StorageMoved { from, to, .. } => Some((from, to)),
            _ => None,
        })
        .collect();
    let (own, next) = (volume(0).root.to_string(), volume(1).root.to_string());
    assert_eq!(moves, [(own.clone(), next.clone()), (next, own)]);
}

#[tokio::test(start_paused = true)]
async fn a_directory_that_does_not_answer_costs_nothing_where_there_is_another() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.world.more_volumes.store(1, Ordering::Relaxed);
    bench.pass(SECOND * 70).await;
    bench.world.disk_ms.store(20_000, Ordering::Relaxed);
    bench.pass(SECOND * 150).await;
    bench.world.disk_ms.store(0, Ordering::Relaxed);
    bench.pass(SECOND * 90).await;
    let dropped = bench.engine.inner.all_pulls()[0].report().metrics.dropped;
    bench.engine.shutdown().await;
    assert!(bench.world.gaps_of(one.id).is_empty(), "{:?}", bench.world.gaps_of(one.id));
    assert_eq!(dropped, 0, "more waited than there is room for");
    let disks = disks(&bench);
    assert!(disks.iter().any(|disk| **disk == *volume(1).root), "{disks:?}");
    assert_eq!(disks.last().map(String::as_str), Some(&*volume(0).root), "{disks:?}");
}

#[tokio::test(start_paused = true)]
async fn with_no_directory_left_there_is_a_gap() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 20).await;
    *bench.world.disk_error.lock().unwrap() = Some(Kind::Unreachable);
    bench.pass(SECOND * 10).await;
    *bench.world.disk_error.lock().unwrap() = None;
    bench.pass(SECOND * 20).await;
    let gaps = bench.world.gaps_of(one.id);
    let [(_, Some(_), GapCause::Disk)] = gaps[..] else { panic!("{gaps:?}") };
}
