//! Owns one running composition: which tile is decoded by which thread, and the grid picture per tick. Must not know
//! how a tile is decoded nor how a picture is put together.

use super::color;
use super::decoder::Decoders;
use super::line::Fed;
use super::scale::Scaler;
use super::sheet::Sheets;
use super::tile::Tile;
use super::workers::Workers;
use atalaya_model::camera::{CameraId, Role};
use atalaya_model::live::{Grid, View};
use atalaya_model::media::{Picture, VideoUnit};
use atalaya_model::ports::{ComposedGrid, Composition};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// More threads than this have not the sub-streams to fill them, and every other part of the program wants cores.
const THREADS_MAX: usize = 4;

/// A grid being decoded and composed.
pub(super) struct NativeComposition {
    decoders: Arc<dyn Decoders>,
    workers: Workers,
    tiles: Vec<Placed>,
    sheets: Sheets,
    width: u32,
    height: u32,
    /// Versions of the tiles in the last picture handed out; none before the first of a layout.
    composed: Option<Vec<u64>>,
    /// Scales pictures that stay when tiles move.
    scaler: Scaler,
}

struct Placed {
    stream: (CameraId, Role),
    worker: usize,
    tile: Arc<Tile>,
}

impl NativeComposition {
    pub(super) fn start(decoders: Arc<dyn Decoders>, panics: &Arc<AtomicU64>) -> Self {
        Self {
            decoders,
            workers: Workers::start("decode", THREADS_MAX, panics),
            tiles: Vec::new(),
            sheets: Sheets::new(0, 0, 0),
            width: 0,
            height: 0,
            composed: None,
            scaler: Scaler::default(),
        }
    }

    /// The thread with the fewest tiles.
    fn idlest(&self, tiles: &[Placed]) -> usize {
        (0..self.workers.len())
            .min_by_key(|worker| tiles.iter().filter(|tile| tile.worker == *worker).count())
            .unwrap_or(0)
    }
}

impl Composition for NativeComposition {
    fn set_grid(&mut self, grid: &Grid) {
        let mut before = std::mem::take(&mut self.tiles);
        let mut tiles = Vec::with_capacity(grid.tiles.len());
        for wanted in &grid.tiles {
            let stream = (wanted.camera, wanted.role);
            let placed = if let Some(known) = before.iter().position(|placed| placed.stream == stream) {
                let placed = before.swap_remove(known);
                placed.tile.place(wanted.rect, &mut self.scaler);
                placed
            } else {
                let tile = Arc::new(Tile::new(wanted.rect, Arc::clone(&self.decoders)));
                Placed { stream, worker: self.idlest(&tiles), tile }
            };
            tiles.push(placed);
        }
        self.tiles = tiles;
        // 4:2:0 has no odd sides; the last column or row of an odd canvas stays the window's own.
        (self.width, self.height) = (grid.width & !1, grid.height & !1);
        self.sheets = Sheets::new(self.width, self.height, self.tiles.len());
        self.composed = None;
    }

    fn set_view(&mut self, tile: usize, view: View) {
        if let Some(placed) = self.tiles.get(tile) {
            placed.tile.shown().view = view;
        }
    }

    fn feed(&mut self, tile: usize, unit: VideoUnit) -> bool {
        let Some(placed) = self.tiles.get(tile) else {
            return false;
        };
        match placed.tile.feed(unit) {
            Fed::Call => {
                self.workers.call(placed.worker, &placed.tile);
                true
            }
            Fed::Waits => true,
            Fed::LeftOut => false,
        }
    }

    fn compose(&mut self) -> Option<ComposedGrid> {
        if self.width == 0 || self.height == 0 {
            return None;
        }
        let (mut versions, mut decoded, mut received) = (Vec::new(), Vec::new(), Vec::new());
        let unchanged = {
            versions.extend(self.tiles.iter().map(|placed| placed.tile.shown().version));
            self.composed.as_ref() == Some(&versions)
        };
        if unchanged {
            return None;
        }
        versions.clear();
        let shown = self.tiles.iter().map(|placed| {
            let mut shown = placed.tile.shown();
            versions.push(shown.version);
            decoded.push(std::mem::take(&mut shown.decoded));
            received.push(shown.received);
            shown
        });
        let i420 = self.sheets.compose(shown);
        self.composed = Some(versions);
        Some(ComposedGrid {
            picture: Picture { width: self.width, height: self.height, i420, color: color::GRID },
            decoded,
            received,
        })
    }
}
