//! Storage directories: which there are, how they fare, and which of them a camera's footage goes to. Knows neither
//! files nor how a directory is told from another one.

use crate::camera::CameraId;
use crate::error::{Error, Kind, Result};
use crate::ports::BoxFuture;
use crate::text;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use uuid::Uuid;

/// A storage directory's identity, which stands in its marker file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct VolumeId(pub Uuid);

impl fmt::Display for VolumeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for VolumeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for VolumeId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Uuid::try_parse(text).map(Self).map_err(|_| {
            Error::new(Kind::InvalidInput, "not a storage directory's id").with("id", text::excerpt(text, 64))
        })
    }
}

/// Where a file is or may be: a storage directory and its path, which are cheap to hand on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Which directory.
    pub volume: VolumeId,
    /// Its absolute path.
    pub root: Arc<str>,
}

/// The directories in the order in which a camera's files try them: its own, those behind it in the list, and then the
/// list from its beginning.
pub fn taking_over(mut list: Vec<Place>, own: VolumeId) -> Vec<Place> {
    if let Some(at) = list.iter().position(|place| place.volume == own) {
        list.rotate_left(at);
    }
    list
}

/// How a storage directory fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VolumeState {
    /// It takes footage.
    Ok,
    /// It is not there: no directory, or one without its marker, as an empty mount point.
    Missing,
    /// Another one is in its place.
    Wrong,
    /// It may only be read.
    ReadOnly,
    /// It has no room left.
    Full,
    /// It does not answer.
    Stalled,
}

impl VolumeState {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::ReadOnly => "read_only",
            Self::Full => "full",
            Self::Stalled => "stalled",
        }
    }
}

/// A storage directory as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeStatus {
    /// Which, and its path.
    pub place: Place,
    /// How it fares.
    pub state: VolumeState,
    /// What is known about that, in English.
    pub detail: Option<String>,
    /// Bytes that the footage there takes, by the index.
    pub used_bytes: u64,
    /// Bytes still free for footage; none when that cannot be read.
    pub free_bytes: Option<u64>,
    /// Bytes that its file system has; none when that cannot be read.
    pub total_bytes: Option<u64>,
    /// Whether it takes the footage of cameras that none is assigned to.
    pub is_default: bool,
    /// The cameras that it is assigned to.
    pub cameras: Vec<CameraId>,
}

/// Keeps the list of storage directories.
pub trait Volumes: Send + Sync {
    /// All that are in use, in their order. Those that do not answer are named as such after a few seconds.
    fn volumes(&self) -> BoxFuture<'_, Result<Vec<VolumeStatus>>>;
    /// Where a camera's next file may go, in the order of [`taking_over`], but those known not to answer come last.
    /// Never empty. Looks at no disk.
    fn places(&self, camera: CameraId) -> BoxFuture<'_, Result<Vec<Place>>>;
    /// Takes a directory into use, as the last of the list. One that was used before, here or elsewhere, is indexed
    /// before this returns; of much footage the newest, and the rest by [`Archive::index_rest`](crate::ports::Archive::index_rest). `InvalidInput` when the path cannot be one, `Conflict` when it lies in another one or holds
    /// one, `Refused` when it may not be written to.
    fn add_volume<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<VolumeId>>;
    /// Takes one out of use; no file is touched. `Refused` while it holds footage, unless it is not there and the loss
    /// is accepted: then its footage is forgotten, and that time becomes gaps with cause `disk`. `Conflict` for the
    /// default one and for one that is being written to, `NotFound`.
    fn remove_volume(&self, volume: VolumeId, accept_loss: bool) -> BoxFuture<'_, Result<()>>;
    /// Sends a camera's next files to a directory; none sends them to the default one. `NotFound`.
    fn assign_volume(&self, camera: CameraId, volume: Option<VolumeId>) -> BoxFuture<'_, Result<()>>;
    /// Makes one the default. `NotFound`.
    fn make_default_volume(&self, volume: VolumeId) -> BoxFuture<'_, Result<()>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_in_the_list_takes_over() {
        let place = |n: u128| Place { volume: VolumeId(Uuid::from_u128(n)), root: Arc::from("/") };
        let list: Vec<Place> = (1..=4).map(place).collect();
        let order = |own| {
            let order = taking_over(list.clone(), VolumeId(Uuid::from_u128(own)));
            order.iter().map(|place| place.volume.0.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(order(1), [1, 2, 3, 4]);
        assert_eq!(order(3), [3, 4, 1, 2]);
        assert_eq!(order(9), [1, 2, 3, 4], "one that is gone");
    }
}
