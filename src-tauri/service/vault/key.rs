//! This installation's key: made once, kept in the keyring or in a private file, and found again where it was put.
//!
//! Order of preference for a new key: what the user chose; else the keyring; else the file, for servers and sessions
//! without a keyring. A file in the data folder, `key.place`, records the choice (S7).

use super::AFTER_ANY_TOKEN_S;
use super::keyring::{FETCH_LIMIT, Keyring, SERVICE, STORE_LIMIT, within};
use crate::data_dir::{DataDir, io_error, replace_private_file};
use atalaya_model::ports::KeyStatus;
use atalaya_model::{Error, Kind, Result, text};
use fernet::Fernet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Chooses where a new key goes.
pub const KEY_STORE_VARIABLE: &str = "ATALAYA_KEY_STORE";

/// Where a new key goes. A key that exists stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyStore {
    /// In the keyring when one works, else in the file.
    #[default]
    Auto,
    /// In the keyring; an error when none works.
    Keyring,
    /// In the file.
    File,
}

impl KeyStore {
    /// What the environment's `ATALAYA_KEY_STORE` says: `auto`, `keyring` or `file`; `auto` without it.
    pub fn from_env() -> Result<Self> {
        match std::env::var(KEY_STORE_VARIABLE) {
            Ok(text) => text.parse(),
            Err(std::env::VarError::NotPresent) => Ok(Self::default()),
            Err(error) => {
                Err(Error::new(Kind::InvalidInput, "ATALAYA_KEY_STORE is not text").caused_by(error))
            }
        }
    }
}

impl FromStr for KeyStore {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" | "" => Ok(Self::Auto),
            "keyring" => Ok(Self::Keyring),
            "file" => Ok(Self::File),
            _ => Err(Error::new(Kind::InvalidInput, "a key store is auto, keyring or file")
                .with("key_store", text::excerpt(text, 32))),
        }
    }
}

/// Where a key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "lowercase")]
pub(super) enum Place {
    File,
    /// One account per installation, so that two data folders of one user have two keys.
    Keyring {
        account: String,
    },
}

/// What `key.place` says, and `key.next` of a key that is to follow.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(flatten)]
    pub(super) place: Place,
    /// Tells a key that was exchanged from the one that sealed what is stored.
    pub(super) fingerprint: String,
}

/// The key, as 44 characters of URL-safe base64, and where it is.
pub(super) struct Key {
    pub(super) text: Zeroizing<String>,
    pub(super) place: Place,
}

impl Key {
    pub(super) fn new(text: Zeroizing<String>, place: Place) -> Result<Self> {
        let key = Self { text, place };
        key.fernet()?;
        Ok(key)
    }

    pub(super) fn fernet(&self) -> Result<Fernet> {
        Fernet::new(&self.text).ok_or_else(|| Error::new(Kind::Corrupt, "the vault's key is damaged"))
    }

    /// Whether a token was sealed with it.
    pub(super) fn opens(&self, sealed: &str) -> bool {
        self.fernet().is_ok_and(|fernet| fernet.decrypt_at_time(sealed, None, AFTER_ANY_TOKEN_S).is_ok())
    }

    pub(super) fn status(&self, dir: &DataDir) -> KeyStatus {
        let (place, location) = match &self.place {
            Place::File => ("file", dir.secret_key().display().to_string()),
            Place::Keyring { account } => ("keyring", format!("{SERVICE}/{account}")),
        };
        KeyStatus { place, location, fingerprint: self.fingerprint() }
    }

    /// The first eight hexadecimal digits of the text's SHA-256: too few to say anything about 32 random bytes.
    pub(super) fn fingerprint(&self) -> String {
        let digest: [u8; 32] = Sha256::digest(self.text.as_bytes()).into();
        digest[..4].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}

/// Finds this installation's key, or makes one when nothing was sealed yet.
pub(super) async fn obtain(
    dir: &DataDir,
    store: KeyStore,
    sealed_exist: bool,
    keyring: Arc<dyn Keyring>,
) -> Result<Key> {
    let record = read_record(&dir.key_place())?;
    let expected = record.as_ref().map(|record| record.fingerprint.clone());
    // Without a record: a start that was cut off after it wrote the file, or a folder put together from a backup.
    let place = record.map_or(Place::File, |record| record.place);
    match load(dir, place, &keyring).await? {
        Some(key) if expected.as_ref() == Some(&key.fingerprint()) => Ok(key),
        Some(key) if expected.is_none() || !sealed_exist => {
            write_record(dir, &key)?;
            Ok(key)
        }
        Some(key) => Err(Error::new(
            Kind::Refused,
            "the vault's key was exchanged: it is not the one that sealed the stored logins",
        )
        .with("key", key.fingerprint())
        .with("expected", expected.unwrap_or_default())
        .with("location", key.status(dir).location)),
        None if sealed_exist => Err(Error::new(
            Kind::Refused,
            "the vault's key is lost and stored logins need it: bring it back, or forget them and enter them anew",
        )
        .with("expected", expected.unwrap_or_else(|| "unknown".to_owned()))
        .with("data_dir", dir.root().display())),
        None => make(dir, store, &keyring).await,
    }
}

pub(super) async fn load(dir: &DataDir, place: Place, keyring: &Arc<dyn Keyring>) -> Result<Option<Key>> {
    let text = match &place {
        Place::File => read_key_file(&dir.secret_key())?,
        Place::Keyring { account } => {
            let (keyring, account) = (keyring.clone(), account.clone());
            within(FETCH_LIMIT, move || keyring.fetch(&account)).await?
        }
    };
    text.map(|text| Key::new(text, place)).transpose()
}

async fn make(dir: &DataDir, store: KeyStore, keyring: &Arc<dyn Keyring>) -> Result<Key> {
    let key = match store {
        KeyStore::File => make_in_file(dir)?,
        KeyStore::Keyring => make_new_in_keyring(keyring).await?,
        KeyStore::Auto => match make_new_in_keyring(keyring).await {
            Ok(key) => key,
            Err(error) => {
                tracing::info!(%error, "no keyring: the vault's key goes to a file");
                make_in_file(dir)?
            }
        },
    };
    write_record(dir, &key)?;
    Ok(key)
}

/// The caller has seen that there is no such file, and the data folder's lock keeps other engines out.
fn make_in_file(dir: &DataDir) -> Result<Key> {
    let key = Key::new(Zeroizing::new(Fernet::generate_key()), Place::File)?;
    let path = dir.secret_key();
    replace_private_file(&path, key.text.as_bytes())
        .map_err(|error| io_error("the vault's key cannot be kept in a file", &path, error))?;
    check_private(&path)?;
    Ok(key)
}

async fn make_new_in_keyring(keyring: &Arc<dyn Keyring>) -> Result<Key> {
    let account = new_account();
    let key = Key::new(Zeroizing::new(Fernet::generate_key()), Place::Keyring { account: account.clone() })?;
    make_in_keyring(keyring, &account, &key.text).await?;
    Ok(key)
}

/// A name for a new entry of the keyring.
pub(super) fn new_account() -> String {
    Uuid::new_v4().to_string()
}

pub(super) async fn make_in_keyring(
    keyring: &Arc<dyn Keyring>,
    account: &str,
    text: &Zeroizing<String>,
) -> Result<()> {
    let (keyring, account, text) = (keyring.clone(), account.to_owned(), text.clone());
    within(STORE_LIMIT, move || {
        keyring.store(&account, &text)?;
        // A keyring that takes a key and does not give it back is worse than none.
        match keyring.fetch(&account)? {
            Some(kept) if kept == text => Ok(()),
            _ => Err(Error::new(Kind::Unreachable, "the keyring did not keep the key")),
        }
    })
    .await
}

pub(super) fn read_key_file(path: &Path) -> Result<Option<Zeroizing<String>>> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let text = Zeroizing::new(text);
            check_private(path)?;
            // An editor or `echo` may have added a line end when the key was brought back by hand.
            Ok(Some(Zeroizing::new(text.trim().to_owned())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error("the vault's key cannot be read", path, error)),
    }
}

/// Takes others' rights from the key file. `Refused` where that has no effect, as on a FAT disk.
#[cfg(unix)]
fn check_private(path: &Path) -> Result<()> {
    use crate::data_dir::OTHERS;
    use std::os::unix::fs::PermissionsExt;
    let mode = || {
        std::fs::metadata(path)
            .map(|metadata| metadata.permissions().mode() & 0o7777)
            .map_err(|error| io_error("the vault's key cannot be read", path, error))
    };
    if mode()? & OTHERS != 0 {
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
    }
    let left = mode()?;
    if left & OTHERS == 0 {
        return Ok(());
    }
    Err(Error::new(
        Kind::Refused,
        "other users can read the vault's key, and its file system cannot prevent it: use a keyring",
    )
    .with("path", path.display())
    .with("mode", format!("{left:o}")))
}

/// Windows: the file inherits the access list of the user's profile.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn check_private(_: &Path) -> Result<()> {
    Ok(())
}

pub(super) fn read_record(path: &Path) -> Result<Option<Record>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(io_error("the place of the vault's key cannot be read", path, error));
        }
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Error::new(Kind::Corrupt, "the record of where the vault's key is kept is damaged")
            .with("path", path.display())
            .caused_by(error)
    })
}

pub(super) fn write_record(dir: &DataDir, key: &Key) -> Result<()> {
    write_record_at(&dir.key_place(), key)
}

pub(super) fn write_record_at(path: &Path, key: &Key) -> Result<()> {
    let record = Record { place: key.place.clone(), fingerprint: key.fingerprint() };
    let json = serde_json::to_vec(&record).expect("plain strings are valid JSON");
    replace_private_file(path, &json)
        .map_err(|error| io_error("the place of the vault's key cannot be recorded", path, error))
}

#[cfg(test)]
pub(super) mod tests;
