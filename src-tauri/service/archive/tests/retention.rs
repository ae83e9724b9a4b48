//! What the retention rules ask of real files and rows, and what the sweep puts right.

use super::*;
use atalaya_model::Kind;
use atalaya_model::ports::RetentionStore;
use atalaya_model::recording::{GapCause, SegmentId};
use atalaya_model::retention::{
    Author, DAY_US, DeletionOrder, OldSegment, Page, ProtectedId, ProtectedRange, Rule, Sweep,
};
use std::fs::File;
use std::time::UNIX_EPOCH;
use uuid::Uuid;

fn order(rule: Rule) -> DeletionOrder {
    DeletionOrder { rule, author: Author::Rule, in_force_at: at(0.0) }
}

fn protection(from: f64, to: f64, expires: Option<f64>) -> ProtectedRange {
    ProtectedRange {
        id: ProtectedId(Uuid::new_v4()),
        camera: samples::camera(1),
        range: range(from, to),
        reason: "a theft".into(),
        expires: expires.map(at),
        created: at(0.0),
    }
}

async fn pages(bench: &Bench, volume: Option<i64>) -> Vec<OldSegment> {
    let (camera, mut found, mut after) = (samples::camera(1), Vec::new(), None);
    loop {
        let page = bench.archive.oldest(Page { camera, volume, after }).await.unwrap();
        let Some(last) = page.last() else { return found };
        after = Some(last.place());
        found.extend(page);
    }
}

#[tokio::test]
async fn the_oldest_come_in_pages_without_what_is_written() {
    let bench = Bench::new().await;
    let mut segments = Vec::new();
    for n in 0..4 {
        segments.push(bench.record(&silent(2), n * 10).await);
    }
    let writer = write(&bench.archive, &silent(2), 100).await;
    let rooms = bench.archive.rooms().await.unwrap();
    let [room] = rooms[..] else { panic!("{rooms:?}") };
    assert!(room.total_bytes > room.free_bytes && room.free_bytes > 0);
    let found = pages(&bench, Some(room.volume)).await;
    let expected = segments.iter().map(|one| OldSegment {
        id: one.id,
        volume: room.volume,
        range: one.range,
        bytes: one.bytes,
    });
    assert_eq!(found, expected.collect::<Vec<_>>());
    assert_eq!(pages(&bench, None).await, found);
    assert!(pages(&bench, Some(room.volume + 1)).await.is_empty());
    let after = Some(found[1].place());
    let behind =
        bench.archive.oldest(Page { camera: samples::camera(1), volume: None, after }).await.unwrap();
    assert_eq!(behind, found[2..]);
    drop(writer.finish().await.unwrap());
}

#[tokio::test]
async fn holdings_are_read_from_totals() {
    let bench = Bench::new().await;
    let mut bytes = 0;
    for day in 0..3 {
        bytes += bench.record(&silent(2), day * 86_400).await.bytes;
    }
    let today = samples::start().0.div_euclid(DAY_US);
    let holdings = bench.archive.holdings(today + 1..today + 3).await.unwrap();
    let [holding] = &holdings[..] else { panic!("{holdings:?}") };
    assert_eq!((holding.camera, holding.bytes), (samples::camera(1), bytes));
    assert_eq!((holding.newest, holding.first_day), (at(2.0 * 86_400.0 + 2.0), today));
    assert_eq!(holding.recent.iter().map(|day| day.0).collect::<Vec<_>>(), [today + 1, today + 2]);
    let one_day = bench.archive.bytes_in(samples::camera(1), range(86_400.0, 86_401.0)).await.unwrap();
    assert_eq!(one_day, holding.recent[0].1);
}

#[tokio::test]
async fn what_is_protected_is_passed_over_and_the_rest_is_recorded() {
    let bench = Bench::new().await;
    let mut segments = Vec::new();
    for n in 0..5 {
        segments.push(bench.record(&silent(10), n * 10).await);
    }
    let ids: Vec<SegmentId> = segments.iter().map(|segment| segment.id).collect();
    let (lasting, expired) = (protection(15.0, 16.0, None), protection(30.0, 40.0, Some(1.0)));
    bench.archive.protect(&lasting).await.unwrap();
    bench.archive.protect(&expired).await.unwrap();
    assert_eq!(bench.archive.protected().await.unwrap(), [lasting.clone(), expired.clone()]);
    let unknown = ProtectedRange { camera: samples::camera(9), ..protection(0.0, 1.0, None) };
    assert_eq!(kind(bench.archive.protect(&unknown).await), Kind::NotFound);
    // By what is believed of the clock the second one has not expired yet.
    assert_eq!(bench.archive.retire(&ids[..4], order(Rule::Age)).await.unwrap(), 2);
    assert!(bench.file(&segments[1]).exists() && bench.file(&segments[3]).exists());
    assert!(!bench.file(&segments[0]).exists() && !bench.file(&segments[2]).exists());
    let later = DeletionOrder { in_force_at: at(60.0), ..order(Rule::Age) };
    assert_eq!(bench.archive.retire(&ids[..4], later).await.unwrap(), 1);
    let by_user = DeletionOrder { author: Author::User, ..order(Rule::Reserve) };
    assert_eq!(bench.archive.retire(&ids[4..], by_user).await.unwrap(), 1);
    let record = bench.archive.deletions(10).await.unwrap();
    let by_age = record.iter().find(|one| one.rule == Rule::Age).unwrap();
    assert_eq!((by_age.range, by_age.segments, by_age.author), (range(0.0, 40.0), 3, Author::Rule));
    assert_eq!(by_age.bytes, [0, 2, 3].map(|n: usize| segments[n].bytes).iter().sum::<u64>());
    let by_reserve = record.iter().find(|one| one.rule == Rule::Reserve).unwrap();
    assert_eq!((by_reserve.segments, by_reserve.author), (1, Author::User));
    assert_eq!(record.len(), 2);
    bench.archive.unprotect(lasting.id).await.unwrap();
    assert_eq!(kind(bench.archive.unprotect(lasting.id).await), Kind::NotFound);
    assert_eq!(bench.archive.retire(&ids, order(Rule::Age)).await.unwrap(), 1);
    assert!(bench.all().await.is_empty());
    assert_clean(&bench.fsck().await, 0);
}

#[tokio::test]
async fn deleting_again_and_again_leaves_the_database_as_large() {
    let bench = Bench::new().await;
    let pages = async || {
        let count: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(bench.db.read()).await.unwrap();
        count
    };
    let mut sizes = Vec::new();
    for cycle in 0..5 {
        let mut ids = Vec::new();
        for n in 0..70 {
            ids.push(bench.record(&silent(1), cycle * 1000 + n).await.id);
        }
        assert_eq!(bench.archive.retire(&ids, order(Rule::Quota)).await.unwrap(), 70);
        sizes.push(pages().await);
    }
    assert!(sizes[4] <= sizes[1] + 2, "{sizes:?}");
    assert!(bench.all().await.is_empty());
}

/// Says of a file that it was written to at the start, by the clock that is set by hand.
fn settle(path: &std::path::Path) {
    let written = UNIX_EPOCH + Duration::from_micros(samples::start().0 as u64);
    File::options().write(true).open(path).unwrap().set_modified(written).unwrap();
}

#[tokio::test]
async fn the_sweep_finds_files_without_a_row_and_rows_without_a_file() {
    let bench = Bench::new().await;
    assert_eq!(bench.archive.sweep(None).await.unwrap().folder, None);
    let kept = bench.record(&silent(10), 0).await;
    let lost = bench.record(&silent(10), 10).await;
    let other_day = bench.record(&silent(10), 86_400).await;
    // A file of another installation, and one that nobody can read.
    let foreign = Bench::new().await;
    let stray = foreign.record(&silent(10), 50).await;
    std::fs::copy(foreign.file(&stray), bench.file(&stray)).unwrap();
    let junk = bench.file(&kept).with_file_name("junk.mp4");
    std::fs::write(&junk, b"not a film").unwrap();
    settle(&bench.file(&stray));
    settle(&junk);
    std::fs::remove_file(bench.file(&lost)).unwrap();
    let first = bench.archive.sweep(None).await.unwrap();
    assert_eq!((first.adopted, first.lost), (0, 1), "whoever wrote the files a moment ago may not be done");
    let folder = first.folder.unwrap();
    assert!(kept.path.starts_with(&folder), "{folder}");
    let gaps = bench.archive.gaps(samples::camera(1), ever()).await.unwrap();
    assert_eq!(
        gaps.iter().map(|gap| (gap.start, gap.end, gap.cause)).collect::<Vec<_>>(),
        [(at(10.0), Some(at(20.0)), GapCause::Disk)]
    );
    let record = bench.archive.deletions(10).await.unwrap();
    assert_eq!((record[0].rule, record[0].segments, record[0].range), (Rule::Lost, 1, range(10.0, 20.0)));
    bench.clock.forward(2 * 86_400);
    let second = bench.archive.sweep(Some(&folder)).await.unwrap();
    assert!(other_day.path.starts_with(second.folder.as_deref().unwrap()));
    assert_eq!((second.adopted, second.lost), (0, 0));
    let third = bench.archive.sweep(second.folder.as_deref()).await.unwrap();
    assert_eq!((third.folder.as_deref(), third.adopted), (Some(folder.as_str()), 2), "it begins anew");
    assert!(!junk.exists());
    assert_clean(&bench.fsck().await, 3);
}

#[tokio::test]
async fn nothing_is_swept_where_the_marker_is_missing() {
    let bench = Bench::new().await;
    let segment = bench.record(&silent(10), 0).await;
    std::fs::rename(bench.root(), bench.temp.path().join("elsewhere")).unwrap();
    std::fs::create_dir(bench.root()).unwrap();
    assert_eq!(bench.archive.sweep(None).await.unwrap(), Sweep::default());
    assert_eq!(kind(bench.archive.retire(&[segment.id], order(Rule::Age)).await), Kind::Refused);
    std::fs::remove_dir(bench.root()).unwrap();
    std::fs::rename(bench.temp.path().join("elsewhere"), bench.root()).unwrap();
    assert_clean(&bench.fsck().await, 1);
}
