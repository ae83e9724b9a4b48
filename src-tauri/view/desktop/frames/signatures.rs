//! What tiles look like, as the window tells it byte by byte; its writer is `ui/src/live/signatures.ts`. Little endian:
//!
//! ```text
//! u8 kind = 1, u8 0, u16 tiles, u32 grid, then for each tile:
//! u16 tile, u16 0, u32 pictures painted since its last one, 576 bytes of luma (18 rows of 32)
//! ```
//! Must not know the socket.

use atalaya_model::live::TILES_MAX;
use atalaya_model::picture_watch::{CELLS, Signature};
use atalaya_presenter::TileSignature;

const KIND: u8 = 1;
const HEADER: usize = 8;
const TILE_HEADER: usize = 8;
const TILE: usize = TILE_HEADER + CELLS;

/// The signatures of some tiles of one grid.
#[derive(Debug)]
pub(super) struct Signatures<'a> {
    /// How many grids were asked for before it, this one included.
    pub(super) grid: u32,
    tiles: &'a [u8],
}

impl<'a> Signatures<'a> {
    /// Reads a message; none when it is not of exactly this form.
    pub(super) fn parse(message: &'a [u8]) -> Option<Self> {
        let (header, tiles) = message.split_first_chunk::<HEADER>()?;
        let [KIND, 0, low, high, grid @ ..] = *header else { return None };
        let count = usize::from(u16::from_le_bytes([low, high]));
        let fits = (1..=TILES_MAX).contains(&count) && tiles.len() == count * TILE;
        fits.then_some(Self { grid: u32::from_le_bytes(grid), tiles })
    }

    /// Tile by tile.
    pub(super) fn tiles(&self) -> impl Iterator<Item = TileSignature<'a>> + use<'a> {
        self.tiles.chunks_exact(TILE).filter_map(|tile| {
            let (header, luma) = tile.split_first_chunk::<TILE_HEADER>()?;
            let [low, high, _, _, pictures @ ..] = *header;
            Some(TileSignature {
                tile: usize::from(u16::from_le_bytes([low, high])),
                pictures: u32::from_le_bytes(pictures),
                luma: <&Signature>::try_from(luma).ok()?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message whose tiles are all of one grey.
    fn message(grid: u32, tiles: &[(u16, u32, u8)]) -> Vec<u8> {
        let mut message = vec![1, 0, tiles.len() as u8, 0];
        message.extend(grid.to_le_bytes());
        for (tile, pictures, luma) in tiles {
            message.extend(tile.to_le_bytes());
            message.extend([0, 0]);
            message.extend(pictures.to_le_bytes());
            message.extend([*luma; 576]);
        }
        message
    }

    #[test]
    fn tells_tile_by_tile() {
        let bytes = message(0x0102_0304, &[(3, 60, 16), (258, 70_000, 235)]);
        let read = Signatures::parse(&bytes).unwrap();
        let tiles: Vec<_> = read.tiles().map(|it| (it.tile, it.pictures, *it.luma)).collect();
        assert_eq!(read.grid, 0x0102_0304);
        assert_eq!(tiles, [(3, 60, [16; CELLS]), (258, 70_000, [235; CELLS])]);
    }

    #[test]
    fn anything_else_is_refused() {
        let good = message(1, &[(0, 1, 0)]);
        let changed = |at: usize, to: u8| {
            let mut bytes = good.clone();
            bytes[at] = to;
            bytes
        };
        let many = message(1, &[(0, 1, 0); TILES_MAX + 1]);
        assert!(Signatures::parse(&many[..many.len() - TILE]).is_none(), "says one more than there are");
        let refused = [
            Vec::new(),
            vec![1, 2, 3],
            vec![1, 0, 0, 0, 1, 0, 0, 0],
            good[..good.len() - 1].to_vec(),
            [&good[..], &[0]].concat(),
            changed(0, 2),
            changed(1, 1),
            changed(2, 0),
            changed(2, 2),
            changed(3, 1),
            many,
        ];
        for bytes in refused {
            assert!(Signatures::parse(&bytes).is_none(), "{} bytes", bytes.len());
        }
        assert!(Signatures::parse(&message(1, &[(0, 1, 0); TILES_MAX])).is_some());
    }
}
