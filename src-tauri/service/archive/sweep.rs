//! The sweep: one folder at a time, files without a row and rows without a file are found while recording goes on.
//! `fsck` does all of it at once and looks into the files; this only looks at their names.

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
use std::fs::DirEntry;
use std::io::ErrorKind;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// A file that was written to in this time may belong to somebody who is not done with it.
const GRACE_US: i64 = 3_600_000_000;

/// The most rows without a file that one sweep takes away: each is a commit.
const LOST_MAX: usize = 100;

impl SqliteArchive {
    /// Sweeps the folder that follows `after`, on every volume that is there and indexed.
    pub(super) async fn sweep_next(&self, after: Option<&str>) -> Result<Sweep> {
        let mut volumes = self.present().await?;
        // Whose index is being made anew has nothing but files without a row.
        volumes.retain(|volume| volume.is_recovered() || !self.volumes.records());
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
            if self.is_known(volume, path).await? {
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
    for (camera, _) in entries(root, true)? {
        if uuid::Uuid::try_parse(&camera).is_ok() {
            let days = entries(&root.join(&camera), true)?;
            found.extend(days.iter().map(|(day, _)| format!("{camera}/{day}")));
        }
    }
    Ok(found)
}

/// The files of a folder, as paths of the index, and when each was last written to.
fn files_in(root: &Path, folder: &str) -> Result<BTreeMap<String, WallTime>> {
    let mut found = BTreeMap::new();
    for (name, entry) in entries(&root.join(folder), false)? {
        // One that is gone by now is not there.
        if let Ok(about) = entry.metadata() {
            let written = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            found.insert(format!("{folder}/{name}"), WallTime(0) + written.unwrap_or_default());
        }
    }
    Ok(found)
}

/// What is in a folder, either its folders or all else, by name; nothing when it is not there. A name that is not UTF-8
/// is none of ours, and `fsck` tells about it. The kind comes with the list: a network disk is not asked about each.
fn entries(folder: &Path, folders: bool) -> Result<Vec<(String, DirEntry)>> {
    let failed = |error| io_error("a folder cannot be read", folder, error);
    let listed = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.map_err(failed)?,
    };
    let mut found = Vec::new();
    for entry in listed {
        let entry = entry.map_err(failed)?;
        let fits = entry.file_type().is_ok_and(|kind| kind.is_dir() == folders);
        if let (true, Ok(name)) = (fits, entry.file_name().into_string()) {
            found.push((name, entry));
        }
    }
    Ok(found)
}
