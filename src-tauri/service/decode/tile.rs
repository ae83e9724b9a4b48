//! Owns one tile of a composed grid: its line to its decoder, and the picture it shows. Must not know of threads or of
//! the other tiles.
//!
//! Every unit is decoded, since the next refers to it; only the newest picture is scaled, or now and then one where a
//! newer one always waits. Three locks with the line's two, never two at once but in the decoder's turn: the feeder and
//! the composer wait for nothing longer than a scaling.

use super::color::{self, Conversion};
use super::decoder::Decoders;
use super::line::{Fed, Line, lock};
use super::pictures::{Planes, packed_bytes};
use super::scale::Scaler;
use super::workers::Job;
use atalaya_model::live::{TileRect, View, fit};
use atalaya_model::media::VideoUnit;
use atalaya_model::time::MonoTime;
use std::sync::{Arc, Mutex, MutexGuard};

/// Units that wait for one decoder: half a second of a usual sub-stream. More would only add delay.
const QUEUE_MAX: usize = 8;

/// Pictures of a decoder that does not keep up, after which one is shown although a newer one waits: a tile that is late
/// says more than one that stands still, or stays black.
const UNSHOWN_MAX: u32 = 4;

/// A tile.
pub(super) struct Tile {
    line: Line,
    /// Its fields are each valid alone, also after a panic.
    shown: Mutex<Shown>,
}

/// What a tile shows.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The tile.
    rect: TileRect,
    /// What of each picture is shown.
    pub(super) view: View,
    /// Where in the canvas the picture lies, inside the tile; empty before the first.
    pub(super) placed: TileRect,
    /// Packed I420 of the size of `placed`.
    pub(super) i420: Vec<u8>,
    /// Counts the pictures shown; zero before the first.
    pub(super) version: u64,
    /// Pictures decoded since the composer last asked.
    pub(super) decoded: u32,
    /// Pictures decoded since one was shown.
    unshown: u32,
    /// When the picture shown was received.
    pub(super) received: MonoTime,
}

impl Tile {
    pub(super) fn new(rect: TileRect, decoders: Arc<dyn Decoders>) -> Self {
        Self { line: Line::new(decoders, QUEUE_MAX), shown: Mutex::new(Shown { rect, ..Shown::default() }) }
    }

    pub(super) fn feed(&self, unit: VideoUnit) -> Fed {
        self.line.feed(unit)
    }

    /// Moves the tile; what it shows moves along, and the next picture is whole again.
    pub(super) fn place(&self, rect: TileRect, scaler: &mut Scaler) {
        let mut shown = lock(&self.shown);
        shown.view = View::WHOLE;
        if shown.rect == rect {
            return;
        }
        shown.rect = rect;
        let picture = std::mem::take(&mut shown.i420);
        let TileRect { width, height, .. } = shown.placed;
        if let Some(planes) = Planes::packed((width, height), &picture, color::GRID) {
            shown.show(&planes, scaler);
        }
    }

    pub(super) fn shown(&self) -> MutexGuard<'_, Shown> {
        lock(&self.shown)
    }
}

impl Job for Tile {
    fn step(&self, scaler: &mut Scaler) -> bool {
        let Some((unit, newest)) = self.line.next() else {
            return false;
        };
        let decoded = self.line.decode(&unit, &mut |planes| {
            let mut shown = lock(&self.shown);
            shown.decoded += 1;
            shown.unshown += 1;
            if newest || shown.version == 0 || shown.unshown >= UNSHOWN_MAX {
                shown.show(&planes, scaler);
                shown.received = unit.received;
                shown.unshown = 0;
            }
        });
        if let Err(error) = decoded {
            tracing::debug!(%error, "a picture of a tile could not be decoded");
        }
        true
    }

    /// The picture stays until the next.
    fn reset(&self) {
        self.line.reset();
    }
}

impl Shown {
    fn show(&mut self, whole: &Planes<'_>, scaler: &mut Scaler) {
        let planes = &whole.part(self.view.of(whole.size()));
        self.placed = fit(planes.size(), self.rect);
        let TileRect { width, height, .. } = self.placed;
        self.i420.resize(packed_bytes(width, height), 0);
        scaler.scale(planes, &mut self.i420, width, height);
        if let Some(conversion) = Conversion::between(planes.color, color::GRID) {
            conversion.apply(&mut self.i420, width, height);
        }
        self.version += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::decoder::{OwnDecoders, PictureDecoder, Show};
    use super::super::tests::Coder;
    use super::super::workers::Workers;
    use super::*;
    use atalaya_model::media::VideoCodec;
    use std::sync::atomic::{AtomicU64, Ordering};

    const RECT: TileRect = TileRect { x: 0, y: 0, width: 64, height: 64 };
    const GREY: [u8; 3] = [126, 128, 128];

    struct Panicking;

    impl PictureDecoder for Panicking {
        fn decode(&mut self, _: &VideoUnit, _: Show<'_>) -> atalaya_model::Result<()> {
            panic!("a decoder's mistake")
        }
        fn drain(&mut self, _: Show<'_>) -> atalaya_model::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_tile_takes_no_more_and_not_every_picture_is_scaled() {
        let tile = Tile::new(RECT, Arc::new(OwnDecoders));
        let mut coder = Coder::new(128, 128);
        let fed: Vec<Fed> = (0..=QUEUE_MAX).map(|_| tile.feed(coder.film(GREY))).collect();
        assert_eq!((fed[0], fed[1], fed[QUEUE_MAX]), (Fed::Call, Fed::Waits, Fed::LeftOut));
        let mut scaler = Scaler::default();
        while tile.step(&mut scaler) {}
        let shown = {
            let shown = tile.shown();
            (shown.decoded, shown.version)
        };
        // The first at once, the fourth after it in its turn, and the newest.
        assert_eq!(shown, (QUEUE_MAX as u32, 3));
        assert_eq!(tile.feed(coder.film(GREY)), Fed::Call, "it is called again once it is empty");
    }

    #[test]
    fn a_panic_costs_the_tile_its_decoder_and_no_more() {
        let panics = Arc::new(AtomicU64::new(0));
        let workers = Workers::start("decode", 4, &panics);
        let tile = Arc::new(Tile::new(RECT, Arc::new(OwnDecoders)));
        *lock(&tile.line.decoder) = Some((VideoCodec::H264, Box::new(Panicking)));
        let mut coder = Coder::new(64, 64);
        let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while tile.shown().version == 0 {
            assert!(std::time::Instant::now() < deadline, "the tile never recovered");
            if tile.feed(coder.film(GREY)) == Fed::Call {
                workers.call(0, &tile);
            }
            std::thread::yield_now();
        }
        assert_eq!(panics.load(Ordering::Relaxed), 1);
    }
}
