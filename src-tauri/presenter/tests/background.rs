//! Going on without a window: sleep as a gap and held off, alarms for the desktop, closing and quitting.

use super::fakes::{Behaviour, Bench, camera};
use crate::Told;
use crate::vm::system::SettingsVm;
use atalaya_model::Kind;
use atalaya_model::alert::AlertCause;
use atalaya_model::background::{Leave, Wish};
use atalaya_model::camera::{Camera, RecordMode};
use atalaya_model::recording::GapCause;
use std::sync::atomic::Ordering;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

fn cameras(count: u128) -> Vec<Camera> {
    (1..=count).map(|n| camera(n, RecordMode::Continuous)).collect()
}

#[tokio::test(start_paused = true)]
async fn sleep_is_one_gap_and_streams_are_opened_at_once_after_it() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 20).await;
    let calls = bench.world.calls_of(one.id);
    bench.clock.doze(HOUR);
    bench.pass(SECOND * 2).await;
    assert_eq!(bench.world.calls_of(one.id), calls + 1, "the old connection is waited for");
    bench.pass(SECOND * 30).await;
    let gaps = bench.world.gaps_of(one.id);
    assert!(gaps.iter().all(|gap| gap.2 == GapCause::Asleep && gap.1.is_some()), "{gaps:?}");
    let missing: i64 = gaps.iter().map(|(start, end, _)| end.unwrap_or_default() - start).sum();
    assert!((3_598_000..=3_603_000).contains(&missing), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_is_away_after_sleep_has_a_gap_of_its_own() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 20).await;
    bench.world.behave(one.id, Behaviour::Refuses);
    bench.clock.doze(HOUR);
    bench.pass(SECOND * 60).await;
    let gaps = bench.world.gaps_of(one.id);
    let [(_, Some(awake), GapCause::Asleep), (offline, None, GapCause::Offline)] = gaps[..] else {
        panic!("{gaps:?}")
    };
    assert!(awake == offline && (3_620_000..=3_625_000).contains(&awake), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn the_computer_stays_awake_while_something_is_recorded() {
    let bench = Bench::start(cameras(2), Behaviour::Plays).await;
    let awake = || bench.world.awake.load(Ordering::Relaxed);
    bench.pass(SECOND * 5).await;
    assert_eq!((awake(), bench.engine.background().get().sleep.as_str()), (1, "held"));
    let settings = SettingsVm { inhibit_sleep: false, ..SettingsVm::default() };
    bench.engine.settings().set(settings).await.unwrap();
    bench.pass(SECOND * 2).await;
    assert_eq!((awake(), bench.engine.background().get().sleep.as_str()), (0, "free"));
    bench.world.falls_asleep.store(true, Ordering::Relaxed);
    bench.engine.settings().set(SettingsVm::default()).await.unwrap();
    bench.pass(SECOND * 2).await;
    let state = bench.engine.background().get();
    assert!(state.sleep == "failed" && state.sleep_detail.is_some(), "{state:?}");
    bench.world.falls_asleep.store(false, Ordering::Relaxed);
    bench.pass(SECOND * 70).await;
    assert_eq!(awake(), 1, "it is asked again");
    bench.engine.shutdown().await;
    assert_eq!(awake(), 0, "it is let go at the end");
}

#[tokio::test(start_paused = true)]
async fn a_computer_that_records_nothing_may_sleep() {
    let bench = Bench::start(vec![camera(1, RecordMode::Off)], Behaviour::Plays).await;
    bench.pass(SECOND * 5).await;
    assert_eq!(bench.world.awake.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn cameras_that_go_together_are_told_together() {
    let bench = Bench::start(cameras(12), Behaviour::Plays).await;
    let mut alerts = bench.engine.alerts();
    let next = tokio::time::timeout(SECOND * 30, alerts.next()).await;
    assert!(next.is_err(), "{next:?}");
    for one in cameras(12) {
        bench.world.behave(one.id, Behaviour::Refuses);
    }
    let told = alerts.next().await.unwrap();
    assert_eq!((told.cause, told.over, told.cameras.len()), (AlertCause::Offline, false, 12), "{told:?}");
    for one in cameras(12) {
        bench.world.behave(one.id, Behaviour::Plays);
    }
    let told = alerts.next().await.unwrap();
    assert!(told.over && told.cause == AlertCause::Offline, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_full_storage_is_told_and_nothing_when_nobody_wants_to_know() {
    let bench = Bench::start(cameras(1), Behaviour::Plays).await;
    let mut alerts = bench.engine.alerts();
    *bench.world.disk_error.lock().unwrap() = Some(Kind::StorageFull);
    let told = alerts.next().await.unwrap();
    assert_eq!(told, Told { cause: AlertCause::StorageLow, over: false, cameras: Vec::new() });
    let settings = SettingsVm { notify: false, ..SettingsVm::default() };
    bench.engine.settings().set(settings).await.unwrap();
    let next = tokio::time::timeout(HOUR, alerts.next()).await;
    assert!(next.is_err(), "{next:?}");
}

#[tokio::test(start_paused = true)]
async fn closing_is_asked_about_once_and_never_stops_by_itself() {
    let bench = Bench::start(cameras(2), Behaviour::Plays).await;
    bench.pass(SECOND * 5).await;
    let background = bench.engine.background();
    assert_eq!(background.wish(Wish::Close).await, Leave::Ask);
    assert_eq!(background.get().question.as_deref(), Some("close"));
    // Closed again instead of answered.
    assert_eq!(background.wish(Wish::Close).await, Leave::Hide);
    assert_eq!(background.get().question, None);
    assert_eq!(background.wish(Wish::Close).await, Leave::Ask);
    background.keep().await.unwrap();
    assert_eq!(background.wish(Wish::Close).await, Leave::Hide);
    assert_eq!(background.wish(Wish::Quit).await, Leave::Ask);
    background.stay();
    assert_eq!(background.get().question, None);
    let state = background.get();
    assert_eq!((state.recorded, state.recording), (2, 2), "{state:?}");
}
