//! Made-up media for tests: formats that parse, and units whose bytes tell them apart.

use super::boxes::BoxBuffer;
use super::{FragmentMuxer, entry, write_init};
use atalaya_model::camera::{CameraId, Role};
use atalaya_model::fragment::{Fragment, FragmentBuilder};
use atalaya_model::media::{AudioCodec, AudioFormat, AudioUnit, VideoCodec, VideoFormat, VideoUnit};
use atalaya_model::recording::{RunClock, SegmentHeader};
use atalaya_model::time::{MonoTime, WallTime};
use bytes::Bytes;
use std::sync::Arc;
use uuid::Uuid;

/// An `avcC` body with these parameter sets (ISO/IEC 14496-15 §5.3.3.1).
pub(crate) fn avcc(sps: &[u8], pps: &[u8]) -> Bytes {
    let mut out = vec![1, sps[1], sps[2], sps[3], 0xff, 0xe1];
    out.extend((sps.len() as u16).to_be_bytes());
    out.extend(sps);
    out.push(1);
    out.extend((pps.len() as u16).to_be_bytes());
    out.extend(pps);
    out.into()
}

pub(crate) fn h264(width: u32, height: u32, config: Bytes) -> Arc<VideoFormat> {
    let sample_entry = entry::visual(*b"avc1", width as u16, height as u16, |out| {
        out.boxed(*b"avcC", |out| out.raw(&config));
    });
    Arc::new(VideoFormat {
        codec: VideoCodec::H264,
        codec_string: format!("avc1.{:02x}{:02x}{:02x}", config[1], config[2], config[3]),
        width,
        height,
        coded_width: width.next_multiple_of(16),
        coded_height: height.next_multiple_of(16),
        decoder_config: config,
        sample_entry,
        declared_fps_milli: None,
    })
}

/// H.264 whose parameter sets are not for decoding.
pub(crate) fn plain_h264() -> Arc<VideoFormat> {
    h264(640, 360, avcc(&[0x67, 0x42, 0xc0, 0x1e], &[0x68, 0xce]))
}

pub(crate) fn mjpeg() -> Arc<VideoFormat> {
    Arc::new(VideoFormat {
        codec: VideoCodec::Mjpeg,
        codec_string: "mp4v.6C".into(),
        width: 640,
        height: 360,
        coded_width: 640,
        coded_height: 368,
        decoder_config: Bytes::new(),
        sample_entry: entry::mjpeg(640, 360),
        declared_fps_milli: None,
    })
}

/// An AudioSpecificConfig of AAC-LC in mono (ISO/IEC 14496-3 §1.6.2.1).
fn aac_config(sample_rate: u32) -> [u8; 2] {
    let index =
        [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000]
            .iter()
            .position(|&rate| rate == sample_rate)
            .expect("a rate of ISO/IEC 14496-3 §1.6.3.4") as u8;
    [2 << 3 | index >> 1, index << 7 | 1 << 3]
}

/// An `mp4a` entry for it (ISO/IEC 14496-14 §5.6).
fn aac_entry(sample_rate: u32) -> Bytes {
    let config = aac_config(sample_rate);
    entry::audio(*b"mp4a", sample_rate, 1, |out: &mut BoxBuffer| {
        out.full(*b"esds", 0, 0, |out| {
            out.raw(&[0x03, 25, 0, 0, 0]);
            out.raw(&[0x04, 17, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            out.raw(&[0x05, 2, config[0], config[1]]);
            out.raw(&[0x06, 1, 2]);
        });
    })
}

pub(crate) fn aac(sample_rate: u32) -> Arc<AudioFormat> {
    Arc::new(AudioFormat {
        codec: AudioCodec::Aac,
        codec_string: "mp4a.40.2".into(),
        sample_rate,
        channels: 1,
        decoder_config: Bytes::copy_from_slice(&aac_config(sample_rate)),
        sample_entry: aac_entry(sample_rate),
    })
}

pub(crate) fn pcmu() -> Arc<AudioFormat> {
    Arc::new(AudioFormat {
        codec: AudioCodec::Pcmu,
        codec_string: "ulaw".into(),
        sample_rate: 8000,
        channels: 1,
        decoder_config: Bytes::new(),
        sample_entry: entry::pcmu(8000, 1),
    })
}

/// The start of most tests' footage.
pub(crate) fn start() -> WallTime {
    WallTime::parse("2026-11-21T10:00:00Z").expect("valid")
}

pub(crate) fn camera(number: u128) -> CameraId {
    CameraId(Uuid::from_u128(0xc0ff_ee00 + number))
}

pub(crate) fn header(video: &Arc<VideoFormat>, audio: Option<&Arc<AudioFormat>>) -> SegmentHeader {
    SegmentHeader {
        camera: camera(1),
        camera_name: "Gate ñ".into(),
        role: Role::Main,
        start: start(),
        start_pts_90k: 0,
        video: video.clone(),
        audio: audio.cloned(),
        clock_offset_ms: Some(-120),
        missing: Vec::new(),
    }
}

/// Bytes that nobody else has: as many as asked for, made from the seed.
pub(crate) fn noise(seed: u64, bytes: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..bytes)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}

pub(crate) fn picture(format: &Arc<VideoFormat>, pts_90k: i64, key: bool, data: Bytes) -> VideoUnit {
    VideoUnit {
        data,
        pts_90k,
        key,
        packets_lost: 0,
        format: format.clone(),
        received: MonoTime(0),
        received_wall: start().plus_micros(super::ticks_to_micros(pts_90k)),
        camera_time: None,
    }
}

pub(crate) fn sound(format: &Arc<AudioFormat>, pts: i64, offset_micros: i64, data: Bytes) -> AudioUnit {
    AudioUnit { data, pts, offset_micros, format: format.clone() }
}

/// Footage at 25 pictures a second with a key picture each second, and sound that starts with it.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) video: Arc<VideoFormat>,
    pub(crate) audio: Option<Arc<AudioFormat>>,
    pub(crate) pictures: Vec<VideoUnit>,
    pub(crate) sounds: Vec<AudioUnit>,
}

impl Source {
    /// `seconds` of it, in about `bytes` a picture.
    pub(crate) fn new(seconds: i64, audio: Option<Arc<AudioFormat>>, bytes: usize) -> Self {
        let video = plain_h264();
        let pictures = (0..seconds * 25)
            .map(|n| picture(&video, n * 3600, n % 25 == 0, noise(n as u64, bytes + n as usize % 17)))
            .collect();
        let sounds = audio.as_ref().map_or_else(Vec::new, |format| {
            let step = if format.codec == AudioCodec::Aac { 1024 } else { 160 };
            let packets = seconds * i64::from(format.sample_rate) / step;
            let bytes = |n: i64| if step == 1024 { 60 + n as usize % 9 } else { 160 };
            (0..packets).map(|n| sound(format, n * step, 0, noise(1 << 40 | n as u64, bytes(n)))).collect()
        });
        Self { video, audio, pictures, sounds }
    }

    /// The same in the order that a recorder gets it: each sound after the picture that it belongs to.
    pub(crate) fn fragments(&self) -> Vec<(Fragment, WallTime)> {
        let mut builder = FragmentBuilder::default();
        let mut sounds = self.sounds.iter().peekable();
        let mut out = Vec::new();
        for unit in &self.pictures {
            out.extend(builder.push_video(unit.clone()));
            let rate = self.audio.as_ref().map_or(1, |format| format.sample_rate);
            let until = super::micros_to_ticks(super::ticks_to_micros(unit.pts_90k + 3600), rate);
            while let Some(sound) = sounds.next_if(|sound| sound.pts < until) {
                builder.push_audio(sound.clone());
            }
        }
        out.extend(builder.finish());
        let first = self.pictures.first().map(std::slice::from_ref);
        let run = first.map(|first| RunClock::starting_with(first, WallTime(i64::MIN)));
        out.into_iter()
            .map(|fragment| {
                let start = run.expect("there are pictures").wall_of(fragment.video[0].pts_90k);
                (fragment, start)
            })
            .collect()
    }
}

/// A whole recorded file, and where each of its fragments ends.
pub(crate) fn file(header: &SegmentHeader, fragments: &[(Fragment, WallTime)]) -> (Vec<u8>, Vec<usize>) {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    let mut muxer = FragmentMuxer::new(header.clone());
    for (fragment, start) in fragments {
        let muxed = muxer.mux(fragment, *start).expect("fits");
        if ends.is_empty() {
            bytes = write_init(header, muxer.delay());
            ends.push(bytes.len());
        }
        bytes.extend(&muxed.head);
        muxed.payload.iter().for_each(|part| bytes.extend(part));
        ends.push(bytes.len());
    }
    (bytes, ends)
}

/// A reader of flat files, written from the specification and not from the writer.
pub(crate) mod flat {
    use super::super::read::{boxes, find};
    use bytes::Bytes;

    pub(crate) struct Movie {
        pub(crate) presented_s: f64,
        pub(crate) video: Track,
        pub(crate) audio: Option<Track>,
    }

    pub(crate) struct Track {
        pub(crate) samples: Vec<Sample>,
        shown_s: f64,
        pause_s: f64,
    }

    #[derive(Clone)]
    pub(crate) struct Sample {
        pub(crate) data: Bytes,
        pub(crate) key: bool,
        pub(crate) entry: u32,
        /// Seconds since the presentation's start.
        pub(crate) shown_at_s: f64,
        duration_s: f64,
    }

    impl Track {
        /// Samples of which something is presented, in the order of their presentation.
        pub(crate) fn shown(&self) -> Vec<Sample> {
            let end = self.pause_s + self.shown_s - 1e-6;
            let mut shown: Vec<Sample> = self
                .samples
                .iter()
                .filter(|sample| {
                    sample.shown_at_s + sample.duration_s > self.pause_s + 1e-6 && sample.shown_at_s < end
                })
                .cloned()
                .collect();
            shown.sort_by(|one, other| one.shown_at_s.total_cmp(&other.shown_at_s));
            shown
        }
    }

    fn u32_at(data: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(data[at..at + 4].try_into().unwrap())
    }

    fn u64_at(data: &[u8], at: usize) -> u64 {
        u64::from_be_bytes(data[at..at + 8].try_into().unwrap())
    }

    fn rows(table: &[u8], width: usize) -> Vec<Vec<u32>> {
        let count = u32_at(table, 4) as usize;
        assert_eq!(table.len(), 8 + count * width * 4, "a table's length");
        table[8..]
            .chunks(width * 4)
            .map(|row| row.chunks(4).map(|value| u32_at(value, 0)).collect())
            .collect()
    }

    pub(crate) fn parse(file: &[u8]) -> Movie {
        let order: Vec<_> = boxes(file).map(|(kind, _)| kind).collect();
        assert_eq!(order, [*b"ftyp", *b"moov", *b"mdat"], "playable while it is fetched");
        let moov = find(file, *b"moov").unwrap();
        let mvhd = find(moov, *b"mvhd").unwrap();
        let movie_scale = f64::from(u32_at(mvhd, 20));
        let mut tracks =
            boxes(moov).filter(|(kind, _)| kind == b"trak").map(|(_, trak)| track(file, trak, movie_scale));
        Movie {
            presented_s: u64_at(mvhd, 24) as f64 / movie_scale,
            video: tracks.next().unwrap(),
            audio: tracks.next(),
        }
    }

    fn track(file: &[u8], trak: &[u8], movie_scale: f64) -> Track {
        let mdia = find(trak, *b"mdia").unwrap();
        let scale = f64::from(u32_at(find(mdia, *b"mdhd").unwrap(), 20));
        let stbl = find(find(mdia, *b"minf").unwrap(), *b"stbl").unwrap();
        let elst = find(find(trak, *b"edts").unwrap(), *b"elst").unwrap();
        let (mut pause_s, mut skip) = (0.0, None);
        let mut shown_s = 0.0;
        for edit in elst[8..].chunks(20) {
            let seconds = u64_at(edit, 0) as f64 / movie_scale;
            match u64_at(edit, 8) as i64 {
                -1 => pause_s += seconds,
                time => {
                    assert!(skip.replace(time).is_none(), "one edit");
                    shown_s = seconds;
                }
            }
        }
        let sizes: Vec<u32> =
            find(stbl, *b"stsz").unwrap()[12..].chunks(4).map(|size| u32_at(size, 0)).collect();
        let spread = |rows: Vec<Vec<u32>>| -> Vec<u32> {
            rows.into_iter().flat_map(|row| std::iter::repeat_n(row[1], row[0] as usize)).collect()
        };
        let durations = spread(rows(find(stbl, *b"stts").unwrap(), 2));
        let offsets = find(stbl, *b"ctts").map_or_else(|| vec![0; sizes.len()], |ctts| spread(rows(ctts, 2)));
        assert_eq!((durations.len(), offsets.len()), (sizes.len(), sizes.len()));
        let keys: Option<Vec<u32>> =
            find(stbl, *b"stss").map(|stss| rows(stss, 1).into_iter().map(|row| row[0]).collect());
        let places: Vec<u32> = rows(find(stbl, *b"stco").unwrap(), 1).into_iter().map(|row| row[0]).collect();
        let shape = rows(find(stbl, *b"stsc").unwrap(), 3);
        let (mut samples, mut dts) = (Vec::new(), 0_i64);
        for (chunk, place) in places.iter().enumerate() {
            let row = shape.iter().rfind(|row| row[0] as usize <= chunk + 1).unwrap();
            let mut at = *place as usize;
            for _ in 0..row[1] {
                let n = samples.len();
                let pts = dts + i64::from(offsets[n] as i32) - skip.unwrap();
                samples.push(Sample {
                    data: Bytes::copy_from_slice(&file[at..at + sizes[n] as usize]),
                    key: keys.as_ref().is_none_or(|keys| keys.contains(&(n as u32 + 1))),
                    entry: row[2],
                    shown_at_s: pts as f64 / scale + pause_s,
                    duration_s: f64::from(durations[n]) / scale,
                });
                at += sizes[n] as usize;
                dts += i64::from(durations[n]);
            }
        }
        assert_eq!(samples.len(), sizes.len());
        Track { samples, shown_s, pause_s }
    }
}
