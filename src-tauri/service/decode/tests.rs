//! Tests of decoding, with streams that openh264's encoder makes here.

use super::decoder::{PictureDecoder, for_codec};
use super::{NativeCompositor, NativeStillCamera};
use atalaya_model::Kind;
use atalaya_model::camera::{CameraId, Role};
use atalaya_model::live::{Grid, Tile, TileRect};
use atalaya_model::media::{ColorSpace, Picture, VideoCodec, VideoFormat, VideoUnit};
use atalaya_model::ports::{ComposedGrid, Composition, Compositor, StillCamera};
use atalaya_model::time::{MonoTime, WallTime};
use bytes::Bytes;
use openh264::encoder::{Encoder, EncoderConfig, IntraFramePeriod};
use openh264::formats::YUVBuffer;
use openh264::{OpenH264API, Timestamp};
use std::sync::Arc;
use std::time::{Duration, Instant};

const RED: [u8; 3] = [81, 90, 240];
const GREEN: [u8; 3] = [145, 54, 34];
const BLUE: [u8; 3] = [41, 240, 110];
const GREY: [u8; 3] = [126, 128, 128];
const BACKGROUND: [u8; 3] = [24, 128, 128];

/// A camera that films one colour.
pub(super) struct Coder {
    encoder: Encoder,
    size: (usize, usize),
    coded: u64,
    format: Option<Arc<VideoFormat>>,
}

impl Coder {
    pub(super) fn new(width: usize, height: usize) -> Self {
        let config = EncoderConfig::new()
            .skip_frames(false)
            .scene_change_detect(false)
            .intra_frame_period(IntraFramePeriod::from_num_frames(10));
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), config).unwrap();
        Self { encoder, size: (width, height), coded: 0, format: None }
    }

    /// The next unit; every tenth is a key.
    pub(super) fn film(&mut self, [y, cb, cr]: [u8; 3]) -> VideoUnit {
        let (width, height) = self.size;
        let mut planes = vec![y; width * height];
        planes.resize(width * height * 5 / 4, cb);
        planes.resize(width * height * 3 / 2, cr);
        let picture = YUVBuffer::from_vec(planes, width, height);
        let coded =
            self.encoder.encode_at(&picture, Timestamp::from_millis(self.coded * 66)).unwrap().to_vec();
        let nals: Vec<&[u8]> = annex_b(&coded);
        let of = |kind: u8| nals.iter().copied().filter(move |nal| nal[0] & 31 == kind);
        if let (Some(sps), Some(pps)) = (of(7).next(), of(8).next()) {
            let decoder_config = avcc(sps, pps);
            if self.format.as_ref().is_none_or(|known| known.decoder_config != decoder_config) {
                self.format = Some(format(VideoCodec::H264, self.size, decoder_config));
            }
        }
        let mut data = Vec::new();
        for nal in nals.iter().filter(|nal| matches!(nal[0] & 31, 1 | 5)) {
            data.extend_from_slice(&(nal.len() as u32).to_be_bytes());
            data.extend_from_slice(nal);
        }
        let key = of(5).next().is_some();
        self.coded += 1;
        unit(self.format.clone().unwrap(), data, key, self.coded)
    }
}

fn annex_b(stream: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> =
        stream.windows(3).enumerate().filter(|(_, w)| *w == [0, 0, 1]).map(|(i, _)| i).collect();
    let ends = starts.iter().skip(1).copied().chain([stream.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            let nal = &stream[start + 3..end];
            // The next start code's leading zero.
            if end < stream.len() { nal.strip_suffix(&[0]).unwrap_or(nal) } else { nal }
        })
        .collect()
}

fn avcc(sps: &[u8], pps: &[u8]) -> Bytes {
    let mut out = vec![1, sps[1], sps[2], sps[3], 0xff, 0xe1];
    out.extend_from_slice(&(sps.len() as u16).to_be_bytes());
    out.extend_from_slice(sps);
    out.push(1);
    out.extend_from_slice(&(pps.len() as u16).to_be_bytes());
    out.extend_from_slice(pps);
    out.into()
}

fn format(codec: VideoCodec, (width, height): (usize, usize), decoder_config: Bytes) -> Arc<VideoFormat> {
    Arc::new(VideoFormat {
        codec,
        codec_string: String::new(),
        width: width as u32,
        height: height as u32,
        coded_width: width as u32,
        coded_height: height as u32,
        decoder_config,
        sample_entry: Bytes::new(),
        declared_fps_milli: None,
    })
}

fn unit(format: Arc<VideoFormat>, data: Vec<u8>, key: bool, at: u64) -> VideoUnit {
    VideoUnit {
        data: data.into(),
        pts_90k: at as i64 * 6_000,
        key,
        packets_lost: 0,
        format,
        received: MonoTime(at * 66_000),
        received_wall: WallTime(0),
        camera_time: None,
    }
}

fn decode(decoder: &mut dyn PictureDecoder, unit: &VideoUnit) -> atalaya_model::Result<Option<Picture>> {
    let mut picture = None;
    decoder.decode(unit, &mut |planes| picture = Some(planes.to_picture()))?;
    Ok(picture)
}

fn color_at(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    let luma = (picture.width * picture.height) as usize;
    let chroma = ((y / 2) * (picture.width / 2) + x / 2) as usize;
    [
        picture.i420[(y * picture.width + x) as usize],
        picture.i420[luma + chroma],
        picture.i420[luma + luma / 4 + chroma],
    ]
}

#[track_caller]
fn assert_color(picture: &Picture, x: u32, y: u32, expected: [u8; 3]) {
    let found = color_at(picture, x, y);
    assert!(
        found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 4),
        "{found:?} at {x},{y}, not {expected:?}"
    );
}

#[tokio::test]
async fn a_still_keeps_its_colours_through_h264_and_jpeg() {
    let stills = NativeStillCamera::new();
    let picture = stills.decode(Coder::new(640, 360).film(RED)).await.unwrap();
    assert_eq!((picture.width, picture.height), (640, 360));
    assert_eq!(picture.color, ColorSpace { full_range: false, bt709: false });
    assert_color(&picture, 320, 180, RED);

    let jpeg = stills.encode_jpeg(picture).await.unwrap();
    let reread =
        stills.decode(unit(format(VideoCodec::Mjpeg, (640, 360), Bytes::new()), jpeg.to_vec(), true, 0));
    let reread = reread.await.unwrap();
    assert!(reread.color.full_range);
    assert_color(&reread, 10, 10, [76, 85, 255]);
}

#[tokio::test]
async fn only_key_units_make_stills() {
    let mut coder = Coder::new(64, 64);
    coder.film(RED);
    let error = NativeStillCamera::new().decode(coder.film(RED)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidInput);
}

#[tokio::test]
async fn a_still_of_h265() {
    // One picture of 64x64 in red, coded by x265.
    let config = "01016000000090000000\
        00001ef000fcfdf8f800000f03a00001001840010c01ffff016000000300900000030000030\
        01e959809a10001002942010101600000030090000003000003001ea0208105965669\
        24caf016808000000300800000030284a2000100074401c172b42240";
    let slice = "000000132801af26fa5503ffeee97ff39321d6d0529f9e";
    let format = format(VideoCodec::H265, (64, 64), hex(config).into());
    let picture = NativeStillCamera::new().decode(unit(format, hex(slice), true, 0)).await.unwrap();
    assert_eq!((picture.width, picture.height), (64, 64));
    assert_color(&picture, 32, 32, RED);
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digit = |c: u8| (c as char).to_digit(16).unwrap() as u8;
    digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[tokio::test]
async fn a_saved_picture_is_whole_and_overwrites_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gate.jpg");
    let path = path.to_str().unwrap();
    let stills = NativeStillCamera::new();
    stills.save(path, Bytes::from_static(b"one"), false).await.unwrap();
    let error = stills.save(path, Bytes::from_static(b"two"), false).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert_eq!(std::fs::read(path).unwrap(), b"one");
    stills.save(path, Bytes::from_static(b"two"), true).await.unwrap();
    assert_eq!(std::fs::read(path).unwrap(), b"two");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished stays");
    let error = stills.save("/nowhere/at/all.jpg", Bytes::new(), false).await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
}

#[test]
fn after_a_loss_nothing_is_shown_until_the_next_key() {
    let mut coder = Coder::new(64, 64);
    let mut units: Vec<VideoUnit> = (0..25).map(|_| coder.film(GREEN)).collect();
    units[3].packets_lost = 2;
    let mut decoder = for_codec(VideoCodec::H264);
    let shown: Vec<bool> = units.iter().map(|unit| decode(&mut *decoder, unit).unwrap().is_some()).collect();
    let expected: Vec<bool> = (0..25).map(|i| !(3..10).contains(&i)).collect();
    assert_eq!(shown, expected);
}

#[test]
fn damage_never_panics_and_the_decoder_recovers() {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below.max(1) as u64) as usize
    };
    let mut coder = Coder::new(176, 144);
    let mut decoder = for_codec(VideoCodec::H264);
    for round in 0..40 {
        let mut units: Vec<VideoUnit> =
            (0..10).map(|_| coder.film(if round % 2 == 0 { RED } else { BLUE })).collect();
        for unit in &mut units {
            let mut data = unit.data.to_vec();
            match next(4) {
                0 => data.truncate(next(data.len())),
                1 => data.iter_mut().for_each(|byte| *byte = next(256) as u8),
                _ => {
                    for _ in 0..4 {
                        let at = next(data.len());
                        data[at] = next(256) as u8;
                    }
                }
            }
            unit.data = data.into();
            let _ = decode(&mut *decoder, unit);
        }
    }
    let shown = (0..30).filter_map(|_| decode(&mut *decoder, &coder.film(GREEN)).ok().flatten()).last();
    assert_color(&shown.expect("recovered at a key"), 88, 72, GREEN);
}

#[test]
fn damaged_formats_and_other_codecs_never_panic() {
    let good = Coder::new(64, 64).film(RED);
    let config = &good.format.decoder_config;
    for codec in [VideoCodec::H264, VideoCodec::H265, VideoCodec::Mjpeg] {
        for length in 0..config.len() {
            let format = format(codec, (64, 64), config.slice(..length));
            let _ = decode(&mut *for_codec(codec), &VideoUnit { format, ..good.clone() });
        }
    }
}

fn grid(width: u32, height: u32, tiles: &[(u128, TileRect)]) -> Grid {
    let tiles = tiles
        .iter()
        .map(|(camera, rect)| Tile {
            camera: CameraId(uuid::Uuid::from_u128(*camera)),
            role: Role::Sub,
            rect: *rect,
        })
        .collect();
    Grid { width, height, tiles }
}

const fn rect(x: u32, y: u32, width: u32, height: u32) -> TileRect {
    TileRect { x, y, width, height }
}

/// Composes until a picture satisfies, with the pictures decoded per tile in all of them.
fn compose_until(
    composition: &mut dyn Composition,
    done: impl Fn(&ComposedGrid) -> bool,
) -> (ComposedGrid, Vec<u32>) {
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut decoded = Vec::new();
    loop {
        if let Some(composed) = composition.compose() {
            decoded.resize(composed.decoded.len(), 0);
            decoded.iter_mut().zip(&composed.decoded).for_each(|(sum, n)| *sum += n);
            if done(&composed) {
                return (composed, decoded);
            }
        }
        assert!(Instant::now() < deadline, "the pictures never came");
        std::thread::yield_now();
    }
}

fn all_shown(composed: &ComposedGrid) -> bool {
    composed.received.iter().all(|received| *received > MonoTime(0))
}

#[test]
fn each_tile_shows_its_stream_and_only_changes_are_composed() {
    let compositor = NativeCompositor::new();
    let mut composition = compositor.start();
    assert!(composition.compose().is_none(), "no layout yet");
    composition.set_grid(&grid(
        640,
        400,
        &[
            (1, rect(0, 0, 320, 200)),
            (2, rect(320, 0, 320, 200)),
            (3, rect(0, 200, 320, 200)),
            (4, rect(320, 200, 320, 200)),
        ],
    ));
    let empty = composition.compose().expect("the empty grid is a change");
    assert_color(&empty.picture, 5, 5, BACKGROUND);
    assert!(composition.compose().is_none());

    // Half the size, the same size, another one.
    let mut coders = [Coder::new(640, 360), Coder::new(320, 180), Coder::new(500, 400), Coder::new(320, 200)];
    for (tile, (coder, color)) in coders.iter_mut().zip([RED, GREEN, BLUE, GREY]).enumerate() {
        assert!(composition.feed(tile, coder.film(color)));
    }
    let (composed, decoded) = compose_until(&mut *composition, all_shown);
    assert_eq!(decoded, [1, 1, 1, 1]);
    let picture = &composed.picture;
    assert_eq!((picture.width, picture.height, picture.i420.len()), (640, 400, 640 * 400 * 3 / 2));
    for (x, y, color) in [(160, 100, RED), (480, 100, GREEN), (160, 300, BLUE), (480, 300, GREY)] {
        assert_color(picture, x, y, color);
    }
    // Letterbox above the red one (16:9 in 16:10), beside the blue one (5:4).
    assert_color(picture, 160, 4, BACKGROUND);
    assert_color(picture, 4, 300, BACKGROUND);
    assert!(composition.compose().is_none(), "nothing new");

    assert!(composition.feed(3, coders[3].film(RED)));
    let (composed, decoded) = compose_until(&mut *composition, |composed| composed.decoded[3] == 1);
    assert_eq!(decoded, [0, 0, 0, 1]);
    assert_color(&composed.picture, 480, 300, RED);
    assert_color(&composed.picture, 160, 100, RED);
    assert!(!composition.feed(4, coders[3].film(RED)), "there is no fifth tile");
    assert_eq!(compositor.panics(), 0);
}

#[test]
fn pictures_held_by_the_reader_are_not_written_to() {
    let mut composition = NativeCompositor::new().start();
    composition.set_grid(&grid(64, 64, &[(1, rect(0, 0, 64, 64))]));
    let mut coder = Coder::new(64, 64);
    let colors = [RED, GREEN, BLUE, GREY, RED, GREEN];
    let held: Vec<ComposedGrid> = colors
        .iter()
        .map(|color| {
            composition.feed(0, coder.film(*color));
            compose_until(&mut *composition, |composed| composed.decoded[0] == 1).0
        })
        .collect();
    for (composed, color) in held.iter().zip(colors) {
        assert_color(&composed.picture, 32, 32, color);
    }
}

#[test]
fn a_new_layout_keeps_decoders_and_pictures() {
    let mut composition = NativeCompositor::new().start();
    composition.set_grid(&grid(640, 180, &[(1, rect(0, 0, 320, 180)), (2, rect(320, 0, 320, 180))]));
    let (mut first, mut second) = (Coder::new(320, 180), Coder::new(320, 180));
    composition.feed(0, first.film(RED));
    composition.feed(1, second.film(GREEN));
    compose_until(&mut *composition, all_shown);

    composition.set_grid(&grid(
        1280,
        720,
        &[(2, rect(0, 0, 640, 360)), (3, rect(640, 0, 640, 360)), (1, rect(0, 360, 320, 180))],
    ));
    let composed = composition.compose().expect("a new layout is a change");
    assert_color(&composed.picture, 320, 180, GREEN);
    assert_color(&composed.picture, 900, 180, BACKGROUND);
    assert_color(&composed.picture, 160, 450, RED);

    let inter = second.film(BLUE);
    assert!(!inter.key);
    composition.feed(0, inter);
    let (composed, _) = compose_until(&mut *composition, |composed| composed.decoded[0] == 1);
    assert_color(&composed.picture, 320, 180, BLUE);
}

#[test]
fn odd_and_tiny_layouts_do_no_harm() {
    let mut composition = NativeCompositor::new().start();
    let mut coder = Coder::new(64, 48);
    for layout in [
        grid(0, 0, &[]),
        grid(1, 1, &[(1, rect(0, 0, 1, 1))]),
        grid(641, 361, &[(1, rect(1, 1, 640, 360)), (2, rect(640, 360, 1, 1))]),
        grid(7, 3, &[(1, rect(3, 1, 3, 1))]),
    ] {
        composition.set_grid(&layout);
        let unit = coder.film(RED);
        for tile in 0..layout.tiles.len() {
            composition.feed(tile, unit.clone());
        }
        let _ = composition.compose();
    }
}
