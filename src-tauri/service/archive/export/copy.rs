//! Writing the new file: head, then the media from the recorded files, hashed on a second thread while they stream.

use crate::data_dir::{io_error, sync_folder};
use crate::mux::{Layout, MovieFile};
use atalaya_model::{Error, Kind, Result};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use uuid::Uuid;

/// Bytes that are read and written at once.
const BLOCK: usize = 1 << 20;
/// Blocks on their way to the hash.
const BLOCKS: usize = 4;

/// A file in the making, beside its final place. It is removed when it is dropped before it is whole.
pub(super) struct NewFile {
    file: File,
    temp: PathBuf,
    path: PathBuf,
}

impl NewFile {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.part", Uuid::new_v4().simple()));
        let temp = path.with_file_name(name);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temp)
            .map_err(|error| io_error("the export cannot be made there", &temp, error))?;
        Ok(Self { file, temp, path: path.to_owned() })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all(bytes)
            .map_err(|error| io_error("the export cannot be written", &self.path, error))
    }

    /// Makes the file durable and gives it its name.
    pub(super) fn persist(self, overwrite: bool) -> Result<()> {
        let failed = |error| io_error("the export cannot be finished", &self.path, error);
        self.file.sync_all().map_err(failed)?;
        if overwrite {
            std::fs::rename(&self.temp, &self.path).map_err(failed)?;
        } else {
            self.link()?;
        }
        sync_folder(&self.path).map_err(failed)
    }

    /// Gives the file its name unless another one has it.
    fn link(&self) -> Result<()> {
        // A hard link is refused when the name is taken; a rename would replace the other file.
        match std::fs::hard_link(&self.temp, &self.path) {
            Ok(()) => Ok(()),
            Err(_) if self.path.exists() => {
                Err(Error::new(Kind::Conflict, "there is such a file already")
                    .with("path", self.path.display()))
            }
            // FAT and exFAT, as on most USB sticks, know no links.
            Err(_) => std::fs::rename(&self.temp, &self.path)
                .map_err(|error| io_error("the export cannot be finished", &self.path, error)),
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _ = std::fs::remove_file(&self.temp);
    }
}

/// Writes everything; returns its SHA-256 in hexadecimal. `wrote` is told the bytes so far and may stop it.
pub(super) fn fill(
    file: &mut NewFile,
    layout: &Layout,
    sources: &mut [MovieFile<File>],
    mut wrote: impl FnMut(u64) -> Result<()>,
) -> Result<String> {
    std::thread::scope(|scope| {
        let (to_hash, blocks) = mpsc::sync_channel::<Vec<u8>>(BLOCKS);
        let (used, free) = mpsc::channel();
        let hash = scope.spawn(move || {
            let mut hash = Sha256::new();
            for block in blocks {
                hash.update(&block);
                // The writer may be through already.
                let _ = used.send(block);
            }
            hash.finalize()
        });
        let mut done = 0;
        let mut pass_on = |file: &mut NewFile, block: Vec<u8>| {
            file.write(&block)?;
            done += block.len() as u64;
            to_hash
                .send(block)
                .map_err(|_| Error::new(Kind::Internal, "the hash of the export broke off"))?;
            wrote(done)
        };
        pass_on(file, layout.head.clone())?;
        for block in Blocks::new(&layout.copies) {
            let mut buffer: Vec<u8> = free.try_recv().unwrap_or_default();
            buffer.clear();
            for (source, at, bytes) in block {
                sources[source].read_into(at, bytes, &mut buffer)?;
            }
            pass_on(file, buffer)?;
        }
        drop(to_hash);
        let hash = hash.join().map_err(|_| Error::new(Kind::Internal, "the hash of the export broke off"))?;
        Ok(format!("{hash:x}"))
    })
}

/// The copies, cut and gathered into blocks of equal size.
struct Blocks<'a> {
    copies: std::slice::Iter<'a, (usize, u64, u64)>,
    rest: Option<(usize, u64, u64)>,
}

impl<'a> Blocks<'a> {
    fn new(copies: &'a [(usize, u64, u64)]) -> Self {
        Self { copies: copies.iter(), rest: None }
    }
}

impl Iterator for Blocks<'_> {
    type Item = Vec<(usize, u64, u64)>;

    fn next(&mut self) -> Option<Self::Item> {
        let (mut block, mut room) = (Vec::new(), BLOCK as u64);
        while room > 0 {
            let Some((source, at, bytes)) = self.rest.take().or_else(|| self.copies.next().copied()) else {
                break;
            };
            let now = bytes.min(room);
            block.push((source, at, now));
            room -= now;
            if now < bytes {
                self.rest = Some((source, at + now, bytes - now));
            }
        }
        (!block.is_empty()).then_some(block)
    }
}
