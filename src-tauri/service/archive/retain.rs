//! The footage as the retention rules see it: answers their port with this folder's parts.

use super::{SqliteArchive, disk, oldest, protected};
use crate::store::db_error;
use atalaya_model::Result;
use atalaya_model::camera::CameraId;
use atalaya_model::ports::{BoxFuture, RetentionStore};
use atalaya_model::recording::SegmentId;
use atalaya_model::retention::{
    Deletion, DeletionOrder, Holding, OldSegment, Page, ProtectedId, ProtectedRange, Room, Sweep,
};
use atalaya_model::time::TimeRange;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

impl RetentionStore for SqliteArchive {
    fn holdings(&self, recent: Range<i64>) -> BoxFuture<'_, Result<Vec<Holding>>> {
        Box::pin(async move {
            let mut by_camera: BTreeMap<CameraId, Holding> = BTreeMap::new();
            for volume in self.present().await? {
                let found = oldest::holdings(&mut *self.reader().await?, volume.id, recent.clone()).await?;
                for holding in found {
                    match by_camera.entry(holding.camera) {
                        Entry::Vacant(entry) => drop(entry.insert(holding)),
                        Entry::Occupied(mut entry) => entry.get_mut().add(holding),
                    }
                }
            }
            Ok(by_camera.into_values().collect())
        })
    }

    fn oldest(&self, page: Page) -> BoxFuture<'_, Result<Vec<OldSegment>>> {
        Box::pin(async move {
            let mut found = Vec::new();
            for volume in self.present().await? {
                if page.volume.is_none_or(|wanted| wanted == volume.id) {
                    found.extend(oldest::page(&mut *self.reader().await?, volume.id, &page).await?);
                }
            }
            // What lies beyond the shortest page is in another one.
            found.sort_by_key(OldSegment::place);
            found.truncate(Page::LEN);
            Ok(found)
        })
    }

    fn bytes_in(&self, camera: CameraId, range: TimeRange) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move { oldest::bytes_in(&mut *self.reader().await?, camera, range).await })
    }

    fn rooms(&self) -> BoxFuture<'_, Result<Vec<Room>>> {
        Box::pin(async {
            let mut rooms = Vec::new();
            for volume in self.present().await? {
                let disk::Room { free, total, .. } = volume.ask(disk::room).await?;
                rooms.push(Room { volume: volume.id, free_bytes: free, total_bytes: total });
            }
            Ok(rooms)
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
