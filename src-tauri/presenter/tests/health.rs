//! Histories: rings that roll over, minutes made of steps, memory that is bounded, and the log of connections.

use super::fakes::{Behaviour, Bench, START, camera};
use crate::history::{Connection, DAY, DETAIL_MAX, History, LOG, RECENT, Row, Trace};
use atalaya_model::Kind;
use atalaya_model::camera::{RecordMode, Role};
use atalaya_model::pull::PullState;
use atalaya_model::time::{MonoTime, WallTime};
use std::mem::size_of;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

fn row(fps: f32, latency_ms: f32, health: u8) -> Row {
    Row {
        fps,
        fps_min: fps,
        bitrate_max_bps: fps * 1000.0,
        latency_ms,
        latency_p95_ms: latency_ms * 2.0,
        lost_per_s: 1.0,
        health,
        ..Row::UNKNOWN
    }
}

fn close(one: f32, other: f32) -> bool {
    (one - other).abs() < 0.01
}

#[test]
fn rings_roll_over_and_keep_their_size() {
    let mut trace = Trace::starting_at(7);
    let steps = DAY as u64 * 30 + 5000;
    for step in 7..=steps {
        trace.take(step, row(step as f32, 1.0, 100));
    }
    let (start, recent) = trace.recent();
    assert_eq!((recent.len(), recent.capacity()), (RECENT, RECENT));
    assert!(close(recent[RECENT - 1].fps, steps as f32) && close(recent[0].fps, (steps - 299) as f32));
    assert_eq!(start, MonoTime((steps - 299) * 2_000_000));
    let (start, day) = trace.day();
    assert_eq!((day.len(), day.capacity()), (DAY, DAY));
    let minutes = (steps + 1) / 30;
    assert_eq!(start, MonoTime((minutes - DAY as u64) * 60_000_000));
    assert!(close(day[DAY - 1].fps_min, ((minutes - 1) * 30) as f32), "{:?}", day[DAY - 1]);
}

#[test]
fn a_minute_sums_its_steps_up() {
    let mut trace = Trace::starting_at(0);
    for step in 0..29 {
        let latency_ms = if step < 10 { f32::NAN } else { step as f32 };
        trace.take(step, row(10.0 + step as f32, latency_ms, 100 - step as u8));
    }
    assert!(trace.day().1.is_empty());
    trace.take(29, row(39.0, 29.0, 90));
    let minute = trace.day().1[0];
    assert!(close(minute.fps, 24.5) && close(minute.fps_min, 10.0), "{minute:?}");
    assert!(close(minute.bitrate_max_bps, 39_000.0) && close(minute.lost_per_s, 1.0), "{minute:?}");
    assert!(close(minute.latency_ms, 19.5) && close(minute.latency_p95_ms, 58.0), "{minute:?}");
    assert!(minute.health == 72 && minute.jitter_ms.is_nan(), "{minute:?}");
}

#[test]
fn steps_left_out_are_unknown_and_a_long_sleep_leaves_nothing() {
    let mut trace = Trace::starting_at(0);
    trace.take(0, row(15.0, 1.0, 100));
    trace.take(60, row(15.0, 1.0, 100));
    // One that comes twice counts once.
    trace.take(60, row(99.0, 1.0, 100));
    let known: Vec<bool> = trace.day().1.iter().map(Row::is_known).collect();
    assert_eq!((known, trace.recent().1.len()), (vec![true, false], 61));
    trace.take(10_000_000, row(15.0, 1.0, 100));
    assert_eq!(trace.recent().1.iter().filter(|row| row.is_known()).count(), 1);
    assert!(trace.day().1.iter().all(|row| !row.is_known()) && trace.day().1.len() == DAY);
}

#[test]
fn sixty_four_cameras_with_two_streams_fit_into_ten_mebibytes() {
    let streams = 128 * (RECENT + DAY) * size_of::<Row>();
    let logs = 64 * (LOG.next_power_of_two() * size_of::<Connection>() + LOG * DETAIL_MAX);
    assert!(streams + logs < 10 << 20, "{streams} + {logs}");
}

#[test]
fn the_log_holds_outages_as_one_entry_and_forgets_the_oldest() {
    let mut history = History::default();
    let mut note = |state, detail: &str, s: u64| {
        history.note(Role::Main, state, Some(detail), MonoTime(s * 1_000_000), START);
        history.log.iter().map(|entry| (entry.state, entry.attempts)).collect::<Vec<_>>()
    };
    let backoff = PullState::Backoff { until: MonoTime(0), cause: Kind::Timeout };
    let live = PullState::Live { since: MonoTime(0) };
    note(PullState::Connecting, "", 0);
    for s in 1..100 {
        note(backoff, "no answer", s);
        note(PullState::Connecting, "no answer", s);
    }
    let log = note(live, "no answer", 100);
    assert_eq!(log, [("connecting", 1), ("backoff", 99), ("live", 1)]);
    for s in 101..600 {
        note(backoff, &format!("{s} {}", "x".repeat(1000)), s);
        note(live, "", s);
    }
    assert_eq!(history.log.len(), LOG);
    let details: Vec<_> = history.log.iter().filter_map(|entry| entry.detail.as_deref()).collect();
    assert!(details.iter().all(|detail| detail.chars().count() <= DETAIL_MAX + 1), "{details:?}");
    assert!(details.last().unwrap().starts_with("599 ") && history.log.back().unwrap().detail.is_none());
}

#[tokio::test(start_paused = true)]
async fn figures_are_kept_while_nobody_looks() {
    let (one, idle) = (camera(1, RecordMode::Continuous), camera(2, RecordMode::Off));
    let bench = Bench::start(vec![one.clone(), idle], Behaviour::Plays).await;
    bench.pass(SECOND * 121).await;
    let health = bench.engine.health();
    let recent = health.history("camera 1", "main", "recent").await.unwrap();
    // Step 0 is over before the first round.
    assert_eq!((recent.fps.len(), recent.step_s, recent.role.as_str()), (60, 2, "main"));
    assert_eq!(recent.start, (START + SECOND * 2).to_rfc3339());
    assert!(recent.fps[10..].iter().all(|fps| (fps.unwrap() - 15.0).abs() < 0.5), "{recent:?}");
    assert!(recent.bitrate_bps[20].unwrap() > 100_000.0 && recent.latency_ms[20].is_none(), "{recent:?}");
    let day = health.history("camera 1", "main", "day").await.unwrap();
    assert_eq!((day.fps.len(), day.step_s, day.health[1]), (2, 60, Some(100.0)));
    assert_eq!(day.start, START.to_rfc3339());
    // Nobody wanted these.
    for (name, role) in [("camera 1", "sub"), ("camera 2", "main")] {
        assert!(health.history(name, role, "day").await.unwrap().fps.is_empty());
    }
    for (name, role, span) in
        [("nobody", "main", "day"), ("camera 1", "third", "day"), ("camera 1", "main", "week")]
    {
        assert!(health.history(name, role, span).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_shows_in_figures_and_log() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(MINUTE).await;
    bench.world.behave(one.id, Behaviour::Refuses);
    bench.pass(MINUTE).await;
    bench.world.behave(one.id, Behaviour::Plays);
    bench.pass(MINUTE).await;
    let health = bench.engine.health();
    let recent = health.history("camera 1", "main", "recent").await.unwrap();
    assert_eq!((recent.fps[40], recent.health[40], recent.jitter_ms[40]), (Some(0.0), Some(0.0), None));
    assert_eq!(recent.reconnects_day, 1);
    let log = health.log("camera 1").await.unwrap();
    let states: Vec<_> = log.iter().map(|entry| entry.state.as_str()).collect();
    // The stream breaks off, then calls are refused.
    assert_eq!(states, ["live", "backoff", "backoff", "live", "connecting"], "{log:?}");
    assert!(log[0].seconds.is_none() && log[1].attempts > 5, "{log:?}");
    assert!(log[1].detail.as_deref().unwrap().contains("connection refused"), "{log:?}");
    assert!((59.0..61.0).contains(&log[3].seconds.unwrap()), "{log:?}");
    assert_eq!(WallTime::parse(&log[4].at).unwrap(), START);
}

#[tokio::test(start_paused = true)]
async fn a_removed_camera_is_forgotten() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 10).await;
    assert_eq!(bench.engine.inner.histories.all().len(), 1);
    bench.engine.cameras().remove("camera 1").await.unwrap();
    bench.pass(SECOND * 3).await;
    assert!(bench.engine.inner.histories.all().is_empty());
}
