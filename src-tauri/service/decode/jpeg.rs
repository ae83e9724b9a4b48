//! Owns JPEG through zune-jpeg: units of Motion JPEG, and still pictures of cameras. Must not know where they go.

use super::color;
use super::decoder::{PictureDecoder, Show};
use super::pictures::Planes;
use atalaya_model::media::VideoUnit;
use atalaya_model::{Error, Kind, Result};
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The largest picture decoded, in pixels of either side (S10).
const SIDE_MAX: usize = 8192;

/// A JPEG decoder. Every unit stands alone.
#[derive(Default)]
pub(super) struct JpegDecoder {
    /// The last picture, packed 4:2:0; kept for its memory.
    planes: [Vec<u8>; 3],
}

impl PictureDecoder for JpegDecoder {
    fn decode(&mut self, unit: &VideoUnit, show: Show<'_>) -> Result<()> {
        let options = DecoderOptions::default()
            .set_max_width(SIDE_MAX)
            .set_max_height(SIDE_MAX)
            .jpeg_set_out_colorspace(ColorSpace::YCbCr);
        let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(&unit.data[..]), options);
        let wrong = |cause: String| {
            Error::new(Kind::Unsupported, "the JPEG decoder does not take this picture").caused_by(cause)
        };
        let samples = decoder.decode().map_err(|cause| wrong(cause.to_string()))?;
        let info = decoder.info().ok_or_else(|| wrong("no size".to_owned()))?;
        let (width, height) = (usize::from(info.width), usize::from(info.height));
        match samples.len().checked_div(width * height) {
            Some(3) => self.halve_chroma(&samples, width, height),
            Some(1) => self.take_grey(samples, width, height),
            _ => return Err(wrong(format!("{} bytes for {width}x{height}", samples.len()))),
        }
        let [y, u, v] = &self.planes;
        let strides = (width, width.div_ceil(2));
        if let Some(planes) = Planes::new((width, height), [y, u, v], strides, color::JFIF) {
            show(planes);
        }
        Ok(())
    }

    fn drain(&mut self, _show: Show<'_>) -> Result<()> {
        Ok(())
    }
}

impl JpegDecoder {
    /// Takes Y'CbCr triples over. The decoder has doubled the chroma of a 4:2:0 picture, so every second sample of
    /// every second row is the one that was coded, but for its smoothing.
    fn halve_chroma(&mut self, samples: &[u8], width: usize, height: usize) {
        let [luma, cb, cr] = &mut self.planes;
        luma.clear();
        luma.reserve(width * height);
        luma.extend(samples.chunks_exact(3).map(|pixel| pixel[0]));
        for (plane, component) in [(cb, 1), (cr, 2)] {
            plane.clear();
            plane.reserve(width.div_ceil(2) * height.div_ceil(2));
            for row in samples.chunks_exact(width * 3).step_by(2) {
                plane.extend(row.chunks_exact(3).step_by(2).map(|pixel| pixel[component]));
            }
        }
    }

    fn take_grey(&mut self, samples: Vec<u8>, width: usize, height: usize) {
        let chroma = vec![128; width.div_ceil(2) * height.div_ceil(2)];
        self.planes = [samples, chroma.clone(), chroma];
    }
}
