//! What recorders, lists, players and retention do while nothing goes wrong.

use super::*;
use atalaya_model::Kind;
use atalaya_model::recording::{Gap, GapCause, SegmentId};

#[tokio::test]
async fn a_segment_is_seen_while_it_grows_and_after() {
    let bench = Bench::new().await;
    let source = Source::new(4, Some(samples::aac(16_000)), 100);
    let mut writer = bench.archive.begin(header(&source, 0)).await.unwrap();
    assert!(bench.all().await.is_empty(), "nothing is in it yet");
    let mut entries = Vec::new();
    for (fragment, start) in fragments(&source, 0) {
        entries.push(writer.append(fragment, start).await.unwrap());
        let seen = bench.all().await;
        assert_eq!(seen.len(), 1);
        assert!(seen[0].open);
        assert_eq!(seen[0].range, range(0.0, entries.len() as f64));
        let playback = bench.archive.playback(seen[0].id).await.unwrap();
        assert_eq!(playback.fragments, entries);
        assert_clean(&bench.fsck().await, 1);
        // Another process sees the row.
        let other = bench.restarted();
        assert_eq!(other.segments(None, ever()).await.unwrap()[0].id, seen[0].id);
    }
    let finished = writer.finish().await.unwrap();
    assert!(!finished.open);
    assert_eq!(bench.all().await, std::slice::from_ref(&finished));
    assert_eq!(bench.archive.segment(finished.id).await.unwrap(), finished);
    assert_eq!((finished.codec.as_str(), finished.audio.as_deref()), ("h264", Some("aac")));
    assert_eq!(std::fs::metadata(bench.file(&finished)).unwrap().len(), finished.bytes);
    assert_clean(&bench.fsck().await, 1);
    let storage = bench.archive.storage().await.unwrap();
    assert_eq!(storage.used_bytes, finished.bytes);
    assert!(storage.free_bytes > 0);
}

#[tokio::test]
async fn open_rows_keep_up_every_five_seconds() {
    let bench = Bench::new().await;
    let source = silent(8);
    let mut writer = bench.archive.begin(header(&source, 0)).await.unwrap();
    for (fragment, start) in fragments(&source, 0) {
        bench.clock.forward(1);
        writer.append(fragment, start).await.unwrap();
    }
    let row = bench.restarted().segments(None, ever()).await.unwrap().remove(0);
    assert!(row.open && row.range.end >= at(5.0) && row.range.end <= at(8.0), "{row:?}");
}

#[tokio::test]
async fn a_range_finds_what_touches_it() {
    let bench = Bench::new().await;
    for minute in 0..5 {
        bench.record(&silent(10), minute * 60).await;
    }
    let found = |from, to| {
        let archive = bench.archive.clone();
        async move {
            let found = archive.segments(Some(samples::camera(1)), range(from, to)).await.unwrap();
            found.iter().map(|segment| segment.range.start).collect::<Vec<_>>()
        }
    };
    assert_eq!(found(65.0, 120.5).await, [at(60.0), at(120.0)]);
    assert_eq!(found(69.9, 70.0).await, [at(60.0)]);
    assert!(found(70.0, 120.0).await.is_empty());
    let other = bench.archive.segments(Some(samples::camera(2)), ever()).await.unwrap();
    assert!(other.is_empty());
}

#[tokio::test]
async fn nothing_recorded_leaves_nothing() {
    let bench = Bench::new().await;
    let writer = bench.archive.begin(header(&silent(1), 0)).await.unwrap();
    assert_eq!(kind(writer.finish().await), Kind::NotFound);
    assert_clean(&bench.fsck().await, 0);
    let unknown = SegmentHeader { camera: samples::camera(7), ..header(&silent(1), 0) };
    assert_eq!(kind(bench.archive.begin(unknown).await), Kind::NotFound);
}

#[tokio::test]
async fn an_abandoned_writer_is_finished_by_the_next() {
    let bench = Bench::new().await;
    drop(write(&bench.archive, &silent(2), 0).await);
    assert!(bench.all().await[0].open);
    bench.record(&silent(2), 2).await;
    let all = bench.all().await;
    assert_eq!(all.iter().map(|segment| segment.open).collect::<Vec<_>>(), [false, false]);
    assert_eq!(all[0].range, range(0.0, 2.0));
}

#[tokio::test]
async fn two_files_of_one_instant_have_two_names() {
    let bench = Bench::new().await;
    let first = bench.record(&silent(1), 0).await;
    let second = bench.record(&silent(1), 0).await;
    assert_ne!(first.path, second.path);
    assert_eq!(bench.fsck().await.overlaps, 1);
}

#[tokio::test]
async fn deleting_leaves_one_gap_and_no_files() {
    let bench = Bench::new().await;
    let mut segments = Vec::new();
    for n in 0..4 {
        segments.push(bench.record(&silent(10), n * 10).await);
    }
    bench.clock.forward(86_400 * 2);
    let writer = write(&bench.archive, &silent(2), 100).await;
    let open = bench.all().await.pop().unwrap();
    assert_eq!(kind(bench.archive.delete(&[open.id]).await), Kind::Conflict);
    drop(writer.finish().await.unwrap());
    let ids: Vec<SegmentId> = segments.iter().take(3).map(|segment| segment.id).collect();
    bench.archive.delete(&ids[..1]).await.unwrap();
    bench.archive.delete(&ids).await.unwrap();
    assert!(!bench.file(&segments[0]).exists() && bench.file(&segments[3]).exists());
    assert_eq!(kind(bench.archive.segment(ids[0]).await), Kind::NotFound);
    let gaps = bench.archive.gaps(samples::camera(1), ever()).await.unwrap();
    let expected =
        Gap { camera: samples::camera(1), start: at(0.0), end: Some(at(30.0)), cause: GapCause::Retention };
    assert_eq!(gaps, [expected]);
    assert_clean(&bench.fsck().await, 2);
    let left = bench.all().await;
    bench.archive.delete(&[left[0].id, left[1].id]).await.unwrap();
    assert_eq!(bench.archive.storage().await.unwrap().used_bytes, 0);
    assert!(!bench.file(&segments[0]).parent().unwrap().exists(), "the day's folder is empty and past");
}

#[tokio::test]
async fn a_camera_has_one_lasting_gap() {
    let bench = Bench::new().await;
    let camera = samples::camera(1);
    let gap = |start: f64, cause| Gap { camera, start: at(start), end: None, cause };
    bench.archive.open_gap(gap(5.0, GapCause::Offline)).await.unwrap();
    bench.archive.open_gap(gap(7.0, GapCause::Auth)).await.unwrap();
    assert_eq!(bench.archive.gaps(camera, range(100.0, 101.0)).await.unwrap(), [gap(5.0, GapCause::Offline)]);
    let closed = bench.archive.close_gap(camera, at(9.0)).await.unwrap().unwrap();
    assert_eq!(closed, Gap { end: Some(at(9.0)), ..gap(5.0, GapCause::Offline) });
    assert_eq!(bench.archive.close_gap(camera, at(10.0)).await.unwrap(), None);
    assert!(bench.archive.gaps(camera, range(9.0, 20.0)).await.unwrap().is_empty());
    bench.archive.open_gap(gap(20.0, GapCause::Paused)).await.unwrap();
    let closed = bench.archive.close_gap(camera, at(15.0)).await.unwrap();
    assert_eq!(closed.unwrap().end, Some(at(20.0)), "the clock was set back: it ends, and leaves no row");
    bench.archive.open_gap(Gap { end: Some(at(40.0)), ..gap(30.0, GapCause::AppClosed) }).await.unwrap();
    let unknown = Gap { camera: samples::camera(9), ..gap(0.0, GapCause::Offline) };
    assert_eq!(kind(bench.archive.open_gap(unknown).await), Kind::NotFound);
    let all = bench.archive.gaps(camera, ever()).await.unwrap();
    assert_eq!(all.iter().map(|gap| gap.cause).collect::<Vec<_>>(), [GapCause::Offline, GapCause::AppClosed]);
}

#[tokio::test]
async fn players_get_what_they_can_play() {
    let bench = Bench::new().await;
    let with_aac = bench.record(&Source::new(2, Some(samples::aac(16_000)), 50), 0).await;
    let playback = bench.archive.playback(with_aac.id).await.unwrap();
    assert_eq!(playback.mime, "video/mp4; codecs=\"avc1.42c01e, mp4a.40.2\"");
    let mut whole = playback.init.to_vec();
    for index in 0..playback.fragments.len() {
        whole.extend(bench.archive.playback_fragment(with_aac.id, index).await.unwrap());
    }
    assert_eq!(whole, std::fs::read(bench.file(&with_aac)).unwrap());
    assert_eq!(kind(bench.archive.playback_fragment(with_aac.id, 2).await), Kind::NotFound);

    let with_g711 = bench.record(&Source::new(2, Some(samples::pcmu()), 50), 10).await;
    let playback = bench.archive.playback(with_g711.id).await.unwrap();
    assert_eq!(playback.mime, "video/mp4; codecs=\"avc1.42c01e\"");
    assert!(!playback.init.windows(4).any(|four| four == b"ulaw"));
    let fragment = bench.archive.playback_fragment(with_g711.id, 1).await.unwrap();
    assert!(fragment.len() < playback.fragments[1].bytes as usize - 8000);

    let mut mjpeg = silent(1);
    mjpeg.video = samples::mjpeg();
    mjpeg.pictures.iter_mut().for_each(|unit| (unit.format, unit.key) = (mjpeg.video.clone(), true));
    let mjpeg = bench.record(&mjpeg, 20).await;
    assert_eq!(kind(bench.archive.playback(mjpeg.id).await), Kind::Unsupported);
}
