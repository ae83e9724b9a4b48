//! A disk that loses power or fails at a chosen call, and remembers what of it was durable.
//!
//! Every change is made to real files, so that whoever reads sees it, and is noted here. A crash is the end of notes:
//! what then lies on the disk is made from them in another folder, in each of several ways that a disk may leave it.
//! Names and contents are durable only after the sync that says so (fsync(2)); what was not synced may be there, be
//! there in part, be zeros, or be absent.

use super::super::files::{Files, GrowingFile, SystemFiles};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What happens at the chosen call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The power goes before the call.
    CrashBefore,
    /// The power goes right after it.
    CrashAfter,
    /// It fails with an input/output error. A sync that fails has dropped what it should have kept.
    Broken,
    /// It fails for want of room.
    Full,
    /// A write takes half of what it was given, and there is no room for the rest.
    Short,
}

/// What is left of what was not durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    Nothing,
    Half,
    Zeros,
    All,
    /// Of two changed names one.
    EverySecondName,
}

impl Rest {
    pub(super) const ALL: [Self; 5] =
        [Self::Nothing, Self::Half, Self::Zeros, Self::All, Self::EverySecondName];
}

/// The disk. Clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct FaultyDisk {
    state: Arc<Mutex<State>>,
    /// The database whose commits go on while the disk lives; copied at the crash.
    database: PathBuf,
}

#[derive(Debug, Default)]
struct State {
    calls: usize,
    fault: Option<(usize, Fault)>,
    dead: bool,
    /// No write finds room from now on, as after a short one.
    full: bool,
    contents: Vec<Content>,
    names: BTreeMap<PathBuf, Entry>,
    durable_names: BTreeMap<PathBuf, Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Folder,
    File(usize),
}

#[derive(Debug, Default, Clone)]
struct Content {
    written: Vec<u8>,
    durable: Vec<u8>,
    /// A sync failed: what was written by then never becomes durable.
    lost: bool,
}

impl FaultyDisk {
    pub(super) fn new(database: PathBuf, fault: Option<(usize, Fault)>) -> Self {
        let state = State { fault, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), database }
    }

    /// How many changes were asked for.
    pub(super) fn calls(&self) -> usize {
        self.state.lock().unwrap().calls
    }

    /// Whether the power has gone.
    pub(super) fn is_dead(&self) -> bool {
        self.state.lock().unwrap().dead
    }

    /// The power goes now.
    pub(super) fn cut_power(&self) {
        self.die(&mut self.state.lock().unwrap());
    }

    /// The database's files as they were when the power went.
    pub(super) fn database_after_crash(&self) -> PathBuf {
        self.database.with_extension("crashed")
    }

    fn die(&self, state: &mut State) {
        if state.dead {
            return;
        }
        state.dead = true;
        for suffix in ["", "-wal"] {
            let [from, to] = [self.database.clone(), self.database_after_crash()].map(|path| {
                let mut path = path.into_os_string();
                path.push(suffix);
                PathBuf::from(path)
            });
            if from.exists() {
                std::fs::copy(from, to).unwrap();
            }
        }
    }

    /// One change: whatever fault is due, the change itself, and its note.
    fn call<T>(
        &self,
        change: impl FnOnce() -> io::Result<T>,
        note: impl FnOnce(&mut State, &T),
        fails: impl FnOnce(&mut State),
    ) -> io::Result<T> {
        let mut state = self.state.lock().unwrap();
        let due = state.fault.filter(|&(at, _)| at == state.calls).map(|(_, fault)| fault);
        state.calls += 1;
        if due == Some(Fault::CrashBefore) {
            self.die(&mut state);
        }
        if state.dead {
            return Err(io::Error::other("the power is gone"));
        }
        match due {
            Some(Fault::Broken) => {
                fails(&mut state);
                return Err(io::Error::from_raw_os_error(5));
            }
            Some(Fault::Full) => {
                fails(&mut state);
                return Err(io::ErrorKind::StorageFull.into());
            }
            _ => {}
        }
        let done = change();
        if let Ok(done) = &done {
            note(&mut state, done);
        }
        if due == Some(Fault::CrashAfter) {
            self.die(&mut state);
        }
        done
    }

    /// Lays out below `root`, an empty folder, what the disk holds when the power comes back.
    pub(super) fn after_crash(&self, from: &Path, root: &Path, rest: Rest) {
        let state = self.state.lock().unwrap();
        let all: BTreeSet<&PathBuf> = state.names.keys().chain(state.durable_names.keys()).collect();
        let mut changed = 0_usize;
        let mut there: BTreeMap<&Path, Entry> = BTreeMap::new();
        for path in all {
            let (now, durable) = (state.names.get(path), state.durable_names.get(path));
            let keep_change = match rest {
                Rest::Nothing => false,
                Rest::Half | Rest::Zeros | Rest::All => true,
                Rest::EverySecondName => {
                    changed += usize::from(now != durable);
                    changed.is_multiple_of(2)
                }
            };
            let entry = if keep_change { now } else { durable };
            // A name in a folder that is not there is not there either. Folders come before what is in them.
            let parent = path.parent().unwrap();
            if let Some(entry) = entry
                && (parent == from || there.get(parent) == Some(&Entry::Folder))
            {
                there.insert(path, *entry);
            }
        }
        for (path, entry) in there {
            let to = root.join(path.strip_prefix(from).unwrap());
            match entry {
                Entry::Folder => std::fs::create_dir(to).unwrap(),
                Entry::File(content) => std::fs::write(to, state.contents[content].after(rest)).unwrap(),
            }
        }
    }
}

impl Content {
    fn after(&self, rest: Rest) -> Vec<u8> {
        let unsynced = self.written.get(self.durable.len()..).unwrap_or_default();
        let mut left = self.durable.clone();
        match rest {
            Rest::Nothing => {}
            Rest::Half => left.extend(&unsynced[..unsynced.len() / 2]),
            Rest::Zeros => left.resize(left.len() + unsynced.len(), 0),
            Rest::All | Rest::EverySecondName => left.clone_from(&self.written),
        }
        left
    }
}

impl Files for FaultyDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn GrowingFile>> {
        let mut content = 0;
        let file = self.call(
            || SystemFiles.create(path),
            |state, _| {
                content = state.contents.len();
                state.contents.push(Content::default());
                state.names.insert(path.to_owned(), Entry::File(content));
            },
            |_| {},
        )?;
        Ok(Box::new(FaultyFile { disk: self.clone(), file, content }))
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.call(
            || SystemFiles.make_folder(path),
            |state, ()| {
                state.names.insert(path.to_owned(), Entry::Folder);
            },
            |_| {},
        )
    }

    fn sync_folder_of(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap();
        self.call(
            || Ok(()),
            |state, ()| {
                let here = |name: &PathBuf| name.parent() == Some(folder);
                state.durable_names.retain(|name, _| !here(name));
                let now: Vec<_> =
                    state.names.iter().filter(|(name, _)| here(name)).map(|(n, e)| (n.clone(), *e)).collect();
                state.durable_names.extend(now);
            },
            |_| {},
        )
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(
            || SystemFiles.rename(from, to),
            |state, ()| {
                if let Some(entry) = state.names.remove(from) {
                    state.names.insert(to.to_owned(), entry);
                }
            },
            |_| {},
        )
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        let forget = |state: &mut State, (): &()| {
            state.names.remove(path);
        };
        self.call(|| SystemFiles.unlink(path), forget, |_| {})
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let forget = |state: &mut State, (): &()| {
            state.names.remove(path);
        };
        self.call(|| SystemFiles.remove_folder(path), forget, |_| {})
    }

    fn truncate(&self, path: &Path, len: u64) -> io::Result<()> {
        self.call(
            || SystemFiles.truncate(path, len),
            |state, ()| {
                if let Some(Entry::File(content)) = state.names.get(path) {
                    let content = &mut state.contents[*content];
                    content.written.truncate(len as usize);
                    content.durable = content.written.clone();
                }
            },
            |_| {},
        )
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    file: Box<dyn GrowingFile>,
    content: usize,
}

impl GrowingFile for FaultyFile {
    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let (disk, content) = (self.disk.clone(), self.content);
        let mut bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        {
            let mut state = disk.state.lock().unwrap();
            if state.full && !state.dead {
                return Err(io::ErrorKind::StorageFull.into());
            }
            if state.fault == Some((state.calls, Fault::Short)) {
                state.full = true;
                bytes.truncate(bytes.len() / 2);
            }
        }
        disk.call(
            || self.file.write_vectored(&[IoSlice::new(&bytes)]),
            |state, written| state.contents[content].written.extend(&bytes[..*written]),
            |_| {},
        )
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let content = self.content;
        self.disk.call(
            || Ok(()),
            |state, ()| {
                let content = &mut state.contents[content];
                if !content.lost {
                    content.durable = content.written.clone();
                }
            },
            |state| state.contents[content].lost = true,
        )
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let content = self.content;
        let disk = self.disk.clone();
        disk.call(
            || self.file.cut(len),
            |state, ()| {
                state.full = false;
                state.contents[content].written.truncate(len as usize);
            },
            |_| {},
        )
    }
}
