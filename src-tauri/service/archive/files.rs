//! The changes that the archive makes to a disk, as a seam: the system's own, and in tests a disk that fails or loses
//! power after any of them (R3).
//!
//! Reading is not in it: what is read after a crash is real files in any case. Must not know what the files hold.

use crate::data_dir;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::path::Path;

/// What changes names and files. Nothing is durable before the sync that says so.
pub(super) trait Files: fmt::Debug + Send + Sync {
    /// Makes a file that is not there yet.
    fn create(&self, path: &Path) -> io::Result<Box<dyn GrowingFile>>;
    /// Makes a folder in one that is there.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes durable which names are in the folder that this file or folder lies in.
    fn sync_folder_of(&self, path: &Path) -> io::Result<()>;
    /// Gives a file another name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a file's name away.
    fn unlink(&self, path: &Path) -> io::Result<()>;
    /// Takes away a folder that is empty.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Cuts a file to this many bytes, durably.
    fn truncate(&self, path: &Path, len: u64) -> io::Result<()>;
}

/// A file that is being written.
pub(super) trait GrowingFile: fmt::Debug + Send {
    /// Writes at the end, maybe not all of it; returns how many bytes were taken.
    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize>;
    /// Makes durable what was written. After a failure nothing since the last success can be relied on.
    fn sync_data(&mut self) -> io::Result<()>;
    /// Cuts it; writing goes on there.
    fn cut(&mut self, len: u64) -> io::Result<()>;
}

/// The operating system's.
#[derive(Debug)]
pub(super) struct SystemFiles;

impl Files for SystemFiles {
    fn create(&self, path: &Path) -> io::Result<Box<dyn GrowingFile>> {
        let file = OpenOptions::new().write(true).read(true).create_new(true).open(path)?;
        Ok(Box::new(file))
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    fn sync_folder_of(&self, path: &Path) -> io::Result<()> {
        data_dir::sync_folder(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }

    fn truncate(&self, path: &Path, len: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(len)?;
        file.sync_all()
    }
}

impl GrowingFile for File {
    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        Write::write_vectored(self, parts)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        Self::sync_data(self)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)?;
        self.seek(SeekFrom::Start(len)).map(drop)
    }
}
