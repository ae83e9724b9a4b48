//! The program itself, as views show it.

use atalaya_model::ports::KeyStatus;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where the vault's key lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KeyStatusVm {
    /// `keyring` or `file`.
    pub place: String,
    /// The file's path or the keyring entry's name.
    pub location: String,
    /// First eight hexadecimal digits of the key's SHA-256.
    pub fingerprint: String,
}

impl From<KeyStatus> for KeyStatusVm {
    fn from(status: KeyStatus) -> Self {
        Self { place: status.place.to_owned(), location: status.location, fingerprint: status.fingerprint }
    }
}

/// What an exchange of the vault's key did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct KeyRotatedVm {
    /// The new key.
    pub key: KeyStatusVm,
    /// Logins that were sealed anew.
    pub logins: u32,
}

/// What the settings page shows about the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct AppInfoVm {
    /// The program's version.
    pub version: String,
    /// Where settings, database, logs and recordings are.
    pub data_dir: String,
    /// Where exports and snapshots go.
    pub export_dir: String,
    /// Whether the simulated cameras of this program run.
    pub simulator_running: bool,
}

/// A setting and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SettingsVm {
    /// `auto`, `webview` or `native`: who decodes live pictures.
    pub live_path: String,
    /// `auto`, `en` or `es`.
    pub language: String,
    /// `auto`, `dark` or `light`.
    pub theme: String,
    /// Percent of this computer's processor above which live pictures are decoded less, 50 to 100; 100 is never.
    pub processor_limit: u32,
    /// Whether closing the main window keeps recording.
    pub close_to_tray: bool,
    /// Whether this computer is kept from falling asleep while a camera is recorded.
    pub inhibit_sleep: bool,
    /// Whether the desktop shows notifications of trouble.
    pub notify: bool,
    /// For how many seconds a camera may be offline before that is one, 10 to 3600.
    pub notify_offline_s: u32,
}

impl Default for SettingsVm {
    fn default() -> Self {
        Self {
            live_path: "auto".to_owned(),
            language: "auto".to_owned(),
            theme: "dark".to_owned(),
            processor_limit: 90,
            close_to_tray: true,
            inhibit_sleep: true,
            notify: true,
            notify_offline_s: 30,
        }
    }
}
