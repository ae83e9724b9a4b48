//! Motion in the database: settings and events come back as they were, and what was left lasting is over after a start.

use super::*;
use atalaya_model::motion::{MotionEvent, MotionSettings, MotionSource, Point, Zone, ZoneKind};
use atalaya_model::ports::MotionStore;
use atalaya_model::time::TimeRange;

async fn store_with(at: &Fixture, n: u128) -> (SqliteMotion, CameraId) {
    let camera = camera(n, "Gate");
    at.store.insert(&camera, None).await.unwrap();
    (SqliteMotion::new(at.db.clone()), camera.id)
}

fn event(camera: CameraId, start: i64, end: i64) -> MotionEvent {
    MotionEvent {
        camera,
        source: MotionSource::Own,
        start: WallTime(start),
        end: WallTime(end),
        lasting: false,
        peak: Some(80),
    }
}

fn range(start: i64, end: i64) -> TimeRange {
    TimeRange::new(WallTime(start), WallTime(end)).unwrap()
}

#[tokio::test]
async fn settings_come_back_as_they_were_kept() {
    let at = Fixture::new().await;
    let (store, camera) = store_with(&at, 1).await;
    assert_eq!(store.settings(camera).await.unwrap(), MotionSettings::default());
    let corner = |x, y| Point { x, y };
    let zone = Zone {
        name: "'; DROP TABLE motion; --".to_owned(),
        kind: ZoneKind::Ignore,
        points: vec![corner(0.0, 0.1), corner(1.0, 0.125), corner(0.3, 1.0)],
    };
    let mut settings = MotionSettings { enabled: true, sensitivity: 77, zones: vec![zone], onvif: false };
    store.set_settings(camera, &settings).await.unwrap();
    assert_eq!(store.settings(camera).await.unwrap(), settings);
    settings.sensitivity = 101;
    assert_eq!(kind_of(store.set_settings(camera, &settings).await), Kind::InvalidInput);
    let nobody = CameraId(Uuid::from_u128(99));
    assert_eq!(kind_of(store.set_settings(nobody, &MotionSettings::default()).await), Kind::NotFound);

    sqlx::query("UPDATE motion_setting SET zones = '[[1]]'").execute(at.db.write()).await.unwrap();
    assert_eq!(kind_of(store.settings(camera).await), Kind::Corrupt);
}

#[tokio::test]
async fn an_event_that_is_noted_again_is_the_same_one() {
    let at = Fixture::new().await;
    let (store, camera) = store_with(&at, 1).await;
    let begun = MotionEvent { lasting: true, peak: None, ..event(camera, 1000, 1000) };
    let ended = event(camera, 1000, 9000);
    let by_camera = MotionEvent { source: MotionSource::Onvif, peak: None, ..event(camera, 1000, 3000) };
    store.note(&[begun, by_camera]).await.unwrap();
    store.note(&[ended, event(camera, 20_000, 21_000)]).await.unwrap();
    assert_eq!(
        store.events(camera, range(0, 10_000)).await.unwrap(),
        [by_camera, ended],
        "by start, then source"
    );
    assert_eq!(store.events(camera, range(9000, 20_000)).await.unwrap(), [ended]);
    assert!(store.events(camera, range(21_001, 30_000)).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_left_lasting_is_over_and_what_is_old_is_forgotten() {
    let at = Fixture::new().await;
    let (store, camera) = store_with(&at, 1).await;
    let left = MotionEvent { lasting: true, ..event(camera, 5000, 8000) };
    store.note(&[event(camera, 1000, 2000), left]).await.unwrap();
    assert_eq!(store.settle(WallTime(3000)).await.unwrap(), 1);
    assert_eq!(
        store.events(camera, range(0, 10_000)).await.unwrap(),
        [MotionEvent { lasting: false, ..left }]
    );
}
