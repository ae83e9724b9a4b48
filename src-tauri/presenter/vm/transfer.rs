//! The configuration as a file, as views show it.

use serde::Serialize;
use ts_rs::TS;

/// A configuration that was written to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ConfigurationVm {
    /// The file.
    pub path: String,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Cameras in it.
    pub cameras: u32,
    /// Logins in it, sealed under the passphrase; zero without one.
    pub logins: u32,
    /// Credential sets in it, sealed likewise.
    pub credential_sets: u32,
    /// Saved views and tours in it.
    pub views: u32,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ImportReportVm {
    /// Whether anything was changed. False when a camera of the file is here already and was not to be replaced:
    /// then nothing of the file was taken over.
    pub changed: bool,
    /// The cameras of the file.
    pub cameras: Vec<ImportedCameraVm>,
    /// The credential sets of the file.
    pub credential_sets: Vec<ImportedSetVm>,
    /// Saved views and tours that were added. Those whose name is here already stay as they are.
    pub views: u32,
}

/// What became of a credential set of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ImportedSetVm {
    /// Its name.
    pub credential_set: String,
    /// `added`; `same` when it is here already with the same login; `kept` when the one here has another login and
    /// stays as it is. Where nothing was changed, `added` is what could be.
    pub outcome: String,
}

/// What became of a camera of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ImportedCameraVm {
    /// Its identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `added`, `replaced` or `conflict`. Where nothing was changed, `added` is what could be.
    pub outcome: String,
    /// The name of the camera here that has the same id or name.
    pub existing: Option<String>,
    /// Whether the file brought its login.
    pub login: bool,
}
