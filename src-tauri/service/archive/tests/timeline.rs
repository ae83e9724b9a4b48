//! The timeline's short way beside the long one through the lists.

use super::super::names::FileName;
use super::super::rows;
use super::*;
use atalaya_model::camera::Role;
use atalaya_model::recording::{Gap, GapCause, SegmentId};
use atalaya_model::timeline::{Recorded, Resolution, recorded};

const HOUR: f64 = 3600.0;
/// Length of the files, in seconds.
const FILE: f64 = 600.0;
/// Files of three days.
const FILES: i32 = 432;

/// Rows of three days of footage. Files 30 to 33 and 400 and up are missing with a gap that says so; 200 and 201 are
/// missing without one; a gap of a minute lies inside file 300.
async fn three_days(bench: &Bench) {
    let mut tx = bench.db.begin().await.unwrap();
    for file in (0..400).filter(|file| !matches!(file, 30..=33 | 200 | 201)) {
        let start = at(f64::from(file) * FILE);
        let name = FileName { camera: samples::camera(1), start, role: Role::Main, twin: 0 };
        let mut segment = Segment {
            id: SegmentId(0),
            camera: name.camera,
            role: name.role,
            range: range(f64::from(file) * FILE, f64::from(file + 1) * FILE),
            bytes: 1000,
            codec: "h264".to_owned(),
            width: 640,
            height: 360,
            audio: None,
            place: atalaya_model::storage::Place::default(),
            path: name.path().unwrap(),
            open: true,
        };
        segment.id = rows::insert(&mut tx, 1, 1, &segment).await.unwrap();
        if file < 399 {
            rows::close(&mut tx, 1, &segment, &segment, &[]).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    for (start, end, cause) in [
        (30.0 * FILE, Some(34.0 * FILE), GapCause::Offline),
        (300.0 * FILE + 60.0, Some(300.0 * FILE + 120.0), GapCause::Loss),
        (400.0 * FILE, None, GapCause::Disk),
    ] {
        let gap = Gap { camera: samples::camera(1), start: at(start), end: end.map(at), cause };
        bench.archive.open_gap(gap).await.unwrap();
    }
}

/// What the lists say, and what the timeline says.
async fn both(bench: &Bench, range: TimeRange, resolution: &Resolution) -> (Recorded, Recorded) {
    let camera = samples::camera(1);
    let footage = bench.archive.segments(Some(camera), range).await.unwrap();
    let gaps = bench.archive.gaps(camera, range).await.unwrap();
    let lists = recorded(footage.iter().map(|file| file.range).collect(), &gaps, range, resolution);
    let mut timelines = bench.archive.timeline(&[camera], range, resolution).await.unwrap();
    let timeline = timelines.remove(0);
    assert_eq!(timeline.gaps, gaps);
    (lists, timeline.recorded)
}

#[tokio::test]
async fn spans_are_those_of_the_lists() {
    let bench = Bench::new().await;
    three_days(&bench).await;
    let hours = FILES / 6;
    for (from, hours) in [(0, hours), (1, 10), (5, 1), (30, 24), (32, 4), (49, 2), (60, 10), (hours, 5)] {
        let from = f64::from(from) * HOUR + 17.0;
        let range = range(from, from + f64::from(hours) * HOUR);
        let (lists, timeline) = both(&bench, range, &Resolution::Spans).await;
        assert_eq!(timeline, lists, "{range:?}");
    }
}

#[tokio::test]
async fn parts_are_those_of_the_lists_wherever_days_begin() {
    let bench = Bench::new().await;
    three_days(&bench).await;
    for shift in [-10.0, -4.5, 0.0, 1.0, 5.75] {
        let days: Vec<_> = (-1..5).map(|day| (f64::from(day) * 24.0 + shift) * HOUR).collect();
        let parts: Vec<_> = days.windows(2).map(|day| range(day[0], day[1])).collect();
        let whole = range(days[0], days[5]);
        let (lists, timeline) = both(&bench, whole, &Resolution::Parts(parts)).await;
        let (Recorded::Parts(lists), Recorded::Parts(timeline)) = (lists, timeline) else {
            panic!("parts were asked for")
        };
        for (list, sum) in lists.iter().zip(&timeline) {
            assert!(list.abs_diff(*sum) <= Duration::from_secs(2), "{shift}: {lists:?} {timeline:?}");
        }
    }
}

#[tokio::test]
async fn a_gap_is_told_to_whoever_asks_for_a_moment_inside_it() {
    let bench = Bench::new().await;
    three_days(&bench).await;
    let causes = async |from: f64| {
        let gaps = bench.archive.gaps(samples::camera(1), range(from, from + 10.0)).await.unwrap();
        gaps.iter().map(|gap| gap.cause).collect::<Vec<_>>()
    };
    assert_eq!(causes(31.0 * FILE).await, [GapCause::Offline]);
    assert!(causes(34.0 * FILE).await.is_empty());
    assert_eq!(causes(300.0 * FILE + 70.0).await, [GapCause::Loss]);
    assert_eq!(causes(500.0 * FILE).await, [GapCause::Disk]);
}
