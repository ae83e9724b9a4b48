//! Owns what a decoder of pictures is, where a grid's decoders come from, and which one of this crate's a codec has.
//! Must not know any codec's inside.

use super::h264::H264Decoder;
use super::hevc::HevcDecoder;
use super::jpeg::JpegDecoder;
use super::pictures::Planes;
use atalaya_model::Result;
use atalaya_model::media::{VideoCodec, VideoUnit};
use std::fmt;

/// Takes a picture while it stands in its decoder's memory.
pub type Show<'a> = &'a mut dyn FnMut(Planes<'_>);

/// Decodes one stream's units, in their order. A unit it cannot use because the chain of references is broken is
/// left out without an error until the next key unit.
pub trait PictureDecoder: Send {
    /// Decodes a unit and hands its picture to `show`. Some streams give a picture only with a later unit.
    fn decode(&mut self, unit: &VideoUnit, show: Show<'_>) -> Result<()>;

    /// Hands over the picture held back for units to come; there will be none. For single pictures.
    fn drain(&mut self, show: Show<'_>) -> Result<()>;
}

/// Where a grid's decoders come from. Another crate's may be faster on some system; for what they lack they turn to
/// [`OwnDecoders`].
pub trait Decoders: fmt::Debug + Send + Sync {
    /// A fresh decoder for a codec.
    fn decoder(&self, codec: VideoCodec) -> Box<dyn PictureDecoder>;
}

/// The decoders of this crate: they need nothing of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnDecoders;

impl Decoders for OwnDecoders {
    fn decoder(&self, codec: VideoCodec) -> Box<dyn PictureDecoder> {
        for_codec(codec)
    }
}

/// A fresh decoder.
pub(super) fn for_codec(codec: VideoCodec) -> Box<dyn PictureDecoder> {
    match codec {
        VideoCodec::H264 => Box::new(H264Decoder::default()),
        VideoCodec::H265 => Box::new(HevcDecoder::default()),
        VideoCodec::Mjpeg => Box::new(JpegDecoder::default()),
    }
}

/// Whether the next unit can be decoded: after a loss or an error, not before a key unit.
#[derive(Debug, Default)]
pub struct Chain {
    whole: bool,
}

impl Chain {
    /// Whether to decode this unit.
    pub const fn admits(&mut self, unit: &VideoUnit) -> bool {
        self.whole = unit.key || (self.whole && unit.packets_lost == 0);
        self.whole
    }

    /// Decoding failed.
    pub const fn tear(&mut self) {
        self.whole = false;
    }
}

/// The NAL units of a buffer, each behind a 4-byte length (ISO/IEC 14496-15 §5.3.2). Stops where a length does not
/// fit.
pub(super) fn nal_units(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = data.split_first_chunk::<4>()?;
        let (nal, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        data = rest;
        Some(nal)
    })
    .filter(|nal| !nal.is_empty())
}
