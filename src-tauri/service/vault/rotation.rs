//! Exchanging the vault's key: the new key is kept beside the old one until everything is sealed with it and
//! committed, and only then takes its place. Wherever it is cut off, the next start finds the key that opens what is
//! stored: the stored logins themselves say which of the two it is.
//!
//! Order: `key.next` says where the new key goes; the new key is written; the logins are sealed anew in one
//! transaction (not here); the new key takes the old one's place; `key.place` says so; `key.next` goes.

use super::key::{
    Key, Place, load, make_in_keyring, new_account, read_key_file, read_record, write_record, write_record_at,
};
use super::keyring::{Keyring, STORE_LIMIT, within};
use crate::data_dir::{DataDir, io_error, replace_private_file, sync_folder};
use atalaya_model::{Error, Kind, Result};
use fernet::Fernet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A new key, kept, that nothing depends on yet.
pub(super) struct Staged {
    pub(super) key: Key,
    dir: DataDir,
    keyring: Arc<dyn Keyring>,
}

/// Makes a new key where the one in use is: in the keyring or in a file.
pub(super) async fn stage(dir: &DataDir, place: &Place, keyring: &Arc<dyn Keyring>) -> Result<Staged> {
    let text = Zeroizing::new(Fernet::generate_key());
    let place = match place {
        Place::File => Place::File,
        Place::Keyring { .. } => Place::Keyring { account: new_account() },
    };
    let key = Key::new(text, place)?;
    write_record_at(&dir.key_next(), &key)?;
    match &key.place {
        Place::File => {
            let path = dir.secret_key_next();
            replace_private_file(&path, key.text.as_bytes())
                .map_err(|error| io_error("the vault's new key cannot be kept in a file", &path, error))?;
        }
        Place::Keyring { account } => make_in_keyring(keyring, account, &key.text).await?,
    }
    Ok(Staged { key, dir: dir.clone(), keyring: keyring.clone() })
}

impl Staged {
    /// The new key takes the old one's place.
    pub(super) async fn promote(self) -> Result<Key> {
        let old = read_record(&self.dir.key_place())?.map(|record| record.place);
        self.take_place()?;
        write_record(&self.dir, &self.key)?;
        forget(&self.dir.key_next())?;
        if let Some(Place::Keyring { account }) = old
            && self.key.place != (Place::Keyring { account: account.clone() })
        {
            let keyring = self.keyring.clone();
            // An entry too many in a keyring opens nothing any more.
            if let Err(error) = within(STORE_LIMIT, move || keyring.remove(&account)).await {
                tracing::warn!(%error, "the old key stays in the keyring");
            }
        }
        Ok(self.key)
    }

    /// Where keys are files: the new one gets the old one's name, at once or not at all.
    pub(super) fn take_place(&self) -> Result<()> {
        if self.key.place == Place::File {
            let path = self.dir.secret_key();
            std::fs::rename(self.dir.secret_key_next(), &path)
                .and_then(|()| sync_folder(&path))
                .map_err(|error| io_error("the vault's new key cannot take its place", &path, error))?;
        }
        Ok(())
    }

    /// The new key goes: nothing was sealed with it.
    pub(super) async fn discard(self) -> Result<()> {
        match self.key.place.clone() {
            Place::File => forget(&self.dir.secret_key_next())?,
            Place::Keyring { account } => {
                let keyring = self.keyring.clone();
                within(STORE_LIMIT, move || keyring.remove(&account)).await?;
            }
        }
        forget(&self.dir.key_next())
    }
}

/// Ends an exchange that was cut off: forward when the stored logins are sealed with the new key, else back. The
/// caller holds the data folder's lock. Where neither key opens anything, both stay.
pub(super) async fn settle(dir: &DataDir, sealed: &[String], keyring: &Arc<dyn Keyring>) -> Result<()> {
    let Some(next) = read_record(&dir.key_next())? else { return Ok(()) };
    let text = match &next.place {
        Place::File => read_key_file(&dir.secret_key_next())?,
        Place::Keyring { .. } => load(dir, next.place.clone(), keyring).await?.map(|key| key.text),
    };
    let Some(text) = text else {
        // Not written yet, or renamed already.
        return match load(dir, Place::File, keyring).await? {
            Some(key) if next.place == Place::File && key.fingerprint() == next.fingerprint => {
                write_record(dir, &key)?;
                forget(&dir.key_next())
            }
            _ => forget(&dir.key_next()),
        };
    };
    let staged = Staged { key: Key::new(text, next.place)?, dir: dir.clone(), keyring: keyring.clone() };
    if sealed.iter().any(|token| staged.key.opens(token)) {
        tracing::info!(
            key = staged.key.fingerprint(),
            "an exchange of the vault's key is brought to its end"
        );
        return staged.promote().await.map(drop);
    }
    let place = read_record(&dir.key_place())?.map_or(Place::File, |record| record.place);
    let old = load(dir, place, keyring).await?;
    if sealed.is_empty() || old.is_some_and(|old| sealed.iter().any(|token| old.opens(token))) {
        tracing::info!("an exchange of the vault's key that was cut off is taken back");
        return staged.discard().await;
    }
    Err(Error::new(
        Kind::Refused,
        "neither the vault's key nor the one that was to follow opens the stored logins",
    )
    .with("key", staged.key.fingerprint()))
}

fn forget(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_error("a file of the vault cannot be removed", path, error))
        }
        _ => sync_folder(path).map_err(|error| io_error("the data folder cannot be synced", path, error)),
    }
}

#[cfg(test)]
mod tests;
