//! The storage directory and its marker: a file with a UUID that tells the right disk from an empty mount point or
//! another disk. Nothing is written or deleted when it is missing or another one (R5).

use super::blocking;
use super::rows;
use crate::data_dir::{io_error, replace_private_file};
use crate::store::{Database, db_error};
use atalaya_model::time::WallTime;
use atalaya_model::{Error, Kind, Result};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

const MARKER: &str = ".atalaya-volume";

/// The storage directory, and which volume it was found to be.
#[derive(Debug)]
pub(super) struct Volume {
    root: PathBuf,
    known: Mutex<Option<(i64, Uuid)>>,
}

impl Volume {
    pub(super) const fn new(root: PathBuf) -> Self {
        Self { root, known: Mutex::new(None) }
    }

    /// The storage directory.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The volume's row id, after a look at the marker. A directory that was never used becomes a volume; one that
    /// comes from elsewhere with its marker is taken over, and recovery then indexes what is in it. `Refused` when
    /// the marker is not the one that is expected.
    pub(super) async fn check(&self, db: &Database, now: WallTime) -> Result<i64> {
        let marker = self.marker().await?;
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some((id, uuid)), Some(found)) = (known, marker)
            && uuid == found
        {
            return Ok(id);
        }
        let (id, uuid) = self.claim(db, now).await?;
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, uuid));
        Ok(id)
    }

    async fn marker(&self) -> Result<Option<Uuid>> {
        let root = self.root.clone();
        blocking(move || read_marker(&root)).await
    }

    async fn claim(&self, db: &Database, now: WallTime) -> Result<(i64, Uuid)> {
        let refuse =
            |message: &'static str| Err(Error::new(Kind::Refused, message).with("path", self.root.display()));
        let root = self
            .root
            .to_str()
            .ok_or_else(|| Error::new(Kind::InvalidInput, "the storage's path is not UTF-8"))?;
        let mut tx = db.begin().await?;
        let expected = rows::volume_at(&mut tx, root).await?;
        // Read while nobody else can write: another program may just have made this directory a volume.
        let marker = self.marker().await?;
        let found = match (expected, marker) {
            (Some(expected), Some(marker)) if expected.1 == marker => expected,
            (Some(_), Some(_)) => return refuse("another volume is where the footage was"),
            (Some(_), None) => return refuse("the storage volume is not there: its marker is missing"),
            (None, Some(marker)) => (rows::take_volume(&mut tx, marker, root).await?, marker),
            (None, None) => {
                let marker = Uuid::new_v4();
                let root_path = self.root.clone();
                // The marker first: a row without one would be refused for ever.
                blocking(move || write_marker(&root_path, marker)).await?;
                (rows::new_volume(&mut tx, marker, root, now).await?, marker)
            }
        };
        tx.commit().await.map_err(db_error)?;
        Ok(found)
    }
}

fn read_marker(root: &Path) -> Result<Option<Uuid>> {
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

fn write_marker(root: &Path, marker: Uuid) -> Result<()> {
    let path = root.join(MARKER);
    std::fs::create_dir_all(root)
        .and_then(|()| replace_private_file(&path, format!("{marker}\n").as_bytes()))
        .map_err(|error| io_error("the storage cannot be marked", &path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_looks_while_another_program_makes_the_volume_finds_it_made() {
        let temp = tempfile::tempdir().unwrap();
        let (file, root) = (temp.path().join("atalaya.db"), temp.path().join("footage"));
        let (maker, reader) = (Database::open(&file).await.unwrap(), Database::open(&file).await.unwrap());
        let mut tx = maker.begin().await.unwrap();
        let volume = Volume::new(root.clone());
        let make = async {
            // Time for the other one to find no marker, and to wait for the database.
            tokio::time::sleep(Duration::from_millis(200)).await;
            let marker = Uuid::new_v4();
            write_marker(&root, marker).unwrap();
            let made = rows::new_volume(&mut tx, marker, root.to_str().unwrap(), WallTime(0)).await.unwrap();
            tx.commit().await.unwrap();
            made
        };
        let (looked, made) = tokio::join!(volume.check(&reader, WallTime(0)), make);
        assert_eq!(looked.unwrap(), made);
    }
}
