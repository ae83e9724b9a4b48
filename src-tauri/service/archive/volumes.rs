//! The list of storage directories: which are in use, in which order they take over, and where a camera's footage goes.
//! Must not know: what is in them.

use super::live::lock;
use super::recover::BEFORE_RECORDING;
use super::volume::{PATIENCE, Volume, read_marker, write_marker};
use super::volume_rows::{self, VolumeRow};
use super::{SqliteArchive, blocking, gaps, rows};
use crate::data_dir::io_error;
use crate::store::{Database, camera_row, db_error};
use atalaya_model::camera::{CameraId, Role};
use atalaya_model::ports::{BoxFuture, Clock, Volumes};
use atalaya_model::recording::{GapCause, Segment, SegmentId};
use atalaya_model::storage::{Place, VolumeId, VolumeStatus, taking_over};
use atalaya_model::time::TimeRange;
use atalaya_model::{Error, Kind, Result};
use futures_util::future::join_all;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// The storage directories in use.
pub(super) struct VolumeList {
    db: Database,
    clock: Arc<dyn Clock>,
    /// The directory that is a volume without being added: the one in the data folder.
    first: PathBuf,
    /// By row. Each is one object for as long as it is in use, since it counts the work on it.
    known: Mutex<HashMap<i64, Arc<Volume>>>,
    /// Whether this program records: it then puts right what comes back late.
    records: AtomicBool,
}

/// One of the list.
pub(super) struct Listed {
    pub(super) volume: Arc<Volume>,
    pub(super) is_default: bool,
}

impl VolumeList {
    pub(super) fn new(db: Database, first: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock, first, known: Mutex::default(), records: AtomicBool::new(false) }
    }

    /// The directory in the data folder.
    pub(super) fn first(&self) -> &Path {
        &self.first
    }

    pub(super) fn records(&self) -> bool {
        self.records.load(Ordering::Acquire)
    }

    pub(super) fn set_records(&self) {
        self.records.store(true, Ordering::Release);
    }

    /// All in use, in their order. The first directory becomes a volume when it never was one.
    pub(super) async fn listed(&self) -> Result<Vec<Listed>> {
        let first = text(&self.first)?;
        let mut rows = self.rows().await?;
        if rows.iter().all(|row| row.root != first) {
            if let Err(error) = self.claim(first).await {
                if rows.iter().all(|row| row.removed) {
                    return Err(error);
                }
                tracing::warn!(%error, "the storage directory in the data folder is not there");
            }
            rows = self.rows().await?;
        }
        rows.retain(|row| !row.removed);
        let default = rows
            .iter()
            .position(|row| row.is_default)
            .or_else(|| rows.iter().position(|row| row.root == first))
            .unwrap_or(0);
        let mut known = lock(&self.known);
        let listed = rows.into_iter().enumerate().map(|(at, row)| {
            let place = Place { volume: row.volume, root: row.root.into() };
            let volume = known
                .get(&row.id)
                .filter(|volume| volume.place == place)
                .cloned()
                .unwrap_or_else(|| Arc::new(Volume::new(row.id, place, self.clock.clone())));
            Listed { volume, is_default: at == default }
        });
        let listed: Vec<Listed> = listed.collect();
        *known = listed.iter().map(|one| (one.volume.id, one.volume.clone())).collect();
        Ok(listed)
    }

    /// All in use, in their order.
    pub(super) async fn all(&self) -> Result<Vec<Arc<Volume>>> {
        Ok(self.listed().await?.into_iter().map(|one| one.volume).collect())
    }

    /// One in use. `NotFound`.
    pub(super) async fn find(&self, volume: VolumeId) -> Result<Arc<Volume>> {
        Ok(self.find_listed(volume).await?.volume)
    }

    async fn find_listed(&self, volume: VolumeId) -> Result<Listed> {
        self.listed().await?.into_iter().find(|one| one.volume.place.volume == volume).ok_or_else(|| {
            Error::new(Kind::NotFound, "no storage directory in use has this id").with("id", volume)
        })
    }

    async fn rows(&self) -> Result<Vec<VolumeRow>> {
        let mut conn = self.db.read().acquire().await.map_err(db_error)?;
        volume_rows::volumes(&mut conn).await
    }

    /// Makes a directory a volume, or takes over the one that it is by its marker. `Refused` when it is known as another
    /// one.
    async fn claim(&self, root: &str) -> Result<()> {
        let refuse = |message: &'static str| Err(Error::new(Kind::Refused, message).with("path", root));
        let mut tx = self.db.begin().await?;
        let expected = rows::volume_at(&mut tx, root).await?;
        // Read while nobody else can write: another program may just have made this directory a volume.
        match (expected, marker_of(root).await?) {
            (Some(expected), Some(marker)) if expected.1 == marker => (),
            (Some(_), Some(_)) => return refuse("another volume is where the footage was"),
            (Some(_), None) => return refuse("the storage volume is not there: its marker is missing"),
            (None, Some(marker)) => {
                rows::take_volume(&mut tx, marker, root).await?;
            }
            (None, None) => {
                let marker = Uuid::new_v4();
                // The marker first: a row without one would be refused for ever.
                mark(root, marker).await?;
                rows::new_volume(&mut tx, marker, root, self.clock.wall()).await?;
            }
        }
        tx.commit().await.map_err(db_error)
    }

    /// Takes a directory into use that was checked.
    async fn take(&self, root: &str) -> Result<VolumeId> {
        let in_use = self.all().await?;
        let found = marker_of(root).await?;
        if let Some(known) = in_use.iter().find(|volume| Some(volume.place.volume.0) == found)
            && known.check().await.is_ok()
        {
            return Err(Error::new(Kind::Conflict, "this volume is in use from another directory")
                .with("path", &*known.place.root));
        }
        let marker = found.unwrap_or_else(Uuid::new_v4);
        // Also where there is one: it shows that the directory takes files.
        mark(root, marker).await?;
        let mut tx = self.db.begin().await?;
        if let Some((id, uuid)) = rows::volume_at(&mut tx, root).await?
            && uuid != marker
        {
            // A disk that is out of use was here; another one has its place now.
            volume_rows::drop_volume(&mut tx, id).await?;
        }
        let id = match found {
            Some(marker) => rows::take_volume(&mut tx, marker, root).await?,
            None => rows::new_volume(&mut tx, marker, root, self.clock.wall()).await?,
        };
        volume_rows::use_volume(&mut tx, id).await?;
        tx.commit().await.map_err(db_error)?;
        Ok(VolumeId(marker))
    }
}

impl SqliteArchive {
    /// The volume of a file in the index. `NotFound` when it is not in use.
    pub(super) async fn volume_of(&self, place: &Place) -> Result<Arc<Volume>> {
        // Asked with every fragment that is played: the list is read only for a directory not known here.
        let known = lock(&self.volumes.known).values().find(|volume| volume.place == *place).cloned();
        match known {
            Some(volume) => Ok(volume),
            None => self.volumes.find(place.volume).await,
        }
    }

    async fn statuses(&self) -> Result<Vec<VolumeStatus>> {
        let listed = self.volumes.listed().await?;
        let assigned = volume_rows::assigned(&mut *self.reader().await?).await?;
        let looks = join_all(listed.iter().map(|one| one.volume.look())).await;
        let mut found = Vec::new();
        for (one, look) in listed.iter().zip(looks) {
            let (_, stored) = rows::totals(&mut *self.reader().await?, one.volume.id).await?;
            found.push(VolumeStatus {
                place: one.volume.place.clone(),
                state: look.state,
                detail: look.detail,
                used_bytes: stored + self.live.bytes_on(one.volume.id),
                free_bytes: look.room.as_ref().map(|room| room.free),
                total_bytes: look.room.as_ref().map(|room| room.total),
                is_default: one.is_default,
                cameras: assigned
                    .iter()
                    .filter(|(volume, _)| *volume == one.volume.id)
                    .map(|(_, camera)| *camera)
                    .collect(),
            });
        }
        Ok(found)
    }

    async fn places_of(&self, camera: CameraId) -> Result<Vec<Place>> {
        let listed = self.volumes.listed().await?;
        let own = volume_rows::assigned_to(&mut *self.reader().await?, camera).await?;
        let own = listed
            .iter()
            .find(|one| Some(one.volume.id) == own)
            .or_else(|| listed.iter().find(|one| one.is_default))
            .map(|one| one.volume.place.volume)
            .unwrap_or_default();
        let places = listed.iter().map(|one| one.volume.place.clone()).collect();
        let mut order = taking_over(places, own);
        // Stable: the others keep their order.
        order.sort_by_key(|place| {
            listed.iter().any(|one| one.volume.place == *place && one.volume.is_stalled())
        });
        Ok(order)
    }

    async fn add(&self, path: &str) -> Result<VolumeId> {
        let in_use = self.volumes.all().await?;
        let others = in_use.iter().map(|volume| volume.root().to_owned()).collect::<Vec<_>>();
        let (first, reserved) = (self.volumes.first().to_owned(), self.reserved.clone());
        let wanted = PathBuf::from(path);
        let root = answer(path, move || check_folder(&wanted, &others, &first, reserved.as_deref())).await?;
        let added = self.volumes.take(&root).await?;
        let volume = self.volumes.find(added).await?;
        let _turn = volume.recovery.lock().await;
        self.recover_volume(&volume, Some(BEFORE_RECORDING)).await?;
        tracing::info!(path = root, volume = %added, "a storage directory is in use");
        Ok(added)
    }

    async fn take_out(&self, id: VolumeId, accept_loss: bool) -> Result<()> {
        let Listed { volume, is_default } = self.volumes.find_listed(id).await?;
        let conflict = |message: &'static str| {
            Err(Error::new(Kind::Conflict, message).with("path", &*volume.place.root))
        };
        if is_default {
            return conflict("the default storage directory stays: make another one the default first");
        }
        if self.live.is_used(volume.id) {
            return conflict("the storage directory is being written to");
        }
        let (segments, bytes) = volume_rows::held(&mut *self.reader().await?, volume.id).await?;
        if segments > 0 {
            let refuse = |message: &'static str| {
                Err(Error::new(Kind::Refused, message)
                    .with("path", &*volume.place.root)
                    .with("segments", segments)
                    .with("bytes", bytes))
            };
            if volume.check().await.is_ok() {
                return refuse("the storage directory holds footage");
            }
            if !accept_loss {
                return refuse(
                    "the storage directory is not there, and the footage in it would be forgotten",
                );
            }
            self.forget_footage(&volume).await?;
        }
        let mut tx = self.db.begin().await?;
        volume_rows::put_volume_away(&mut tx, volume.id, self.clock.wall()).await?;
        tx.commit().await.map_err(db_error)?;
        tracing::info!(path = &*volume.place.root, volume = %id, segments, "a storage directory is out of use");
        Ok(())
    }

    /// Forgets the footage of a volume that is gone: its time becomes gaps.
    async fn forget_footage(&self, volume: &Volume) -> Result<()> {
        loop {
            let batch = rows::after(&mut *self.reader().await?, volume.id, SegmentId(i64::MIN)).await?;
            if batch.is_empty() {
                return Ok(());
            }
            let mut tx = self.db.begin().await?;
            for segment in &batch {
                rows::delete(&mut tx, volume.id, segment).await?;
            }
            let mut lost: Vec<_> = batch.iter().filter(|segment| segment.role == Role::Main).collect();
            lost.sort_by_key(|segment| (segment.camera, segment.range.start));
            // What follows on is one gap, so that a year is not noted minute by minute.
            let follows_on = |one: &&Segment, next: &&Segment| {
                one.camera == next.camera && one.range.end >= next.range.start
            };
            for run in lost.chunk_by(follows_on) {
                let end = run.iter().map(|segment| segment.range.end).max().unwrap_or_default();
                let missing = TimeRange { start: run[0].range.start, end };
                gaps::note_lost(&mut tx, run[0].camera, missing, GapCause::Disk).await?;
            }
            tx.commit().await.map_err(db_error)?;
        }
    }

    async fn assign(&self, camera: CameraId, volume: Option<VolumeId>) -> Result<()> {
        let row = match volume {
            Some(volume) => Some(self.volumes.find(volume).await?.id),
            None => None,
        };
        let mut tx = self.db.begin().await?;
        let camera = camera_row(&mut tx, camera).await?;
        volume_rows::assign(&mut tx, camera, row).await?;
        tx.commit().await.map_err(db_error)
    }

    async fn make_default(&self, volume: VolumeId) -> Result<()> {
        let row = self.volumes.find(volume).await?.id;
        let mut tx = self.db.begin().await?;
        volume_rows::make_default(&mut tx, row).await?;
        tx.commit().await.map_err(db_error)
    }
}

impl Volumes for SqliteArchive {
    fn volumes(&self) -> BoxFuture<'_, Result<Vec<VolumeStatus>>> {
        Box::pin(self.statuses())
    }

    fn places(&self, camera: CameraId) -> BoxFuture<'_, Result<Vec<Place>>> {
        Box::pin(self.places_of(camera))
    }

    fn add_volume<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<VolumeId>> {
        Box::pin(self.add(path))
    }

    fn remove_volume(&self, volume: VolumeId, accept_loss: bool) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.take_out(volume, accept_loss))
    }

    fn assign_volume(&self, camera: CameraId, volume: Option<VolumeId>) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.assign(camera, volume))
    }

    fn make_default_volume(&self, volume: VolumeId) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.make_default(volume))
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| {
        Error::new(Kind::InvalidInput, "the storage's path is not UTF-8").with("path", path.display())
    })
}

/// What a directory that is not in use yet answers, in bounded time.
async fn answer<T: Send + 'static>(
    path: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::time::timeout(PATIENCE, blocking(work)).await.unwrap_or_else(|_| {
        Err(Error::new(Kind::Timeout, "the storage directory does not answer").with("path", path))
    })
}

async fn marker_of(root: &str) -> Result<Option<Uuid>> {
    let path = PathBuf::from(root);
    answer(root, move || read_marker(&path)).await
}

async fn mark(root: &str, marker: Uuid) -> Result<()> {
    let path = PathBuf::from(root);
    answer(root, move || write_marker(&path, marker)).await
}

/// The path under which a directory is taken into use, without links in it: what lies in what can be told from two such
/// paths alone, while one of the disks does not answer.
fn check_folder(wanted: &Path, others: &[PathBuf], first: &Path, reserved: Option<&Path>) -> Result<String> {
    let refuse = |kind, message: &'static str| Err(Error::new(kind, message).with("path", wanted.display()));
    if !wanted.is_absolute() || wanted.components().any(|part| part == Component::ParentDir) {
        return refuse(Kind::InvalidInput, "a storage directory is named by an absolute path");
    }
    let real = real_path(wanted);
    if real.exists() && !real.is_dir() {
        return refuse(Kind::InvalidInput, "a storage directory is a directory");
    }
    let first_real = real_path(first);
    let touches = |other: &Path| real.starts_with(other) || other.starts_with(&real);
    if others.iter().any(|other| touches(if other == first { &first_real } else { other })) {
        return refuse(Kind::Conflict, "a storage directory neither lies in another one nor holds one");
    }
    if real != first_real && reserved.is_some_and(|reserved| touches(&real_path(reserved))) {
        return refuse(Kind::Conflict, "a storage directory neither lies in the data folder nor holds it");
    }
    if !real.is_dir() {
        std::fs::create_dir(&real)
            .map_err(|error| io_error("the storage directory cannot be made", &real, error))?;
    }
    text(&real).map(str::to_owned)
}

/// A path without links, as far as it exists.
fn real_path(path: &Path) -> PathBuf {
    let resolved = std::fs::canonicalize(path).or_else(|error| match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => std::fs::canonicalize(folder).map(|folder| folder.join(name)),
        _ => Err(error),
    });
    resolved.unwrap_or_else(|_| path.components().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use atalaya_model::time::WallTime;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_looks_while_another_program_makes_the_volume_finds_it_made() {
        let temp = tempfile::tempdir().unwrap();
        let (file, root) = (temp.path().join("atalaya.db"), temp.path().join("footage"));
        let (maker, reader) = (Database::open(&file).await.unwrap(), Database::open(&file).await.unwrap());
        let mut tx = maker.begin().await.unwrap();
        let clock = Arc::new(crate::clock::SystemClock::new());
        let list = VolumeList::new(reader, root.clone(), clock);
        let make = async {
            // Time for the other one to find no volume, and to wait for the database.
            tokio::time::sleep(Duration::from_millis(200)).await;
            let marker = Uuid::new_v4();
            write_marker(&root, marker).unwrap();
            rows::new_volume(&mut tx, marker, root.to_str().unwrap(), WallTime(0)).await.unwrap();
            tx.commit().await.unwrap();
            marker
        };
        let (looked, made) = tokio::join!(list.all(), make);
        assert_eq!(looked.unwrap()[0].place.volume, VolumeId(made));
    }

    #[test]
    fn directories_lie_side_by_side() {
        let temp = tempfile::tempdir().unwrap();
        let base = std::fs::canonicalize(temp.path()).unwrap();
        for folder in ["data/recordings", "data/exports", "disk/inside"] {
            std::fs::create_dir_all(base.join(folder)).unwrap();
        }
        std::fs::write(base.join("file"), "").unwrap();
        let (data, first) = (base.join("data"), base.join("data/recordings"));
        let others = [base.join("disk/inside")];
        let kind =
            |path: &Path| check_folder(path, &others, &first, Some(&data)).map_err(|error| error.kind());
        assert_eq!(kind(Path::new("relative")), Err(Kind::InvalidInput));
        assert_eq!(kind(&base.join("disk/../other")), Err(Kind::InvalidInput));
        assert_eq!(kind(&base.join("file")), Err(Kind::InvalidInput));
        for taken in ["disk", "disk/inside", "disk/inside/deeper", "data", "data/exports", ""] {
            assert_eq!(kind(&base.join(taken)), Err(Kind::Conflict), "{taken}");
        }
        assert_eq!(kind(&first), Ok(first.to_str().unwrap().to_owned()));
        assert_eq!(kind(&base.join("new/")), Ok(base.join("new").to_str().unwrap().to_owned()));
        assert!(base.join("new").is_dir());
    }
}
