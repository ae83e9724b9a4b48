//! Plain file operations with the model's errors: folders made durable, vectored writes, free room.

use super::files::{Files, GrowingFile};
use crate::data_dir::io_error;
use crate::mux::MovieFile;
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use std::fs::File;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};

/// Opens a recorded file to read it. `NotFound`.
pub(super) fn open(path: &Path) -> Result<MovieFile<File>> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            Error::new(Kind::NotFound, "the file is gone").with("path", path.display())
        }
        _ => io_error("a file cannot be opened", path, error),
    })?;
    MovieFile::new(file).map_err(|error| error.with("path", path.display()))
}

/// Makes the folders on the way from `root` (which exists) to `folder`, each durable in the one above it.
pub(super) fn make_folders(files: &dyn Files, root: &Path, folder: &Path) -> Result<()> {
    let missing: Vec<PathBuf> = folder
        .ancestors()
        .take_while(|ancestor| *ancestor != root && !ancestor.is_dir())
        .map(Path::to_owned)
        .collect();
    for folder in missing.iter().rev() {
        match files.make_folder(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(io_error("a folder cannot be made", folder, error));
            }
            _ => files.sync_folder_of(folder).map_err(|error| {
                // Left there, the next one would take it for durable.
                let _ = files.remove_folder(folder);
                io_error("a folder cannot be synced", folder, error)
            })?,
        }
    }
    Ok(())
}

/// Writes all parts with as few system calls as the system allows: one for up to 1024 parts (`IOV_MAX`, which the
/// standard library keeps to).
pub(super) fn write_parts(
    file: &mut dyn GrowingFile,
    heads: [&[u8]; 2],
    payload: &[Bytes],
) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = heads
        .into_iter()
        .chain(payload.iter().map(|part| &part[..]))
        .filter(|part| !part.is_empty())
        .map(IoSlice::new)
        .collect();
    let mut left = &mut slices[..];
    while !left.is_empty() {
        match file.write_vectored(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The file system that a directory is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// Bytes that this user can still write.
    pub(super) free: u64,
    /// Bytes in all.
    pub(super) total: u64,
    /// Whether nothing can be written at all.
    pub(super) read_only: bool,
    /// Tells file systems apart.
    pub(super) device: u64,
}

/// The room on the file system of `path`.
#[cfg(unix)]
pub(super) fn room(path: &Path) -> Result<Room> {
    use std::os::unix::fs::MetadataExt;
    let failed = |error| io_error("the storage's free room is unknown", path, error);
    let found = rustix::fs::statvfs(path).map_err(|error| failed(error.into()))?;
    Ok(Room {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        total: found.f_blocks.saturating_mul(found.f_frsize),
        read_only: found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY),
        device: std::fs::metadata(path).map_err(failed)?.dev(),
    })
}

/// The room on the file system of `path`: asking Windows takes a call that the standard library does not have.
#[cfg(not(unix))]
pub(super) fn room(path: &Path) -> Result<Room> {
    Err(Error::new(Kind::Unsupported, "the storage's free room is unknown on this system")
        .with("path", path.display()))
}
