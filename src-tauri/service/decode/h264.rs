//! Owns H.264 through openh264. Must not know where pictures go.
//!
//! openh264 is C++ fed with a camera's bytes: sizes are capped before it sees them (`rtsp::format`), and it is used
//! here only. `NoFlush`: flushing after each picture leaks the picture pool until the decoder stands still
//! (moq-dev/moq#3357). It decodes 8-bit 4:2:0 progressive; anything else is an error with every key unit.

use super::color;
use super::decoder::{Chain, PictureDecoder, Show, nal_units};
use super::pictures::Planes;
use atalaya_model::media::{ColorSpace, VideoFormat, VideoUnit};
use atalaya_model::{Error, Kind, Result};
use h264_reader::avcc::AvcDecoderConfigurationRecord;
use h264_reader::nal::sps::SeqParameterSet;
use h264_reader::rbsp::{BitReader, decode_nal};
use openh264::OpenH264API;
use openh264::decoder::{DecodedYUV, Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource;
use std::sync::Arc;

/// Errors in a row after which the decoder is made anew: its own state may be what is wrong.
const ERRORS_MAX: u32 = 3;
/// Annex B, ITU-T H.264.
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// An H.264 decoder.
#[derive(Default)]
pub(super) struct H264Decoder {
    decoder: Option<Decoder>,
    chain: Chain,
    errors: u32,
    /// The format whose parameter sets and colours stand below.
    format: Option<Arc<VideoFormat>>,
    /// Its SPS and PPS with start codes.
    parameter_sets: Vec<u8>,
    color: ColorSpace,
    /// The unit with start codes; kept for its memory.
    annex_b: Vec<u8>,
}

impl H264Decoder {
    fn take_format(&mut self, format: &Arc<VideoFormat>) -> Result<()> {
        if self.format.as_ref().is_some_and(|known| Arc::ptr_eq(known, format)) {
            return Ok(());
        }
        self.parameter_sets.clear();
        self.color = color::assumed(format.height);
        let wrong = |cause: String| {
            Error::new(Kind::Protocol, "the stream's avcC record cannot be read").caused_by(cause)
        };
        let config = AvcDecoderConfigurationRecord::try_from(&format.decoder_config[..])
            .map_err(|cause| wrong(format!("{cause:?}")))?;
        for (i, sps) in config.sequence_parameter_sets().enumerate() {
            let sps = sps.map_err(|cause| wrong(format!("{cause:?}")))?;
            self.append_parameter_set(sps);
            if i == 0
                && let Some(color) = signalled_color(sps, self.color)
            {
                self.color = color;
            }
        }
        for pps in config.picture_parameter_sets() {
            self.append_parameter_set(pps.map_err(|cause| wrong(format!("{cause:?}")))?);
        }
        self.format = Some(Arc::clone(format));
        Ok(())
    }

    fn append_parameter_set(&mut self, nal: &[u8]) {
        self.parameter_sets.extend_from_slice(&START_CODE);
        self.parameter_sets.extend_from_slice(nal);
    }

    /// The picture, or what an error means for the units to come.
    fn settle(
        outcome: std::result::Result<Option<DecodedYUV<'_>>, openh264::Error>,
        show: Show<'_>,
        chain: &mut Chain,
        errors: &mut u32,
        color: ColorSpace,
    ) -> Result<()> {
        match outcome {
            Ok(picture) => {
                *errors = 0;
                if let Some(planes) = picture.as_ref().and_then(|picture| planes(picture, color)) {
                    show(planes);
                }
                Ok(())
            }
            Err(cause) => {
                *errors += 1;
                chain.tear();
                Err(undecodable(&cause))
            }
        }
    }
}

impl PictureDecoder for H264Decoder {
    fn decode(&mut self, unit: &VideoUnit, show: Show<'_>) -> Result<()> {
        if !self.chain.admits(unit) {
            return Ok(());
        }
        if self.errors >= ERRORS_MAX {
            self.decoder = None;
            self.errors = 0;
        }
        self.annex_b.clear();
        if unit.key {
            self.take_format(&unit.format)?;
            self.annex_b.extend_from_slice(&self.parameter_sets);
        }
        for nal in nal_units(&unit.data) {
            self.annex_b.extend_from_slice(&START_CODE);
            self.annex_b.extend_from_slice(nal);
        }
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            none => {
                let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
                let made = Decoder::with_api_config(OpenH264API::from_source(), config)
                    .map_err(|cause| undecodable(&cause))?;
                none.insert(made)
            }
        };
        Self::settle(decoder.decode(&self.annex_b), show, &mut self.chain, &mut self.errors, self.color)
    }

    fn drain(&mut self, show: Show<'_>) -> Result<()> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        let last = decoder.flush_remaining().map(|mut held| held.pop());
        Self::settle(last, show, &mut self.chain, &mut self.errors, self.color)
    }
}

fn undecodable(cause: &openh264::Error) -> Error {
    Error::new(Kind::Unsupported, "the H.264 decoder does not take this picture").caused_by(cause.to_string())
}

fn planes<'a>(picture: &'a DecodedYUV<'_>, color: ColorSpace) -> Option<Planes<'a>> {
    let (luma, cb, cr) = picture.strides();
    debug_assert_eq!(cb, cr, "openh264 gives one stride for both chroma planes");
    Planes::new(picture.dimensions(), [picture.y(), picture.u(), picture.v()], (luma, cb), color)
}

/// Range and matrix from the SPS's VUI (ITU-T H.264 §E.2.1), where it says something.
fn signalled_color(sps: &[u8], assumed: ColorSpace) -> Option<ColorSpace> {
    let rbsp = decode_nal(sps).ok()?;
    let sps = SeqParameterSet::from_bits(BitReader::new(&*rbsp)).ok()?;
    let signal = sps.vui_parameters?.video_signal_type?;
    Some(ColorSpace {
        full_range: signal.video_full_range_flag,
        bt709: match signal.colour_description.map(|colour| colour.matrix_coefficients) {
            Some(1) => true,
            Some(4..=6) => false,
            _ => assumed.bt709,
        },
    })
}
