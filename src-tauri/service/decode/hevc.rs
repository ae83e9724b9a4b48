//! Owns H.265 through rust_h265, for stills and the composed grid. Must not know where pictures go.
//!
//! Main and Main 10 in 4:2:0; deeper samples are cut to 8 bits. The colours are taken as [`color::assumed`] says: the
//! decoder does not tell the VUI. An access unit delimiter after each unit makes the picture come out at once
//! instead of with the next unit.

use super::color;
use super::decoder::{Chain, PictureDecoder, Show, nal_units};
use super::pictures::Planes;
use atalaya_model::media::{VideoFormat, VideoUnit};
use atalaya_model::{Error, Kind, Result};
use rust_h265::{DecodeError, DecodeLimits, Decoder, Frame, PixelData, parse_nal};
use std::sync::Arc;

/// An access unit delimiter (ITU-T H.265 §7.3.2.5): type 35, layer 0, any slices.
const DELIMITER: [u8; 3] = [0x46, 0x01, 0x50];

/// The most memory for one picture: 8192 x 4352 in 8 bits and its tables.
const LIMITS: DecodeLimits =
    DecodeLimits { max_picture_pixels: 8192 * 4352, max_picture_memory_bytes: 256 << 20 };

/// An H.265 decoder.
#[derive(Default)]
pub(super) struct HevcDecoder {
    decoder: Option<Decoder>,
    chain: Chain,
    format: Option<Arc<VideoFormat>>,
}

impl HevcDecoder {
    fn take_format(&mut self, format: &Arc<VideoFormat>) -> Result<()> {
        let known = self.format.as_ref().is_some_and(|known| Arc::ptr_eq(known, format));
        if known && self.decoder.is_some() {
            return Ok(());
        }
        let decoder = self.decoder.insert(Decoder::with_limits(LIMITS).with_display_order());
        for nal in parameter_sets(&format.decoder_config) {
            if let Some(nal) = parse_nal(nal) {
                decoder.decode_nal(&nal).map_err(undecodable)?;
            }
        }
        self.format = Some(Arc::clone(format));
        Ok(())
    }
}

fn hand_over(frame: Frame, show: Show<'_>) -> Result<()> {
    if frame.chroma_format_idc != 1 {
        return Err(Error::new(Kind::Unsupported, "only 4:2:0 pictures are shown"));
    }
    let [y, u, v] = [frame.y, frame.u, frame.v].map(|plane| eight_bits(plane, frame.bit_depth));
    let (width, height) = (frame.width as usize, frame.height as usize);
    let strides = (width, width.div_ceil(2));
    if let Some(planes) = Planes::new((width, height), [&y, &u, &v], strides, color::assumed(frame.height)) {
        show(planes);
    }
    Ok(())
}

impl PictureDecoder for HevcDecoder {
    fn decode(&mut self, unit: &VideoUnit, show: Show<'_>) -> Result<()> {
        if !self.chain.admits(unit) {
            return Ok(());
        }
        if unit.key {
            self.take_format(&unit.format)?;
        }
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        let mut newest = None;
        for nal in nal_units(&unit.data).chain([&DELIMITER[..]]) {
            let Some(nal) = parse_nal(nal) else {
                continue;
            };
            if let Err(cause) = decoder.decode_nal(&nal) {
                self.chain.tear();
                return Err(undecodable(cause));
            }
            while let Some(frame) = decoder.next_output() {
                newest = Some(frame);
            }
        }
        newest.map_or(Ok(()), |frame| hand_over(frame, show))
    }

    fn drain(&mut self, show: Show<'_>) -> Result<()> {
        let mut newest = None;
        while let Some(frame) = self.decoder.as_mut().and_then(Decoder::flush) {
            newest = Some(frame);
        }
        newest.map_or(Ok(()), |frame| hand_over(frame, show))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as map_err's argument")]
fn undecodable(cause: DecodeError) -> Error {
    Error::new(Kind::Unsupported, "the H.265 decoder does not take this picture").caused_by(cause.to_string())
}

/// Samples cut to their upper eight bits.
fn eight_bits(plane: PixelData, depth: u8) -> Vec<u8> {
    match plane {
        PixelData::U8(samples) => samples,
        PixelData::U16(samples) => {
            let shift = u32::from(depth.saturating_sub(8));
            samples.into_iter().map(|sample| u8::try_from(sample >> shift).unwrap_or(u8::MAX)).collect()
        }
    }
}

/// The parameter sets in an `hvcC` body (ISO/IEC 14496-15 §8.3.3.1.2).
fn parameter_sets(config: &[u8]) -> Vec<&[u8]> {
    fn read<'a>(config: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = config.split_at_checked(bytes)?;
        *config = rest;
        Some(taken)
    }
    fn read_u16(config: &mut &[u8]) -> Option<usize> {
        read(config, 2).map(|bytes| usize::from(u16::from_be_bytes([bytes[0], bytes[1]])))
    }
    let mut found = Vec::new();
    let mut rest = config;
    // The fixed part, 22 bytes, then the number of arrays.
    let arrays = read(&mut rest, 23).map_or(0, |head| head[22]);
    for _ in 0..arrays {
        let Some(count) = read(&mut rest, 1).and_then(|_| read_u16(&mut rest)) else {
            break;
        };
        for _ in 0..count {
            let Some(nal) = read_u16(&mut rest).and_then(|length| read(&mut rest, length)) else {
                return found;
            };
            found.push(nal);
        }
    }
    found
}
