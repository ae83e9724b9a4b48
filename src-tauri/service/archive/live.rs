//! The segments that are being written now, as far as they are written: what lists, players and exports see of them.

use super::volume::Volume;
use super::writer::RecordingFile;
use atalaya_model::camera::CameraId;
use atalaya_model::ports::Clock;
use atalaya_model::recording::{FragmentEntry, Segment, SegmentId};
use atalaya_model::time::{MonoTime, TimeRange, WallTime};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// How stale the rows of open segments may be, for other processes that read them. All are touched in one commit.
const TOUCH_EVERY: Duration = Duration::from_secs(5);

/// Takes a lock. What the locks here guard is changed in single steps, so a panic elsewhere leaves it whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All of them.
#[derive(Default)]
pub(super) struct LiveSegments {
    list: Mutex<Vec<Arc<LiveSegment>>>,
    touched: Mutex<MonoTime>,
}

/// One of them.
pub(super) struct LiveSegment {
    /// Where the file is.
    pub(super) volume: Arc<Volume>,
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

    /// Those on a volume, by its row id.
    fn on(&self, volume: i64) -> impl Iterator<Item = Arc<LiveSegment>> {
        self.list().into_iter().filter(move |live| live.volume.id == volume)
    }

    /// Whether any is on a volume.
    pub(super) fn is_used(&self, volume: i64) -> bool {
        self.on(volume).next().is_some()
    }

    /// Bytes written to them on a volume.
    pub(super) fn bytes_on(&self, volume: i64) -> u64 {
        self.on(volume).map(|live| live.snapshot().0.bytes).sum()
    }

    /// Whether a file on a volume, named as in the index, is being written.
    pub(super) fn writes(&self, volume: i64, path: &str) -> bool {
        self.on(volume).any(|live| live.snapshot().0.path == path)
    }

    /// The earliest start of those on a volume, but for one.
    pub(super) fn earliest_start(&self, volume: i64, but: Option<&Arc<LiveSegment>>) -> Option<WallTime> {
        self.on(volume)
            .filter(|live| but.is_none_or(|but| !Arc::ptr_eq(live, but)))
            .map(|live| live.snapshot().0.range.start)
            .min()
    }

    /// Those on a volume whose writer went away without finishing, and that nothing works on any more.
    pub(super) fn abandoned(&self, volume: i64) -> Vec<Arc<LiveSegment>> {
        let idle = |live: &Arc<LiveSegment>| !matches!(live.file.try_lock(), Err(TryLockError::WouldBlock));
        self.on(volume).filter(|live| live.is_abandoned() && idle(live)).collect()
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
}

impl LiveSegment {
    /// A file that nothing is in yet; the segment's id is none.
    pub(super) const fn new(volume: Arc<Volume>, file: RecordingFile, segment: Segment) -> Self {
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

    /// A fragment is in the file. It does not count when nobody waits for it any more: it may be in another one, too.
    pub(super) fn push(&self, entry: FragmentEntry) {
        let mut progress = lock(&self.progress);
        if !self.is_abandoned() {
            progress.fragments.push(entry);
            progress.cover();
        }
    }

    /// Only the first fragments count.
    pub(super) fn cut(&self, fragments: usize) {
        let mut progress = lock(&self.progress);
        progress.fragments.truncate(fragments);
        progress.cover();
    }

    /// Its writer goes away, and knows of so many fragments.
    pub(super) fn abandon(&self, fragments: usize) {
        // Under the lock of the progress, so that no fragment comes in between.
        let mut progress = lock(&self.progress);
        self.abandoned.store(true, Ordering::Release);
        progress.fragments.truncate(fragments);
        progress.cover();
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
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
