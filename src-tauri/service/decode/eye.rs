//! Owns the eyes that see motion: each a line to its decoder, and the grid of luma means of about every fifth of a
//! second. Must not know what is concluded from it.
//!
//! Every unit is decoded, since the next refers to it; most pictures are dropped where they stand. The threads are
//! shared by all eyes and few, since a recorder must never wait for them.

use super::decoder::{Decoders, OwnDecoders};
use super::line::{Fed, Line, lock};
use super::pictures::Planes;
use super::scale::Scaler;
use super::workers::{Job, Workers};
use atalaya_model::media::VideoUnit;
use atalaya_model::motion::{CELLS, COLUMNS, LumaCells, LumaSample, ROWS};
use atalaya_model::ports::{EyeFeed, MotionEye, OpenEye};
use atalaya_model::time::MonoTime;
use futures_util::stream;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::sync::watch;

/// Threads for all eyes together.
const THREADS_MAX: usize = 2;

/// Units that wait for one decoder: a second of a usual sub-stream. More would only be seen late.
const QUEUE_MAX: usize = 16;

/// The least time between two looks: a little less than a fifth of a second, so that pictures which come a little early
/// do not halve the rate.
const LOOK_EVERY: Duration = Duration::from_millis(180);

/// Rows of a cell that are read. More do not change its mean by anything that matters.
const CELL_ROWS_MAX: usize = 8;

/// Opens eyes that decode in this program.
#[derive(Clone)]
pub struct NativeMotionEye {
    decoders: Arc<dyn Decoders>,
    /// Started with the first eye.
    workers: Arc<OnceLock<Workers>>,
    opened: Arc<AtomicUsize>,
    panics: Arc<AtomicU64>,
}

impl NativeMotionEye {
    /// Eyes that decode with what these give.
    pub fn with(decoders: Arc<dyn Decoders>) -> Self {
        Self { decoders, workers: Arc::default(), opened: Arc::default(), panics: Arc::default() }
    }

    /// Eyes that need nothing of the system.
    pub fn new() -> Self {
        Self::with(Arc::new(OwnDecoders))
    }
}

impl Default for NativeMotionEye {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for NativeMotionEye {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeMotionEye").field("decoders", &self.decoders).finish_non_exhaustive()
    }
}

impl MotionEye for NativeMotionEye {
    fn open(&self) -> OpenEye {
        let workers = self.workers.get_or_init(|| Workers::start("motion", THREADS_MAX, &self.panics));
        let worker = self.opened.fetch_add(1, Ordering::Relaxed) % workers.len().max(1);
        let (looks, seen) = watch::channel(None);
        let watched = Arc::new(Watched {
            line: Line::new(Arc::clone(&self.decoders), QUEUE_MAX),
            looked: Mutex::default(),
            looks,
        });
        let seen = stream::unfold(seen, |mut seen: watch::Receiver<Option<LumaSample>>| async move {
            seen.changed().await.ok()?;
            let look = seen.borrow_and_update().clone();
            look.map(|look| (look, seen))
        });
        let feed = Feed { workers: Arc::clone(&self.workers), worker, watched };
        OpenEye { feed: Box::new(feed), looks: Box::pin(seen) }
    }
}

struct Feed {
    workers: Arc<OnceLock<Workers>>,
    worker: usize,
    watched: Arc<Watched>,
}

impl EyeFeed for Feed {
    fn feed(&mut self, unit: VideoUnit) -> bool {
        match self.watched.line.feed(unit) {
            Fed::Call => {
                if let Some(workers) = self.workers.get() {
                    workers.call(self.worker, &self.watched);
                }
                true
            }
            Fed::Waits => true,
            Fed::LeftOut => false,
        }
    }
}

/// One stream that is watched.
struct Watched {
    line: Line,
    /// When the picture of the last look was received.
    looked: Mutex<Option<MonoTime>>,
    looks: watch::Sender<Option<LumaSample>>,
}

impl Watched {
    fn look(&self, planes: &Planes<'_>, at: MonoTime) {
        let mut looked = lock(&self.looked);
        if looked.is_none_or(|before| at.since(before) >= LOOK_EVERY) {
            *looked = Some(at);
            self.looks.send_replace(Some(LumaSample { at, cells: means(planes) }));
        }
    }
}

impl Job for Watched {
    fn step(&self, _: &mut Scaler) -> bool {
        let Some((unit, _)) = self.line.next() else {
            return false;
        };
        let decoded = self.line.decode(&unit, &mut |planes| self.look(&planes, unit.received));
        if let Err(error) = decoded {
            tracing::debug!(%error, "a picture that is watched for motion could not be decoded");
        }
        true
    }

    fn reset(&self) {
        self.line.reset();
    }
}

/// The mean luma of each cell.
fn means(planes: &Planes<'_>) -> LumaCells {
    let [luma, ..] = planes.planes();
    let part = |i: usize, of: usize, length: usize| {
        let from = i * length / of;
        from..((i + 1) * length / of).max(from + 1)
    };
    let mut cells = [0; CELLS];
    for (i, cell) in cells.iter_mut().enumerate() {
        let (columns, rows) = (part(i % COLUMNS, COLUMNS, luma.width), part(i / COLUMNS, ROWS, luma.height));
        let step = rows.len().div_ceil(CELL_ROWS_MAX);
        let (mut sum, mut samples) = (0, 0);
        for row in rows.step_by(step) {
            let row = &luma.data[row * luma.stride + luma.x..][..luma.width];
            sum += row[columns.clone()].iter().map(|sample| u32::from(*sample)).sum::<u32>();
            samples += columns.len() as u32;
        }
        *cell = ((sum + samples / 2) / samples) as u8;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::super::color;
    use super::super::tests::Coder;
    use super::*;
    use futures_util::StreamExt;

    fn grey(width: usize, height: usize, luma: impl Fn(usize, usize) -> u8) -> LumaCells {
        let stride = width + 5;
        let y: Vec<u8> = (0..stride * height).map(|i| luma(i % stride, i / stride)).collect();
        let c = vec![128; stride * height];
        let planes = Planes::new((width, height), [&y, &c, &c], (stride, stride), color::GRID);
        means(&planes.expect("long enough"))
    }

    #[test]
    fn cells_are_the_means_of_their_areas() {
        for (width, height) in [(640, 360), (639, 361), (1920, 1080), (64, 36), (20, 10), (704, 576)] {
            let cells = grey(width, height, |x, _| if x < width / 2 { 40 } else { 200 });
            for row in cells.chunks(COLUMNS) {
                assert!(row[..31].iter().all(|cell| *cell == 40), "{width}x{height}: {row:?}");
                assert!(row[33..].iter().all(|cell| *cell == 200), "{width}x{height}: {row:?}");
            }
            let cells = grey(width, height, |_, y| if y < height / 2 { 60 } else { 90 });
            assert!(cells[..17 * COLUMNS].iter().all(|cell| *cell == 60), "{width}x{height}");
            assert!(cells[19 * COLUMNS..].iter().all(|cell| *cell == 90), "{width}x{height}");
        }
    }

    #[tokio::test]
    async fn an_eye_sees_what_is_filmed_and_ends_with_its_feed() {
        let OpenEye { mut feed, mut looks } = NativeMotionEye::new().open();
        let mut coder = Coder::new(128, 96);
        assert!(feed.feed(coder.film([145, 128, 128])));
        let first = looks.next().await.expect("the eye is open");
        assert!(first.cells.iter().all(|cell| cell.abs_diff(145) < 6), "{:?}", first.cells);
        // Pictures are 66 ms apart: of the next four the third is looked at.
        let units: Vec<_> = (0..4).map(|_| coder.film([60, 128, 128])).collect();
        for unit in units {
            assert!(feed.feed(unit));
        }
        let second = looks.next().await.expect("the eye is open");
        assert_eq!(second.at.since(first.at), Duration::from_millis(198));
        assert!(second.cells.iter().all(|cell| cell.abs_diff(60) < 8), "{:?}", second.cells);
        drop(feed);
        assert!(looks.next().await.is_none());
    }

    #[test]
    fn who_is_behind_takes_no_more() {
        let watched = Watched {
            line: Line::new(Arc::new(OwnDecoders), QUEUE_MAX),
            looked: Mutex::default(),
            looks: watch::channel(None).0,
        };
        let mut coder = Coder::new(64, 64);
        let fed: Vec<Fed> = (0..=QUEUE_MAX).map(|_| watched.line.feed(coder.film([90, 128, 128]))).collect();
        assert_eq!((fed[0], fed[1], fed[QUEUE_MAX]), (Fed::Call, Fed::Waits, Fed::LeftOut));
    }
}
