//! What is written is read back the same, from whole, cut and damaged files.

use super::samples::{self, Source};
use super::*;
use atalaya_model::fragment::Fragment;
use atalaya_model::recording::{Gap, GapCause, SegmentHeader};
use proptest::prelude::*;
use std::io::Cursor;

fn scan(bytes: &[u8]) -> atalaya_model::Result<Scan> {
    MovieFile::new(Cursor::new(bytes))?.scan()
}

fn assert_same_header(read: &SegmentHeader, written: &SegmentHeader) {
    assert_eq!(read.camera, written.camera);
    assert_eq!(read.camera_name, written.camera_name);
    assert_eq!(read.role, written.role);
    assert_eq!(read.start, written.start);
    assert_eq!(read.clock_offset_ms, written.clock_offset_ms);
    assert_eq!(read.video, written.video);
    assert_eq!(read.audio, written.audio);
    assert_eq!(read.missing, written.missing);
}

#[test]
fn what_is_missing_before_a_file_is_told_as_far_as_it_can_be() {
    let source = Source::new(1, None, 300);
    let header = samples::header(&source.video, None);
    let gap = |from: i64, to: i64, cause| Gap {
        camera: header.camera,
        start: header.start.plus_micros(from),
        end: Some(header.start.plus_micros(to)),
        cause,
    };
    let told = |missing: Vec<Gap>| {
        let (bytes, _) = samples::file(&SegmentHeader { missing, ..header.clone() }, &source.fragments());
        scan(&bytes).unwrap().header.missing
    };
    let missing =
        vec![gap(-9, -7, GapCause::Asleep), gap(-7, -4, GapCause::Unsupported), gap(-2, 0, GapCause::Auth)];
    assert_eq!(told(missing.clone()), missing);
    // Not in order, or not over when the file begins: what stands before it counts.
    assert_eq!(told(vec![missing[0], missing[2], missing[1]]), [missing[0], missing[2]]);
    assert_eq!(told(vec![missing[0], gap(-2, 1, GapCause::Auth)]), [missing[0]]);
    // One that lasts is not told.
    assert_eq!(told(vec![Gap { end: None, ..missing[0] }]), []);
}

#[test]
fn a_file_reads_back_as_it_was_written() {
    let formats = [Some(samples::aac(16_000)), Some(samples::pcmu()), None];
    for audio in formats {
        let source = Source::new(5, audio.clone(), 300);
        let fragments = source.fragments();
        let header = samples::header(&source.video, audio.as_ref());
        let (bytes, ends) = samples::file(&header, &fragments);
        let found = scan(&bytes).unwrap();
        assert_same_header(&found.header, &header);
        assert_eq!(found.end, bytes.len() as u64);
        assert_eq!(found.fragments.len(), fragments.len());
        let mut file = MovieFile::new(Cursor::new(&bytes)).unwrap();
        for ((entry, (fragment, start)), at) in found.fragments.iter().zip(&fragments).zip(&ends) {
            assert_eq!((entry.offset, entry.start, entry.key), (*at as u64, *start, true));
            assert_eq!(entry.duration_us, 1_000_000);
            let (_, tables) = file.fragment(entry.offset, header.start).unwrap().unwrap();
            let moof = at + 32;
            let data = |sample: &Sample| {
                &bytes[moof + sample.offset as usize..moof + sample.offset as usize + sample.bytes as usize]
            };
            for (sample, unit) in tables.video.iter().zip(&fragment.video) {
                assert_eq!(
                    (sample.pts(), sample.key, data(sample)),
                    (unit.pts_90k, unit.key, &unit.data[..])
                );
            }
            for (sample, unit) in tables.audio.iter().zip(&fragment.audio) {
                assert_eq!((sample.pts(), data(sample)), (unit.pts, &unit.data[..]));
            }
            assert_eq!(
                (tables.video.len(), tables.audio.len()),
                (fragment.video.len(), fragment.audio.len())
            );
        }
    }
}

#[test]
fn a_file_cut_anywhere_keeps_its_whole_fragments() {
    let source = Source::new(4, Some(samples::aac(16_000)), 20);
    let header = samples::header(&source.video, source.audio.as_ref());
    let (bytes, ends) = samples::file(&header, &source.fragments());
    for cut in ends[0]..=bytes.len() {
        let found = scan(&bytes[..cut]).unwrap();
        let whole = ends.iter().filter(|&&end| end <= cut).count();
        assert_eq!(found.fragments.len(), whole - 1, "cut at {cut}");
        assert_eq!(found.end, ends[whole - 1] as u64);
    }
    for cut in 0..ends[0] {
        assert_eq!(scan(&bytes[..cut]).unwrap_err().kind(), atalaya_model::Kind::Corrupt);
    }
}

#[test]
fn reordered_pictures_keep_their_times() {
    let format = samples::plain_h264();
    let order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8];
    let unit = |n: i64| samples::picture(&format, 90_000 + n * 3600, n == 0, samples::noise(n as u64, 9));
    let cut = |part: &[i64], next: Option<i64>| Fragment {
        video: part.iter().map(|&n| unit(n)).collect(),
        next_pts_90k: next.map(|n| 90_000 + n * 3600),
        ..Fragment::default()
    };
    let header = SegmentHeader { start_pts_90k: 90_000, ..samples::header(&format, None) };
    let fragments = [
        (cut(&order[..5], Some(4)), header.start),
        (cut(&order[5..], None), header.start.plus_micros(160_000)),
    ];
    let (bytes, _) = samples::file(&header, &fragments);
    let mut file = MovieFile::new(Cursor::new(&bytes)).unwrap();
    let found = file.scan().unwrap();
    let mut all = Vec::new();
    for entry in &found.fragments {
        all.extend(file.fragment(entry.offset, header.start).unwrap().unwrap().1.video);
    }
    assert_eq!(all.iter().map(Sample::pts).collect::<Vec<_>>(), order.map(|n| n * 3600));
    let dts: Vec<u64> = all.iter().map(|sample| sample.dts).collect();
    assert_eq!(dts, (0..10).map(|n| n * 3600).collect::<Vec<u64>>());
    assert!(all.iter().all(|sample| sample.duration == 3600));
    assert_eq!(found.fragments.iter().map(|entry| entry.duration_us).collect::<Vec<_>>(), [200_000, 240_000]);
    assert_eq!(file.head().unwrap().delay, 3600);
}

#[test]
fn sound_lies_where_its_offset_says() {
    let (video, audio) = (samples::plain_h264(), samples::aac(16_000));
    let header = SegmentHeader { start_pts_90k: 900_000, ..samples::header(&video, Some(&audio)) };
    // Ten seconds into the pull; sound zero lies 0.5 s after picture zero. The first packet is too early.
    let fragment = Fragment {
        video: vec![samples::picture(&video, 900_000, true, samples::noise(1, 50))],
        audio: [9_484, 9_500, 9_564]
            .map(|ms| samples::sound(&audio, ms * 16, 500_000, samples::noise(ms as u64, 7)))
            .to_vec(),
        ..Fragment::default()
    };
    let (bytes, ends) = samples::file(&header, &[(fragment, header.start)]);
    let mut file = MovieFile::new(Cursor::new(&bytes)).unwrap();
    let tables = file.fragment(ends[0] as u64, header.start).unwrap().unwrap().1;
    let placed: Vec<_> = tables.audio.iter().map(|sample| (sample.dts, sample.duration)).collect();
    assert_eq!(placed, [(0, 1024), (1024, 1024)]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let header = samples::header(&samples::plain_h264(), None);
    let mut muxer = FragmentMuxer::new(header.clone());
    let empty = muxer.mux(&Fragment::default(), header.start).unwrap_err();
    assert_eq!(empty.kind(), atalaya_model::Kind::InvalidInput);
    let other = Fragment {
        video: vec![samples::picture(&samples::mjpeg(), 0, true, samples::noise(1, 9))],
        ..Fragment::default()
    };
    assert_eq!(muxer.mux(&other, header.start).unwrap_err().kind(), atalaya_model::Kind::InvalidInput);
}

#[test]
fn without_sound_the_pictures_are_the_same() {
    let source = Source::new(1, Some(samples::pcmu()), 100);
    let header = samples::header(&source.video, source.audio.as_ref());
    let (bytes, ends) = samples::file(&header, &source.fragments());
    let mut file = MovieFile::new(Cursor::new(&bytes)).unwrap();
    let (entry, tables) = file.fragment(ends[0] as u64, header.start).unwrap().unwrap();
    let silent = video_only(&bytes[ends[0]..], 32, &tables, 1, 0);
    let silent_header = SegmentHeader { audio: None, ..header.clone() };
    let mut whole = write_init(&silent_header, 0);
    let at = whole.len() as u64;
    whole.extend(&silent);
    let (again, left) =
        MovieFile::new(Cursor::new(&whole)).unwrap().fragment(at, header.start).unwrap().unwrap();
    assert_eq!((again.start, again.duration_us, again.key), (entry.start, entry.duration_us, entry.key));
    assert!(left.audio.is_empty());
    for (one, other) in tables.video.iter().zip(&left.video) {
        assert_eq!(Sample { offset: 0, ..*one }, Sample { offset: 0, ..*other });
        let (from, to) = (ends[0] + 32 + one.offset as usize, at as usize + 32 + other.offset as usize);
        assert_eq!(bytes[from..from + one.bytes as usize], whole[to..to + one.bytes as usize]);
    }
}

proptest! {
    #[test]
    fn damaged_files_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        in_tables in any::<bool>(),
    ) {
        let source = Source::new(2, Some(samples::aac(16_000)), 3);
        let header = samples::header(&source.video, source.audio.as_ref());
        let (mut bytes, ends) = samples::file(&header, &source.fragments());
        let reach = if in_tables { ends[0] + 600 } else { bytes.len() };
        for (place, value) in changes {
            bytes[place.index(reach)] = value;
        }
        bytes.truncate(cut.index(bytes.len()).max(ends[0]));
        if let Ok(found) = scan(&bytes) {
            prop_assert!(found.end <= bytes.len() as u64);
            prop_assert!(found.fragments.iter().all(|entry| entry.offset + u64::from(entry.bytes) <= found.end));
        }
    }

    #[test]
    fn anything_may_be_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = scan(&bytes);
        let _ = moof::parse(&bytes, 0);
        let _ = init::parse(&bytes);
    }
}
