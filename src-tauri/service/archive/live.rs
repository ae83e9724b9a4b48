//! The segments that are being written now, as far as they are written: what lists, players and exports see of them.

use super::writer::RecordingFile;
use atalaya_model::camera::CameraId;
use atalaya_model::ports::Clock;
use atalaya_model::recording::{FragmentEntry, Segment, SegmentId};
use atalaya_model::time::{MonoTime, TimeRange, WallTime};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How stale the rows of open segments may be, for other processes that read them. All are touched in one commit.
const TOUCH_EVERY: Duration = Duration::from_secs(5);

/// Takes a lock. What the locks here guard is changed in single steps, so a panic elsewhere leaves it whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct LiveSegments {
    list: Mutex<Vec<Arc<LiveSegment>>>,
    touched: Mutex<MonoTime>,
    /// Whether start-up's recovery is through: before that the clean mark stays.
    recovered: AtomicBool,
}

/// One of them.
#[derive(Debug)]
pub(super) struct LiveSegment {
    /// The volume's row id.
    pub(super) volume: i64,
    /// The file. Locked for the time of a write; readers use the progress instead.
    pub(super) file: Mutex<RecordingFile>,
    progress: Mutex<Progress>,
    abandoned: AtomicBool,
}

#[derive(Debug)]
struct Progress {
    segment: Segment,
    /// Whether the row is committed, and so the segment's id is its own.
    indexed: bool,
    fragments: Vec<FragmentEntry>,
}

impl LiveSegments {
    fn list(&self) -> Vec<Arc<LiveSegment>> {
        lock(&self.list).clone()
    }

    pub(super) fn add(&self, live: Arc<LiveSegment>) {
        lock(&self.list).push(live);
    }

    pub(super) fn remove(&self, live: &Arc<LiveSegment>) {
        lock(&self.list).retain(|other| !Arc::ptr_eq(other, live));
    }

    pub(super) fn get(&self, id: SegmentId) -> Option<Arc<LiveSegment>> {
        self.list().into_iter().find(|live| live.id() == Some(id))
    }

    /// Those that touch a range.
    pub(super) fn touching(&self, camera: Option<CameraId>, range: TimeRange) -> Vec<Segment> {
        self.indexed()
            .into_iter()
            .filter(|segment| camera.is_none_or(|camera| camera == segment.camera))
            .filter(|segment| segment.range.intersect(range).is_some())
            .collect()
    }

    /// Those that have a row.
    pub(super) fn indexed(&self) -> Vec<Segment> {
        let list = self.list();
        list.iter().filter(|live| live.id().is_some()).map(|live| live.snapshot().0).collect()
    }

    /// Bytes written to them.
    pub(super) fn bytes(&self) -> u64 {
        self.list().iter().map(|live| live.snapshot().0.bytes).sum()
    }

    /// Whether a file, named as in the index, is being written.
    pub(super) fn writes(&self, path: &str) -> bool {
        self.list().iter().any(|live| live.snapshot().0.path == path)
    }

    /// The earliest start of those on a volume, but for one.
    pub(super) fn earliest_start(&self, volume: i64, but: &Arc<LiveSegment>) -> Option<WallTime> {
        self.list()
            .iter()
            .filter(|live| live.volume == volume && !Arc::ptr_eq(live, but))
            .map(|live| live.snapshot().0.range.start)
            .min()
    }

    /// Those whose writer went away without finishing.
    pub(super) fn abandoned(&self) -> Vec<Arc<LiveSegment>> {
        let mut list = self.list();
        list.retain(|live| live.abandoned.load(Ordering::Acquire));
        list
    }

    /// Whether it is time to touch the rows; if so, the next time is counted from now.
    pub(super) fn due(&self, clock: &dyn Clock) -> bool {
        let mut touched = lock(&self.touched);
        let due = clock.mono().since(*touched) >= TOUCH_EVERY;
        if due {
            *touched = clock.mono();
        }
        due
    }

    pub(super) fn is_recovered(&self) -> bool {
        self.recovered.load(Ordering::Acquire)
    }

    pub(super) fn set_recovered(&self) {
        self.recovered.store(true, Ordering::Release);
    }
}

impl LiveSegment {
    /// A file that nothing is in yet; the segment's id is none.
    pub(super) const fn new(volume: i64, file: RecordingFile, segment: Segment) -> Self {
        Self {
            volume,
            file: Mutex::new(file),
            progress: Mutex::new(Progress { segment, indexed: false, fragments: Vec::new() }),
            abandoned: AtomicBool::new(false),
        }
    }

    /// The segment and its fragments as far as they are written.
    pub(super) fn snapshot(&self) -> (Segment, Vec<FragmentEntry>) {
        let progress = lock(&self.progress);
        (progress.segment.clone(), progress.fragments.clone())
    }

    /// Its number, once its row is committed.
    pub(super) fn id(&self) -> Option<SegmentId> {
        let progress = lock(&self.progress);
        progress.indexed.then_some(progress.segment.id)
    }

    pub(super) fn set_id(&self, id: SegmentId) {
        let mut progress = lock(&self.progress);
        progress.segment.id = id;
        progress.indexed = true;
    }

    /// A fragment is in the file.
    pub(super) fn push(&self, entry: FragmentEntry) {
        let mut progress = lock(&self.progress);
        progress.fragments.push(entry);
        progress.cover();
    }

    /// Only the first fragments are safe.
    pub(super) fn cut(&self, fragments: usize) {
        let mut progress = lock(&self.progress);
        progress.fragments.truncate(fragments);
        progress.cover();
    }

    pub(super) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
    }
}

impl Progress {
    fn cover(&mut self) {
        let start = self.segment.range.start;
        self.segment.range.end = self.fragments.last().map_or(start, |last| end_of(last).max(start));
        self.segment.bytes = self.fragments.last().map_or(0, |last| last.offset + u64::from(last.bytes));
    }
}

/// The first instant after a fragment.
pub(super) fn end_of(entry: &FragmentEntry) -> WallTime {
    entry.start.plus_micros(entry.duration_us.into())
}
