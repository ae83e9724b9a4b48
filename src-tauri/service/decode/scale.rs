//! Owns the scaling of pictures. Must not know where they go.

use super::pictures::{Planes, packed_planes_mut};
use atalaya_scaling::PlaneScaler;

/// Scales pictures; keeps its memory from one to the next.
#[derive(Default)]
pub(super) struct Scaler {
    /// One for luma, one for chroma: each keeps the weights of its size.
    planes: [PlaneScaler; 2],
}

impl Scaler {
    /// Scales a picture into packed I420 of even size.
    pub(super) fn scale(&mut self, from: &Planes<'_>, i420: &mut [u8], width: u32, height: u32) {
        let to = packed_planes_mut(i420, width, height);
        for (i, (plane, out)) in from.planes().into_iter().zip(to).enumerate() {
            let (width, height) = if i == 0 { (width, height) } else { (width / 2, height / 2) };
            self.planes[i.min(1)].scale(plane, out, width as usize, height as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::color;
    use super::*;
    use atalaya_model::live::TileRect;

    /// A picture whose left half is `left` and right half `right`, in rows longer than the picture.
    fn split(width: usize, height: usize, left: u8, right: u8) -> Vec<u8> {
        let stride = width + 16;
        (0..stride * height).map(|i| if i % stride < width / 2 { left } else { right }).collect()
    }

    #[test]
    fn the_smallest_tile_mixes_the_sides_but_keeps_their_order() {
        let (y, c) = (split(640, 360, 40, 200), split(320, 180, 90, 160));
        let from = Planes::new((640, 360), [&y, &c, &c], (656, 336), color::GRID).expect("long enough");
        let mut out = vec![0; super::super::pictures::packed_bytes(2, 2)];
        Scaler::default().scale(&from, &mut out, 2, 2);
        assert!(out[0] < 80 && out[1] > 160, "{out:?}");
    }

    #[test]
    fn a_part_is_scaled_alone() {
        let (y, c) = (split(640, 360, 40, 200), split(320, 180, 90, 160));
        let whole = Planes::new((640, 360), [&y, &c, &c], (656, 336), color::GRID).expect("long enough");
        let right = whole.part(TileRect { x: 320, y: 180, width: 320, height: 180 });
        for (width, height) in [(160, 90), (320, 180), (640, 360), (80, 44)] {
            let mut out = vec![0; super::super::pictures::packed_bytes(width, height)];
            Scaler::default().scale(&right, &mut out, width, height);
            let [luma, cb, cr] = packed_planes_mut(&mut out, width, height);
            assert!(luma.iter().all(|sample| *sample == 200), "{width}x{height}");
            assert!(cb.iter().chain(cr.iter()).all(|sample| *sample == 160), "{width}x{height}");
        }
    }

    #[test]
    fn every_way_of_scaling_keeps_what_is_left_and_right() {
        let (y, c) = (split(640, 360, 40, 200), split(320, 180, 90, 160));
        let from = Planes::new((640, 360), [&y, &c, &c], (656, 336), color::GRID).expect("long enough");
        for (width, height) in [(640, 360), (320, 180), (426, 240), (212, 118), (1280, 720)] {
            let mut out = vec![0; super::super::pictures::packed_bytes(width, height)];
            Scaler::default().scale(&from, &mut out, width, height);
            let [luma, cb, _] = packed_planes_mut(&mut out, width, height);
            let row = &luma[(width * (height / 2)) as usize..][..width as usize];
            assert!(
                row[0].abs_diff(40) <= 1 && row[row.len() - 1].abs_diff(200) <= 1,
                "{width}x{height}: {row:?}"
            );
            assert!(cb[0].abs_diff(90) <= 1 && cb[width as usize / 2 - 1].abs_diff(160) <= 1);
        }
    }
}
