//! The archive on a real disk and a real database, with a clock that is set by hand.

mod crashes;
mod days;
mod disk;
mod export;
mod real;
mod recording;
mod recovery;
mod retention;
mod timeline;
mod turnover;
mod volumes;

use super::SqliteArchive;
use crate::mux::samples::{self, Source};
use crate::store::{Database, adopt_camera};
use atalaya_model::Result;
use atalaya_model::fragment::Fragment;
use atalaya_model::ports::{Archive, BoxFuture, Clock, SegmentWriter};
use atalaya_model::recording::{FsckReport, Segment, SegmentHeader};
use atalaya_model::time::{MonoTime, TimeRange, WallTime};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// Both clocks, moved together by hand.
struct HandClock(AtomicI64);

impl HandClock {
    fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn wall(&self) -> WallTime {
        samples::start().plus_micros(self.0.load(Ordering::Relaxed))
    }

    fn mono(&self) -> MonoTime {
        MonoTime(self.0.load(Ordering::Relaxed) as u64)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        unreachable!("the archive never waits")
    }
}

/// One installation.
struct Bench {
    temp: TempDir,
    db: Database,
    clock: Arc<HandClock>,
    archive: SqliteArchive,
}

impl Bench {
    async fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(0)));
        let db = database(&temp, "atalaya.db").await;
        let archive = SqliteArchive::new(db.clone(), temp.path().join("footage"), clock.clone());
        archive.recover().await.unwrap();
        Self { temp, db, clock, archive }
    }

    /// The program after a crash: nothing is left of what it had in memory.
    fn restarted(&self) -> SqliteArchive {
        SqliteArchive::new(self.db.clone(), self.root(), self.clock.clone())
    }

    fn root(&self) -> PathBuf {
        self.temp.path().join("footage")
    }

    fn file(&self, segment: &Segment) -> PathBuf {
        self.root().join(&segment.path)
    }

    /// Records footage as one segment that starts so many seconds after [`samples::start`].
    async fn record(&self, source: &Source, seconds: i64) -> Segment {
        record(&self.archive, source, seconds).await
    }

    async fn fsck(&self) -> FsckReport {
        self.archive.fsck(false, false).await.unwrap()
    }

    async fn all(&self) -> Vec<Segment> {
        self.archive.segments(None, ever()).await.unwrap()
    }
}

/// A database that knows camera 1.
async fn database(temp: &TempDir, name: &str) -> Database {
    let db = Database::open(&temp.path().join(name)).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    adopt_camera(&mut tx, samples::camera(1), "Gate ñ", samples::start()).await.unwrap();
    tx.commit().await.unwrap();
    db
}

fn at(seconds: f64) -> WallTime {
    samples::start().plus_micros((seconds * 1e6).round() as i64)
}

fn range(from: f64, to: f64) -> TimeRange {
    TimeRange::new(at(from), at(to)).unwrap()
}

fn ever() -> TimeRange {
    TimeRange::new(WallTime(0), WallTime::MAX).unwrap()
}

fn header(source: &Source, seconds: i64) -> SegmentHeader {
    SegmentHeader { start: at(seconds as f64), ..samples::header(&source.video, source.audio.as_ref()) }
}

fn fragments(source: &Source, seconds: i64) -> Vec<(Fragment, WallTime)> {
    let moved = |(fragment, start): (Fragment, WallTime)| (fragment, start.plus_micros(seconds * 1_000_000));
    source.fragments().into_iter().map(moved).collect()
}

/// A writer with everything appended, not finished.
async fn write(archive: &SqliteArchive, source: &Source, seconds: i64) -> Box<dyn SegmentWriter> {
    let mut writer = archive.begin(header(source, seconds)).await.unwrap();
    for (fragment, start) in fragments(source, seconds) {
        writer.append(fragment, start).await.unwrap();
    }
    writer
}

async fn record(archive: &SqliteArchive, source: &Source, seconds: i64) -> Segment {
    write(archive, source, seconds).await.finish().await.unwrap()
}

/// Media that differs in nothing but its length.
fn silent(seconds: i64) -> Source {
    Source::new(seconds, None, 40)
}

fn assert_clean(report: &FsckReport, segments: u64) {
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.segments, segments);
}

fn kind<T>(result: Result<T>) -> atalaya_model::Kind {
    match result {
        Ok(_) => panic!("it should have failed"),
        Err(error) => error.kind(),
    }
}
