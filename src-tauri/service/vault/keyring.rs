//! The operating system's keyring: macOS Keychain, Windows Credential Manager, or the Secret Service on Linux.
//!
//! Must not know what the text it keeps is for.

use atalaya_model::{Error, Kind, Result};
use std::time::Duration;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// The service that keyring entries of this program are filed under.
pub(super) const SERVICE: &str = "atalaya";

/// How long a keyring may take to keep a new key before the key goes to a file instead: a desktop's answers in
/// milliseconds, and one that asks the user something at the first start can hang unseen behind the window.
pub(super) const STORE_LIMIT: Duration = Duration::from_secs(3);

/// How long a keyring may take to hand the key out: here somebody may have to type the keyring's password first.
pub(super) const FETCH_LIMIT: Duration = Duration::from_mins(1);

/// Keeps texts by account name.
pub(super) trait Keyring: Send + Sync + 'static {
    /// The account's text; none when there is no such account. `Unreachable` when the keyring does not work now.
    fn fetch(&self, account: &str) -> Result<Option<Zeroizing<String>>>;
    /// Keeps a text under a new account.
    fn store(&self, account: &str, text: &str) -> Result<()>;
    /// Forgets an account; one that is not there is fine.
    fn remove(&self, account: &str) -> Result<()>;
}

/// The keyring of the user's session.
pub(super) struct OsKeyring;

impl Keyring for OsKeyring {
    fn fetch(&self, account: &str) -> Result<Option<Zeroizing<String>>> {
        match entry(account)?.get_password() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(keyring::v1::Error::NoEntry) => Ok(None),
            Err(error) => Err(unreachable(&error)),
        }
    }

    fn store(&self, account: &str, text: &str) -> Result<()> {
        entry(account)?.set_password(text).map_err(|error| unreachable(&error))
    }

    fn remove(&self, account: &str) -> Result<()> {
        match entry(account)?.delete_credential() {
            Ok(()) | Err(keyring::v1::Error::NoEntry) => Ok(()),
            Err(error) => Err(unreachable(&error)),
        }
    }
}

fn entry(account: &str) -> Result<keyring::v1::Entry> {
    if let Err(error) = keyring::v1::Entry::store_status() {
        return Err(unreachable(error));
    }
    keyring::v1::Entry::new(SERVICE, account).map_err(|error| unreachable(&error))
}

/// Keeps the error's text only: some of its variants carry what was stored.
fn unreachable(error: &keyring::v1::Error) -> Error {
    Error::new(Kind::Unreachable, "the keyring cannot be used").caused_by(error.to_string())
}

/// Runs a blocking keyring call, and gives up waiting after `limit`.
///
/// On a thread of its own: a call that hangs for ever must not hold up the end of the program, which waits for
/// Tokio's blocking threads; and the Linux backend starts a runtime, which it cannot inside Tokio's.
pub(super) async fn within<T: Send + 'static>(
    limit: Duration,
    call: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (reply, answer) = oneshot::channel();
    std::thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            // Nobody waits any more after the limit; the answer, zeroized where secret, is dropped here.
            let _ = reply.send(call());
        })
        .map_err(|error| Error::new(Kind::Internal, "no thread for the keyring").caused_by(error))?;
    match tokio::time::timeout(limit, answer).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::new(Kind::Unreachable, "the keyring's driver panicked")),
        Err(_) => {
            Err(Error::new(Kind::Timeout, "the keyring does not answer").with("limit_s", limit.as_secs()))
        }
    }
}
