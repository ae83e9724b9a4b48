//! Deleting in two phases: rows become `garbage` in one commit, then the files go, then the garbage rows. A crash in
//! between leaves garbage that the next start collects.

use super::{SqliteArchive, blocking, gaps, gone_is_fine, protected, rows};
use crate::data_dir::{io_error, sync_folder};
use crate::store::db_error;
use atalaya_model::camera::Role;
use atalaya_model::recording::{GapCause, SegmentId};
use atalaya_model::retention::DeletionOrder;
use atalaya_model::{Error, Kind, Result};
use std::collections::BTreeSet;
use std::path::Path;

/// Segments deleted in one commit: few, so that recorders waiting for the one writer connection hardly notice (P14).
const BATCH: usize = 32;

impl SqliteArchive {
    /// Deletes segments, and records it when it is by order. Those that are gone already or protected are passed over;
    /// one that is being written is a `Conflict`. Returns how many were deleted.
    pub(super) async fn remove(&self, ids: &[SegmentId], order: Option<DeletionOrder>) -> Result<u64> {
        let volume = self.volume.check(&self.db, self.clock.wall()).await?;
        let in_force_at = order.map_or_else(|| self.clock.wall(), |order| order.in_force_at);
        let mut removed = 0;
        for batch in ids.chunks(BATCH) {
            let mut gone = Vec::with_capacity(batch.len());
            let mut tx = self.db.begin().await?;
            for &id in batch {
                let segment = match rows::by_id(&mut tx, id).await {
                    Ok(segment) => segment,
                    Err(error) if error.kind() == Kind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                if segment.open {
                    return Err(Error::new(Kind::Conflict, "the segment is still being written")
                        .with("segment", id.0));
                }
                if protected::covers(&mut tx, &segment, in_force_at).await? {
                    continue;
                }
                rows::add_garbage(&mut tx, volume, &segment.path).await?;
                rows::delete(&mut tx, volume, &segment).await?;
                if segment.role == Role::Main {
                    gaps::note_lost(&mut tx, segment.camera, segment.range, GapCause::Retention).await?;
                }
                gone.push(segment);
            }
            if let Some(order) = order {
                protected::note(&mut tx, (order.rule, order.author), self.clock.wall(), &gone).await?;
            }
            tx.commit().await.map_err(db_error)?;
            removed += gone.len() as u64;
            self.collect_garbage(volume).await?;
        }
        Ok(removed)
    }

    /// Unlinks what is garbage, and forgets it when that is durable.
    pub(super) async fn collect_garbage(&self, volume: i64) -> Result<()> {
        let paths = rows::garbage(&mut *self.reader().await?, volume).await?;
        if paths.is_empty() {
            return Ok(());
        }
        let (root, files) = (self.volume.root().to_owned(), paths.clone());
        let today = self.clock.wall().to_rfc3339();
        blocking(move || unlink(&root, &files, &today)).await?;
        let mut tx = self.db.begin().await?;
        for path in &paths {
            rows::drop_garbage(&mut tx, volume, path).await?;
        }
        tx.commit().await.map_err(db_error)
    }
}

fn unlink(root: &Path, paths: &[String], today: &str) -> Result<()> {
    let mut folders = BTreeSet::new();
    for path in paths {
        let full = root.join(path);
        gone_is_fine(std::fs::remove_file(&full), &full)?;
        folders.extend(full.parent().map(Path::to_owned));
    }
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let inside = folder.join("any");
        sync_folder(&inside).map_err(|error| io_error("a folder cannot be synced", folder, error))?;
        // A past day's folder that is empty goes too; one with files in it stays by itself. A recorder may just be
        // making a file in today's.
        let is_today =
            folder.file_name().and_then(|name| name.to_str()).is_some_and(|day| today.starts_with(day));
        if !is_today {
            let _ = std::fs::remove_dir(folder);
        }
    }
    Ok(())
}
