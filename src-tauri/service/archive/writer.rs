//! Writing a segment: one vectored write a fragment, a sync every two seconds, rows when the file has what they say.

use super::files::{Files, GrowingFile};
use super::live::{LiveSegment, lock};
use super::names::{FileName, TWINS};
use super::volume::Volume;
use super::{SqliteArchive, disk, gaps, gone_is_fine, rows};
use crate::data_dir::io_error;
use crate::mux::{FragmentMuxer, write_init};
use crate::store::{camera_row, db_error};
use atalaya_model::camera::{CameraId, Role};
use atalaya_model::fragment::Fragment;
use atalaya_model::ports::{BoxFuture, SegmentWriter};
use atalaya_model::recording::{FragmentEntry, GapCause, Segment, SegmentHeader, SegmentId};
use atalaya_model::time::{MonoTime, TimeRange, WallTime};
use atalaya_model::{Error, Kind, Result};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How much a power cut may cost beyond the open GOP (R2).
const SYNC_EVERY: Duration = Duration::from_secs(2);

/// A fragment that comes so much before the time is synced as well: GOPs of two seconds come a little early and a little
/// late, and one that is passed over waits for the next.
const SYNC_EARLY: Duration = Duration::from_millis(250);

/// The file of a segment that is being written.
#[derive(Debug)]
pub(super) struct RecordingFile {
    path: PathBuf,
    files: Arc<dyn Files>,
    file: Box<dyn GrowingFile>,
    muxer: FragmentMuxer,
    /// Bytes up to the end of the last whole fragment; the position for the next.
    end: u64,
    fragments: usize,
    /// The same as of the last sync.
    durable: (u64, usize),
    synced: MonoTime,
    /// A sync failed. The system may have dropped what it could not write, so nothing after the last good sync is
    /// sure to be there, whatever a later sync says: the file is given up.
    broken: bool,
}

impl RecordingFile {
    /// Writes a fragment, with the file's head before the first one.
    fn append(&mut self, fragment: &Fragment, start: WallTime) -> Result<FragmentEntry> {
        if self.broken {
            return Err(Error::new(
                Kind::Unreachable,
                "the storage lost what was written: this file takes no more",
            )
            .with("path", self.path.display()));
        }
        let muxed = self.muxer.mux(fragment, start)?;
        let init = if self.fragments == 0 {
            write_init(self.muxer.header(), self.muxer.delay())
        } else {
            Vec::new()
        };
        let written = disk::write_parts(&mut *self.file, [&init, &muxed.head], &muxed.payload);
        if let Err(error) = written {
            self.take_back();
            return Err(io_error("a fragment could not be written", &self.path, error));
        }
        let offset = self.end + init.len() as u64;
        self.end = offset + u64::from(muxed.bytes);
        self.fragments += 1;
        Ok(FragmentEntry {
            offset,
            bytes: muxed.bytes,
            start,
            duration_us: muxed.duration_us,
            key: muxed.key,
        })
    }

    /// Cuts off what a failed write left behind the last whole fragment.
    fn take_back(&mut self) {
        // A file that cannot even be cut is read up to its damage; nothing may be written behind that.
        self.broken |= self.file.cut(self.end).is_err();
    }

    /// Makes durable what is written, if that is due.
    fn sync_if_due(&mut self, now: MonoTime) -> Result<()> {
        let first = self.durable.1 == 0;
        if !first && now.since(self.synced) + SYNC_EARLY < SYNC_EVERY {
            return Ok(());
        }
        self.sync(now)?;
        if first {
            self.files.sync_folder_of(&self.path).map_err(|error| {
                // What is durable has no durable name: a row for it could outlive it.
                self.durable = (0, 0);
                self.give_up(error)
            })?;
        }
        Ok(())
    }

    fn sync(&mut self, now: MonoTime) -> Result<()> {
        if self.durable.0 == self.end {
            return Ok(());
        }
        self.file.sync_data().map_err(|error| self.give_up(error))?;
        self.durable = (self.end, self.fragments);
        self.synced = now;
        Ok(())
    }

    fn give_up(&mut self, error: io::Error) -> Error {
        self.broken = true;
        io_error("the storage failed to keep what was written", &self.path, error)
    }

    /// Leaves only the fragments that count: behind them may be one that its recorder took for failed.
    fn keep(&mut self, bytes: u64, fragments: usize) {
        if bytes < self.end {
            (self.end, self.fragments) = (bytes, fragments);
            self.durable = self.durable.min((bytes, fragments));
            self.take_back();
        }
    }

    /// Brings the file to its end: durable, or cut to what is. Returns the fragments that it holds; a file without any
    /// is removed.
    fn finish(&mut self, now: MonoTime) -> Result<usize> {
        if !self.broken
            && let Err(error) = self.sync(now)
        {
            tracing::error!(%error, "a segment ends at its last good sync");
        }
        if self.broken {
            (self.end, self.fragments) = self.durable;
            if let Err(error) = self.file.cut(self.end) {
                tracing::warn!(path = %self.path.display(), %error, "a failed file could not be cut");
            }
        }
        if self.fragments == 0 {
            gone_is_fine(self.files.unlink(&self.path), &self.path)?;
        }
        Ok(self.fragments)
    }
}

/// The writer of one segment.
pub(super) struct FileWriter {
    archive: SqliteArchive,
    live: Arc<LiveSegment>,
    /// How many fragments its recorder knows to be in the file.
    told: usize,
}

impl FileWriter {
    /// Makes the file.
    pub(super) async fn begin(
        archive: &SqliteArchive,
        volume: Arc<Volume>,
        mut header: SegmentHeader,
    ) -> Result<Self> {
        {
            let mut conn = archive.reader().await?;
            let camera = camera_row(&mut conn, header.camera).await?;
            // Without the index nothing but the files can tell why footage is missing between them.
            let ended = gaps::since_footage(&mut conn, header.camera, camera, header.start).await?;
            header.missing.splice(0..0, ended);
            // A clock set back: start-up must look further back for files that got no row.
            if header.start < rows::clean_from(&mut conn, volume.id).await? {
                drop(conn);
                let mut tx = archive.db.begin().await?;
                rows::set_clean_from(&mut tx, volume.id, header.start).await?;
                tx.commit().await.map_err(db_error)?;
            }
        }
        let name = FileName { camera: header.camera, start: header.start, role: header.role, twin: 0 };
        let files = archive.files.clone();
        let (path, file, full) = volume.change(move |root| create(&*files, root, name)).await?;
        let segment = Segment {
            id: SegmentId(0),
            camera: header.camera,
            role: header.role,
            range: TimeRange { start: header.start, end: header.start },
            bytes: 0,
            codec: header.video.codec.code().to_owned(),
            width: header.video.width,
            height: header.video.height,
            audio: header.audio.as_ref().map(|audio| audio.codec.code().to_owned()),
            place: volume.place.clone(),
            path,
            open: true,
        };
        let file = RecordingFile {
            path: full,
            files: archive.files.clone(),
            file,
            muxer: FragmentMuxer::new(header),
            end: 0,
            fragments: 0,
            durable: (0, 0),
            synced: archive.clock.mono(),
            broken: false,
        };
        let live = Arc::new(LiveSegment::new(volume, file, segment));
        archive.live.add(live.clone());
        Ok(Self { archive: archive.clone(), live, told: 0 })
    }

    async fn write(&mut self, fragment: Fragment, start: WallTime) -> Result<FragmentEntry> {
        let written = self.try_write(fragment, start).await;
        match &written {
            Ok(_) => self.told += 1,
            Err(_) => self.live.cut(self.told),
        }
        written
    }

    async fn try_write(&self, fragment: Fragment, start: WallTime) -> Result<FragmentEntry> {
        let (live, now) = (self.live.clone(), self.archive.clock.mono());
        let work = self.live.volume.run(move |_| {
            let mut file = lock(&live.file);
            if live.is_abandoned() {
                return Err(Error::new(Kind::Cancelled, "nobody waits for the fragment any more"));
            }
            let entry = file.append(&fragment, start)?;
            live.push(entry);
            file.sync_if_due(now)?;
            Ok(entry)
        });
        let entry = work.await?;
        if self.live.id().is_none() {
            self.archive.index_live(&self.live).await?;
        } else if self.archive.live.due(&*self.archive.clock)
            && let Err(error) = self.archive.touch_rows().await
        {
            tracing::warn!(%error, "rows of open segments stay as they were");
        }
        Ok(entry)
    }
}

impl SegmentWriter for FileWriter {
    fn append(&mut self, fragment: Fragment, start: WallTime) -> BoxFuture<'_, Result<FragmentEntry>> {
        Box::pin(self.write(fragment, start))
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<Segment>> {
        Box::pin(async move { self.archive.finish_live(&self.live).await })
    }
}

impl Drop for FileWriter {
    /// A writer that goes away before it has finished leaves that to the next `begin` on its volume, or `recover`.
    fn drop(&mut self) {
        self.live.abandon(self.told);
    }
}

impl SqliteArchive {
    /// Commits the row of a segment whose first fragment is safe.
    async fn index_live(&self, live: &LiveSegment) -> Result<SegmentId> {
        let segment = live.snapshot().0;
        let mut tx = self.db.begin().await?;
        let camera = camera_row(&mut tx, segment.camera).await?;
        let id = rows::insert(&mut tx, live.volume.id, camera, &segment).await?;
        tx.commit().await.map_err(db_error)?;
        live.set_id(id);
        Ok(id)
    }

    /// Brings the rows of all open segments up to date.
    async fn touch_rows(&self) -> Result<()> {
        let mut tx = self.db.begin().await?;
        for segment in self.live.indexed() {
            rows::touch(&mut tx, &segment).await?;
        }
        tx.commit().await.map_err(db_error)
    }

    /// Makes a segment final. `NotFound` when nothing was recorded.
    async fn finish_live(&self, live: &Arc<LiveSegment>) -> Result<Segment> {
        let (written, now, volume) = (live.clone(), self.clock.mono(), live.volume.id);
        let work = live.volume.run(move |_| {
            let mut file = lock(&written.file);
            let (segment, fragments) = written.snapshot();
            file.keep(segment.bytes, fragments.len());
            let kept = file.finish(now)?;
            written.cut(kept);
            Ok(kept)
        });
        let kept = work.await?;
        let (mut segment, fragments) = live.snapshot();
        if kept == 0 {
            if live.id().is_some() {
                let mut tx = self.db.begin().await?;
                rows::delete(&mut tx, volume, &segment).await?;
                tx.commit().await.map_err(db_error)?;
            }
            self.live.remove(live);
            return Err(Error::new(Kind::NotFound, "nothing was recorded").with("path", segment.path));
        }
        let mut tx = self.db.begin().await?;
        let camera = camera_row(&mut tx, segment.camera).await?;
        segment.id = rows::insert(&mut tx, volume, camera, &segment).await?;
        rows::close(&mut tx, volume, &segment, &segment, &fragments).await?;
        if live.volume.is_recovered() {
            // Not later than its own start: a file that another camera begins right now may not be on the list yet.
            let start = segment.range.start;
            let other = self.live.earliest_start(volume, Some(live));
            rows::set_clean_from(&mut tx, volume, other.map_or(start, |other| other.min(start))).await?;
        }
        tx.commit().await.map_err(db_error)?;
        self.live.remove(live);
        segment.open = false;
        Ok(segment)
    }

    /// Finishes segments on a volume whose writer went away, as after a panic in a camera's task, or because the volume
    /// did not answer. What was in them then and is not there now is a gap.
    pub(super) async fn finish_abandoned(&self, volume: &Volume) {
        for live in self.live.abandoned(volume.id) {
            let before = live.snapshot().0;
            let kept = match self.finish_live(&live).await {
                Ok(segment) => segment.range.end,
                Err(error) if error.kind() == Kind::NotFound => before.range.start,
                Err(error) => {
                    tracing::warn!(%error, "an abandoned segment could not be finished");
                    continue;
                }
            };
            let lost = TimeRange { start: kept, end: before.range.end };
            if before.role == Role::Main
                && let Err(error) = self.note_gap(before.camera, lost).await
            {
                tracing::warn!(%error, "what an abandoned segment has lost could not be noted");
            }
        }
    }

    async fn note_gap(&self, camera: CameraId, lost: TimeRange) -> Result<()> {
        let mut tx = self.db.begin().await?;
        gaps::note_lost(&mut tx, camera, lost, GapCause::Disk).await?;
        tx.commit().await.map_err(db_error)
    }
}

/// Makes a new file under the first free name; returns its path in the index, the file, and its full path.
fn create(files: &dyn Files, root: &Path, name: FileName) -> Result<(String, Box<dyn GrowingFile>, PathBuf)> {
    for twin in 0..TWINS {
        let path = FileName { twin, ..name }.path()?;
        let full = root.join(&path);
        disk::make_folders(files, root, full.parent().expect("a segment's path has folders"))?;
        match files.create(&full) {
            Ok(file) => return Ok((path, file, full)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
            Err(error) => return Err(io_error("a file cannot be made", &full, error)),
        }
    }
    Err(Error::new(Kind::Conflict, "too many files start in the same millisecond").with("start", name.start))
}
