//! What a crash, a missing file, a damaged file or another disk leaves behind, and what is made of it.

use super::*;
use atalaya_model::Kind;
use atalaya_model::ports::RetentionStore;
use atalaya_model::recording::{Gap, GapCause, RecoveryReport};
use std::fs::OpenOptions;

fn cut(path: &std::path::Path, len: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}

#[tokio::test]
async fn killed_at_any_byte_all_closed_fragments_stay() {
    let bench = Bench::new().await;
    let source = Source::new(4, Some(samples::aac(16_000)), 2);
    // One file for each place where the last two fragments can be cut, each still open.
    let (bytes, ends) = {
        let parts: Vec<_> = source.fragments();
        samples::file(&header(&source, 0), &parts)
    };
    let cuts: Vec<usize> = (ends[2]..=bytes.len()).step_by(23).chain(ends[2..].iter().copied()).collect();
    let mut whole = 0;
    for (n, &len) in cuts.iter().enumerate() {
        let mut writer = write(&bench.archive, &source, n as i64 * 10).await;
        let segment = bench.all().await.pop().unwrap();
        cut(&bench.file(&segment), len as u64);
        whole += ends.iter().filter(|&&end| end <= len).count() as u64 - 1;
        // Killed: it neither finishes nor is it known to be abandoned.
        let _ = &mut writer;
        std::mem::forget(writer);
    }
    let archive = bench.restarted();
    let report = archive.recover().await.unwrap();
    let tails: usize = cuts.iter().map(|len| len - ends.iter().rfind(|&end| end <= len).unwrap()).sum();
    assert_eq!(
        report,
        RecoveryReport {
            segments: cuts.len() as u64,
            fragments: whole,
            bytes_cut: tails as u64,
            volumes_missing: 0
        }
    );
    assert_clean(&archive.fsck(false, false).await.unwrap(), cuts.len() as u64);
    for segment in archive.segments(None, ever()).await.unwrap() {
        assert!(!segment.open);
        let kept = archive.playback(segment.id).await.unwrap().fragments;
        assert_eq!(segment.range.duration().as_secs(), kept.len() as u64);
    }
    assert_eq!(archive.recover().await.unwrap(), RecoveryReport::default());
}

#[tokio::test]
async fn files_that_got_no_row_are_indexed_or_put_aside() {
    let bench = Bench::new().await;
    let source = silent(3);
    bench.record(&source, 0).await;
    let (bytes, ends) = samples::file(&header(&source, 60), &fragments(&source, 60));
    let folder = bench.root().join("00000000-0000-0000-0000-0000c0ffee01/2026-11-21");
    std::fs::write(folder.join("100100.000Z-main.mp4"), &bytes[..bytes.len() - 1]).unwrap();
    std::fs::write(folder.join("100200.000Z-main.mp4"), "").unwrap();
    std::fs::write(folder.join("100300.000Z-main.mp4"), "not a movie").unwrap();
    // A whole movie under a name that its header does not have.
    std::fs::write(folder.join("100400.000Z-main.mp4"), &bytes).unwrap();
    let archive = bench.restarted();
    archive.recover().await.unwrap();
    let all = archive.segments(None, ever()).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!((all[1].range, all[1].bytes), (range(60.0, 62.0), ends[2] as u64));
    assert_clean(&archive.fsck(false, false).await.unwrap(), 2);
    let aside = bench.root().join("quarantine/00000000-0000-0000-0000-0000c0ffee01/2026-11-21");
    assert_eq!(std::fs::read_dir(aside).unwrap().count(), 2);
}

#[tokio::test]
async fn files_older_than_the_clean_mark_are_not_looked_at() {
    let bench = Bench::new().await;
    bench.record(&silent(1), 0).await;
    bench.clock.forward(3600);
    bench.archive.recover().await.unwrap();
    let source = silent(1);
    let (bytes, _) = samples::file(&header(&source, 60), &fragments(&source, 60));
    let folder = bench.root().join("00000000-0000-0000-0000-0000c0ffee01/2026-11-21");
    std::fs::write(folder.join("100100.000Z-main.mp4"), bytes).unwrap();
    bench.restarted().recover().await.unwrap();
    let report = bench.fsck().await;
    assert_eq!((report.segments, report.files_without_row), (1, 1));
    let repaired = bench.archive.fsck(true, false).await.unwrap();
    assert_eq!((repaired.segments, repaired.repaired), (2, 1));
    assert_clean(&repaired, 2);
}

#[tokio::test]
async fn fsck_counts_and_repairs() {
    let bench = Bench::new().await;
    let mut segments = Vec::new();
    for n in 0..4 {
        segments.push(bench.record(&silent(3), n * 10).await);
    }
    std::fs::remove_file(bench.file(&segments[0])).unwrap();
    cut(&bench.file(&segments[1]), segments[1].bytes - 5);
    let damaged = bench.file(&segments[2]);
    let mut bytes = std::fs::read(&damaged).unwrap();
    let second = bench.archive.playback(segments[2].id).await.unwrap().fragments[1].offset as usize;
    bytes[second + 4..second + 8].copy_from_slice(b"junk");
    std::fs::write(&damaged, bytes).unwrap();
    let report = bench.fsck().await;
    assert_eq!((report.rows_without_file, report.bad_fragments, report.files_without_row), (2, 1, 0));
    assert!(!report.is_clean());
    let repaired = bench.archive.fsck(true, false).await.unwrap();
    assert_eq!(repaired.repaired, 3);
    assert_clean(&repaired, 3);
    assert_clean(&bench.fsck().await, 3);
    let lost = |start, end| Gap {
        camera: samples::camera(1),
        start: at(start),
        end: Some(at(end)),
        cause: GapCause::Disk,
    };
    assert_eq!(
        bench.archive.gaps(samples::camera(1), ever()).await.unwrap(),
        [lost(0.0, 3.0), lost(12.0, 13.0), lost(21.0, 23.0)]
    );
    let used: u64 = bench.all().await.iter().map(|segment| segment.bytes).sum();
    assert_eq!(bench.archive.storage().await.unwrap().used_bytes, used);
}

#[tokio::test]
async fn the_index_is_rebuilt_from_files_alone() {
    let bench = Bench::new().await;
    for n in 0..3 {
        bench.record(&Source::new(3, Some(samples::pcmu()), 30), n * 10).await;
    }
    let before = bench.all().await;
    let rebuilt = bench.archive.fsck(false, true).await.unwrap();
    assert_clean(&rebuilt, 3);
    assert_eq!(bench.all().await, before);
    // Nobody told the files why something is missing between them.
    let unexplained = |start, end| Gap {
        camera: samples::camera(1),
        start: at(start),
        end: Some(at(end)),
        cause: GapCause::Disk,
    };
    let between = [unexplained(3.0, 10.0), unexplained(13.0, 20.0)];
    assert_eq!(bench.archive.gaps(samples::camera(1), ever()).await.unwrap(), between);
    bench.archive.fsck(false, true).await.unwrap();
    assert_eq!(bench.archive.gaps(samples::camera(1), ever()).await.unwrap(), between, "noted once");
    // With the database lost, start-up alone does it: the volume comes with its marker.
    let db = database(&bench.temp, "new.db").await;
    let archive = SqliteArchive::new(db, bench.root(), bench.clock.clone());
    archive.recover().await.unwrap();
    assert_eq!(archive.segments(None, ever()).await.unwrap(), before);
    assert_eq!(archive.gaps(samples::camera(1), ever()).await.unwrap(), between);
    assert_clean(&archive.fsck(false, false).await.unwrap(), 3);
}

#[tokio::test]
async fn much_footage_is_indexed_while_recording_goes_on() {
    const DAY: i64 = 86_400;
    let bench = Bench::new().await;
    for n in 0..12 {
        bench.record(&silent(1), n / 4 * DAY + n % 4).await;
    }
    let before = bench.all().await;
    let db = database(&bench.temp, "new.db").await;
    let archive = SqliteArchive::new(db, bench.root(), bench.clock.clone());
    bench.clock.forward(2 * DAY + 60);
    let volume = archive.volumes.all().await.unwrap().remove(0);
    // More than four: those of the last day are there at once.
    assert!(!archive.recover_volume(&volume, Some(4)).await.unwrap().complete);
    let paths =
        |segments: &[Segment]| segments.iter().map(|segment| segment.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&archive.segments(None, ever()).await.unwrap()), paths(&before[8..]));
    let camera = samples::camera(1);
    assert_eq!(archive.accounted_until(camera).await.unwrap(), Some(at((2 * DAY + 4) as f64)));
    // Recording does not wait, and nobody takes what is left for strays.
    let now = record(&archive, &silent(1), 2 * DAY + 60).await;
    archive.volumes.set_records();
    assert_eq!(archive.sweep(None).await.unwrap().adopted, 0);
    archive.index_rest().await.unwrap();
    let all = archive.segments(None, ever()).await.unwrap();
    assert_eq!((all.len(), all.last().unwrap().id), (13, now.id));
    let gaps = archive.gaps(camera, ever()).await.unwrap();
    assert_eq!(gaps.len(), 3, "two nights, and a minute until it went on: {gaps:?}");
    assert_clean(&archive.fsck(false, false).await.unwrap(), 13);
    archive.index_rest().await.unwrap();
    assert_eq!(archive.gaps(camera, ever()).await.unwrap(), gaps, "noted once");
}

#[tokio::test]
async fn files_tell_why_footage_is_missing_before_them() {
    let bench = Bench::new().await;
    let gap =
        |start, end, cause| Gap { camera: samples::camera(1), start: at(start), end: Some(at(end)), cause };
    let missing = [gap(3.0, 6.0, GapCause::Offline), gap(6.0, 10.0, GapCause::AppClosed)];
    bench.record(&silent(3), 0).await;
    // One was over before; the other one ends with the file.
    bench.archive.open_gap(missing[0]).await.unwrap();
    bench.archive.open_gap(Gap { end: None, ..missing[1] }).await.unwrap();
    let header = SegmentHeader { missing: vec![missing[1]], ..header(&silent(3), 10) };
    let mut writer = bench.archive.begin(header).await.unwrap();
    for (fragment, start) in fragments(&silent(3), 10) {
        writer.append(fragment, start).await.unwrap();
    }
    bench.archive.close_gap(samples::camera(1), at(10.0)).await.unwrap();
    writer.finish().await.unwrap();
    bench.record(&silent(3), 13).await;
    bench.archive.fsck(false, true).await.unwrap();
    assert_eq!(
        bench.archive.gaps(samples::camera(1), ever()).await.unwrap(),
        missing,
        "nothing is noted twice"
    );

    let db = database(&bench.temp, "new.db").await;
    let archive = SqliteArchive::new(db, bench.root(), bench.clock.clone());
    archive.recover().await.unwrap();
    assert_eq!(archive.gaps(samples::camera(1), ever()).await.unwrap(), missing);
}

#[tokio::test]
async fn deleting_that_was_cut_off_is_finished() {
    let bench = Bench::new().await;
    let segment = bench.record(&silent(1), 0).await;
    // The first commit of a deletion, and then the power went.
    let mut tx = bench.db.begin().await.unwrap();
    super::super::rows::add_garbage(&mut tx, 1, &segment.path).await.unwrap();
    super::super::rows::delete(&mut tx, 1, &segment).await.unwrap();
    tx.commit().await.unwrap();
    assert_clean(&bench.fsck().await, 0);
    assert!(bench.file(&segment).exists());
    bench.restarted().recover().await.unwrap();
    assert!(!bench.file(&segment).exists());
    assert_clean(&bench.fsck().await, 0);
}

#[tokio::test]
async fn another_disk_is_left_alone() {
    let bench = Bench::new().await;
    let segment = bench.record(&silent(1), 0).await;
    let (marker, aside) = (bench.root().join(".atalaya-volume"), bench.temp.path().join("marker"));
    std::fs::rename(&marker, &aside).unwrap();
    assert_eq!(kind(bench.archive.begin(header(&silent(1), 10)).await), Kind::Refused);
    assert_eq!(kind(bench.archive.delete(&[segment.id]).await), Kind::Refused);
    assert_eq!(kind(bench.restarted().recover().await), Kind::Refused);
    std::fs::write(&marker, "8c9e1c1e-0000-4000-8000-000000000001\n").unwrap();
    assert_eq!(kind(bench.archive.begin(header(&silent(1), 10)).await), Kind::Refused);
    assert!(bench.file(&segment).exists());
    std::fs::rename(&aside, &marker).unwrap();
    bench.record(&silent(1), 10).await;
    // The whole folder moved elsewhere is the same volume.
    let moved = bench.temp.path().join("moved");
    std::fs::rename(bench.root(), &moved).unwrap();
    let archive = SqliteArchive::new(bench.db.clone(), moved, bench.clock.clone());
    assert_clean(&archive.fsck(false, false).await.unwrap(), 2);
}
