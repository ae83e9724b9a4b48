//! Where this installation keeps its data, who may read it, and that only one engine uses it at a time.
//!
//! Must not know what stands in the files, except for the process id beside the lock.

use atalaya_model::{Error, Kind, Result};
use directories::ProjectDirs;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Names the data folder when no argument does.
pub const DATA_DIR_VARIABLE: &str = "ATALAYA_DATA_DIR";

const DATABASE: &str = "atalaya.db";
const LOCK: &str = "atalaya.lock";
/// The holder's process id stands beside the lock and not in it: Windows lets nobody read a locked file.
const LOCK_PID: &str = "atalaya.lock.pid";

/// The mode bits of everybody but the owner.
#[cfg(unix)]
pub(crate) const OTHERS: u32 = 0o077;

/// The folder of one installation: database, footage, exports, logs, and the key where no keyring holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// Finds the folder (the argument, else the environment's [`DATA_DIR_VARIABLE`], else the operating system's
    /// place for application data) and creates it with its sub-folders, for this user only.
    pub fn resolve(argument: Option<PathBuf>) -> Result<Self> {
        let root = argument
            .or_else(|| {
                std::env::var_os(DATA_DIR_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from)
            })
            // Local, not roaming, data: neither footage nor an open database may be copied at log-off on Windows.
            .or_else(|| ProjectDirs::from("", "", "Atalaya").map(|dirs| dirs.data_local_dir().to_owned()))
            .ok_or_else(|| {
                Error::new(
                    Kind::NotFound,
                    "this user has no home folder: name a data folder by argument or ATALAYA_DATA_DIR",
                )
            })?;
        Self::create(&root)
    }

    fn create(root: &Path) -> Result<Self> {
        let failed = |error: io::Error| io_error("the data folder cannot be used", root, error);
        create_private_folder(root).map_err(failed)?;
        // Absolute, so that a later change of the working directory moves nothing.
        let dir = Self { root: std::path::absolute(root).map_err(failed)? };
        dir.tighten().map_err(failed)?;
        for folder in [dir.recordings(), dir.exports(), dir.logs()] {
            create_private_folder(&folder)
                .map_err(|error| io_error("a data folder cannot be made", &folder, error))?;
        }
        Ok(dir)
    }

    /// Takes others' rights from a folder that is empty or holds our database. A folder with other things in it, such
    /// as a disk's root, is not ours to change: what we put in it is private by itself.
    #[cfg(unix)]
    fn tighten(&self) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&self.root)?.permissions().mode();
        if mode & OTHERS == 0 {
            return Ok(());
        }
        let ours = self.database().exists() || std::fs::read_dir(&self.root)?.next().is_none();
        let private = std::fs::Permissions::from_mode(0o700);
        if !ours || std::fs::set_permissions(&self.root, private).is_err() {
            tracing::warn!(
                folder = %self.root.display(),
                mode = format_args!("{:o}", mode & 0o7777),
                "other users have rights on the data folder"
            );
        }
        Ok(())
    }

    /// Windows: the folder inherits the access list of the user's profile.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
    fn tighten(&self) -> io::Result<()> {
        Ok(())
    }

    /// The folder itself, as an absolute path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.root.join(DATABASE)
    }

    /// The first storage directory, which takes all footage until a person adds others.
    pub fn recordings(&self) -> PathBuf {
        self.root.join("recordings")
    }

    /// The folder of exports and saved pictures, unless a setting names another.
    pub fn exports(&self) -> PathBuf {
        self.root.join("exports")
    }

    /// The folder of the log files.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The file of the vault's key, where no keyring holds it.
    pub fn secret_key(&self) -> PathBuf {
        self.root.join("secret.key")
    }

    /// The file of the key that is to follow it, while the key is exchanged.
    pub fn secret_key_next(&self) -> PathBuf {
        self.root.join("secret.key.next")
    }

    /// The file that says where the key is that is to follow, while the key is exchanged.
    pub fn key_next(&self) -> PathBuf {
        self.root.join("key.next")
    }

    /// The file that says where the vault's key is.
    pub fn key_place(&self) -> PathBuf {
        self.root.join("key.place")
    }

    /// Takes the folder for this process until the lock is dropped or the process ends, however it ends. `Conflict`
    /// with the fact `pid` when another engine has it.
    pub fn lock(&self) -> Result<DataDirLock> {
        let path = self.root.join(LOCK);
        let pid_path = self.root.join(LOCK_PID);
        let failed = |error: io::Error| io_error("the data folder cannot be locked", &path, error);
        let file = open_private_file(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                replace_private_file(&pid_path, std::process::id().to_string().as_bytes()).map_err(failed)?;
                Ok(DataDirLock { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let pid = holder(&pid_path).map_or_else(|| "unknown".to_owned(), |pid| pid.to_string());
                Err(Error::new(Kind::Conflict, "another running Atalaya uses this data folder")
                    .with("pid", pid)
                    .with("path", self.root.display()))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// The process that holds the lock. It writes its id right after it took the lock, so that it may not be there yet.
fn holder(pid_path: &Path) -> Option<u32> {
    (0..10).find_map(|attempt| {
        if attempt > 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::fs::read_to_string(pid_path).ok()?.trim().parse().ok()
    })
}

/// Proof that this process alone uses a data folder. The operating system takes the lock back when it is dropped.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Options to open a file for writing that only this user may read when it is new.
fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn open_private_file(path: &Path) -> io::Result<File> {
    private_options().create(true).truncate(false).open(path)
}

/// Makes sure that a file is there; a new one is empty and for this user only.
pub(crate) fn create_private_file(path: &Path) -> Result<()> {
    match open_private_file(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(io_error("a file cannot be made", path, error)),
    }
}

/// Gives a file this content, whole and durable or not at all, for this user only.
pub(crate) fn replace_private_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Exclusively: whoever planted a file or a link there in between gets nothing.
    let mut file = private_options().create_new(true).open(&part)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&part, path)?;
    sync_folder(path)
}

/// Makes a file's name durable by syncing the folder it is in. Windows has no such call and journals names itself.
pub(crate) fn sync_folder(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = file.parent() {
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// The model's error for a failed file operation.
pub(crate) fn io_error(message: &'static str, path: &Path, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Kind::StorageFull,
        io::ErrorKind::PermissionDenied => Kind::Refused,
        io::ErrorKind::InvalidData => Kind::Corrupt,
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists | io::ErrorKind::InvalidFilename => {
            Kind::InvalidInput
        }
        _ => Kind::Unreachable,
    };
    Error::new(kind, message).with("path", path.display()).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).expect("exists").permissions().mode() & 0o777
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_private() {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::resolve(Some(temp.path().join("a/b"))).unwrap();
        for folder in [dir.root(), &dir.recordings(), &dir.exports(), &dir.logs()] {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_a_folder_of_ours_is_tightened() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().unwrap();
        let loose = |name: &str| {
            let folder = temp.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
            folder
        };
        let (empty, ours, foreign) = (loose("empty"), loose("ours"), loose("foreign"));
        std::fs::write(ours.join(DATABASE), "").unwrap();
        std::fs::write(foreign.join("holiday.jpg"), "").unwrap();
        for (folder, expected) in [(&empty, 0o700), (&ours, 0o700), (&foreign, 0o755)] {
            let dir = DataDir::resolve(Some(folder.clone())).unwrap();
            assert_eq!(mode(folder), expected, "{}", folder.display());
            assert_eq!(mode(&dir.recordings()), 0o700);
        }
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let temp = tempfile::NamedTempFile::new().unwrap();
        let error = DataDir::resolve(Some(temp.path().to_owned())).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidInput);
        assert_eq!(error.fact("path"), temp.path().to_str());
    }

    #[test]
    fn a_second_engine_is_told_who_has_the_folder() {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::resolve(Some(temp.path().join("data"))).unwrap();
        let lock = dir.lock().unwrap();
        let error = dir.lock().unwrap_err();
        assert_eq!(error.kind(), Kind::Conflict);
        assert_eq!(error.fact("pid"), Some(std::process::id().to_string().as_str()));
        drop(lock);
        dir.lock().expect("free again");
    }

    #[test]
    fn replacing_leaves_no_part_and_survives_a_stale_one() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x");
        std::fs::write(temp.path().join("x.part"), "half").unwrap();
        for content in ["one", "two"] {
            replace_private_file(&path, content.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1);
        #[cfg(unix)]
        assert_eq!(mode(&path), 0o600);
    }
}
