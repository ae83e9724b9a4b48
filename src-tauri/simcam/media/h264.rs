//! Owns the H.264 encoder: its settings, and cutting its output into NAL units.
//! Must not know streams or clients. No B-frames, one slice per picture, fixed parameter sets per format.

use crate::picture::Canvas;
use bytes::Bytes;
use openh264::{
    Error, OpenH264API, Timestamp,
    encoder::{
        BitRate, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile,
        QpRange, RateControlMode, UsageType, VuiConfig,
    },
};
use std::time::Duration;

/// Size, rate and bitrate of a video stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VideoFormat {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) fps: u32,
    pub(crate) bitrate_bps: u32,
    /// Frames from one periodic key frame to the next.
    pub(crate) gop: u32,
}

impl VideoFormat {
    /// How many frames there are in this time; at least one.
    pub(crate) fn frames_in(self, time: Duration) -> u32 {
        (time.as_secs_f64() * f64::from(self.fps)).round().max(1.0) as u32
    }
}

/// The sequence and picture parameter sets of a stream (ITU-T H.264 §7.3.2), as bare NAL units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParameterSets {
    pub(crate) sps: Bytes,
    pub(crate) pps: Bytes,
}

impl ParameterSets {
    /// What an encoder of this format will send, found by encoding one black picture.
    pub(crate) fn of(format: VideoFormat) -> Result<Self, Error> {
        let nals = H264Encoder::new(format)?.encode(
            &Canvas::new(format.width, format.height),
            Duration::ZERO,
            true,
        )?;
        let find = |kind| nals.iter().find(|nal| nal_type(nal) == kind).cloned();
        match (find(NAL_SPS), find(NAL_PPS)) {
            (Some(sps), Some(pps)) => Ok(Self { sps, pps }),
            _ => Err(Error::msg("the encoder's first picture came without parameter sets")),
        }
    }
}

const NAL_IDR: u8 = 5;
const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;

fn nal_type(nal: &[u8]) -> u8 {
    nal.first().map_or(0, |header| header & 0x1F)
}

/// Whether these NAL units hold an IDR picture.
pub(crate) fn is_key(nals: &[Bytes]) -> bool {
    nals.iter().any(|nal| nal_type(nal) == NAL_IDR)
}

/// One running encoder.
pub(crate) struct H264Encoder {
    encoder: Encoder,
    started: bool,
}

impl H264Encoder {
    pub(crate) fn new(format: VideoFormat) -> Result<Self, Error> {
        let config = EncoderConfig::new()
            .usage_type(UsageType::CameraVideoRealTime)
            .profile(Profile::Baseline)
            .complexity(Complexity::Low)
            .num_threads(1)
            .max_frame_rate(FrameRate::from_hz(format.fps as f32))
            .bitrate(BitRate::from_bps(format.bitrate_bps))
            // A frame rate that holds matters more here than a byte too many, so nothing is skipped. Of the modes
            // that allow it this one is the fastest by a third and, unlike `Bitrate`, does not complain of it on
            // standard error. Still scenes stay below half the bitrate; the quantizer's floor bounds moving ones,
            // its ceiling keeps the clock strip readable.
            .rate_control_mode(RateControlMode::Bufferbased)
            .skip_frames(false)
            .qp(QpRange::new(26, 42))
            .intra_frame_period(IntraFramePeriod::from_num_frames(format.gop))
            .scene_change_detect(false)
            .adaptive_quantization(false)
            .background_detection(true)
            .vui(VuiConfig::bt601());
        Ok(Self { encoder: Encoder::with_api_config(OpenH264API::from_source(), config)?, started: false })
    }

    /// Encodes one picture `at` this time of the stream. An IDR picture comes with its parameter sets before it.
    pub(crate) fn encode(
        &mut self,
        picture: &Canvas,
        at: Duration,
        force_key: bool,
    ) -> Result<Vec<Bytes>, Error> {
        // Before its first picture the encoder is not initialized; that picture is an IDR anyway.
        if force_key && self.started {
            self.encoder.force_intra_frame();
        }
        let coded = self.encoder.encode_at(picture, Timestamp::from_millis(at.as_millis() as u64))?;
        self.started = true;
        if coded.frame_type() == FrameType::Skip {
            return Ok(Vec::new());
        }
        let layers = (0..coded.num_layers()).filter_map(|layer| coded.layer(layer));
        let nals = layers.flat_map(|layer| {
            (0..layer.nal_count())
                .filter_map(|nal| layer.nal_unit(nal).map(without_start_code))
                .map(Bytes::copy_from_slice)
                .collect::<Vec<_>>()
        });
        Ok(nals.filter(|nal| !nal.is_empty()).collect())
    }
}

/// Strips the Annex B start code (ITU-T H.264 §B.1), three or four bytes long.
fn without_start_code(nal: &[u8]) -> &[u8] {
    let zeros = nal.iter().take_while(|&&byte| byte == 0).count();
    &nal[(zeros + 1).min(nal.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{
        Painter, Scene, View,
        clock_strip::{self, Reading},
    };
    use openh264::{
        decoder::{Decoder, DecoderConfig, Flush},
        formats::YUVSource,
    };

    const MAIN: VideoFormat =
        VideoFormat { width: 1280, height: 720, fps: 25, bitrate_bps: 2_000_000, gop: 50 };
    const SUB: VideoFormat = VideoFormat { width: 640, height: 360, fps: 15, bitrate_bps: 512_000, gop: 30 };

    fn annex_b(nals: &[Bytes]) -> Vec<u8> {
        nals.iter().flat_map(|nal| [&[0, 0, 0, 1], &nal[..]].concat()).collect()
    }

    /// Box filter by whole factors, as a careful scaler would do it.
    fn shrink(luma: &[u8], stride: usize, (width, height): (usize, usize), factor: usize) -> Vec<u8> {
        let (small_width, small_height) = (width / factor, height / factor);
        let mut small = Vec::with_capacity(small_width * small_height);
        for y in 0..small_height {
            for x in 0..small_width {
                let block = (0..factor * factor)
                    .map(|i| u32::from(luma[(y * factor + i / factor) * stride + x * factor + i % factor]));
                small.push((block.sum::<u32>() / (factor * factor) as u32) as u8);
            }
        }
        small
    }

    fn strip_survives(format: VideoFormat, camera: u8, frames: u64) {
        let mut encoder = H264Encoder::new(format).unwrap();
        let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
        let mut decoder = Decoder::with_api_config(OpenH264API::from_source(), config).unwrap();
        let scene = Scene::of_camera(u16::from(camera) - 1);
        let mut painter = Painter::new(scene, "Simulated camera", camera, format.width, format.height);
        let mut bytes = 0;
        for frame in 0..frames {
            // Times jump by a prime, so that many different bits change from picture to picture.
            let utc = Duration::from_millis(1_795_256_431_123 + frame * 86_028_121);
            // Half way through, the camera pans: the hardest thing to encode.
            let pan = (frame as f32 / frames as f32 - 0.5).max(0.0);
            let picture = painter.paint(utc, View::from_ptz(pan, 0.0, 0.0), 0.0);
            let at = Duration::from_secs(frame) / format.fps;
            let coded = encoder.encode(picture, at, false).unwrap();
            bytes += coded.iter().map(Bytes::len).sum::<usize>();
            let decoded = decoder.decode(&annex_b(&coded)).unwrap().expect("no reordering: one in, one out");
            let expected = Some(Reading { utc_ms: utc.as_millis() as u64, camera });
            let (size, stride) = (decoded.dimensions(), decoded.strides().0);
            assert_eq!(clock_strip::read(decoded.y(), stride, size.0, size.1), expected, "frame {frame}");
            let factor = size.0 / 320;
            let small = shrink(decoded.y(), stride, size, factor);
            assert_eq!(clock_strip::read(&small, 320, 320, 180), expected, "frame {frame} as a tile");
        }
        let bps = bytes as f64 * 8.0 * f64::from(format.fps) / frames as f64;
        assert!(bps < 2.0 * f64::from(format.bitrate_bps), "{bps} bit/s");
    }

    #[test]
    fn the_clock_survives_the_main_stream() {
        strip_survives(MAIN, 1, 60);
        strip_survives(MAIN, 10, 30);
    }

    #[test]
    fn the_clock_survives_the_sub_stream() {
        for camera in [1, 2, 3, 4, 11] {
            strip_survives(SUB, camera, 60);
        }
    }

    /// Whoever watches for frozen pictures compares small means of them: a picture that repeats must stay itself over
    /// key pictures, once the encoder has settled.
    #[test]
    fn a_picture_that_repeats_comes_out_the_same() {
        let mut encoder = H264Encoder::new(SUB).unwrap();
        let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
        let mut decoder = Decoder::with_api_config(OpenH264API::from_source(), config).unwrap();
        let mut painter = Painter::new(Scene::of_camera(0), "Camera", 1, SUB.width, SUB.height);
        let mut settled: Option<Vec<u8>> = None;
        for frame in 0..SUB.gop * 6 {
            let at = Duration::from_secs(frame.into()) / SUB.fps;
            painter.suffer(frame >= SUB.gop, false);
            let coded = encoder.encode(painter.paint(at, View::default(), 0.0), at, false).unwrap();
            let decoded = decoder.decode(&annex_b(&coded)).unwrap().expect("no reordering: one in, one out");
            if frame < SUB.gop * 3 {
                continue;
            }
            let small = shrink(decoded.y(), decoded.strides().0, decoded.dimensions(), 20);
            let before = settled.get_or_insert_with(|| small.clone());
            let steps = || small.iter().zip(&*before).map(|(one, other)| one.abs_diff(*other));
            let over = steps().filter(|step| *step > 0).count();
            assert!(over <= 36 && steps().all(|step| step <= 1), "frame {frame}: {over} cells of 576");
        }
    }

    #[test]
    fn parameter_sets_are_known_beforehand_and_stay() {
        let known = ParameterSets::of(SUB).unwrap();
        let mut encoder = H264Encoder::new(SUB).unwrap();
        let mut painter = Painter::new(Scene::of_camera(0), "Camera", 1, SUB.width, SUB.height);
        for frame in 0..(SUB.gop * 2) {
            let at = Duration::from_secs(frame.into()) / SUB.fps;
            let force = frame == 7;
            let nals = encoder.encode(painter.paint(at, View::default(), 0.0), at, force).unwrap();
            let expect_key = matches!(frame, 0 | 7) || (frame > 7 && (frame - 7).is_multiple_of(SUB.gop));
            assert_eq!(is_key(&nals), expect_key, "frame {frame}");
            if expect_key {
                assert_eq!((&nals[0], &nals[1]), (&known.sps, &known.pps));
            }
        }
    }
}
