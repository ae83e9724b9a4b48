//! Where keys go and how they are found again, with a keyring that works, fails, hangs or forgets.

use super::*;
use std::collections::BTreeMap;
use std::sync::{Mutex, mpsc};

/// A keyring in memory.
#[derive(Default)]
pub(in crate::vault) struct FakeKeyring(Mutex<BTreeMap<String, String>>);

impl FakeKeyring {
    pub(in crate::vault) fn copy(&self) -> Self {
        Self(Mutex::new(self.0.lock().unwrap().clone()))
    }
}

impl Keyring for FakeKeyring {
    fn fetch(&self, account: &str) -> Result<Option<Zeroizing<String>>> {
        Ok(self.0.lock().unwrap().get(account).cloned().map(Zeroizing::new))
    }

    fn store(&self, account: &str, text: &str) -> Result<()> {
        self.0.lock().unwrap().insert(account.to_owned(), text.to_owned());
        Ok(())
    }

    fn remove(&self, account: &str) -> Result<()> {
        self.0.lock().unwrap().remove(account);
        Ok(())
    }
}

/// A session without a keyring.
struct NoKeyring;

impl Keyring for NoKeyring {
    fn fetch(&self, _: &str) -> Result<Option<Zeroizing<String>>> {
        Err(Error::new(Kind::Unreachable, "no keyring"))
    }

    fn store(&self, _: &str, _: &str) -> Result<()> {
        Err(Error::new(Kind::Unreachable, "no keyring"))
    }

    fn remove(&self, _: &str) -> Result<()> {
        Err(Error::new(Kind::Unreachable, "no keyring"))
    }
}

/// A keyring that takes everything and keeps nothing.
struct ForgetfulKeyring;

impl Keyring for ForgetfulKeyring {
    fn fetch(&self, _: &str) -> Result<Option<Zeroizing<String>>> {
        Ok(None)
    }

    fn store(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }

    fn remove(&self, _: &str) -> Result<()> {
        Ok(())
    }
}

/// A keyring that waits for the user until the other end is dropped.
struct HangingKeyring(Mutex<mpsc::Receiver<()>>);

impl Keyring for HangingKeyring {
    fn fetch(&self, _: &str) -> Result<Option<Zeroizing<String>>> {
        let _ = self.0.lock().unwrap().recv();
        Ok(None)
    }

    fn store(&self, account: &str, _: &str) -> Result<()> {
        self.fetch(account).map(drop)
    }

    fn remove(&self, account: &str) -> Result<()> {
        self.fetch(account).map(drop)
    }
}

struct Installation {
    _temp: tempfile::TempDir,
    dir: DataDir,
}

fn installation() -> Installation {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::resolve(Some(temp.path().join("data"))).unwrap();
    Installation { _temp: temp, dir }
}

fn kind_of(result: Result<Key>) -> Kind {
    result.err().expect("must fail").kind()
}

#[tokio::test]
async fn a_keyring_keeps_the_key_when_there_is_one() {
    let at = installation();
    let keyring = Arc::new(FakeKeyring::default());
    let first = obtain(&at.dir, KeyStore::Auto, false, keyring.clone()).await.unwrap();
    assert!(!at.dir.secret_key().exists());
    assert_eq!(first.status(&at.dir).place, "keyring");
    // The place stays, whatever is asked for later.
    let again = obtain(&at.dir, KeyStore::File, true, keyring.clone()).await.unwrap();
    assert_eq!(again.status(&at.dir), first.status(&at.dir));
    assert!(again.text == first.text);
    // A second installation of the same user has another key.
    let other = obtain(&installation().dir, KeyStore::Auto, false, keyring.clone()).await.unwrap();
    assert!(other.text != first.text);
    assert_eq!(keyring.0.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn the_file_keeps_it_otherwise() {
    for keyring in [Arc::new(NoKeyring) as Arc<dyn Keyring>, Arc::new(ForgetfulKeyring)] {
        let at = installation();
        let first = obtain(&at.dir, KeyStore::Auto, false, keyring.clone()).await.unwrap();
        let status = first.status(&at.dir);
        assert_eq!((status.place, status.location), ("file", at.dir.secret_key().display().to_string()));
        let again = obtain(&at.dir, KeyStore::Keyring, true, keyring.clone()).await.unwrap();
        assert!(again.text == first.text);
        assert_eq!(
            kind_of(obtain(&installation().dir, KeyStore::Keyring, false, keyring).await),
            Kind::Unreachable
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_keyring_that_hangs_is_left_alone() {
    let at = installation();
    let (release, hung) = mpsc::channel();
    let keyring = Arc::new(HangingKeyring(Mutex::new(hung)));
    let key = obtain(&at.dir, KeyStore::Auto, false, keyring).await.unwrap();
    assert_eq!(key.status(&at.dir).place, "file");
    drop(release);
}

#[cfg(unix)]
#[tokio::test]
async fn key_files_are_private_and_made_so() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let at = installation();
    obtain(&at.dir, KeyStore::File, false, Arc::new(NoKeyring)).await.unwrap();
    let key_file = at.dir.secret_key();
    assert_eq!((mode(at.dir.root()), mode(&key_file), mode(&at.dir.key_place())), (0o700, 0o600, 0o600));
    std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o644)).unwrap();
    obtain(&at.dir, KeyStore::File, true, Arc::new(NoKeyring)).await.unwrap();
    assert_eq!(mode(&key_file), 0o600);
    println!(
        "S7: folder {:o}, key file {:o}, also after it was opened to all",
        mode(at.dir.root()),
        mode(&key_file)
    );
}

#[tokio::test]
async fn two_installations_have_different_keys() {
    let [a, b] = [installation(), installation()];
    let key =
        async |at: &Installation| obtain(&at.dir, KeyStore::File, false, Arc::new(NoKeyring)).await.unwrap();
    let (a, b) = (key(&a).await, key(&b).await);
    assert!(a.text != b.text);
    assert_ne!(a.fingerprint(), b.fingerprint());
    println!("S7: 2 installations, keys {} and {}", a.fingerprint(), b.fingerprint());
}

#[tokio::test]
async fn a_lost_key_is_replaced_only_when_nothing_needs_it() {
    // Lost from the file.
    let at = installation();
    let first = obtain(&at.dir, KeyStore::File, false, Arc::new(NoKeyring)).await.unwrap();
    std::fs::remove_file(at.dir.secret_key()).unwrap();
    let error = obtain(&at.dir, KeyStore::File, true, Arc::new(NoKeyring)).await.err().expect("lost");
    assert_eq!(error.kind(), Kind::Refused);
    assert_eq!(error.fact("expected"), Some(first.fingerprint().as_str()));
    assert!(!at.dir.secret_key().exists(), "no new key behind the user's back");
    let second = obtain(&at.dir, KeyStore::File, false, Arc::new(NoKeyring)).await.unwrap();
    assert_ne!(second.fingerprint(), first.fingerprint());

    // Lost from the keyring.
    let at = installation();
    let keyring = Arc::new(FakeKeyring::default());
    obtain(&at.dir, KeyStore::Auto, false, keyring.clone()).await.unwrap();
    keyring.0.lock().unwrap().clear();
    assert_eq!(kind_of(obtain(&at.dir, KeyStore::Auto, true, keyring.clone()).await), Kind::Refused);
    assert!(keyring.0.lock().unwrap().is_empty());

    // A keyring that is away is not a lost key: trying again may do.
    assert_eq!(kind_of(obtain(&at.dir, KeyStore::Auto, true, Arc::new(NoKeyring)).await), Kind::Unreachable);

    // A database moved without its key.
    assert_eq!(kind_of(obtain(&installation().dir, KeyStore::Auto, true, keyring).await), Kind::Refused);
}

#[tokio::test]
async fn an_exchanged_or_damaged_key_is_noticed() {
    let at = installation();
    let keyring = || Arc::new(NoKeyring);
    obtain(&at.dir, KeyStore::File, false, keyring()).await.unwrap();
    let other = Fernet::generate_key();
    std::fs::write(at.dir.secret_key(), format!("{other}\n")).unwrap();
    assert_eq!(kind_of(obtain(&at.dir, KeyStore::File, true, keyring()).await), Kind::Refused);
    let adopted = obtain(&at.dir, KeyStore::File, false, keyring()).await.unwrap();
    assert_eq!(*adopted.text, other);
    for damage in ["", "short", "\u{e9}"] {
        std::fs::write(at.dir.secret_key(), damage).unwrap();
        assert_eq!(kind_of(obtain(&at.dir, KeyStore::File, false, keyring()).await), Kind::Corrupt);
    }
    std::fs::write(at.dir.key_place(), "{").unwrap();
    assert_eq!(kind_of(obtain(&at.dir, KeyStore::File, false, keyring()).await), Kind::Corrupt);
}

#[tokio::test]
async fn a_key_file_without_a_record_is_taken_over() {
    let at = installation();
    let first = obtain(&at.dir, KeyStore::File, false, Arc::new(NoKeyring)).await.unwrap();
    std::fs::remove_file(at.dir.key_place()).unwrap();
    let again = obtain(&at.dir, KeyStore::File, true, Arc::new(NoKeyring)).await.unwrap();
    assert!(again.text == first.text);
    assert!(at.dir.key_place().exists());
}

#[test]
fn key_stores_are_named() {
    assert_eq!("file".parse::<KeyStore>().unwrap(), KeyStore::File);
    assert_eq!("post-it".parse::<KeyStore>().unwrap_err().kind(), Kind::InvalidInput);
}
