//! Deleting in two phases: rows become `garbage` in one commit, then the files go, then the garbage rows. A crash in
//! between leaves garbage that the next start collects.

use super::files::Files;
use super::volume::Volume;
use super::{SqliteArchive, gaps, gone_is_fine, protected, rows};
use crate::data_dir::io_error;
use crate::store::db_error;
use atalaya_model::camera::Role;
use atalaya_model::recording::{GapCause, SegmentId};
use atalaya_model::retention::DeletionOrder;
use atalaya_model::storage::VolumeId;
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Segments forgotten in one commit: few, so that recorders waiting for the one writer connection hardly notice (P14).
const BATCH: usize = 32;

/// Segments whose files go together: many, because each folder of theirs is synced, which recorders' syncs wait for.
const FILES: usize = 16 * BATCH;

impl SqliteArchive {
    /// Deletes segments, and records it when it is by order. Those that are gone already or protected are passed over;
    /// one that is being written is a `Conflict`. Those on a volume that is not there stay as they are, and are an error
    /// when the others are deleted. Returns how many were deleted.
    pub(super) async fn remove(&self, ids: &[SegmentId], order: Option<DeletionOrder>) -> Result<u64> {
        let in_force_at = order.map_or_else(|| self.clock.wall(), |order| order.in_force_at);
        let (mut there, mut missing, mut removed) = (Vec::new(), Vec::new(), 0);
        for volume in self.volumes.all().await? {
            match volume.check().await {
                Ok(()) => there.push(volume),
                Err(error) => missing.push((volume, error)),
            }
        }
        let mut kept = BTreeSet::new();
        for some in ids.chunks(FILES) {
            let forgotten = self.forget(some, order, in_force_at, &there, &mut kept).await;
            // The files of those before an error go, too.
            let mut collected = Ok(());
            for volume in &there {
                collected = collected.and(self.collect_garbage(volume).await);
            }
            removed += forgotten?;
            collected?;
        }
        match missing.into_iter().find(|(volume, _)| kept.contains(&volume.place.volume)) {
            Some((_, error)) => Err(error),
            None => Ok(removed),
        }
    }

    /// Makes rows garbage, in small commits. Returns how many; `kept` gets the volumes of those that are not there.
    async fn forget(
        &self,
        ids: &[SegmentId],
        order: Option<DeletionOrder>,
        in_force_at: WallTime,
        there: &[Arc<Volume>],
        kept: &mut BTreeSet<VolumeId>,
    ) -> Result<u64> {
        let mut forgotten = 0;
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
                let Some(volume) = there.iter().find(|volume| volume.place.volume == segment.place.volume)
                else {
                    kept.insert(segment.place.volume);
                    continue;
                };
                if protected::covers(&mut tx, &segment, in_force_at).await? {
                    continue;
                }
                rows::add_garbage(&mut tx, volume.id, &segment.path).await?;
                rows::delete(&mut tx, volume.id, &segment).await?;
                if segment.role == Role::Main {
                    gaps::note_lost(&mut tx, segment.camera, segment.range, GapCause::Retention).await?;
                }
                gone.push(segment);
            }
            if let Some(order) = order {
                protected::note(&mut tx, (order.rule, order.author), self.clock.wall(), &gone).await?;
            }
            tx.commit().await.map_err(db_error)?;
            forgotten += gone.len() as u64;
        }
        Ok(forgotten)
    }

    /// Unlinks what is garbage on a volume, and forgets it when that is durable.
    pub(super) async fn collect_garbage(&self, volume: &Volume) -> Result<()> {
        let paths = rows::garbage(&mut *self.reader().await?, volume.id).await?;
        if paths.is_empty() {
            return Ok(());
        }
        let (garbage, files) = (paths.clone(), self.files.clone());
        let today = self.clock.wall().to_rfc3339();
        volume.change(move |root| unlink(&*files, root, &garbage, &today)).await?;
        let mut tx = self.db.begin().await?;
        for path in &paths {
            rows::drop_garbage(&mut tx, volume.id, path).await?;
        }
        tx.commit().await.map_err(db_error)
    }
}

fn unlink(files: &dyn Files, root: &Path, paths: &[String], today: &str) -> Result<()> {
    let mut folders = BTreeSet::new();
    for path in paths {
        let full = root.join(path);
        gone_is_fine(files.unlink(&full), &full)?;
        folders.extend(full.parent().map(Path::to_owned));
    }
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let inside = folder.join("any");
        files
            .sync_folder_of(&inside)
            .map_err(|error| io_error("a folder cannot be synced", folder, error))?;
        // A past day's folder that is empty goes too; one with files in it stays by itself. A recorder may just be
        // making a file in today's.
        let is_today =
            folder.file_name().and_then(|name| name.to_str()).is_some_and(|day| today.starts_with(day));
        if !is_today {
            let _ = files.remove_folder(folder);
        }
    }
    Ok(())
}
