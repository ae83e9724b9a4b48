//! Moving cameras' focus, in virtual time.

use super::devices::{onvif_camera, said};
use super::fakes::*;
use crate::vm::ptz::PtzVectorVm;
use atalaya_model::camera::RecordMode;
use std::sync::atomic::Ordering;
use std::time::Duration;

const FAR: &str = "Continuous(0.5)";

#[tokio::test(start_paused = true)]
async fn a_focus_that_nobody_moves_any_more_is_stopped_within_a_second() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Off)], Behaviour::Plays).await;
    let focus = bench.engine.focus();
    focus.drive("camera 1", 0.5).await.unwrap();
    bench.pass(Duration::from_millis(600)).await;
    focus.drive("camera 1", 0.5).await.unwrap();
    bench.pass(Duration::from_secs(10)).await;
    assert_eq!(bench.drives(), said(&[(0, FAR), (600, FAR), (1600, "stop focus")]));
}

#[tokio::test(start_paused = true)]
async fn a_long_move_is_said_again_and_a_stop_follows_its_move() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Off)], Behaviour::Plays).await;
    let focus = bench.engine.focus();
    focus.drive_for("camera 1", 0.5, Duration::from_millis(900)).await.unwrap();
    assert_eq!(bench.drives(), said(&[(0, FAR), (400, FAR), (800, FAR), (900, "stop focus")]));
    bench.world.drive_ms.store(700, Ordering::Relaxed);
    let (moved, stopped) = tokio::join!(focus.drive("camera 1", 0.5), focus.drive("camera 1", 0.0));
    assert!(moved.is_ok() && stopped.is_ok());
    bench.pass(Duration::from_secs(10)).await;
    assert_eq!(bench.drives()[4..], said(&[(900, FAR), (1600, "stop focus")]));
}

#[tokio::test(start_paused = true)]
async fn lens_and_drive_are_moved_apart() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Off)], Behaviour::Plays).await;
    let right = PtzVectorVm { pan: Some(0.5), tilt: Some(0.0), zoom: None };
    bench.engine.ptz().drive("camera 1", right).await.unwrap();
    bench.engine.focus().drive("camera 1", 0.5).await.unwrap();
    bench.engine.ptz().stop("camera 1").await.unwrap();
    bench.engine.shutdown().await;
    let told = [(0, "move (0.5, 0.0)"), (0, FAR), (0, "stop"), (0, "stop focus")];
    assert_eq!(bench.drives(), said(&told), "the end of the program stops what still moves");
}

#[tokio::test(start_paused = true)]
async fn giving_the_focus_back_ends_a_move() {
    let bench = Bench::start(vec![onvif_camera(RecordMode::Off)], Behaviour::Plays).await;
    let focus = bench.engine.focus();
    focus.drive("camera 1", 0.5).await.unwrap();
    assert_eq!(focus.set_auto("camera 1", true).await.unwrap().auto_focus, Some(true));
    focus.move_by("camera 1", -0.25).await.unwrap();
    focus.move_to("camera 1", 1.0).await.unwrap();
    bench.pass(Duration::from_secs(10)).await;
    let told: Vec<_> = bench.drives().into_iter().map(|(_, what)| what).collect();
    assert!(told[1].contains("auto_focus: Some(true)"), "{told:?}");
    assert_eq!(
        (&*told[0], &told[2..]),
        (FAR, &["Relative(-0.25)".to_owned(), "Absolute(1.0)".to_owned()][..])
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_is_said_before_the_camera_is_asked() {
    let cameras = vec![onvif_camera(RecordMode::Off), camera(2, RecordMode::Off)];
    let bench = Bench::start(cameras, Behaviour::Plays).await;
    let focus = bench.engine.focus();
    assert_eq!(focus.drive("camera 1", 1.5).await.unwrap_err().code, "INVALID_INPUT");
    assert_eq!(focus.move_to("camera 1", -0.5).await.unwrap_err().code, "INVALID_INPUT");
    let long = Duration::from_secs(31);
    assert_eq!(focus.drive_for("camera 1", 0.5, long).await.unwrap_err().code, "INVALID_INPUT");
    assert_eq!(focus.drive("camera 2", 0.5).await.unwrap_err().code, "UNSUPPORTED");
    assert!(bench.drives().is_empty());
}
