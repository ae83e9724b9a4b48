//! Owns the change from one reading of Y'CbCr numbers to another: range (16..235 or 0..255) and matrix (ITU-R BT.601
//! or BT.709). Must not know where the numbers came from.

use super::pictures::packed_planes_mut;
use atalaya_model::media::ColorSpace;

/// What the composed grid holds.
pub(super) const GRID: ColorSpace = ColorSpace { full_range: false, bt709: false };
/// What a JPEG holds (JFIF 1.02: full range, BT.601).
pub(super) const JFIF: ColorSpace = ColorSpace { full_range: true, bt709: false };

/// The matrix and range flags of a stream that says nothing: what players assume, limited range and BT.709 from
/// 720 lines on.
pub(super) const fn assumed(height: u32) -> ColorSpace {
    ColorSpace { full_range: false, bt709: height >= 720 }
}

/// Bits after the point of the factors below.
const SHIFT: u32 = 14;

/// A conversion in fixed-point numbers. Chroma counts from 128 in all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conversion {
    luma: i32,
    /// Added after the luma factor: what the two ranges' black levels need, and half a unit for rounding.
    luma_bias: i32,
    luma_from_chroma: [i32; 2],
    /// New Cb and Cr, each from old Cb and Cr.
    chroma: [[i32; 2]; 2],
}

impl Conversion {
    /// The conversion, or none when nothing changes.
    pub(super) fn between(from: ColorSpace, to: ColorSpace) -> Option<Self> {
        (from != to).then(|| {
            let ([from_black, from_luma, from_chroma], [to_black, to_luma, to_chroma]) =
                (range(from), range(to));
            let fixed = |factor: f64| (factor * f64::from(1 << SHIFT)).round() as i32;
            let luma = to_luma / from_luma;
            // What one unit of normalized Cb and of Cr becomes.
            let [cb, cr] = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|unit| rematrix(unit, from, to));
            let chroma = to_chroma / from_chroma;
            Self {
                luma: fixed(luma),
                luma_bias: fixed(to_black - from_black * luma + 0.5),
                luma_from_chroma: [cb[0], cr[0]].map(|part| fixed(part * to_luma / from_chroma)),
                chroma: [[cb[1], cr[1]], [cb[2], cr[2]]].map(|row| row.map(|part| fixed(part * chroma))),
            }
        })
    }

    /// Converts packed I420 of even size in place.
    pub(super) fn apply(&self, i420: &mut [u8], width: u32, height: u32) {
        let [luma, cb, cr] = packed_planes_mut(i420, width, height);
        let columns = width as usize / 2;
        let mut offsets = vec![0_i32; columns];
        let rows = cb.chunks_exact_mut(columns).zip(cr.chunks_exact_mut(columns));
        for (two_rows, (cb, cr)) in luma.chunks_exact_mut(columns * 4).zip(rows) {
            for ((cb, cr), offset) in cb.iter_mut().zip(cr).zip(&mut offsets) {
                let old = [i32::from(*cb) - 128, i32::from(*cr) - 128];
                let sum = |factors: [i32; 2]| factors[0] * old[0] + factors[1] * old[1];
                *offset = sum(self.luma_from_chroma) + self.luma_bias;
                *cb = byte((sum(self.chroma[0]) + (1 << (SHIFT - 1))) >> SHIFT, 128);
                *cr = byte((sum(self.chroma[1]) + (1 << (SHIFT - 1))) >> SHIFT, 128);
            }
            for row in two_rows.chunks_exact_mut(columns * 2) {
                for (pair, offset) in row.chunks_exact_mut(2).zip(&offsets) {
                    for luma in pair {
                        *luma = byte((self.luma * i32::from(*luma) + offset) >> SHIFT, 0);
                    }
                }
            }
        }
    }
}

const fn byte(value: i32, offset: i32) -> u8 {
    let value = value + offset;
    if value < 0 {
        0
    } else if value > 255 {
        255
    } else {
        value as u8
    }
}

/// Black level, luma steps and chroma steps of the range (ITU-T H.273 §8.3).
const fn range(color: ColorSpace) -> [f64; 3] {
    if color.full_range { [0.0, 255.0, 255.0] } else { [16.0, 219.0, 224.0] }
}

/// The weights of red and blue in luma (ITU-T H.273 table 4).
const fn weights(color: ColorSpace) -> [f64; 2] {
    if color.bt709 { [0.2126, 0.0722] } else { [0.299, 0.114] }
}

/// Normalized Y'CbCr through R'G'B' to that of the other matrix.
fn rematrix([y, cb, cr]: [f64; 3], from: ColorSpace, to: ColorSpace) -> [f64; 3] {
    let [kr, kb] = weights(from);
    let red = y + 2.0 * (1.0 - kr) * cr;
    let blue = y + 2.0 * (1.0 - kb) * cb;
    let green = (y - kr * red - kb * blue) / (1.0 - kr - kb);
    let [kr, kb] = weights(to);
    let y = kr * red + (1.0 - kr - kb) * green + kb * blue;
    [y, (blue - y) / (2.0 * (1.0 - kb)), (red - y) / (2.0 * (1.0 - kr))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(ycc: [u8; 3], from: ColorSpace, to: ColorSpace) -> [u8; 3] {
        let mut i420 = [ycc[0], ycc[0], ycc[0], ycc[0], ycc[1], ycc[2]];
        if let Some(conversion) = Conversion::between(from, to) {
            conversion.apply(&mut i420, 2, 2);
        }
        [i420[3], i420[4], i420[5]]
    }

    const HD: ColorSpace = ColorSpace { full_range: false, bt709: true };

    #[test]
    fn black_and_white_keep_their_meaning() {
        for (from, black, white) in [(GRID, 16, 235), (HD, 16, 235), (JFIF, 0, 255)] {
            assert_eq!(convert([black, 128, 128], from, JFIF), [0, 128, 128]);
            assert_eq!(convert([white, 128, 128], from, JFIF), [255, 128, 128]);
            assert_eq!(convert([black, 128, 128], from, GRID), [16, 128, 128]);
            assert_eq!(convert([white, 128, 128], from, GRID), [235, 128, 128]);
        }
    }

    #[test]
    fn pure_red_of_bt709_becomes_pure_red_of_bt601() {
        let red = convert([63, 102, 240], HD, GRID);
        let expected = [81, 90, 240];
        assert!(red.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{red:?}");
        assert!(Conversion::between(GRID, GRID).is_none());
    }
}
