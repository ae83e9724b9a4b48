//! Local days: those of 23 and 25 hours recorded, listed and exported, and how much of a range is recorded.

use super::*;
use crate::zones::JiffZones;
use atalaya_model::coverage::Account;
use atalaya_model::export::ExportRequest;
use atalaya_model::recording::{Gap, GapCause};
use atalaya_model::zone::{LocalDay, date, days};

/// Seconds that one picture is shown: so few that a day is quickly written.
const PICTURE_S: i64 = 10;

/// Footage from an instant on, in files of an hour, while the clocks go on with it.
async fn record_hours(bench: &Bench, from: &str, hours: i64) {
    let from = WallTime::parse(from).unwrap();
    let video = samples::plain_h264();
    for hour in 0..hours {
        let first = hour * 3600;
        let start = from.plus_micros(first * 1_000_000);
        bench.clock.0.store(start.micros_since(samples::start()), Ordering::Relaxed);
        let header = SegmentHeader { start, start_pts_90k: first * 90_000, ..samples::header(&video, None) };
        let mut writer = bench.archive.begin(header).await.unwrap();
        for second in (first..first + 3600).step_by(PICTURE_S as usize) {
            let unit = samples::picture(&video, second * 90_000, true, samples::noise(second as u64, 8));
            let fragment = Fragment {
                video: vec![unit],
                next_pts_90k: Some((second + PICTURE_S) * 90_000),
                ..Fragment::default()
            };
            writer.append(fragment, from.plus_micros(second * 1_000_000)).await.unwrap();
        }
        writer.finish().await.unwrap();
    }
    bench.clock.forward(3600);
}

fn madrid(first: &str, last: &str) -> Vec<LocalDay> {
    days(&JiffZones, "Europe/Madrid", date(first).unwrap(), date(last).unwrap()).unwrap()
}

/// Holds a day on which everything was recorded against its length.
async fn assert_whole(bench: &Bench, day: &LocalDay, hours: u64) {
    let camera = samples::camera(1);
    let length = Duration::from_hours(hours);
    assert_eq!(day.range.duration(), length, "{}", day.date);
    let listed = bench.archive.segments(Some(camera), day.range).await.unwrap();
    assert!(listed.windows(2).all(|two| two[0].range.end == two[1].range.start), "no hole and no overlap");
    let inside: Duration =
        listed.iter().filter_map(|one| one.range.intersect(day.range)).map(TimeRange::duration).sum();
    assert_eq!(inside, length, "listed");
    let recorded = bench.archive.recorded(camera, &[day.range]).await.unwrap()[0];
    let gaps = bench.archive.gaps(camera, day.range).await.unwrap();
    let account = Account::of(day.range, recorded, &gaps, bench.clock.wall());
    assert_eq!(account, Account { recorded: length, missing: vec![] });
    let request = ExportRequest {
        camera,
        camera_name: "Gate ñ".into(),
        range: day.range,
        path: bench.temp.path().join(format!("{}.mp4", day.date)).to_str().unwrap().into(),
        overwrite: false,
    };
    let report = bench.archive.export(request, Box::new(|_| true)).await.unwrap();
    assert!(report.duration_ms.abs_diff(hours * 3_600_000) <= 1000, "{} ms exported", report.duration_ms);
    assert_eq!((report.range, report.gaps), (day.range, vec![]));
}

#[tokio::test]
async fn a_day_of_23_hours_is_whole() {
    let bench = Bench::new().await;
    record_hours(&bench, "2026-03-28T22:30:00Z", 24).await;
    let three = madrid("2026-03-28", "2026-03-30");
    assert_whole(&bench, &three[1], 23).await;
    assert_eq!(minutes(&bench, &three).await, [30, 23 * 60, 30]);
    assert_clean(&bench.fsck().await, 24);
}

#[tokio::test]
async fn a_day_of_25_hours_is_whole() {
    let bench = Bench::new().await;
    record_hours(&bench, "2026-10-24T21:30:00Z", 26).await;
    let three = madrid("2026-10-24", "2026-10-26");
    assert_whole(&bench, &three[1], 25).await;
    assert_eq!(minutes(&bench, &three).await, [30, 25 * 60, 30]);
    assert_clean(&bench.fsck().await, 26);
}

/// Minutes recorded of each day.
async fn minutes(bench: &Bench, days: &[LocalDay]) -> Vec<u64> {
    let ranges: Vec<TimeRange> = days.iter().map(|day| day.range).collect();
    let recorded = bench.archive.recorded(samples::camera(1), &ranges).await.unwrap();
    recorded.iter().map(|length| length.as_secs() / 60).collect()
}

/// From [`samples::start`] to the next midnight (UTC), in seconds.
const MIDNIGHT: i64 = 14 * 3600;

#[tokio::test]
async fn totals_of_days_and_rows_say_the_same() {
    let bench = Bench::new().await;
    let day = 86_400;
    let mut kept = Vec::new();
    for start in [0, MIDNIGHT - 5, MIDNIGHT + 5, MIDNIGHT + 600, MIDNIGHT + day - 3, MIDNIGHT + 2 * day + 40]
    {
        kept.push(bench.record(&silent(10), start).await);
    }
    let deleted = kept.remove(3);
    bench.archive.delete(&[deleted.id]).await.unwrap();
    // One that is still being written, across a midnight.
    let open = write(&bench.archive, &silent(10), MIDNIGHT + 2 * day - 5).await;
    kept = bench.restarted().segments(None, ever()).await.unwrap();
    assert_eq!(kept.iter().filter(|one| one.open).count(), 1);
    let edges =
        [0, 4, MIDNIGHT - 2, MIDNIGHT, MIDNIGHT + 7, MIDNIGHT + day, MIDNIGHT + 2 * day, MIDNIGHT + 3 * day];
    for (index, from) in edges.iter().enumerate() {
        for to in &edges[index + 1..] {
            let range = range(*from as f64, *to as f64);
            let inside = kept.iter().filter_map(|one| one.range.intersect(range));
            let expected: Duration = inside.map(TimeRange::duration).sum();
            let found = bench.archive.recorded(samples::camera(1), &[range]).await.unwrap();
            assert_eq!(found, [expected], "{from} to {to}");
        }
    }
    assert_eq!(bench.archive.recorded(samples::camera(2), &[ever()]).await.unwrap(), [Duration::ZERO]);
    drop(open.finish().await.unwrap());
    let gaps = bench.archive.gaps(samples::camera(1), ever()).await.unwrap();
    let gap = Gap {
        camera: samples::camera(1),
        start: deleted.range.start,
        end: Some(deleted.range.end),
        cause: GapCause::Retention,
    };
    assert_eq!(gaps, [gap]);
    let account = Account::of(range(0.0, 1e6), Duration::from_mins(1), &gaps, bench.clock.wall());
    assert_eq!(account.missing(), Duration::from_secs(10));
}
