//! Owns the sample entries of G.711 (QuickTime's `ulaw` and `alaw`, which ISO/IEC 14496-12 players read).
//! Must not know of streams.

use bytes::{BufMut, Bytes, BytesMut};

/// µ-law.
pub(super) fn pcmu(rate: u32, channels: u16) -> Bytes {
    audio(*b"ulaw", rate, channels)
}

/// A-law.
pub(super) fn pcma(rate: u32, channels: u16) -> Bytes {
    audio(*b"alaw", rate, channels)
}

/// `AudioSampleEntry` (ISO/IEC 14496-12 §12.2.3).
fn audio(kind: [u8; 4], rate: u32, channels: u16) -> Bytes {
    let mut out = BytesMut::with_capacity(36);
    out.put_u32(36);
    out.put_slice(&kind);
    out.put_bytes(0, 6);
    out.put_u16(1); // data_reference_index
    out.put_bytes(0, 8);
    out.put_u16(channels);
    out.put_u16(16); // samplesize: of the decoded samples
    out.put_bytes(0, 4);
    out.put_u32(rate << 16);
    out.freeze()
}
