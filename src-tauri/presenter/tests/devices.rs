//! Moving cameras and hearing what they notice, in virtual time.

use super::fakes::*;
use crate::vm::event::EventVm;
use crate::vm::ptz::PtzVectorVm;
use atalaya_model::Kind;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{Camera, RecordMode};
use std::sync::atomic::Ordering;
use std::time::Duration;

pub(super) fn onvif_camera(mode: RecordMode) -> Camera {
    let onvif_url = Some(StreamUrl::parse("http://192.0.2.1/onvif/device_service").unwrap());
    Camera { onvif_url, ..camera(1, mode) }
}

const RIGHT: PtzVectorVm = PtzVectorVm { pan: Some(0.5), tilt: Some(0.0), zoom: None };

impl Bench {
    /// What the drive was told, with the milliseconds since the start.
    pub(super) fn drives(&self) -> Vec<(u64, String)> {
        let drives = self.world.drives.lock().unwrap();
        drives.iter().map(|(at, what)| (at.0 / 1000, what.clone())).collect()
    }
}

pub(super) fn said(drives: &[(u64, &str)]) -> Vec<(u64, String)> {
    drives.iter().map(|(at, what)| (*at, (*what).to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_nobody_moves_any_more_is_stopped_within_a_second() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Off)], Behaviour::Plays).await;
    let ptz = bench.engine.ptz();
    ptz.drive("camera 1", RIGHT).await.unwrap();
    bench.pass(Duration::from_millis(600)).await;
    ptz.drive("camera 1", RIGHT).await.unwrap();
    bench.pass(Duration::from_secs(10)).await;
    let moved = "move (0.5, 0.0)";
    assert_eq!(bench.drives(), said(&[(0, moved), (600, moved), (1600, "stop")]));
}

#[tokio::test(start_paused = true)]
async fn a_stop_follows_its_move_and_is_not_sent_twice() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Off)], Behaviour::Plays).await;
    bench.world.drive_ms.store(700, Ordering::Relaxed);
    let ptz = bench.engine.ptz();
    let (moved, stopped) = tokio::join!(ptz.drive("camera 1", RIGHT), ptz.stop("camera 1"));
    assert!(moved.is_ok() && stopped.is_ok());
    bench.pass(Duration::from_secs(10)).await;
    assert_eq!(bench.drives(), said(&[(0, "move (0.5, 0.0)"), (700, "stop")]));
}

#[tokio::test(start_paused = true)]
async fn a_long_move_is_said_again_until_its_end() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Off)], Behaviour::Plays).await;
    bench.engine.ptz().drive_for("camera 1", RIGHT, Duration::from_secs(1)).await.unwrap();
    bench.pass(Duration::from_secs(10)).await;
    let moved = "move (0.5, 0.0)";
    assert_eq!(bench.drives(), said(&[(0, moved), (400, moved), (800, moved), (1000, "stop")]));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_program_stops_cameras() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Off)], Behaviour::Plays).await;
    bench.engine.ptz().drive("camera 1", RIGHT).await.unwrap();
    bench.engine.shutdown().await;
    assert_eq!(bench.drives(), said(&[(0, "move (0.5, 0.0)"), (0, "stop")]));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_is_said_before_the_camera_is_asked() {
    let bench =
        Bench::start(vec![onvif_camera(RecordMode::Off), camera(2, RecordMode::Off)], Behaviour::Plays).await;
    let ptz = bench.engine.ptz();
    let fast = PtzVectorVm { pan: Some(2.0), ..RIGHT };
    assert_eq!(ptz.drive("camera 1", fast).await.unwrap_err().code, "INVALID_INPUT");
    assert_eq!(ptz.drive("camera 2", RIGHT).await.unwrap_err().code, "UNSUPPORTED");
    assert_eq!(ptz.set_preset("camera 1", "").await.unwrap_err().code, "INVALID_INPUT");
    assert_eq!(ptz.go_to("camera 1", Some("roof")).await.unwrap_err().code, "NOT_FOUND");
    assert_eq!(ptz.go_to("camera 1", Some("yard")).await.unwrap_err().code, "CONFLICT");
    assert!(bench.drives().is_empty());
    ptz.go_to("camera 1", Some("gate")).await.unwrap();
    ptz.go_to("camera 1", Some("2")).await.unwrap();
    ptz.go_to("camera 1", None).await.unwrap();
    let goals: Vec<_> = bench.drives().into_iter().map(|(_, what)| what).collect();
    assert_eq!(goals, ["Preset(\"1\")", "Preset(\"2\")", "Home"]);
}

#[tokio::test(start_paused = true)]
async fn a_preset_s_picture_is_taken_after_it_was_set() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Off)], Behaviour::Plays).await;
    let preset = bench.engine.ptz().set_preset("camera 1", "door").await.unwrap();
    assert_eq!(preset.token, "4");
    assert!(preset.picture.is_some(), "the fake plays, so there is a picture");
}

#[tokio::test(start_paused = true)]
async fn what_a_camera_notices_is_told_at_every_change_and_heard_again_after_a_pause() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Continuous)], Behaviour::Plays).await;
    let mut events = bench.engine.subscribe();
    *bench.world.events_fail.lock().unwrap() = Some(Kind::Timeout);
    bench.pass(Duration::from_mins(1)).await;
    let mut noticed = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let EventVm::CameraNoticed { notice, active, .. } = event {
            noticed.push((notice, active));
        }
    }
    let subscriptions = bench.world.subscriptions.lock().unwrap().len();
    // 5, 10 and 20 seconds of pause fit into the minute.
    assert_eq!(subscriptions, 4);
    let told: Vec<_> = noticed.iter().map(|(notice, active)| (notice.as_str(), *active)).collect();
    // Twice on and off each time: what was on when it broke off is no longer known.
    assert_eq!(told, [("motion", true), ("motion", false)].repeat(2 * subscriptions));
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_refuses_its_events_is_not_asked_again() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Continuous)], Behaviour::Plays).await;
    *bench.world.events_fail.lock().unwrap() = Some(Kind::Unauthorized);
    bench.pass(Duration::from_mins(10)).await;
    assert_eq!(bench.world.subscriptions.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn events_are_not_asked_for_while_the_login_is_unproven() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Continuous)], Behaviour::WrongPassword).await;
    bench.pass(Duration::from_mins(10)).await;
    assert!(bench.world.subscriptions.lock().unwrap().is_empty());
}
