//! The vault: seals logins with one Fernet key of this installation, each for one camera at one host (S4), or for one
//! credential set.
//!
//! Must not know where sealed logins are stored, nor when they are needed.

mod key;
mod keyring;
mod passphrase;
mod plaintext;
mod rotation;

pub use key::{KEY_STORE_VARIABLE, KeyStore};

use crate::data_dir::DataDir;
use atalaya_model::camera::CameraId;
use atalaya_model::credential_set::CredentialSetId;
use atalaya_model::ports::{BoxFuture, Clock, KeyRotation, KeyStatus, SecretBox};
use atalaya_model::secret::{Credentials, Secret};
use atalaya_model::{Error, Kind, Result};
use fernet::Fernet;
use key::{Key, Place};
use keyring::Keyring;
use plaintext::Owner;
use rotation::Staged;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use zeroize::Zeroizing;

/// "Now" for reading tokens, in seconds since 1970: later than any token says. Fernet refuses tokens from the future
/// even without a time to live, and a recorder whose clock starts in 1970 must still log in to its cameras (R13).
const AFTER_ANY_TOKEN_S: u64 = u64::MAX / 2;

/// Seals with Fernet (AES-128-CBC and HMAC-SHA-256, github.com/fernet/spec), so that Python's `cryptography` and
/// others can read a token, given the key.
pub struct FernetBox {
    inner: Arc<Inner>,
}

struct Inner {
    current: RwLock<Arc<Current>>,
    dir: DataDir,
    keyring: Arc<dyn Keyring>,
    clock: Arc<dyn Clock>,
}

/// The key in use.
struct Current {
    fernet: Fernet,
    status: KeyStatus,
    place: Place,
}

impl FernetBox {
    /// Opens the vault with this installation's key, making one at the first start. The key stays where it was first
    /// put; `key_store` chooses where a new one goes.
    ///
    /// `sealed` are some of the logins that are stored. Where there are any, a key that is gone or another is `Refused`
    /// and never replaced, as that would make them unreadable for good. `Unreachable` or `Timeout` when the key is in
    /// a keyring that does not answer now; the same call may succeed later.
    ///
    /// `locked` tells whether the caller holds the data folder's lock. Only then, or when nobody does, an exchange of
    /// the key that was cut off is brought to its end.
    pub async fn open(
        data_dir: &DataDir,
        key_store: KeyStore,
        sealed: &[String],
        clock: Arc<dyn Clock>,
        locked: bool,
    ) -> Result<Self> {
        let keyring = Arc::new(keyring::OsKeyring);
        Self::open_with(data_dir, key_store, sealed, clock, keyring, locked).await
    }

    async fn open_with(
        dir: &DataDir,
        key_store: KeyStore,
        sealed: &[String],
        clock: Arc<dyn Clock>,
        keyring: Arc<dyn Keyring>,
        locked: bool,
    ) -> Result<Self> {
        if dir.key_next().exists() {
            let lock = if locked { None } else { dir.lock().ok() };
            if locked || lock.is_some() {
                rotation::settle(dir, sealed, &keyring).await?;
            }
        }
        let key = key::obtain(dir, key_store, !sealed.is_empty(), keyring.clone()).await?;
        let current = RwLock::new(Arc::new(Current::of(&key, dir)?));
        Ok(Self { inner: Arc::new(Inner { current, dir: dir.clone(), keyring, clock }) })
    }
}

impl Inner {
    fn current(&self) -> Arc<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Current {
    fn of(key: &Key, dir: &DataDir) -> Result<Self> {
        Ok(Self { fernet: key.fernet()?, status: key.status(dir), place: key.place.clone() })
    }

    /// What stands in a token of this key; none in any other.
    fn decrypt(&self, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        self.fernet.decrypt_at_time(sealed, None, AFTER_ANY_TOKEN_S).ok().map(Zeroizing::new)
    }

    fn encrypt(&self, plaintext: &[u8], clock: &dyn Clock) -> String {
        let seconds = u64::try_from(clock.wall().0 / 1_000_000).unwrap_or(0);
        self.fernet.encrypt_at_time(plaintext, seconds)
    }
}

impl fmt::Debug for FernetBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FernetBox").field("status", &self.status()).finish_non_exhaustive()
    }
}

impl FernetBox {
    fn encrypt(&self, owner: Owner, place: &str, credentials: &Credentials) -> Result<String> {
        let plaintext = plaintext::encode(owner, place, credentials)?;
        Ok(self.inner.current().encrypt(&plaintext, &*self.inner.clock))
    }

    fn decrypt(&self, sealed: &str) -> Result<plaintext::Opened> {
        let current = self.inner.current();
        plaintext::decode(&current.decrypt(sealed).ok_or_else(|| unreadable(&current))?)
    }
}

/// For whom a login was sealed, as a fact of an error.
fn sealed_for(opened: &plaintext::Opened) -> String {
    match opened.owner {
        Owner::Camera(camera) => format!("{camera} at {}", opened.place),
        Owner::Set(set) => format!("the credential set {} ({set})", opened.place),
    }
}

impl SecretBox for FernetBox {
    fn seal(&self, camera: CameraId, host: &str, credentials: &Credentials) -> Result<String> {
        self.encrypt(Owner::Camera(camera), host, credentials)
    }

    fn open(&self, camera: CameraId, host: &str, sealed: &str) -> Result<Credentials> {
        let opened = self.decrypt(sealed).map_err(|error| error.with("camera", camera))?;
        // DNS names ignore case (RFC 4343).
        if opened.owner != Owner::Camera(camera) || !opened.place.eq_ignore_ascii_case(host) {
            return Err(Error::new(Kind::Refused, "the stored login belongs to another camera or host")
                .with("camera", camera)
                .with("host", host)
                .with("sealed_for", sealed_for(&opened)));
        }
        Ok(opened.credentials)
    }

    fn seal_set(&self, set: CredentialSetId, name: &str, credentials: &Credentials) -> Result<String> {
        self.encrypt(Owner::Set(set), name, credentials)
    }

    fn open_set(&self, set: CredentialSetId, name: &str, sealed: &str) -> Result<Credentials> {
        let opened = self.decrypt(sealed).map_err(|error| error.with("credential_set", name))?;
        if opened.owner != Owner::Set(set) || opened.place != name {
            return Err(Error::new(Kind::Refused, "the stored login belongs to another credential set")
                .with("credential_set", name)
                .with("sealed_for", sealed_for(&opened)));
        }
        Ok(opened.credentials)
    }

    fn status(&self) -> KeyStatus {
        self.inner.current().status.clone()
    }

    fn rotate(&self) -> BoxFuture<'_, Result<Box<dyn KeyRotation>>> {
        Box::pin(async {
            let inner = self.inner.clone();
            let staged = rotation::stage(&inner.dir, &inner.current().place, &inner.keyring).await?;
            let new = Current::of(&staged.key, &inner.dir)?;
            Ok(Box::new(FernetRotation { inner, staged, new }) as Box<dyn KeyRotation>)
        })
    }

    fn seal_under(&self, passphrase: Secret, text: Secret) -> BoxFuture<'_, Result<String>> {
        Box::pin(computing(move || passphrase::seal(&passphrase, &text)))
    }

    fn open_under(&self, passphrase: Secret, sealed: String) -> BoxFuture<'_, Result<Secret>> {
        Box::pin(computing(move || passphrase::open(&passphrase, &sealed)))
    }
}

/// Runs what computes for long on a thread that may.
async fn computing<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::new(Kind::Internal, "a computation failed").caused_by(error)))
}

fn unreadable(current: &Current) -> Error {
    Error::new(Kind::Corrupt, "the stored login was altered or sealed with another key")
        .with("key", &current.status.fingerprint)
}

/// An exchange of the key under way.
struct FernetRotation {
    inner: Arc<Inner>,
    staged: Staged,
    new: Current,
}

impl KeyRotation for FernetRotation {
    /// The plaintext stays as it is, with the camera and host in it.
    fn reseal(&self, sealed: &str) -> Result<String> {
        let current = self.inner.current();
        let plaintext = current.decrypt(sealed).ok_or_else(|| unreadable(&current))?;
        Ok(self.new.encrypt(&plaintext, &*self.inner.clock))
    }

    fn opens(&self, sealed: &str) -> bool {
        self.new.decrypt(sealed).is_some()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<KeyStatus>> {
        Box::pin(async {
            let Self { inner, staged, new } = *self;
            let status = new.status.clone();
            // First of all here: what is stored is sealed with it, whatever becomes of the files.
            *inner.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
            staged.promote().await?;
            Ok(status)
        })
    }

    fn abandon(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin(self.staged.discard())
    }
}

#[cfg(test)]
mod tests;
