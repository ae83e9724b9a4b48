//! Tests of the doctor: its steps as they come, its restraint with logins, its end.

use super::fakes::{Behaviour, Bench, camera};
use crate::vm::doctor::{DoctorRequest, FindingVm};
use atalaya_model::camera::RecordMode;
use futures_util::StreamExt;
use std::time::Duration;

async fn examined(bench: &Bench, name: &str) -> Vec<FindingVm> {
    let request = DoctorRequest { camera: Some(name.to_owned()), ..DoctorRequest::default() };
    bench.engine.doctor().run(request).await.unwrap().collect().await
}

fn advice(findings: &[FindingVm]) -> Option<&str> {
    let verdict = findings.last().expect("there is always a verdict");
    assert_eq!(verdict.step, "verdict");
    verdict.advice_code.as_deref()
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_plays_is_looked_at_whole() {
    let bench = Bench::start(vec![camera(1, RecordMode::Off)], Behaviour::Plays).await;
    let findings = examined(&bench, "camera 1").await;
    let steps: Vec<_> = findings.iter().map(|finding| finding.step.as_str()).collect();
    assert_eq!(
        steps,
        [
            "route",
            "neighbour",
            "ports",
            "http",
            "onvif",
            "multicast",
            "clock",
            "login",
            "describe",
            "setup",
            "key_frame",
            "decoder",
            "gop",
            "describe",
            "setup",
            "key_frame",
            "decoder",
            "gop",
            "connections",
            "verdict"
        ]
    );
    // The fake has no ONVIF, and its decoder takes everything.
    assert_eq!(advice(&findings), Some("ONVIF_DISABLED"));
    assert_eq!(findings[12].params["seconds"], "2.0");
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_sent_once_and_never_again() {
    let camera = camera(1, RecordMode::Off);
    let id = camera.id;
    let bench = Bench::start(vec![camera], Behaviour::WrongPassword).await;
    assert_eq!(advice(&examined(&bench, "camera 1").await), Some("WRONG_PASSWORD"));
    assert_eq!(bench.world.calls_of(id), 1);
    let again = examined(&bench, "camera 1").await;
    assert_eq!(advice(&again), Some("WRONG_PASSWORD"));
    assert!(again.iter().any(|finding| finding.found == "login_not_sent"));
    assert_eq!(bench.world.calls_of(id), 1);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_a_pull_saw_refused_is_not_sent() {
    let camera = camera(1, RecordMode::Continuous);
    let id = camera.id;
    let bench = Bench::start(vec![camera], Behaviour::WrongPassword).await;
    bench.pass(Duration::from_mins(2)).await;
    let before = bench.world.calls_of(id);
    let findings = examined(&bench, "camera 1").await;
    assert!(findings.iter().any(|finding| finding.found == "login_not_sent"));
    assert_eq!(bench.world.calls_of(id), before);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_plays_here_is_joined_and_not_opened_anew() {
    let camera = camera(1, RecordMode::Continuous);
    let id = camera.id;
    let bench = Bench::start(vec![camera], Behaviour::Plays).await;
    bench.pass(Duration::from_secs(5)).await;
    assert_eq!(bench.world.calls_of(id), 1);
    let findings = examined(&bench, "camera 1").await;
    assert!(findings.iter().any(|finding| finding.found == "plays_already"));
    // Only the sub-stream, which nobody pulls, was opened.
    assert_eq!(bench.world.calls_of(id), 2);
}

#[tokio::test(start_paused = true)]
async fn who_stops_listening_ends_it_and_nonsense_is_refused() {
    let bench = Bench::start(vec![camera(1, RecordMode::Off)], Behaviour::Plays).await;
    bench.pass(Duration::from_millis(100)).await;
    let tasks = bench.engine.inner.tasks.len();
    let request = DoctorRequest { camera: Some("camera 1".to_owned()), ..DoctorRequest::default() };
    let mut findings = Box::pin(bench.engine.doctor().run(request).await.unwrap());
    assert_eq!(findings.next().await.map(|finding| finding.step), Some("route".to_owned()));
    drop(findings);
    bench.pass(Duration::from_millis(100)).await;
    assert_eq!(bench.engine.inner.tasks.len(), tasks);
    for host in [None, Some("no host/at all".to_owned())] {
        let request = DoctorRequest { host, ..DoctorRequest::default() };
        assert_eq!(bench.engine.doctor().run(request).await.err().unwrap().code, "INVALID_INPUT");
    }
}
