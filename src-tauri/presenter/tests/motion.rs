//! Motion by our own detector and by the camera: who is watched, what is told, what is kept.

use super::fakes::{Behaviour, Bench, World, camera};
use crate::vm::event::EventVm;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{Camera, RecordMode, Role};
use atalaya_model::motion::{MotionSettings, MotionSource};
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

fn told(events: &mut Receiver<EventVm>) -> Vec<(String, bool)> {
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let EventVm::MotionChanged { source, active, .. } = event {
            told.push((source, active));
        }
    }
    told
}

async fn bench(one: &Camera, settings: MotionSettings) -> Bench {
    let world = World::default();
    world.motion_settings.lock().unwrap().insert(one.id, settings);
    Bench::start_in(world, vec![one.clone()], Behaviour::Plays).await
}

fn always() -> MotionSettings {
    MotionSettings { enabled: true, ..MotionSettings::default() }
}

/// An object walks through the picture for so many seconds.
async fn walk(bench: &Bench, seconds: usize) {
    for step in 0..seconds * 5 {
        *bench.world.object.lock().unwrap() = Some(step % 50);
        bench.pass(Duration::from_millis(200)).await;
    }
    *bench.world.object.lock().unwrap() = None;
}

#[tokio::test(start_paused = true)]
async fn what_moves_is_told_and_kept_and_so_is_its_end() {
    let one = camera(1, RecordMode::Off);
    let bench = bench(&one, always()).await;
    let mut events = bench.engine.subscribe();
    bench.pass(Duration::from_secs(10)).await;
    let status = bench.engine.motion().status(&one.name).await.unwrap();
    assert_eq!((status.sight.as_str(), status.level, status.moving), ("watching", Some(0), false));

    walk(&bench, 4).await;
    let status = bench.engine.motion().status(&one.name).await.unwrap();
    assert!(status.moving && status.level > Some(50), "{status:?}");
    assert_eq!(bench.engine.notices().active()[0].notice, "moving");
    bench.pass(Duration::from_secs(6)).await;
    assert_eq!(told(&mut events), [("own".to_owned(), true), ("own".to_owned(), false)]);

    let kept = bench.world.motion_events.lock().unwrap().clone();
    let [begun, ended] = kept[..] else { panic!("{kept:?}") };
    assert_eq!((begun.start, begun.lasting, begun.source), (ended.start, true, MotionSource::Own));
    let length = ended.end.micros_since(ended.start);
    assert!(
        !ended.lasting && ended.peak == Some(100) && (6_000_000..8_500_000).contains(&length),
        "{ended:?}"
    );
    // The small stream alone was pulled for it.
    let calls = bench.world.calls.lock().unwrap().clone();
    assert!(calls.iter().all(|call| call.2 == Role::Sub), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn who_need_not_be_watched_is_not_pulled_until_it_is_set() {
    let one = camera(1, RecordMode::Off);
    let bench = bench(&one, MotionSettings::default()).await;
    bench.pass(Duration::from_secs(20)).await;
    assert_eq!(bench.world.calls_of(one.id), 0);
    let mut settings = bench.engine.motion().settings(&one.name).await.unwrap();
    assert!(!settings.enabled);
    settings.enabled = true;
    bench.engine.motion().set(&one.name, settings.clone()).await.unwrap();
    bench.pass(Duration::from_secs(10)).await;
    assert_eq!(bench.engine.motion().status(&one.name).await.unwrap().sight, "watching");
    settings.sensitivity = 101;
    assert_eq!(bench.engine.motion().set(&one.name, settings).await.unwrap_err().code, "INVALID_INPUT");
}

#[tokio::test(start_paused = true)]
async fn motion_is_over_when_the_camera_is_removed() {
    let one = camera(1, RecordMode::Off);
    let bench = bench(&one, always()).await;
    bench.pass(Duration::from_secs(10)).await;
    let mut events = bench.engine.subscribe();
    walk(&bench, 2).await;
    assert_eq!(told(&mut events), [("own".to_owned(), true)]);
    bench.engine.cameras().remove(&one.name).await.unwrap();
    bench.pass(Duration::from_secs(1)).await;
    assert_eq!(told(&mut events), [("own".to_owned(), false)]);
}

#[tokio::test(start_paused = true)]
async fn the_camera_s_own_events_count_where_they_are_wanted() {
    let mut one = camera(1, RecordMode::Continuous);
    one.onvif_url = Some(StreamUrl::parse("http://192.0.2.1/onvif/device_service").unwrap());
    let heard = async |onvif: bool| {
        let bench = bench(&one, MotionSettings { onvif, ..MotionSettings::default() }).await;
        let mut events = bench.engine.subscribe();
        bench.pass(Duration::from_secs(5)).await;
        let status = bench.engine.motion().status(&one.name).await.unwrap();
        (told(&mut events), status.hearing, status.onvif_moving)
    };
    let by_camera = |active| ("onvif".to_owned(), active);
    let all = vec![by_camera(true), by_camera(false), by_camera(true)];
    assert_eq!(heard(true).await, (all, "listening".to_owned(), true));
    assert_eq!(heard(false).await, (vec![], "listening".to_owned(), false));
}
