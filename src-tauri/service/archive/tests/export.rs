//! Exports read back by a small reader of flat files, and held against what went into the recording.

use super::*;
use crate::mux::samples::flat::{self, Movie};
use atalaya_model::Kind;
use atalaya_model::camera::CameraId;
use atalaya_model::export::{ExportReport, ExportRequest, Progress};
use atalaya_model::media::VideoUnit;
use atalaya_model::recording::{Gap, GapCause};
use sha2::{Digest, Sha256};

fn request(bench: &Bench, range: TimeRange) -> ExportRequest {
    ExportRequest {
        camera: samples::camera(1),
        camera_name: "Gate ñ".into(),
        range,
        path: bench.temp.path().join("out.mp4").to_str().unwrap().into(),
        overwrite: false,
    }
}

async fn export(bench: &Bench, range: TimeRange) -> (ExportReport, Movie) {
    let request = ExportRequest { overwrite: true, ..request(bench, range) };
    let report = bench.archive.export(request, Box::new(|_| true)).await.unwrap();
    let bytes = std::fs::read(&report.path).unwrap();
    assert_eq!(report.bytes, bytes.len() as u64);
    assert_eq!(report.sha256, format!("{:x}", Sha256::digest(&bytes)));
    let movie = flat::parse(&bytes);
    assert!((movie.presented_s * 1000.0 - report.duration_ms as f64).abs() <= 1.0);
    (report, movie)
}

/// Pictures of a range, in presentation order, as wall seconds and bytes.
fn pictures_of(parts: &[(&Source, i64)], from: f64, to: f64) -> Vec<VideoUnit> {
    let mut units: Vec<(i64, VideoUnit)> = parts
        .iter()
        .flat_map(|(source, seconds)| {
            source.pictures.iter().map(move |unit| (seconds * 90_000 + unit.pts_90k, unit.clone()))
        })
        .filter(|(wall, _)| *wall as f64 >= from * 90_000.0 - 1.0 && (*wall as f64) < to * 90_000.0 - 1.0)
        .collect();
    units.sort_by_key(|(wall, _)| *wall);
    units.into_iter().map(|(_, unit)| unit).collect()
}

fn assert_shows(movie: &Movie, expected: &[VideoUnit]) {
    let shown: Vec<_> = movie.video.shown();
    assert_eq!(shown.len(), expected.len(), "pictures shown");
    for (sample, unit) in shown.iter().zip(expected) {
        assert_eq!(sample.data, unit.data, "elementary stream bytes");
    }
    assert!(movie.video.samples[0].key, "decoding starts at a key picture");
}

#[tokio::test]
async fn a_range_inside_one_file_is_cut_to_the_frame() {
    let bench = Bench::new().await;
    let source = Source::new(10, Some(samples::aac(16_000)), 60);
    bench.record(&source, 0).await;
    for (from, to) in [(3.51, 7.13), (0.0, 10.0), (0.013, 0.014 + 0.04), (4.0, 5.0), (8.99, 10.0)] {
        let (report, movie) = export(&bench, range(from, to)).await;
        assert_shows(&movie, &pictures_of(&[(&source, 0)], from, to));
        assert!((movie.presented_s - (to - from)).abs() <= 0.04, "{from} {to} {}", movie.presented_s);
        assert!(report.gaps.is_empty());
        assert!(report.range.start >= at(from) && report.range.start < at(from + 0.04));
        assert_sound_in_step(&movie, &source, report.range.start.micros_since(samples::start()));
    }
}

/// Every packet sounds at the wall time at which it was recorded, to the millisecond.
fn assert_sound_in_step(movie: &Movie, source: &Source, shown_from_us: i64) {
    let track = movie.audio.as_ref().expect("there is sound");
    let rate = f64::from(source.audio.as_ref().unwrap().sample_rate);
    for sample in track.shown() {
        let unit = source.sounds.iter().find(|unit| unit.data == sample.data).expect("recorded sound");
        let wall = unit.pts as f64 / rate;
        let plays = sample.shown_at_s + shown_from_us as f64 / 1e6;
        assert!((wall - plays).abs() < 0.001, "sound of {wall} s plays at {plays} s");
    }
    assert!(track.shown().len() as f64 >= movie.presented_s * rate / 1024.0 - 1.0, "none is missing");
}

#[tokio::test]
async fn files_of_one_run_join_without_a_seam() {
    let bench = Bench::new().await;
    let source = Source::new(9, Some(samples::pcmu()), 30);
    // A recorder changes files at key pictures.
    for (part, second) in [(0..3_i64), (3..6), (6..9)].into_iter().zip([0, 3, 6]) {
        let mut writer = bench
            .archive
            .begin(SegmentHeader { start_pts_90k: second * 90_000, ..header(&source, second) })
            .await
            .unwrap();
        for (fragment, start) in source.fragments().into_iter().skip(part.start as usize).take(3) {
            writer.append(fragment, start).await.unwrap();
        }
        writer.finish().await.unwrap();
    }
    let (report, movie) = export(&bench, range(1.3, 8.05)).await;
    assert!(report.gaps.is_empty());
    assert_shows(&movie, &pictures_of(&[(&source, 0)], 1.3, 8.05));
    assert!((movie.presented_s - 6.75).abs() <= 0.04);
    let gaps: Vec<f64> =
        movie.video.shown().windows(2).map(|two| two[1].shown_at_s - two[0].shown_at_s).collect();
    assert!(gaps.iter().all(|gap| (gap - 0.04).abs() < 0.0001));
    let sounds: Vec<f64> =
        movie.audio.unwrap().shown().windows(2).map(|two| two[1].shown_at_s - two[0].shown_at_s).collect();
    assert!(sounds.iter().all(|gap| (gap - 0.02).abs() < 0.0002), "{sounds:?}");
}

#[tokio::test]
async fn a_hole_is_closed_up_and_named_and_sound_stays_in_step() {
    let bench = Bench::new().await;
    let first = Source::new(5, Some(samples::aac(16_000)), 30);
    let mut second = Source::new(5, Some(samples::aac(16_000)), 30);
    second
        .pictures
        .iter_mut()
        .enumerate()
        .for_each(|(n, unit)| unit.data = samples::noise(5000 + n as u64, 31));
    second.sounds.iter_mut().enumerate().for_each(|(n, unit)| {
        unit.data = samples::noise(1 << 50 | n as u64, 33);
        unit.offset_micros = 100_000;
    });
    bench.record(&first, 0).await;
    bench.record(&second, 20).await;
    let camera = samples::camera(1);
    let noted = Gap { camera, start: at(5.0), end: Some(at(20.0)), cause: GapCause::Offline };
    bench.archive.open_gap(noted).await.unwrap();
    let (report, movie) = export(&bench, range(2.5, 22.5)).await;
    assert_eq!(report.gaps, [noted]);
    assert_eq!(report.range, range(2.52, 22.52));
    assert_shows(&movie, &pictures_of(&[(&first, 0), (&second, 20)], 2.5, 22.5));
    assert!((movie.presented_s - 5.0).abs() <= 0.04);
    for sample in movie.audio.as_ref().unwrap().shown() {
        let of = |source: &Source| {
            source.sounds.iter().find(|unit| unit.data == sample.data).map(|unit| unit.pts as f64 / 16_000.0)
        };
        let expected = match (of(&first), of(&second)) {
            (Some(time), _) => time - 2.52,
            (_, Some(time)) => time + 0.1 + 5.0 - 2.52,
            _ => panic!("foreign sound"),
        };
        assert!((sample.shown_at_s - expected).abs() < 0.001, "{} {expected}", sample.shown_at_s);
    }
    // Nothing at all at either end.
    let (report, movie) = export(&bench, range(4.0, 100.0)).await;
    let spans: Vec<_> = report.gaps.iter().map(|gap| (gap.start, gap.end.unwrap(), gap.cause)).collect();
    assert_eq!(spans, [(at(5.0), at(20.0), GapCause::Offline), (at(25.0), at(100.0), GapCause::Loss)]);
    assert!((movie.presented_s - 6.0).abs() < 0.001);
    let nobody = ExportRequest { overwrite: true, ..request(&bench, range(6.0, 19.0)) };
    let nothing = bench.archive.export(nobody, Box::new(|_| true)).await;
    assert_eq!(kind(nothing), Kind::NotFound);
}

#[tokio::test]
async fn reordered_pictures_are_cut_by_when_they_are_shown() {
    let bench = Bench::new().await;
    let mut source = silent(4);
    // Decoding order within a second: key 3 1 2 6 4 5 ... 24 22 23.
    for second in source.pictures.chunks_mut(25) {
        for three in second[1..].chunks_mut(3) {
            three.rotate_right(1);
        }
    }
    bench.record(&source, 0).await;
    for n in 20..60 {
        let (from, to) = (f64::from(n) * 0.04, f64::from(n) * 0.04 + 1.32);
        let (_, movie) = export(&bench, range(from, to)).await;
        assert_shows(&movie, &pictures_of(&[(&source, 0)], from, to));
        assert!((movie.presented_s - 1.32).abs() < 0.001, "{}", movie.presented_s);
    }
}

#[tokio::test]
async fn a_change_of_format_gets_its_own_description() {
    let bench = Bench::new().await;
    let mut second = silent(3);
    second.video = samples::h264(1280, 720, samples::avcc(&[0x67, 0x64, 0, 0x28], &[0x68, 0xce]));
    second.pictures.iter_mut().for_each(|unit| unit.format = second.video.clone());
    bench.record(&silent(3), 0).await;
    bench.record(&second, 3).await;
    let (_, movie) = export(&bench, range(1.0, 5.0)).await;
    let entries: Vec<u32> = movie.video.samples.iter().map(|sample| sample.entry).collect();
    assert_eq!((entries[0], entries[49], entries[50], entries[99]), (1, 1, 2, 2));
}

#[tokio::test]
async fn a_file_being_written_can_be_exported() {
    let bench = Bench::new().await;
    let source = silent(5);
    let writer = write(&bench.archive, &source, 0).await;
    let (_, movie) = export(&bench, range(1.0, 60.0)).await;
    assert_shows(&movie, &pictures_of(&[(&source, 0)], 1.0, 60.0));
    writer.finish().await.unwrap();
}

#[tokio::test]
async fn a_cancelled_export_leaves_nothing() {
    let bench = Bench::new().await;
    bench.record(&Source::new(4, None, 100_000), 0).await;
    let before = std::fs::read_dir(bench.temp.path()).unwrap().count();
    let mut seen = Vec::new();
    let result = bench
        .archive
        .export(
            request(&bench, range(0.0, 4.0)),
            Box::new(move |progress: Progress| {
                seen.push(progress);
                progress.done < 3_000_000
            }),
        )
        .await;
    assert_eq!(kind(result), Kind::Cancelled);
    assert_eq!(std::fs::read_dir(bench.temp.path()).unwrap().count(), before);
}

#[tokio::test]
async fn names_are_checked_and_files_not_replaced_unasked() {
    let bench = Bench::new().await;
    bench.record(&silent(2), 0).await;
    let wanted = request(&bench, range(0.0, 2.0));
    std::fs::write(&wanted.path, "precious").unwrap();
    assert_eq!(kind(bench.archive.export(wanted.clone(), Box::new(|_| true)).await), Kind::Conflict);
    assert_eq!(std::fs::read(&wanted.path).unwrap(), b"precious");
    // Somebody else takes the name while the export runs.
    std::fs::remove_file(&wanted.path).unwrap();
    let path = wanted.path.clone();
    let taken =
        bench.archive.export(wanted.clone(), Box::new(move |_| std::fs::write(&path, "new").is_ok())).await;
    assert_eq!(kind(taken), Kind::Conflict);
    assert_eq!(std::fs::read(&wanted.path).unwrap(), b"new");
    let replace = ExportRequest { overwrite: true, ..wanted.clone() };
    bench.archive.export(replace, Box::new(|_| true)).await.unwrap();
    assert!(std::fs::read(&wanted.path).unwrap().len() > 1000);
    for path in ["out.avi", "/no/such/folder/out.mp4", ""] {
        let wrong = ExportRequest { path: path.into(), ..wanted.clone() };
        assert_eq!(kind(bench.archive.export(wrong, Box::new(|_| true)).await), Kind::InvalidInput, "{path}");
    }
    let nobody = ExportRequest {
        camera: CameraId(uuid::Uuid::nil()),
        path: bench.temp.path().join("x.mp4").to_str().unwrap().into(),
        ..wanted
    };
    assert_eq!(kind(bench.archive.export(nobody, Box::new(|_| true)).await), Kind::NotFound);
}

/// An hour as a recorder leaves it, and twelve minutes of it that fit neither files nor GOPs.
#[tokio::test]
async fn twelve_minutes_of_an_hour() {
    let bench = Bench::new().await;
    let source = Source::new(3600, Some(samples::aac(16_000)), 20);
    let all = source.fragments();
    for (minute, parts) in all.chunks(60).enumerate() {
        let seconds = minute as i64 * 60;
        let header = SegmentHeader { start_pts_90k: seconds * 90_000, ..header(&source, seconds) };
        let mut writer = bench.archive.begin(header).await.unwrap();
        for (fragment, start) in parts {
            writer.append(fragment.clone(), *start).await.unwrap();
        }
        writer.finish().await.unwrap();
    }
    let (from, to) = (300.015, 1020.007);
    let (report, movie) = export(&bench, range(from, to)).await;
    assert_shows(&movie, &pictures_of(&[(&source, 0)], from, to));
    assert!((movie.presented_s - (to - from)).abs() <= 0.04);
    assert!(report.gaps.is_empty());
    let expected: std::collections::HashMap<_, _> =
        source.sounds.iter().map(|unit| (unit.data.clone(), unit.pts as f64 / 16_000.0)).collect();
    let shown_from = report.range.start.micros_since(samples::start()) as f64 / 1e6;
    for sample in movie.audio.as_ref().unwrap().shown() {
        let wall = expected[&sample.data];
        assert!((sample.shown_at_s + shown_from - wall).abs() < 0.001, "{wall}");
    }
}
