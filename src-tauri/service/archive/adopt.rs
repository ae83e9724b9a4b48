//! Making rows from files: for files that have none, and for rows that say something else than their file.

use super::files::Files;
use super::live::end_of;
use super::names::{FileName, QUARANTINE};
use super::volume::Volume;
use super::{SqliteArchive, disk, gaps, gone_is_fine, rows};
use crate::data_dir::io_error;
use crate::mux::Scan;
use crate::store::{adopt_camera, db_error};
use atalaya_model::camera::Role;
use atalaya_model::recording::{GapCause, Segment, SegmentId};
use atalaya_model::storage::Place;
use atalaya_model::time::TimeRange;
use atalaya_model::{Error, Kind, Result};
use sqlx::SqliteConnection;
use std::path::Path;
use std::sync::Arc;

/// Files indexed in one commit: few enough that a recorder, who waits for it, does not notice.
const BATCH: usize = 64;

/// What is in a file.
#[derive(Debug)]
pub(super) enum Content {
    /// Whole fragments; what stood behind them, this many bytes, was cut off.
    Footage(Scan, u64),
    /// Nothing that can be used: the file was removed (it was empty) or put into quarantine.
    Nothing,
    /// There is no file.
    Missing,
}

impl SqliteArchive {
    /// Indexes a file that has no row. False when there was nothing in it to index.
    pub(super) async fn adopt(&self, volume: &Volume, path: &str) -> Result<bool> {
        Ok(self.adopt_some(volume, &[path.to_owned()]).await? == [true])
    }

    /// Indexes files that have no row, many in a commit: one costs more than all the rest. Tells what came of each.
    pub(super) async fn adopt_all(
        &self,
        volume: &Volume,
        paths: &[String],
        mut tell: impl FnMut(&str, Result<bool>),
    ) {
        for some in paths.chunks(BATCH) {
            if let Ok(indexed) = self.adopt_some(volume, some).await {
                some.iter().zip(indexed).for_each(|(path, indexed)| tell(path, Ok(indexed)));
                continue;
            }
            // One of them spoils it for all: each alone.
            for path in some {
                tell(path, self.adopt(volume, path).await);
            }
        }
    }

    async fn adopt_some(&self, volume: &Volume, paths: &[String]) -> Result<Vec<bool>> {
        let mut contents = Vec::with_capacity(paths.len());
        for path in paths {
            contents.push(salvage_on(&self.files, volume, path).await?);
        }
        let mut tx = self.db.begin().await?;
        let mut indexed = Vec::with_capacity(paths.len());
        for (path, content) in paths.iter().zip(&contents) {
            if let Content::Footage(scan, _) = content {
                self.index(&mut tx, volume, path, scan).await?;
            }
            indexed.push(matches!(content, Content::Footage(..)));
        }
        tx.commit().await.map_err(db_error)?;
        Ok(indexed)
    }

    async fn index(&self, tx: &mut SqliteConnection, volume: &Volume, path: &str, scan: &Scan) -> Result<()> {
        let mut segment = describe(scan, &volume.place, path);
        let name = &scan.header.camera_name;
        let camera = adopt_camera(&mut *tx, segment.camera, name, self.clock.wall()).await?;
        segment.id = rows::insert(&mut *tx, volume.id, camera, &segment).await?;
        rows::close(&mut *tx, volume.id, &segment, &segment, &scan.fragments).await?;
        // Gaps are the camera's, and only its main stream counts as its footage.
        if segment.role == Role::Main {
            gaps::note_told(&mut *tx, camera, &scan.header.missing).await?;
        }
        Ok(())
    }

    /// Makes a row say what its file holds; without footage in the file the row goes and a gap stays. The row was
    /// `before`. Returns the fragments found and the bytes cut off.
    pub(super) async fn reindex(&self, volume: &Volume, before: &Segment) -> Result<(u64, u64)> {
        let content = salvage_on(&self.files, volume, &before.path).await?;
        let mut tx = self.db.begin().await?;
        let (lost, found) = match &content {
            Content::Footage(scan, cut) => {
                let segment = Segment { id: before.id, ..describe(scan, &volume.place, &before.path) };
                rows::close(&mut tx, volume.id, before, &segment, &scan.fragments).await?;
                (segment.range.end, (scan.fragments.len() as u64, *cut))
            }
            Content::Nothing | Content::Missing => {
                rows::delete(&mut tx, volume.id, before).await?;
                (before.range.start, (0, 0))
            }
        };
        // Gaps are the camera's, and only its main stream counts as its footage.
        if before.role == Role::Main {
            let missing = TimeRange { start: lost, end: before.range.end };
            gaps::note_lost(&mut tx, before.camera, missing, GapCause::Disk).await?;
        }
        tx.commit().await.map_err(db_error)?;
        Ok(found)
    }
}

/// Reads a file and leaves only whole fragments in it.
async fn salvage_on(files: &Arc<dyn Files>, volume: &Volume, path: &str) -> Result<Content> {
    let (files, path) = (files.clone(), path.to_owned());
    volume.change(move |root| salvage(&*files, root, &path)).await
}

fn salvage(files: &dyn Files, root: &Path, path: &str) -> Result<Content> {
    let full = root.join(path);
    let scanned = match disk::open(&full) {
        Ok(file) if file.len() == 0 => {
            drop(file);
            gone_is_fine(files.unlink(&full), &full)?;
            return Ok(Content::Nothing);
        }
        Ok(mut file) => file.scan().map(|scan| (scan, file.len())),
        Err(error) if error.kind() == Kind::NotFound => return Ok(Content::Missing),
        Err(error) => return Err(error),
    };
    match scanned {
        Ok((scan, len)) if !scan.fragments.is_empty() && is_named_so(&scan, path) => {
            if scan.end < len {
                files
                    .truncate(&full, scan.end)
                    .map_err(|error| io_error("a file's damaged tail cannot be cut off", &full, error))?;
            }
            let behind = len - scan.end;
            Ok(Content::Footage(scan, behind))
        }
        Err(error) if error.kind() != Kind::Corrupt => Err(error),
        _ => {
            quarantine(files, root, path)?;
            Ok(Content::Nothing)
        }
    }
}

/// Whether the file's own header says what its name says: a row made from one must find the other again.
fn is_named_so(scan: &Scan, path: &str) -> bool {
    FileName::parse(path).is_some_and(|name| {
        (name.camera, name.role, name.start.as_millis())
            == (scan.header.camera, scan.header.role, scan.header.start.as_millis())
    })
}

/// Moves a file to where nobody takes it for footage, and nobody deletes it.
fn quarantine(files: &dyn Files, root: &Path, path: &str) -> Result<()> {
    let (from, mut to) = (root.join(path), root.join(QUARANTINE).join(path));
    let folder = to.parent().expect("it lies in the quarantine").to_owned();
    disk::make_folders(files, root, &folder)?;
    let mut copy = 0;
    while to.exists() {
        copy += 1;
        to.set_extension(format!("{copy}.mp4"));
    }
    files
        .rename(&from, &to)
        .and_then(|()| files.sync_folder_of(&to))
        .and_then(|()| files.sync_folder_of(&from))
        .map_err(|error| io_error("a file cannot be put into quarantine", &from, error))?;
    tracing::warn!(from = %from.display(), to = %to.display(), "a file that cannot be indexed is in quarantine");
    Ok(())
}

/// The row of a scanned file, without its number.
fn describe(scan: &Scan, place: &Place, path: &str) -> Segment {
    let header = &scan.header;
    let mut ends = scan.fragments.iter().map(end_of);
    Segment {
        id: SegmentId(0),
        camera: header.camera,
        role: header.role,
        range: TimeRange {
            start: header.start,
            end: ends.next_back().unwrap_or(header.start).max(header.start),
        },
        bytes: scan.end,
        codec: header.video.codec.code().to_owned(),
        width: header.video.width,
        height: header.video.height,
        audio: header.audio.as_ref().map(|audio| audio.codec.code().to_owned()),
        place: place.clone(),
        path: path.to_owned(),
        open: true,
    }
}

/// The files below all `<camera>/<day>/`, as paths of the index, in their order.
pub(super) fn all_files(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for folder in day_folders(root, None)? {
        found.extend(files_of(root, &folder)?);
    }
    found.sort_unstable();
    Ok(found)
}

/// The folders `<camera>/<day>` of days not before `first_day` (`YYYY-MM-DD`), as paths of the index, by day.
pub(super) fn day_folders(root: &Path, first_day: Option<&str>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for camera in listed(root, true)? {
        if uuid::Uuid::try_parse(&camera).is_ok() {
            let days = listed(&root.join(&camera), true)?;
            let days = days.into_iter().filter(|day| first_day.is_none_or(|first| day.as_str() >= first));
            found.extend(days.map(|day| (day, camera.clone())));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(day, camera)| format!("{camera}/{day}")).collect())
}

/// The files of a folder, as paths of the index, in their order.
pub(super) fn files_of(root: &Path, folder: &str) -> Result<Vec<String>> {
    let names = listed(&root.join(folder), false)?;
    Ok(names.into_iter().map(|name| format!("{folder}/{name}")).collect())
}

/// What is in a folder, either its folders or all else, by name.
fn listed(folder: &Path, folders: bool) -> Result<Vec<String>> {
    let failed = |error| io_error("a folder cannot be read", folder, error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) != folders {
            continue;
        }
        match entry.file_name().into_string() {
            Ok(name) => found.push(name),
            // A folder of ours has no such name; what is in it is not looked at.
            Err(_) if folders => (),
            Err(_) => {
                return Err(Error::new(Kind::Corrupt, "a file's name is not UTF-8")
                    .with("path", entry.path().display()));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}
