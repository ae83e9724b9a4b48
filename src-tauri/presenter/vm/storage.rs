//! Storage directories as views show them.

use atalaya_model::storage::VolumeStatus;
use serde::Serialize;
use ts_rs::TS;

/// A storage directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct VolumeVm {
    /// Its identity, a UUID.
    pub id: String,
    /// Its absolute path.
    pub path: String,
    /// `ok`, `missing`, `wrong` (another disk is in its place), `read_only`, `full` or `stalled` (it does not answer).
    pub state: String,
    /// What is known about that, in English.
    pub detail: Option<String>,
    /// Bytes that the footage there takes, by the index.
    #[ts(type = "number")]
    pub used_bytes: u64,
    /// Bytes still free for footage; null when that cannot be read.
    #[ts(type = "number | null")]
    pub free_bytes: Option<u64>,
    /// Bytes that its file system has; null when that cannot be read.
    #[ts(type = "number | null")]
    pub total_bytes: Option<u64>,
    /// Whether it takes the footage of cameras that none is assigned to.
    pub is_default: bool,
    /// Ids of the cameras that it is assigned to, by name.
    pub cameras: Vec<String>,
}

impl From<&VolumeStatus> for VolumeVm {
    fn from(volume: &VolumeStatus) -> Self {
        Self {
            id: volume.place.volume.to_string(),
            path: volume.place.root.to_string(),
            state: volume.state.code().to_owned(),
            detail: volume.detail.clone(),
            used_bytes: volume.used_bytes,
            free_bytes: volume.free_bytes,
            total_bytes: volume.total_bytes,
            is_default: volume.is_default,
            cameras: volume.cameras.iter().map(ToString::to_string).collect(),
        }
    }
}
