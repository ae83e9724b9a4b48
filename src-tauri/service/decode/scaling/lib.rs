//! Scales one plane of samples. Knows no pictures and no colours.
//!
//! A crate of its own, so that development builds optimise it alone: what is generic in `fast_image_resize` is compiled
//! here with it, and would take a hundred times as long without.

mod area;

use area::AreaScaler;
use fast_image_resize::images::{CroppedImage, Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

/// One plane: `height` rows of `width` samples that begin `x` samples into rows of `stride`. `data` reaches at least to
/// the end of the last row.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// All samples.
    pub data: &'a [u8],
    /// Where a row begins.
    pub x: usize,
    /// Samples of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Samples from one row's begin to the next one's.
    pub stride: usize,
}

impl<'a> Plane<'a> {
    /// Its rows, from the top.
    pub fn rows(self) -> impl Iterator<Item = &'a [u8]> {
        self.data.chunks(self.stride).take(self.height).map(move |row| &row[self.x..][..self.width])
    }
}

/// Scales planes; keeps its memory, and the weights of the last size, from one to the next.
pub struct PlaneScaler {
    area: AreaScaler,
    resizer: Resizer,
    options: ResizeOptions,
}

impl PlaneScaler {
    /// Scales a plane into `height` rows of `width` samples without gaps, which `out` has room for.
    pub fn scale(&mut self, from: Plane<'_>, out: &mut [u8], width: usize, height: usize) {
        if (from.width, from.height) == (width, height) {
            for (from, to) in from.rows().zip(out.chunks_exact_mut(width)) {
                to.copy_from_slice(from);
            }
        } else if AreaScaler::takes(from.width, width) && AreaScaler::takes(from.height, height) {
            self.area.scale(from, out, width, height);
        } else {
            self.resize(from, out, width, height).expect("both planes are as long as they say");
        }
    }

    fn resize(
        &mut self,
        from: Plane<'_>,
        out: &mut [u8],
        width: usize,
        height: usize,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let rows = &from.data[..from.stride * from.height];
        let whole = ImageRef::new(from.stride as u32, from.height as u32, rows, PixelType::U8)?;
        let from = CroppedImage::new(&whole, from.x as u32, 0, from.width as u32, from.height as u32)?;
        let mut to = Image::from_slice_u8(width as u32, height as u32, out, PixelType::U8)?;
        self.resizer.resize(&from, &mut to, &self.options)?;
        Ok(())
    }
}

impl Default for PlaneScaler {
    fn default() -> Self {
        // A triangle as wide as the reduction: smooth without ringing, and a third of Lanczos' work.
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        Self { area: AreaScaler::default(), resizer: Resizer::new(), options }
    }
}
