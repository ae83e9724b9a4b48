//! Owns burnt-in lettering: the 8x8 bitmap font, scaled, light on an opaque dark bar.
//! Must not know what is written. The bar makes the text readable and needs no restoring of what lay beneath.

use super::canvas::{Area, Canvas, Yuv};
use font8x8::legacy::BASIC_LEGACY;

const GLYPH: usize = 8;
const INK: u8 = 224;
const BAR: Yuv = Yuv::grey(24);

/// Writes one line with its upper left corner at (`left`, `top`) pixels; each font pixel becomes `scale` squared.
/// Characters outside ASCII show as `?`.
pub(crate) fn write(canvas: &mut Canvas, text: &str, left: usize, top: usize, scale: usize) {
    let (width, height) = ((text.chars().count() * GLYPH + 2) * scale, (GLYPH + 2) * scale);
    canvas.fill(Area { left, top, right: left + width, bottom: top + height }, BAR);
    for (column, character) in text.chars().enumerate() {
        let glyph = BASIC_LEGACY.get(character as usize).unwrap_or(&BASIC_LEGACY[usize::from(b'?')]);
        let x = left + (column * GLYPH + 1) * scale;
        for (row, bits) in glyph.iter().enumerate() {
            for bit in (0..GLYPH).filter(|bit| bits >> bit & 1 == 1) {
                for dy in 0..scale {
                    for dx in 0..scale {
                        canvas.dot(x + bit * scale + dx, top + (row + 1) * scale + dy, INK);
                    }
                }
            }
        }
    }
}
