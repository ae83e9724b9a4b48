//! Owns the making of the model's formats from retina's parameters, and the caps on them (S10).
//! Must not know of sessions or times.

use super::limits;
use crate::mux::{audio_codec_string, entry};
use atalaya_model::media::{AudioCodec, AudioFormat, VideoCodec, VideoFormat};
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use retina::codec::{AudioParameters, VideoParameters, VideoParametersCodec};

/// The codec by the name in the session description (RFC 8866 §6.6, which retina hands over in lower case).
pub(super) fn video_codec(encoding: &str) -> Option<VideoCodec> {
    match encoding {
        "h264" => Some(VideoCodec::H264),
        "h265" => Some(VideoCodec::H265),
        "jpeg" => Some(VideoCodec::Mjpeg),
        _ => None,
    }
}

/// The same for audio.
pub(super) fn audio_codec(encoding: &str) -> Option<AudioCodec> {
    match encoding {
        "mpeg4-generic" => Some(AudioCodec::Aac),
        "pcmu" => Some(AudioCodec::Pcmu),
        "pcma" => Some(AudioCodec::Pcma),
        _ => None,
    }
}

/// A video format; `declared_fps` is the description's `a=framerate`, which the parameter sets outrank.
pub(super) fn video(parameters: &VideoParameters, declared_fps: Option<f32>) -> Result<VideoFormat> {
    let (width, height) = parameters.pixel_dimensions();
    let (coded_width, coded_height) = parameters.coded_pixel_dimensions();
    let sides = [width, height, coded_width, coded_height];
    if sides.iter().any(|side| !(1..=limits::SIDE).contains(side)) {
        return Err(Error::new(Kind::Protocol, "the camera's pictures have an impossible size")
            .with("width", coded_width)
            .with("height", coded_height));
    }
    let codec = match parameters.codec_params() {
        VideoParametersCodec::H264 { .. } => VideoCodec::H264,
        VideoParametersCodec::H265 { .. } => VideoCodec::H265,
        VideoParametersCodec::Jpeg => VideoCodec::Mjpeg,
        _ => return Err(Error::new(Kind::Unsupported, "the video codec is unknown")),
    };
    let (codec_string, decoder_config, sample_entry) = match codec {
        VideoCodec::Mjpeg => (
            // Object type 0x6C is JPEG (mp4ra.org).
            "mp4v.6C".to_owned(),
            Bytes::new(),
            parameters.mp4_sample_entry().build().map(Bytes::from).map_err(unusable)?,
        ),
        VideoCodec::H264 | VideoCodec::H265 => (
            parameters.rfc6381_codec().to_owned(),
            Bytes::copy_from_slice(parameters.extra_data()),
            parameters.mp4_sample_entry().build().map(Bytes::from).map_err(unusable)?,
        ),
    };
    Ok(VideoFormat {
        codec,
        codec_string,
        width,
        height,
        coded_width,
        coded_height,
        decoder_config,
        sample_entry,
        declared_fps_milli: fps_milli(parameters.frame_rate(), declared_fps),
    })
}

/// An audio format.
pub(super) fn audio(codec: AudioCodec, parameters: &AudioParameters) -> Result<AudioFormat> {
    let sample_rate = parameters.clock_rate();
    let channels = parameters.channels().get();
    if channels > limits::CHANNELS || !(4_000..=192_000).contains(&sample_rate) {
        return Err(Error::new(Kind::Unsupported, "the audio's rate or channels are out of reason")
            .with("rate", sample_rate)
            .with("channels", channels));
    }
    let (decoder_config, sample_entry) = match codec {
        AudioCodec::Aac => (
            Bytes::copy_from_slice(parameters.extra_data()),
            parameters.mp4_sample_entry().build().map(Bytes::from).map_err(unusable)?,
        ),
        AudioCodec::Pcmu => (Bytes::new(), entry::pcmu(sample_rate, channels)),
        AudioCodec::Pcma => (Bytes::new(), entry::pcma(sample_rate, channels)),
    };
    let codec_string = audio_codec_string(codec, &decoder_config);
    Ok(AudioFormat { codec, codec_string, sample_rate, channels, decoder_config, sample_entry })
}

#[expect(clippy::needless_pass_by_value, reason = "used as map_err's argument")]
fn unusable(cause: retina::Error) -> Error {
    Error::new(Kind::Protocol, "the stream's parameters cannot be put into a file")
        .caused_by(excerpt(&cause.to_string(), 200))
}

/// Frames a second in thousandths, when they are within reason. The parameter sets give the length of a frame as a
/// fraction of a second.
fn fps_milli(frame_length: Option<(u32, u32)>, declared: Option<f32>) -> Option<u32> {
    let from_parameters = frame_length
        .filter(|(numerator, _)| *numerator > 0)
        .map(|(numerator, denominator)| f64::from(denominator) / f64::from(numerator));
    from_parameters
        .or(declared.map(f64::from))
        .filter(|fps| (0.01..=1000.0).contains(fps))
        .map(|fps| (fps * 1000.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_rate_of_the_parameter_sets_comes_first_and_nonsense_is_left_out() {
        assert_eq!(fps_milli(Some((1001, 30_000)), Some(25.0)), Some(29_970));
        assert_eq!(fps_milli(None, Some(12.5)), Some(12_500));
        assert_eq!(fps_milli(Some((0, 25)), None), None);
        assert_eq!(fps_milli(Some((1, 90_000)), None), None);
        assert_eq!(fps_milli(None, Some(f32::NAN)), None);
    }
}
