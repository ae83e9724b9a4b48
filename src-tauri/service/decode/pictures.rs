//! Owns decoded pictures as borrowed planes, and their packing. Must not know who decoded them.

use atalaya_model::live::TileRect;
use atalaya_model::media::{ColorSpace, Picture};
use atalaya_scaling::Plane;
use bytes::Bytes;

/// A decoded picture in its decoder's memory, planar 4:2:0.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    /// Luma, Cb, Cr.
    planes: [Plane<'a>; 3],
    pub(super) color: ColorSpace,
}

impl<'a> Planes<'a> {
    /// Planes of a picture of `width` by `height`; chroma has half of each, rounded up. None when a plane is too
    /// short for what is claimed of it, or the picture smaller than one chroma sample.
    pub fn new(
        (width, height): (usize, usize),
        data: [&'a [u8]; 3],
        (luma_stride, chroma_stride): (usize, usize),
        color: ColorSpace,
    ) -> Option<Self> {
        let sizes = [
            (width, height, luma_stride),
            (width.div_ceil(2), height.div_ceil(2), chroma_stride),
            (width.div_ceil(2), height.div_ceil(2), chroma_stride),
        ];
        let whole = width >= 2
            && height >= 2
            && sizes.iter().zip(data).all(|((width, height, stride), data)| {
                stride >= width && stride.checked_mul(*height).is_some_and(|bytes| bytes <= data.len())
            });
        whole.then(|| Self {
            planes: std::array::from_fn(|i| {
                let (width, height, stride) = sizes[i];
                Plane { data: data[i], x: 0, width, height, stride }
            }),
            color,
        })
    }

    /// The planes of a packed picture.
    pub(super) fn of(picture: &'a Picture) -> Option<Self> {
        Self::packed((picture.width, picture.height), &picture.i420, picture.color)
    }

    /// The planes of packed I420 of even size.
    pub(super) fn packed((width, height): (u32, u32), i420: &'a [u8], color: ColorSpace) -> Option<Self> {
        if i420.len() != packed_bytes(width, height) {
            return None;
        }
        let (width, height) = (width as usize, height as usize);
        let (luma, chroma) = i420.split_at(width * height);
        let (cb, cr) = chroma.split_at(chroma.len() / 2);
        Self::new((width, height), [luma, cb, cr], (width, width / 2), color)
    }

    pub(super) const fn planes(&self) -> [Plane<'a>; 3] {
        self.planes
    }

    /// A part of the picture, on even pixels.
    pub(super) fn part(self, part: TileRect) -> Self {
        let planes = std::array::from_fn(|i| {
            let plane: Plane<'a> = self.planes[i];
            let shift = u32::from(i > 0);
            // Half of an odd side is rounded up, as chroma is.
            let half = |side: u32| ((side + shift) >> shift) as usize;
            let (x, y) = ((part.x >> shift) as usize, (part.y >> shift) as usize);
            Plane {
                data: &plane.data[y * plane.stride..],
                x: plane.x + x,
                width: half(part.width).min(plane.width - x),
                height: half(part.height).min(plane.height - y),
                stride: plane.stride,
            }
        });
        Self { planes, color: self.color }
    }

    /// Width and height in pixels.
    pub(super) const fn size(&self) -> (u32, u32) {
        (self.planes[0].width as u32, self.planes[0].height as u32)
    }

    /// A copy of its own, cropped to even sides.
    pub(super) fn to_picture(self) -> Picture {
        let (width, height) = (self.size().0 & !1, self.size().1 & !1);
        let mut i420 = Vec::with_capacity(packed_bytes(width, height));
        for (i, plane) in self.planes.into_iter().enumerate() {
            let (columns, rows) = if i == 0 { (width, height) } else { (width / 2, height / 2) };
            for row in plane.rows().take(rows as usize) {
                i420.extend_from_slice(&row[..columns as usize]);
            }
        }
        Picture { width, height, i420: Bytes::from(i420), color: self.color }
    }
}

/// Bytes of packed I420 of even size.
pub(super) const fn packed_bytes(width: u32, height: u32) -> usize {
    width as usize * height as usize * 3 / 2
}

/// The three planes of packed I420 of even size, to write to.
pub(super) fn packed_planes_mut(i420: &mut [u8], width: u32, height: u32) -> [&mut [u8]; 3] {
    let (luma, chroma) = i420.split_at_mut(width as usize * height as usize);
    let (cb, cr) = chroma.split_at_mut(chroma.len() / 2);
    [luma, cb, cr]
}
