//! The sweep: one folder at a time, files without a row and rows without a file are found while recording goes on.
//! `fsck` does all of it at once and looks into the files; this only looks at their names.

use super::names::FileName;
use super::volume::Volume;
use super::{SqliteArchive, oldest, protected, rows};
use crate::data_dir::io_error;
use crate::store::db_error;
use atalaya_model::camera::CameraId;
use atalaya_model::recording::Segment;
use atalaya_model::retention::{Author, DAY_US, Rule, Sweep};
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::{Kind, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// A file that was written to in this time may belong to somebody who is not done with it.
const GRACE_US: i64 = 3_600_000_000;

/// The most rows without a file that one sweep takes away: each is a commit.
const LOST_MAX: usize = 100;

impl SqliteArchive {
    /// Sweeps the folder that follows `after`, on every volume that is there.
    pub(super) async fn sweep_next(&self, after: Option<&str>) -> Result<Sweep> {
        let volumes = self.present().await?;
        let mut folders = BTreeSet::new();
        for volume in &volumes {
            folders.extend(volume.ask(day_folders).await?);
            folders.extend(oldest::folders(&mut *self.reader().await?, volume.id).await?);
        }
        let next = folders.iter().find(|folder| after.is_none_or(|after| folder.as_str() > after));
        let Some(folder) = next.or_else(|| folders.first()).cloned() else {
            return Ok(Sweep::default());
        };
        let (mut adopted, mut lost) = (0, 0);
        for volume in &volumes {
            let inside = folder.clone();
            let files = volume.ask(move |root| files_in(root, &inside)).await?;
            adopted += self.adopt_strays(volume, &files).await?;
            lost += self.give_up_lost(volume, &folder, &files).await?;
        }
        Ok(Sweep { folder: Some(folder), adopted, lost })
    }

    /// Indexes files without a row, or puts them into quarantine.
    async fn adopt_strays(&self, volume: &Volume, files: &BTreeMap<String, WallTime>) -> Result<u64> {
        let garbage: BTreeSet<String> =
            rows::garbage(&mut *self.reader().await?, volume.id).await?.into_iter().collect();
        let settled = self.clock.wall().plus_micros(-GRACE_US);
        let mut adopted = 0;
        for (path, _) in files.iter().filter(|&(path, at)| *at < settled && !garbage.contains(path)) {
            let indexed = match FileName::parse(path) {
                Some(name) => rows::by_name(&mut *self.reader().await?, volume.id, &name).await?.is_some(),
                None => false,
            };
            if indexed || self.live.writes(volume.id, path) {
                continue;
            }
            match self.adopt(volume, path).await {
                Ok(indexed) => {
                    tracing::warn!(path, indexed, "a file had no row");
                    adopted += 1;
                }
                Err(error) => tracing::error!(path, %error, "a file without a row could not be indexed"),
            }
        }
        Ok(adopted)
    }

    /// Makes gaps of rows whose file is gone.
    async fn give_up_lost(
        &self,
        volume: &Volume,
        folder: &str,
        files: &BTreeMap<String, WallTime>,
    ) -> Result<u64> {
        let Some((camera, day)) = day_of(folder) else {
            return Ok(0);
        };
        let listed = rows::touching(&mut *self.reader().await?, volume.id, Some(camera), day).await?;
        let missing = listed.into_iter().filter(|segment| {
            !segment.open && segment.range.start >= day.start && !files.contains_key(&segment.path)
        });
        let mut lost = 0;
        for segment in missing.take(LOST_MAX) {
            if self.is_lost(volume, &segment).await? {
                tracing::error!(path = segment.path, "a segment's file is gone");
                self.reindex(volume, &segment).await?;
                let mut tx = self.db.begin().await?;
                let now = self.clock.wall();
                protected::note(&mut tx, (Rule::Lost, Author::Rule), now, std::slice::from_ref(&segment))
                    .await?;
                tx.commit().await.map_err(db_error)?;
                lost += 1;
            }
        }
        Ok(lost)
    }

    /// Whether a segment has its row still and its file no more, on a volume that is there.
    async fn is_lost(&self, volume: &Volume, segment: &Segment) -> Result<bool> {
        if let Err(error) = rows::by_id(&mut *self.reader().await?, segment.id).await {
            return if error.kind() == Kind::NotFound { Ok(false) } else { Err(error) };
        }
        let path = segment.path.clone();
        let gone = volume
            .ask(move |root| {
                let about = std::fs::symlink_metadata(root.join(path));
                Ok(about.is_err_and(|error| error.kind() == ErrorKind::NotFound))
            })
            .await?;
        // Asked last: an unmounted volume has no files at all.
        volume.check().await?;
        Ok(gone)
    }
}

/// The camera and the day of a folder; none when none of ours has such a name.
fn day_of(folder: &str) -> Option<(CameraId, TimeRange)> {
    let (camera, day) = folder.split_once('/')?;
    let start = WallTime::parse(&format!("{day}T00:00:00Z")).ok()?;
    let range = TimeRange::new(start, start.plus_micros(DAY_US)).ok()?;
    Some((camera.parse().ok()?, range))
}

/// The folders `<camera>/<day>` that there are.
fn day_folders(root: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for camera in names(root, true)?.into_keys() {
        if uuid::Uuid::try_parse(&camera).is_ok() {
            found.extend(names(&root.join(&camera), true)?.into_keys().map(|day| format!("{camera}/{day}")));
        }
    }
    Ok(found)
}

/// The files of a folder, as paths of the index, and when each was last written to.
fn files_in(root: &Path, folder: &str) -> Result<BTreeMap<String, WallTime>> {
    let found = names(&root.join(folder), false)?;
    Ok(found.into_iter().map(|(name, at)| (format!("{folder}/{name}"), at)).collect())
}

/// What is in a folder, either its folders or all else; nothing when it is not there. A name that is not UTF-8 is none
/// of ours, and `fsck` tells about it.
fn names(folder: &Path, folders: bool) -> Result<BTreeMap<String, WallTime>> {
    let failed = |error| io_error("a folder cannot be read", folder, error);
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.map_err(failed)?,
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let Ok(about) = entry.metadata() else {
            continue;
        };
        if let (true, Some(name)) = (about.is_dir() == folders, entry.file_name().to_str()) {
            let written = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            found.insert(name.to_owned(), WallTime(0) + written.unwrap_or_default());
        }
    }
    Ok(found)
}
