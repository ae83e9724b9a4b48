//! Owns the grid pictures handed out: their memory is used again, and only tiles that changed since are copied in.
//! Must not know of decoders.

use super::pictures::{packed_bytes, packed_planes_mut};
use super::tile::Shown;
use atalaya_model::live::TileRect;
use bytes::{Bytes, BytesMut};

/// Pictures kept for use again: one being composed, one on its way, one being drawn.
const SHEETS_MAX: usize = 3;
/// Dark, but not the black of a camera without light.
const BACKGROUND: [u8; 3] = [24, 128, 128];

/// The pictures of one layout.
pub(super) struct Sheets {
    width: u32,
    height: u32,
    tiles: usize,
    kept: Vec<Sheet>,
}

struct Sheet {
    i420: Bytes,
    /// Per tile, what of it is in the picture: version and place.
    holds: Vec<(u64, TileRect)>,
}

impl Sheets {
    /// Sheets of even size.
    pub(super) const fn new(width: u32, height: u32, tiles: usize) -> Self {
        Self { width, height, tiles, kept: Vec::new() }
    }

    /// A picture in which every tile is as `shown` hands it over.
    pub(super) fn compose<'a, T: std::ops::Deref<Target = Shown> + 'a>(
        &mut self,
        shown: impl Iterator<Item = T>,
    ) -> Bytes {
        let (mut i420, mut holds) = self.take();
        for (tile, held) in shown.zip(&mut holds) {
            if tile.version != held.0 {
                if tile.placed != held.1 {
                    self.fill(&mut i420, held.1);
                }
                self.copy(&mut i420, &tile);
                *held = (tile.version, tile.placed);
            }
        }
        let i420 = i420.freeze();
        if self.kept.len() < SHEETS_MAX {
            self.kept.push(Sheet { i420: i420.clone(), holds });
        }
        i420
    }

    /// A sheet that nobody else holds any more, or a new one.
    fn take(&mut self) -> (BytesMut, Vec<(u64, TileRect)>) {
        if let Some(free) = self.kept.iter().position(|sheet| sheet.i420.is_unique()) {
            let Sheet { i420, holds } = self.kept.swap_remove(free);
            if let Ok(i420) = i420.try_into_mut() {
                return (i420, holds);
            }
        }
        let mut i420 = BytesMut::zeroed(packed_bytes(self.width, self.height));
        self.fill(&mut i420, TileRect { x: 0, y: 0, width: self.width, height: self.height });
        (i420, vec![(0, TileRect::default()); self.tiles])
    }

    fn fill(&self, i420: &mut [u8], place: TileRect) {
        for (i, plane) in packed_planes_mut(i420, self.width, self.height).into_iter().enumerate() {
            for row in self.rows(plane, i, place) {
                row.fill(BACKGROUND[i]);
            }
        }
    }

    fn copy(&self, i420: &mut [u8], tile: &Shown) {
        let TileRect { width, height, .. } = tile.placed;
        let (luma, chroma) = tile.i420.split_at(width as usize * height as usize);
        let (cb, cr) = chroma.split_at(chroma.len() / 2);
        let planes = packed_planes_mut(i420, self.width, self.height).into_iter().zip([luma, cb, cr]);
        for (i, (plane, from)) in planes.enumerate() {
            let columns = if i == 0 { width } else { width / 2 } as usize;
            for (row, from) in self.rows(plane, i, tile.placed).zip(from.chunks_exact(columns)) {
                row.copy_from_slice(from);
            }
        }
    }

    /// The rows of a place in plane `i`; none when it does not lie inside. (A tile of one pixel can be fitted with a
    /// picture of two.)
    fn rows<'p>(&self, plane: &'p mut [u8], i: usize, place: TileRect) -> impl Iterator<Item = &'p mut [u8]> {
        let inside =
            place.width > 0 && place.x + place.width <= self.width && place.y + place.height <= self.height;
        let shift = u32::from(i > 0);
        let [x, y, width, height] =
            [place.x, place.y, place.width, place.height].map(|n| (n >> shift) as usize);
        plane
            .chunks_exact_mut((self.width >> shift) as usize)
            .skip(y)
            .take(if inside { height } else { 0 })
            .map(move |row| &mut row[x..x + width])
    }
}
