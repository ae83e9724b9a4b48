//! The recorded footage: files in storage directories (volumes) and their index in SQLite, kept in step.
//!
//! What is durable when:
//! 1. `begin` makes the file, empty. Nothing is promised yet.
//! 2. The first `append` writes the file's header and the first fragment at once, syncs the file and its folder, and
//!    commits a row marked open. From here on the file is found without looking for it.
//! 3. Every `append` is one vectored write: after a crash of this program all of it is there. The file is synced when
//!    two seconds have passed since the last time: after a power cut no more than those and the open GOP are lost.
//! 4. `finish` syncs the file and commits the final row with the index of its fragments.
//!
//! Rows of open segments only say which files to look at; their fragments are found again by scanning. Deleting goes
//! the other way round: row to `garbage`, unlink, sync the folder, drop the row.
//!
//! A volume that is missing, full or does not answer keeps no other one from its work.
//!
//! Must not know: which cameras are recorded or when, where a camera's footage goes when its volume fails, how long
//! footage is kept.

mod adopt;
mod disk;
mod export;
mod files;
mod fsck;
mod gaps;
mod index;
mod live;
mod names;
mod oldest;
mod playback;
mod protected;
mod recover;
mod remove;
mod retain;
mod rows;
mod sweep;
#[cfg(test)]
mod tests;
mod timeline;
mod volume;
mod volume_rows;
mod volumes;
mod writer;

use crate::store::Database;
use atalaya_model::camera::CameraId;
use atalaya_model::export::{ExportReport, ExportRequest, Progress};
use atalaya_model::ports::{Archive, BoxFuture, Clock, Playback, SegmentWriter, Storage};
use atalaya_model::recording::{
    FragmentEntry, FsckReport, Gap, RecoveryReport, Segment, SegmentHeader, SegmentId,
};
use atalaya_model::storage::VolumeId;
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::timeline::{CameraTimeline, Resolution};
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use files::{Files, SystemFiles};
use futures_util::future::join_all;
use live::LiveSegments;
use names::FileName;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use volume::Volume;
use volumes::VolumeList;

/// Footage in storage directories, indexed in SQLite. Clones share everything.
#[derive(Clone)]
pub struct SqliteArchive {
    db: Database,
    clock: Arc<dyn Clock>,
    volumes: Arc<VolumeList>,
    /// Where no directory may be added.
    reserved: Option<PathBuf>,
    live: Arc<LiveSegments>,
    files: Arc<dyn Files>,
}

impl fmt::Debug for SqliteArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteArchive").field("first", &self.volumes.first()).finish_non_exhaustive()
    }
}

impl SqliteArchive {
    /// The footage under `root`, an absolute path, and in the directories that were added. Touches nothing: the
    /// directory and its marker are made, or checked, when they are first needed.
    pub fn new(db: Database, root: PathBuf, clock: Arc<dyn Clock>) -> Self {
        let volumes = Arc::new(VolumeList::new(db.clone(), root, clock.clone()));
        Self { db, clock, volumes, reserved: None, live: Arc::default(), files: Arc::new(SystemFiles) }
    }

    /// The same where no directory may be added in or around `folder`.
    #[must_use]
    pub fn reserving(self, folder: PathBuf) -> Self {
        Self { reserved: Some(folder), ..self }
    }

    /// Where a segment's file is.
    fn full_path(segment: &Segment) -> PathBuf {
        Path::new(&*segment.place.root).join(&segment.path)
    }

    /// The volumes that are there.
    async fn present(&self) -> Result<Vec<Arc<Volume>>> {
        let mut present = self.volumes.all().await?;
        let looks = join_all(present.iter().map(|volume| volume.check())).await;
        let mut there = looks.iter().map(Result::is_ok);
        present.retain(|_| there.next().unwrap_or(false));
        Ok(present)
    }

    /// A segment as it is now: from the recorder that writes it, else from its row.
    async fn find(&self, id: SegmentId) -> Result<Segment> {
        match self.live.get(id) {
            Some(live) => Ok(live.snapshot().0),
            None => rows::by_id(&mut *self.reader().await?, id).await,
        }
    }

    /// Whether a file on a volume, named as in the index, has a row or is being written.
    async fn is_known(&self, volume: &Volume, path: &str) -> Result<bool> {
        let indexed = match FileName::parse(path) {
            Some(name) => rows::by_name(&mut *self.reader().await?, volume.id, &name).await?.is_some(),
            None => false,
        };
        // Asked last: a segment that is finished in between has its row already.
        Ok(indexed || self.live.writes(volume.id, path))
    }

    /// A segment's fragments as far as they are written.
    async fn fragments(&self, segment: &Segment) -> Result<Vec<FragmentEntry>> {
        if let Some(live) = self.live.get(segment.id) {
            return Ok(live.snapshot().1);
        }
        if let Some(found) = rows::fragments(&mut *self.reader().await?, segment).await? {
            return Ok(found);
        }
        // Left open by another process, or by a crash that is yet to be recovered.
        let path = Self::full_path(segment);
        let volume = self.volume_of(&segment.place).await?;
        volume.ask(move |_| Ok(disk::open(&path)?.scan()?.fragments)).await
    }

    async fn reader(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>> {
        self.db.read().acquire().await.map_err(crate::store::db_error)
    }
}

impl Archive for SqliteArchive {
    fn begin_on(
        &self,
        volume: VolumeId,
        header: SegmentHeader,
    ) -> BoxFuture<'_, Result<Box<dyn SegmentWriter>>> {
        Box::pin(async move {
            let volume = self.volumes.find(volume).await?;
            self.recover_late(&volume).await;
            self.finish_abandoned(&volume).await;
            Ok(Box::new(writer::FileWriter::begin(self, volume, header).await?) as Box<dyn SegmentWriter>)
        })
    }

    fn recover(&self) -> BoxFuture<'_, Result<RecoveryReport>> {
        Box::pin(self.recover_all())
    }

    fn index_rest(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.recover_rest())
    }

    fn segments(&self, camera: Option<CameraId>, range: TimeRange) -> BoxFuture<'_, Result<Vec<Segment>>> {
        Box::pin(async move {
            // First what is being written: a segment finished in between is then seen twice, not never.
            let live = self.live.touching(camera, range);
            let mut found = Vec::new();
            for volume in self.volumes.all().await? {
                let stored = rows::touching(&mut *self.reader().await?, volume.id, camera, range).await?;
                found.extend(
                    stored.into_iter().filter(|segment| !live.iter().any(|other| other.id == segment.id)),
                );
            }
            found.extend(live);
            found.sort_by_key(|segment| (segment.range.start, segment.id));
            Ok(found)
        })
    }

    fn segment(&self, id: SegmentId) -> BoxFuture<'_, Result<Segment>> {
        Box::pin(self.find(id))
    }

    fn accounted_until(&self, camera: CameraId) -> BoxFuture<'_, Result<Option<WallTime>>> {
        Box::pin(async move { gaps::accounted_until(&mut *self.reader().await?, camera).await })
    }

    fn open_gap(&self, gap: Gap) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { gaps::open(&self.db, gap).await })
    }

    fn close_gap(&self, camera: CameraId, end: WallTime) -> BoxFuture<'_, Result<Option<Gap>>> {
        Box::pin(async move { gaps::close(&self.db, camera, end).await })
    }

    fn recorded<'a>(
        &'a self,
        camera: CameraId,
        ranges: &'a [TimeRange],
    ) -> BoxFuture<'a, Result<Vec<Duration>>> {
        Box::pin(async move { timeline::recorded(&mut *self.reader().await?, camera, ranges).await })
    }

    fn gaps(&self, camera: CameraId, range: TimeRange) -> BoxFuture<'_, Result<Vec<Gap>>> {
        Box::pin(async move { gaps::touching(&mut *self.reader().await?, camera, range).await })
    }

    fn timeline<'a>(
        &'a self,
        cameras: &'a [CameraId],
        range: TimeRange,
        resolution: &'a Resolution,
    ) -> BoxFuture<'a, Result<Vec<CameraTimeline>>> {
        Box::pin(self.timelines(cameras, range, resolution))
    }

    fn delete<'a>(&'a self, ids: &'a [SegmentId]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.remove(ids, None).await?;
            Ok(())
        })
    }

    fn fsck(&self, repair: bool, rebuild_index: bool) -> BoxFuture<'_, Result<FsckReport>> {
        Box::pin(self.check(repair, rebuild_index))
    }

    fn export(
        &self,
        request: ExportRequest,
        progress: Box<dyn FnMut(Progress) -> bool + Send>,
    ) -> BoxFuture<'_, Result<ExportReport>> {
        Box::pin(self.export_range(request, progress))
    }

    fn playback(&self, id: SegmentId) -> BoxFuture<'_, Result<Playback>> {
        Box::pin(self.play(id))
    }

    fn playback_fragment(&self, id: SegmentId, index: usize) -> BoxFuture<'_, Result<Bytes>> {
        Box::pin(self.play_fragment(id, index))
    }

    fn storage(&self) -> BoxFuture<'_, Result<Storage>> {
        Box::pin(async {
            let volumes = self.volumes.all().await?;
            let looks = join_all(volumes.iter().map(|volume| volume.look())).await;
            let mut used_bytes = 0;
            for volume in &volumes {
                let (_, stored) = rows::totals(&mut *self.reader().await?, volume.id).await?;
                used_bytes += stored + self.live.bytes_on(volume.id);
            }
            // Two directories on one disk share its room.
            let free: BTreeMap<u64, u64> =
                looks.iter().filter_map(|look| look.room).map(|room| (room.device, room.free)).collect();
            if free.is_empty() {
                return Err(Error::new(Kind::Unreachable, "no storage directory tells its free room"));
            }
            Ok(Storage { used_bytes, free_bytes: free.values().sum() })
        })
    }
}

/// Runs file operations where they may block. Once started they run to their end, even when the caller goes away.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::new(Kind::Internal, "file work broke off").caused_by(error)))
}

/// Whether the file is gone already, which is what its deleter wanted.
fn gone_is_fine(result: std::io::Result<()>, path: &Path) -> Result<()> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(crate::data_dir::io_error("a file cannot be removed", path, error))
        }
        _ => Ok(()),
    }
}
