//! Owns turning a picture into a JPEG still.
//! Must not know where it is sent.

use super::canvas::Canvas;
use jpeg_encoder::{Encoder, EncodingError, ImageBuffer, JpegColorType, SamplingFactor};
use openh264::formats::YUVSource;

const QUALITY: u8 = 85;

/// Encodes a picture as 4:2:0 JPEG.
pub(crate) fn jpeg(canvas: &Canvas) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::with_capacity(128 * 1024);
    let mut encoder = Encoder::new(&mut bytes, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.encode_image(FullRange(canvas))?;
    Ok(bytes)
}

/// The picture stretched to full range, which JFIF demands; both are BT.601.
struct FullRange<'a>(&'a Canvas);

fn luma(limited: u8) -> u8 {
    ((i32::from(limited) - 16) * 255 / 219).clamp(0, 255) as u8
}

fn chroma(limited: u8) -> u8 {
    ((i32::from(limited) - 128) * 255 / 224 + 128).clamp(0, 255) as u8
}

impl ImageBuffer for FullRange<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.0.width() as u16
    }

    fn height(&self) -> u16 {
        self.0.height() as u16
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let (row, width) = (usize::from(y), self.0.width());
        buffers[0].extend(self.0.y()[row * width..][..width].iter().map(|&y| luma(y)));
        let chroma_row = row / 2 * (width / 2)..(row / 2 + 1) * (width / 2);
        for (buffer, plane) in buffers[1..3].iter_mut().zip([self.0.u(), self.0.v()]) {
            buffer.extend(plane[chroma_row.clone()].iter().flat_map(|&sample| [chroma(sample); 2]));
        }
    }
}
