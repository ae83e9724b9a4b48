//! The gap ledger by local days: days of 25 hours, what is not to be recorded, and the monthly report.

use super::fakes::{Behaviour, Bench, camera};
use crate::vm::coverage::CauseCostVm;
use atalaya_model::camera::{CameraId, RecordMode, Role};
use atalaya_model::recording::{Gap, GapCause, Segment, SegmentId};
use atalaya_model::report::Language;
use atalaya_model::time::{TimeRange, WallTime};

const HOUR_US: i64 = 3_600_000_000;

fn at(text: &str) -> WallTime {
    WallTime::parse(text).unwrap()
}

fn segment(camera: CameraId, from: &str, to: &str) -> Segment {
    Segment {
        id: SegmentId(1),
        camera,
        role: Role::Main,
        range: TimeRange::new(at(from), at(to)).unwrap(),
        bytes: 1,
        codec: "h264".into(),
        width: 640,
        height: 360,
        audio: None,
        place: atalaya_model::storage::Place::default(),
        path: String::new(),
        open: false,
    }
}

/// October of a camera that was offline for an hour on the 24th and paused for the first one of the 26th; it records
/// from the 24th to the 26th of local time.
async fn october() -> Bench {
    let one = camera(1, RecordMode::Off);
    let id = one.id;
    let bench = Bench::start(vec![one], Behaviour::Plays).await;
    *bench.world.segments.lock().unwrap() = vec![
        segment(id, "2026-10-23T22:00:00Z", "2026-10-24T10:00:00Z"),
        segment(id, "2026-10-24T11:00:00Z", "2026-10-25T23:00:00Z"),
        segment(id, "2026-10-26T00:00:00Z", "2026-10-26T23:00:00Z"),
    ];
    let gap = |from: &str, hours: i64, cause| {
        let start = at(from);
        Gap { camera: id, start, end: Some(start.plus_micros(hours * HOUR_US)), cause }
    };
    *bench.world.gaps.lock().unwrap() = vec![
        gap("2026-10-24T10:00:00Z", 1, GapCause::Offline),
        gap("2026-10-25T23:00:00Z", 1, GapCause::Paused),
        gap("2026-11-02T10:00:00Z", 5, GapCause::Disk),
    ];
    bench
}

#[tokio::test(start_paused = true)]
async fn days_are_local_and_their_seconds_add_up() {
    let bench = october().await;
    let days =
        bench.engine.coverage().days("camera 1", "2026-10-23", "2026-10-26", "Europe/Madrid").await.unwrap();
    let figures: Vec<_> = days
        .iter()
        .map(|day| {
            (day.day.as_str(), day.length_s, day.recorded_s as u32 / 3600, day.missing_s as u32 / 3600)
        })
        .collect();
    assert_eq!(
        figures,
        [
            ("2026-10-23", 86_400, 0, 0),
            ("2026-10-24", 86_400, 23, 1),
            ("2026-10-25", 90_000, 25, 0),
            ("2026-10-26", 86_400, 23, 0)
        ]
    );
    assert_eq!(days[1].causes, [CauseCostVm { cause: "offline".into(), seconds: 3600.0 }]);
    assert!(days.iter().all(|day| (day.expected_s - day.recorded_s - day.missing_s).abs() < 0.001));
    assert_eq!(days[2].start, "2026-10-24T22:00:00.000Z");
}

#[tokio::test(start_paused = true)]
async fn a_month_is_reported_for_every_camera() {
    let bench = october().await;
    let ledger = bench.engine.coverage();
    let report = ledger.month("2026-10", &ledger.zone(), None).await.unwrap();
    assert_eq!((report.month.as_str(), report.zone.as_str()), ("2026-10", "Europe/Madrid"));
    let one = &report.cameras[0];
    assert_eq!((one.days.len(), one.gaps, one.longest.len()), (31, 1, 1));
    assert_eq!(one.days.iter().map(|day| u64::from(day.length_s)).sum::<u64>(), (31 * 24 + 1) * 3600);
    assert!((one.coverage - 71.0 / 72.0).abs() < 1e-9, "{}", one.coverage);
    assert!(ledger.month("2026-10", "UTC", Some("nobody")).await.unwrap().cameras.is_empty());
    let page = ledger.page("2026-10", "Europe/Madrid", Language::Spanish, "1.2.3").await.unwrap();
    for text in ["camera 1", "98,61 %", "25 · 25 h", "local 2026-10-24T10:00:00.000Z", "Atalaya 1.2.3"] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_day_or_month_is_refused() {
    let bench = october().await;
    let ledger = bench.engine.coverage();
    for (from, to) in
        [("2026-10-02", "2026-10-01"), ("yesterday", "2026-10-01"), ("2020-01-01", "2026-01-01")]
    {
        let error = ledger.days("camera 1", from, to, "UTC").await.unwrap_err();
        assert_eq!(error.code, "INVALID_INPUT", "{from} {to}");
    }
    assert_eq!(ledger.month("2026-1", "UTC", None).await.unwrap_err().code, "INVALID_INPUT");
    assert_eq!(ledger.days("x", "2026-10-01", "2026-10-01", "UTC").await.unwrap_err().code, "NOT_FOUND");
}
