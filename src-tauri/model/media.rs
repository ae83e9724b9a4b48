//! Coded media as it comes from a camera: formats, access units, pictures.

use crate::time::{MonoTime, WallTime};
use alloc::string::String;
use alloc::sync::Arc;
use bytes::Bytes;

/// A video codec that is pulled and recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// ITU-T H.264, sent as RFC 6184.
    H264,
    /// ITU-T H.265, sent as RFC 7798.
    H265,
    /// Motion JPEG, sent as RFC 2435 or over HTTP.
    Mjpeg,
}

impl VideoCodec {
    /// The name used in tables and JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
            Self::Mjpeg => "mjpeg",
        }
    }
}

/// An audio codec that is recorded as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AudioCodec {
    /// MPEG-4 AAC, raw access units (RFC 3640).
    Aac,
    /// G.711 µ-law (RFC 3551 §4.5.14).
    Pcmu,
    /// G.711 A-law (RFC 3551 §4.5.14).
    Pcma,
}

impl AudioCodec {
    /// The name used in tables and JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Aac => "aac",
            Self::Pcmu => "pcmu",
            Self::Pcma => "pcma",
        }
    }
}

/// What a decoder or a file must know of a video stream. Two equal formats can share a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoFormat {
    /// The codec.
    pub codec: VideoCodec,
    /// The codec string of RFC 6381, such as `avc1.4d401f`.
    pub codec_string: String,
    /// Picture width in pixels, after cropping.
    pub width: u32,
    /// Picture height in pixels, after cropping.
    pub height: u32,
    /// Width of the coded picture before cropping, a multiple of the codec's block.
    pub coded_width: u32,
    /// Height of the coded picture before cropping.
    pub coded_height: u32,
    /// The body of `avcC` or `hvcC` (ISO/IEC 14496-15 §5.3.3, §8.3.3); empty for MJPEG.
    pub decoder_config: Bytes,
    /// The whole sample entry box for `stsd` (ISO/IEC 14496-12 §8.5.2).
    pub sample_entry: Bytes,
    /// Frames a second in thousandths as the stream declares; none when it says nothing.
    pub declared_fps_milli: Option<u32>,
}

/// What a decoder or a file must know of an audio stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioFormat {
    /// The codec.
    pub codec: AudioCodec,
    /// The codec string of RFC 6381, such as `mp4a.40.2`; `ulaw` or `alaw` for G.711.
    pub codec_string: String,
    /// Samples a second; also the unit of the track's times.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// AAC's AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1); empty for G.711.
    pub decoder_config: Bytes,
    /// The whole sample entry box for `stsd`.
    pub sample_entry: Bytes,
}

/// Ticks a second of every video time in this program (RFC 6184 §8.2.1; MJPEG and H.265 use the same).
pub const VIDEO_CLOCK_HZ: u32 = 90_000;

/// One coded picture.
#[derive(Debug, Clone)]
pub struct VideoUnit {
    /// NAL units each behind a 4-byte length, without parameter sets (ISO/IEC 14496-15), or one JPEG.
    pub data: Bytes,
    /// Presentation time in 90 kHz ticks since this pull's first unit. It follows the camera's clock.
    pub pts_90k: i64,
    /// Whether decoding can start here.
    pub key: bool,
    /// RTP packets missed since the unit before this one.
    pub packets_lost: u32,
    /// The stream's format, the same allocation until it changes. A change comes with a key unit.
    pub format: Arc<VideoFormat>,
    /// When the unit's last packet was read from the socket.
    pub received: MonoTime,
    /// The wall time of the same moment.
    pub received_wall: WallTime,
    /// When the camera says it took the picture, from its RTCP sender reports (RFC 3550 §6.4.1); none before the
    /// first report or when its clock is off by more than a day.
    pub camera_time: Option<WallTime>,
}

impl VideoUnit {
    /// Presentation time in microseconds.
    pub fn micros(&self) -> i64 {
        self.pts_90k.saturating_mul(1_000_000) / i64::from(VIDEO_CLOCK_HZ)
    }
}

/// One packet of coded audio.
#[derive(Debug, Clone)]
pub struct AudioUnit {
    /// One AAC access unit, or G.711 octets.
    pub data: Bytes,
    /// Presentation time in ticks of the format's sample rate since this pull's first audio unit, which is moved to
    /// the video's time line by [`AudioUnit::offset_micros`].
    pub pts: i64,
    /// Where audio time zero lies on the video's time line, in microseconds; may be negative.
    pub offset_micros: i64,
    /// The stream's format, the same allocation until it changes.
    pub format: Arc<AudioFormat>,
}

impl AudioUnit {
    /// Presentation time on the video's time line, in microseconds.
    pub fn micros(&self) -> i64 {
        let ticks = i128::from(self.pts) * 1_000_000 / i128::from(self.format.sample_rate.max(1));
        self.offset_micros.saturating_add(i64::try_from(ticks).unwrap_or(i64::MAX))
    }
}

/// What a pull hands over.
#[derive(Debug, Clone)]
pub enum MediaUnit {
    /// A coded picture.
    Video(VideoUnit),
    /// Coded audio.
    Audio(AudioUnit),
}

/// How luma and chroma numbers are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ColorSpace {
    /// Luma 0 to 255 instead of 16 to 235.
    pub full_range: bool,
    /// ITU-R BT.709 instead of BT.601.
    pub bt709: bool,
}

/// A decoded picture, planar 4:2:0, planes tightly packed one after the other (I420).
#[derive(Debug, Clone)]
pub struct Picture {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// `width * height` luma bytes, then a quarter of that for each of Cb and Cr.
    pub i420: Bytes,
    /// How to read them.
    pub color: ColorSpace,
}
