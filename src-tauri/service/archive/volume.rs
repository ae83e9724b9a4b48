//! One storage directory and its marker: a file with a UUID that tells the right disk from an empty mount point or
//! another disk. Nothing is written or deleted when it is missing or another one (R5). What runs on it has threads of
//! its own number, so that a disk that does not answer holds nobody up but those who wait for it.
//!
//! Must not know: which other directories there are, what is recorded.

use super::live::lock;
use super::{blocking, disk};
use crate::data_dir::{io_error, replace_private_file};
use atalaya_model::ports::Clock;
use atalaya_model::storage::{Place, VolumeState};
use atalaya_model::time::MonoTime;
use atalaya_model::{Error, Kind, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

const MARKER: &str = ".atalaya-volume";

/// Threads that may work on one directory at once: enough for sixteen cameras that sync their files in turn, few
/// enough that several directories that hang leave threads for the others.
const SLOTS: usize = 8;

/// How long a directory may take to answer before it counts as stalled. A disk that slept spins up in less.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Below this much room, in bytes, a directory is full: a few of the largest fragments.
const FULL_BELOW: u64 = 64 << 20;

/// Work that has begun and not ended.
#[derive(Debug, Default)]
struct Works {
    next: u64,
    /// Since when, by the order in which it began.
    since: BTreeMap<u64, MonoTime>,
}

/// Keeps work on the list for as long as it goes on.
struct Busy {
    works: Arc<Mutex<Works>>,
    number: u64,
}

impl Busy {
    fn begin(works: &Arc<Mutex<Works>>, now: MonoTime) -> Self {
        let mut list = lock(works);
        let number = list.next;
        list.next += 1;
        list.since.insert(number, now);
        Self { works: works.clone(), number }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        lock(&self.works).since.remove(&self.number);
    }
}

/// A storage directory in use.
pub(super) struct Volume {
    /// Its row.
    pub(super) id: i64,
    pub(super) place: Place,
    clock: Arc<dyn Clock>,
    slots: Arc<Semaphore>,
    works: Arc<Mutex<Works>>,
    /// Whether what a crash left here was put right: before that its clean mark stays.
    recovered: AtomicBool,
    /// Held by whoever puts it right.
    pub(super) recovery: tokio::sync::Mutex<()>,
}

/// What a look at a directory shows.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) state: VolumeState,
    pub(super) detail: Option<String>,
    /// None when it is not there, or the system does not tell.
    pub(super) room: Option<disk::Room>,
}

impl Volume {
    pub(super) fn new(id: i64, place: Place, clock: Arc<dyn Clock>) -> Self {
        Self {
            id,
            place,
            clock,
            slots: Arc::new(Semaphore::new(SLOTS)),
            works: Arc::default(),
            recovered: AtomicBool::new(false),
            recovery: tokio::sync::Mutex::default(),
        }
    }

    /// The directory.
    pub(super) fn root(&self) -> &Path {
        Path::new(&*self.place.root)
    }

    pub(super) fn is_recovered(&self) -> bool {
        self.recovered.load(Ordering::Acquire)
    }

    pub(super) fn set_recovered(&self) {
        self.recovered.store(true, Ordering::Release);
    }

    /// Whether something that was begun here should have ended long ago.
    pub(super) fn is_stalled(&self) -> bool {
        let oldest = lock(&self.works).since.values().next().copied();
        oldest.is_some_and(|since| self.clock.mono().since(since) >= PATIENCE)
    }

    /// Works on the directory when one of its threads is free, however long that takes. Once begun, the work goes on to
    /// its end even when the caller goes away.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let slot = self.slots.clone().acquire_owned().await.map_err(|error| {
            Error::new(Kind::Internal, "nobody works on the storage directory any more").caused_by(error)
        })?;
        let busy = Busy::begin(&self.works, self.clock.mono());
        let root = self.place.root.clone();
        blocking(move || {
            let _until_done = (slot, busy);
            work(Path::new(&*root))
        })
        .await
    }

    /// The same for work that changes something: only on the right disk.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let expected = self.place.volume.0;
        self.run(move |root| {
            verify(root, expected)?;
            work(root)
        })
        .await
    }

    /// The same for whoever cannot wait: `Timeout` when the directory does not answer.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let silent = || {
            Err(Error::new(Kind::Timeout, "the storage directory does not answer")
                .with("path", &*self.place.root))
        };
        if self.is_stalled() {
            return silent();
        }
        tokio::time::timeout(PATIENCE, self.run(work)).await.unwrap_or_else(|_| silent())
    }

    /// Whether it is there and the right one. `Refused` when it is not, `Timeout` when it does not answer.
    pub(super) async fn check(&self) -> Result<()> {
        let expected = self.place.volume.0;
        self.ask(move |root| verify(root, expected)).await
    }

    /// How it fares.
    pub(super) async fn look(&self) -> Look {
        let expected = self.place.volume.0;
        self.ask(move |root| Ok(look(root, expected))).await.unwrap_or_else(|error| Look {
            state: VolumeState::Stalled,
            detail: Some(error.to_string()),
            room: None,
        })
    }
}

fn verify(root: &Path, expected: Uuid) -> Result<()> {
    let refuse = |message: &'static str| Err(Error::new(Kind::Refused, message).with("path", root.display()));
    match read_marker(root)? {
        Some(found) if found == expected => Ok(()),
        Some(_) => refuse("another volume is where the footage was"),
        None => refuse("the storage volume is not there: its marker is missing"),
    }
}

fn look(root: &Path, expected: Uuid) -> Look {
    let absent = |state, detail| Look { state, detail, room: None };
    match read_marker(root) {
        Ok(Some(found)) if found == expected => (),
        Ok(Some(found)) => return absent(VolumeState::Wrong, Some(format!("its marker is {found}"))),
        Ok(None) => return absent(VolumeState::Missing, None),
        Err(error) => {
            let state = if error.kind() == Kind::Refused { VolumeState::Wrong } else { VolumeState::Missing };
            return absent(state, Some(error.to_string()));
        }
    }
    match disk::room(root) {
        Ok(room) => Look {
            state: match room {
                disk::Room { read_only: true, .. } => VolumeState::ReadOnly,
                disk::Room { free, .. } if free < FULL_BELOW => VolumeState::Full,
                _ => VolumeState::Ok,
            },
            detail: None,
            room: Some(room),
        },
        Err(error) => absent(VolumeState::Ok, Some(error.to_string())),
    }
}

/// Which volume a directory is; none when it is not one. `Refused` when its marker is damaged.
pub(super) fn read_marker(root: &Path) -> Result<Option<Uuid>> {
    let path = root.join(MARKER);
    match std::fs::read_to_string(&path) {
        Ok(text) => Uuid::try_parse(text.trim()).map(Some).map_err(|cause| {
            Error::new(Kind::Refused, "the storage volume's marker is damaged")
                .with("path", path.display())
                .caused_by(cause)
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error("the storage volume's marker cannot be read", &path, error)),
    }
}

/// Makes a directory a volume, and the directory if it is not there.
pub(super) fn write_marker(root: &Path, marker: Uuid) -> Result<()> {
    let path = root.join(MARKER);
    std::fs::create_dir_all(root)
        .and_then(|()| replace_private_file(&path, format!("{marker}\n").as_bytes()))
        .map_err(|error| io_error("the storage cannot be marked", &path, error))
}
