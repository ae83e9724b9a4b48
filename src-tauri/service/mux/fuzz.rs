//! Mutated recorded files (R11): whatever a file holds, only whole fragments that lie inside it are handed out, and
//! what stands before them is read the same after it was written again.

use super::samples::{self, Source};
use super::{MovieFile, Scan, write_init};
use atalaya_fuzz::Target;
use atalaya_model::Kind;
use std::io::Cursor;

const MOVIE: Target = Target {
    name: "iso-bmff",
    tokens: &[
        b"\0\0\0\x08free",
        b"\0\0\0\x01",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\0\0\0\x10",
        b"moov",
        b"moof",
        b"mdat",
        b"prft",
        b"traf",
        b"trun",
        b"tfhd",
        b"tfdt",
        b"elst",
        b"stsd",
        b"avc1",
        b"avcC",
        b"mp4a",
        b"ulaw",
        b"uuid",
    ],
    max_bytes: 64 << 10,
};

fn seeds() -> Vec<Vec<u8>> {
    let files = [Some(samples::aac(16_000)), Some(samples::pcmu()), None].into_iter().map(|audio| {
        let source = Source::new(2, audio.clone(), 3);
        samples::file(&samples::header(&source.video, audio.as_ref()), &source.fragments()).0
    });
    files.collect()
}

fn scan(bytes: &[u8]) -> atalaya_model::Result<Scan> {
    MovieFile::new(Cursor::new(bytes))?.scan()
}

#[test]
fn no_file_does_harm() {
    MOVIE.run(seeds(), |input| {
        let found = match scan(input) {
            Ok(found) => found,
            Err(error) => {
                assert_eq!(error.kind(), Kind::Corrupt, "{error:?}");
                return Err(error.message().to_owned());
            }
        };
        let mut movie = MovieFile::new(Cursor::new(input)).unwrap();
        let head = movie.head().unwrap().clone();
        let mut at = head.end;
        let (mut pictures, mut sounds) = (0, 0);
        for entry in &found.fragments {
            assert_eq!(entry.offset, at, "one after the other");
            at += u64::from(entry.bytes);
            let (_, tables) = movie.fragment(entry.offset, head.header.start).unwrap().expect("whole");
            // Samples are placed from the `moof` on, which stands behind the `prft`.
            for sample in tables.video.iter().chain(&tables.audio) {
                let end = entry.offset + sample.offset + u64::from(sample.bytes);
                assert!(end <= input.len() as u64, "{sample:?} beyond the file");
            }
            (pictures, sounds) = (pictures + tables.video.len(), sounds + tables.audio.len());
        }
        assert!(at == found.end && at <= input.len() as u64, "{at} of {}", input.len());
        let cut = scan(&input[..found.end as usize]).unwrap();
        assert_eq!((cut.end, cut.fragments), (found.end, found.fragments.clone()), "without what follows");

        let written = write_init(&head.header, head.delay);
        let mut again = MovieFile::new(Cursor::new(&written)).unwrap();
        let again = again.head().unwrap_or_else(|error| panic!("{error}: {:?}", head.header));
        assert_eq!((again.delay, again.end), (head.delay, written.len() as u64));
        let (read, again) = (format!("{:?}", head.header), format!("{:?}", again.header));
        assert_eq!(again, read, "written and read again");
        Ok((found.fragments.len(), pictures.min(60), sounds.min(60), head.header.audio.is_some()))
    });
}
