//! Storage directories: which there are and how they fare, and which camera's footage goes where. When a directory fails
//! is the recorder's business.

use crate::Result;
use crate::engine::Inner;
use crate::vm::storage::VolumeVm;
use atalaya_model::storage::VolumeId;
use std::sync::Arc;

/// Keeps the list of storage directories.
pub struct StorageDirectories {
    engine: Arc<Inner>,
}

impl StorageDirectories {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// All in use, in the order in which they take over from each other. One that does not answer is named as such
    /// after some seconds.
    pub async fn list(&self) -> Result<Vec<VolumeVm>> {
        Ok(self.engine.ports.archive.volumes().await?.iter().map(VolumeVm::from).collect())
    }

    /// Takes a directory into use, by its absolute path. One that was used before, here or elsewhere, is indexed.
    pub async fn add(&self, path: &str) -> Result<VolumeVm> {
        let added = self.engine.ports.archive.add_volume(path).await?;
        self.find(added).await
    }

    /// Takes one out of use, by id or path; no file is touched. `REFUSED` while it holds footage; one that is not there
    /// is forgotten with its footage when `force` is set.
    pub async fn remove(&self, id_or_path: &str, force: bool) -> Result<()> {
        let id = self.resolve(id_or_path).await?;
        Ok(self.engine.ports.archive.remove_volume(id, force).await?)
    }

    /// Sends a camera's next files to a directory; none, to the default one.
    pub async fn assign(&self, camera: &str, id_or_path: Option<&str>) -> Result<()> {
        let camera = self.engine.find_camera(camera).await?.id;
        let volume = match id_or_path {
            Some(volume) => Some(self.resolve(volume).await?),
            None => None,
        };
        Ok(self.engine.ports.archive.assign_volume(camera, volume).await?)
    }

    /// Makes one the default.
    pub async fn make_default(&self, id_or_path: &str) -> Result<()> {
        let id = self.resolve(id_or_path).await?;
        Ok(self.engine.ports.archive.make_default_volume(id).await?)
    }

    async fn find(&self, id: VolumeId) -> Result<VolumeVm> {
        let volumes = self.engine.ports.archive.volumes().await?;
        let found = volumes.iter().find(|volume| volume.place.volume == id);
        Ok(VolumeVm::from(found.ok_or_else(|| unknown(&id.to_string()))?))
    }

    /// The id of the directory that a person names.
    async fn resolve(&self, id_or_path: &str) -> Result<VolumeId> {
        if let Ok(id) = id_or_path.parse() {
            return Ok(id);
        }
        let volumes = self.engine.ports.archive.volumes().await?;
        let found = volumes.iter().find(|volume| &*volume.place.root == id_or_path);
        Ok(found.ok_or_else(|| unknown(id_or_path))?.place.volume)
    }
}

fn unknown(id_or_path: &str) -> atalaya_model::Error {
    atalaya_model::Error::new(atalaya_model::Kind::NotFound, "no storage directory has this id or path")
        .with("directory", atalaya_model::text::excerpt(id_or_path, 256))
}
