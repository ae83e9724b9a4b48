//! The footage as the retention rules see it: answers their port with this folder's parts.

use super::{SqliteArchive, blocking, oldest, protected};
use crate::store::db_error;
use atalaya_model::Result;
use atalaya_model::camera::CameraId;
use atalaya_model::ports::{BoxFuture, RetentionStore};
use atalaya_model::recording::SegmentId;
use atalaya_model::retention::{
    Deletion, DeletionOrder, Holding, OldSegment, Page, ProtectedId, ProtectedRange, Room, Sweep,
};
use atalaya_model::time::TimeRange;
use std::ops::Range;
use std::path::Path;

impl RetentionStore for SqliteArchive {
    fn holdings(&self, recent: Range<i64>) -> BoxFuture<'_, Result<Vec<Holding>>> {
        Box::pin(async move {
            let volume = self.volume.check(&self.db, self.clock.wall()).await?;
            oldest::holdings(&mut *self.reader().await?, volume, recent).await
        })
    }

    fn oldest(&self, page: Page) -> BoxFuture<'_, Result<Vec<OldSegment>>> {
        Box::pin(async move {
            let volume = self.volume.check(&self.db, self.clock.wall()).await?;
            if page.volume.is_some_and(|wanted| wanted != volume) {
                return Ok(Vec::new());
            }
            oldest::page(&mut *self.reader().await?, volume, &page).await
        })
    }

    fn bytes_in(&self, camera: CameraId, range: TimeRange) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move { oldest::bytes_in(&mut *self.reader().await?, camera, range).await })
    }

    fn rooms(&self) -> BoxFuture<'_, Result<Vec<Room>>> {
        Box::pin(async {
            let volume = self.volume.check(&self.db, self.clock.wall()).await?;
            let root = self.volume.root().to_owned();
            let (free_bytes, total_bytes) = blocking(move || room(&root)).await?;
            Ok(vec![Room { volume, free_bytes, total_bytes }])
        })
    }

    fn retire<'a>(&'a self, ids: &'a [SegmentId], order: DeletionOrder) -> BoxFuture<'a, Result<u64>> {
        Box::pin(self.remove(ids, Some(order)))
    }

    fn deletions(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Deletion>>> {
        Box::pin(async move { protected::deletions(&mut *self.reader().await?, limit).await })
    }

    fn protected(&self) -> BoxFuture<'_, Result<Vec<ProtectedRange>>> {
        Box::pin(async { protected::all(&mut *self.reader().await?).await })
    }

    fn protect<'a>(&'a self, range: &'a ProtectedRange) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.db.begin().await?;
            protected::add(&mut tx, range).await?;
            tx.commit().await.map_err(db_error)
        })
    }

    fn unprotect(&self, id: ProtectedId) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let mut tx = self.db.begin().await?;
            protected::remove(&mut tx, id).await?;
            tx.commit().await.map_err(db_error)
        })
    }

    fn sweep<'a>(&'a self, after: Option<&'a str>) -> BoxFuture<'a, Result<Sweep>> {
        Box::pin(self.sweep_next(after))
    }
}

/// Bytes that this user can still write on the file system of `path`, and all of its bytes.
#[cfg(unix)]
fn room(path: &Path) -> Result<(u64, u64)> {
    let found = rustix::fs::statvfs(path)
        .map_err(|error| crate::data_dir::io_error("the storage's room is unknown", path, error.into()))?;
    Ok((found.f_bavail.saturating_mul(found.f_frsize), found.f_blocks.saturating_mul(found.f_frsize)))
}

/// Bytes that this user can still write on the file system of `path`, and all of its bytes: asking Windows takes a
/// call that the standard library does not have.
#[cfg(not(unix))]
fn room(path: &Path) -> Result<(u64, u64)> {
    use atalaya_model::{Error, Kind};
    Err(Error::new(Kind::Unsupported, "the storage's room is unknown on this system")
        .with("path", path.display()))
}
