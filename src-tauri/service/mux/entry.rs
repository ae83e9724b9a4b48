//! Sample entries (ISO/IEC 14496-12 §8.5.2) for the formats that the RTSP library has none for.

use super::boxes::BoxBuffer;
use bytes::Bytes;

/// The `mp4v` sample entry of Motion JPEG (ISO/IEC 14496-14 §5.6); size in pixels.
pub fn mjpeg(width: u16, height: u16) -> Bytes {
    visual(*b"mp4v", width, height, |out| {
        out.full(*b"esds", 0, 0, |out| {
            // ES_Descriptor, DecoderConfigDescriptor, SLConfigDescriptor (ISO/IEC 14496-1 §7.2.6.5, §7.2.6.6, §7.3.2.3).
            out.raw(&[0x03, 21, 0, 0, 0]);
            // Object type 0x6C: JPEG, ISO/IEC 10918-1 (mp4ra.org); stream type 4, visual. Rates unknown: zero.
            out.raw(&[0x04, 13, 0x6c, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            out.raw(&[0x06, 1, 2]);
        });
    })
}

/// The `ulaw` sample entry of G.711 µ-law (QuickTime File Format, Sound Sample Descriptions); rate in Hz.
pub fn pcmu(sample_rate: u32, channels: u16) -> Bytes {
    audio(*b"ulaw", sample_rate, channels, |_| ())
}

/// The `alaw` sample entry of G.711 A-law; rate in Hz.
pub fn pcma(sample_rate: u32, channels: u16) -> Bytes {
    audio(*b"alaw", sample_rate, channels, |_| ())
}

/// A `VisualSampleEntry` (ISO/IEC 14496-12 §12.1.3).
pub(super) fn visual(kind: [u8; 4], width: u16, height: u16, config: impl FnOnce(&mut BoxBuffer)) -> Bytes {
    let mut out = BoxBuffer::default();
    out.boxed(kind, |out| {
        out.raw(&[0; 6]);
        out.u16(1); // data_reference_index
        out.raw(&[0; 16]);
        out.u16(width);
        out.u16(height);
        out.u32(0x0048_0000); // 72 dpi
        out.u32(0x0048_0000);
        out.u32(0);
        out.u16(1); // frame_count
        out.raw(&[0; 32]); // compressorname
        out.u16(0x0018); // depth
        out.u16(0xffff); // pre_defined = -1
        config(out);
    });
    out.into_vec().into()
}

/// An `AudioSampleEntry` (ISO/IEC 14496-12 §12.2.3).
pub(super) fn audio(
    kind: [u8; 4],
    sample_rate: u32,
    channels: u16,
    config: impl FnOnce(&mut BoxBuffer),
) -> Bytes {
    let mut out = BoxBuffer::default();
    out.boxed(kind, |out| {
        out.raw(&[0; 6]);
        out.u16(1); // data_reference_index
        out.raw(&[0; 8]);
        out.u16(channels);
        out.u16(16); // samplesize: bits after decoding
        out.u32(0);
        // 16.16 fixed point; G.711 at more than 65 kHz does not exist, and the track's timescale is exact anyway.
        out.u32(sample_rate.min(0xffff) << 16);
        config(out);
    });
    out.into_vec().into()
}
