//! The vault: seals camera logins with one Fernet key of this installation, for one camera at one host each (S4).
//!
//! Must not know where sealed logins are stored, nor when they are needed.

mod key;
mod keyring;
mod plaintext;

pub use key::{KEY_STORE_VARIABLE, KeyStore};

use crate::data_dir::DataDir;
use atalaya_model::camera::CameraId;
use atalaya_model::ports::{Clock, KeyStatus, SecretBox};
use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind, Result};
use fernet::Fernet;
use key::Key;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// "Now" for reading tokens, in seconds since 1970: later than any token says. Fernet refuses tokens from the future
/// even without a time to live, and a recorder whose clock starts in 1970 must still log in to its cameras (R13).
const AFTER_ANY_TOKEN_S: u64 = u64::MAX / 2;

/// Seals with Fernet (AES-128-CBC and HMAC-SHA-256, github.com/fernet/spec), so that Python's `cryptography` and
/// others can read a token, given the key.
pub struct FernetBox {
    fernet: Fernet,
    status: KeyStatus,
    clock: Arc<dyn Clock>,
}

impl FernetBox {
    /// Opens the vault with this installation's key, making one at the first start. The key stays where it was first
    /// put; `key_store` chooses where a new one goes.
    ///
    /// `sealed_exist` tells whether logins sealed before are stored: then a key that is gone or another is `Refused`
    /// and never replaced, as that would make them unreadable for good. `Unreachable` or `Timeout` when the key is in
    /// a keyring that does not answer now; the same call may succeed later.
    pub async fn open(
        data_dir: &DataDir,
        key_store: KeyStore,
        sealed_exist: bool,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let keyring = Arc::new(keyring::OsKeyring);
        let key = key::obtain(data_dir, key_store, sealed_exist, keyring).await?;
        Self::with_key(&key, data_dir, clock)
    }

    fn with_key(key: &Key, data_dir: &DataDir, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self { fernet: key.fernet()?, status: key.status(data_dir), clock })
    }
}

impl fmt::Debug for FernetBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FernetBox").field("status", &self.status).finish_non_exhaustive()
    }
}

impl SecretBox for FernetBox {
    fn seal(&self, camera: CameraId, host: &str, credentials: &Credentials) -> Result<String> {
        let seconds = u64::try_from(self.clock.wall().0 / 1_000_000).unwrap_or(0);
        let plaintext = plaintext::encode(camera, host, credentials)?;
        Ok(self.fernet.encrypt_at_time(&plaintext, seconds))
    }

    fn open(&self, camera: CameraId, host: &str, sealed: &str) -> Result<Credentials> {
        let plaintext =
            self.fernet.decrypt_at_time(sealed, None, AFTER_ANY_TOKEN_S).map(Zeroizing::new).map_err(
                |_| {
                    Error::new(Kind::Corrupt, "the stored login was altered or sealed with another key")
                        .with("camera", camera)
                        .with("key", &self.status.fingerprint)
                },
            )?;
        let opened = plaintext::decode(&plaintext).map_err(|error| error.with("camera", camera))?;
        // DNS names ignore case (RFC 4343).
        if opened.camera != camera || !opened.host.eq_ignore_ascii_case(host) {
            return Err(Error::new(Kind::Refused, "the stored login belongs to another camera or host")
                .with("camera", camera)
                .with("host", host)
                .with("sealed_for", opened.camera)
                .with("sealed_for_host", opened.host));
        }
        Ok(opened.credentials)
    }

    fn status(&self) -> KeyStatus {
        self.status.clone()
    }
}

#[cfg(test)]
mod tests;
