//! Owns what must be known of a JPEG before it goes on: that it is whole, and its size (ITU-T T.81 Annex B). Must not
//! decode it.

use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;

/// The largest picture taken, in bytes (S10).
pub(super) const PICTURE_MAX_BYTES: usize = 16 << 20;
/// The largest picture taken, in pixels of either side (S10).
const SIDE_MAX: u32 = 8192;
/// How much a camera may send behind the end of a picture: padding, line ends.
const TAIL_MAX: usize = 4096;
/// SOI and the first byte of the next marker (§B.1.1.3).
pub(super) const START: [u8; 3] = [0xff, 0xd8, 0xff];
/// EOI.
const END: [u8; 2] = [0xff, 0xd9];

/// A whole JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Jpeg {
    /// From SOI to EOI.
    pub(super) data: Bytes,
    /// In pixels.
    pub(super) width: u32,
    /// In pixels.
    pub(super) height: u32,
}

/// Reads it; none when it is damaged or cut off. `Protocol` when its size is impossible, `Unsupported` when it is
/// coded in a way that no camera uses and no decoder here reads.
pub(super) fn read(data: &Bytes) -> Result<Option<Jpeg>> {
    if !data.starts_with(&START) {
        return Ok(None);
    }
    let tail = data.len().saturating_sub(TAIL_MAX);
    let Some(end) = data[tail..].windows(END.len()).rposition(|two| two == END) else {
        return Ok(None);
    };
    let data = data.slice(..tail + end + END.len());
    let Some(frame) = frame_header(&data) else { return Ok(None) };
    let [kind, _, _, precision, h1, h2, w1, w2] = frame;
    let (width, height) = (u32::from(u16::from_be_bytes([w1, w2])), u32::from(u16::from_be_bytes([h1, h2])));
    if ![width, height].iter().all(|side| (1..=SIDE_MAX).contains(side)) {
        return Err(Error::new(Kind::Protocol, "the camera's pictures have an impossible size")
            .with("width", width)
            .with("height", height));
    }
    // Baseline, extended and progressive with Huffman coding (§B.2.2).
    if !(0xc0..=0xc2).contains(&kind) || precision != 8 {
        return Err(Error::new(Kind::Unsupported, "the camera's JPEG is of a kind that is not read here")
            .with("marker", format_args!("{kind:02x}"))
            .with("precision", precision));
    }
    Ok(Some(Jpeg { data, width, height }))
}

/// The frame header from its marker's second byte to its width (§B.2.2).
fn frame_header(data: &[u8]) -> Option<[u8; 8]> {
    let mut at = 2;
    loop {
        if *data.get(at)? != 0xff {
            return None;
        }
        let marker = *data.get(at + 1)?;
        match marker {
            // A fill byte (§B.1.1.2).
            0xff => at += 1,
            // TEM and RSTn stand alone.
            0x01 | 0xd0..=0xd7 => at += 2,
            // SOFn; DHT, JPG and DAC lie between them.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                return data.get(at + 1..at + 9)?.try_into().ok();
            }
            // SOI again, EOI or a scan before any frame header.
            0x00 | 0xd8..=0xda => return None,
            _ => {
                let length = u16::from_be_bytes(data.get(at + 2..at + 4)?.try_into().ok()?);
                at += 2 + usize::from(length.max(2));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::jpeg;

    #[test]
    fn a_real_one_is_measured_and_its_tail_cut_off() {
        let data = jpeg(64, 48, 7);
        let padded = Bytes::from([&data[..], &[0; 700], b"\r\n"].concat());
        let read = read(&padded).unwrap().unwrap();
        assert_eq!((read.width, read.height, &read.data), (64, 48, &data));
    }

    #[test]
    fn wherever_it_is_cut_it_is_damaged() {
        let data = jpeg(64, 48, 7);
        for end in 0..data.len() {
            assert_eq!(read(&data.slice(..end)).unwrap(), None, "{end} bytes");
        }
    }

    #[test]
    fn impossible_sizes_and_kinds_are_refused() {
        let data = jpeg(64, 48, 7);
        let at = data.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
        let with = |offset: usize, bytes: &[u8]| {
            let mut changed = data.to_vec();
            changed[at + offset..at + offset + bytes.len()].copy_from_slice(bytes);
            read(&Bytes::from(changed)).unwrap_err().kind()
        };
        for size in [[0xff; 4], [0, 0, 0, 64], [0, 48, 0, 0], [0x20, 0x01, 0, 64]] {
            assert_eq!(with(5, &size), Kind::Protocol, "{size:?}");
        }
        assert_eq!(with(1, &[0xc3]), Kind::Unsupported);
        assert_eq!(with(4, &[12]), Kind::Unsupported);
    }
}
