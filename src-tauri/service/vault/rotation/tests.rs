//! An exchange of the key cut off after each of its steps, as `kill -9` would, and looked at by the next start.

use super::*;
use crate::clock::tests::SteppedClock;
use crate::vault::FernetBox;
use crate::vault::key::KeyStore;
use crate::vault::key::tests::FakeKeyring;
use crate::vault::plaintext::{self, Owner};
use atalaya_model::camera::CameraId;
use atalaya_model::ports::SecretBox;
use atalaya_model::secret::Credentials;

const HOST: &str = "192.0.2.7";

fn camera() -> CameraId {
    CameraId(uuid::Uuid::from_u128(7))
}

async fn vault(dir: &DataDir, store: KeyStore, sealed: &[String], keyring: &Arc<dyn Keyring>) -> FernetBox {
    FernetBox::open_with(dir, store, sealed, Arc::new(SteppedClock::default()), keyring.clone(), true)
        .await
        .expect("the vault opens")
}

/// The folder as it is now, as another one: what a program finds that starts after this one was killed.
fn copy(dir: &DataDir, to: &Path) -> DataDir {
    let copy = DataDir::resolve(Some(to.to_owned())).unwrap();
    for entry in std::fs::read_dir(dir.root()).unwrap().flatten() {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), copy.root().join(entry.file_name())).unwrap();
        }
    }
    copy
}

#[tokio::test]
async fn cut_off_after_any_step_nothing_is_lost() {
    for store in [KeyStore::File, KeyStore::Keyring] {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::resolve(Some(temp.path().join("data"))).unwrap();
        let fake = Arc::new(FakeKeyring::default());
        let keyring: Arc<dyn Keyring> = fake.clone();
        let login = Credentials::new("ana", "correct horse");
        let first = vault(&dir, store, &[], &keyring).await;
        let old = first.seal(camera(), HOST, &login).unwrap();
        // The steps one after the other, and after each the folder and the token that the database would have.
        let mut moments = Vec::new();
        let mut moment = |name: &'static str, token: &str| {
            let dir = copy(&dir, &temp.path().join(moments.len().to_string()));
            let keyring: Arc<dyn Keyring> = Arc::new(fake.copy());
            moments.push((name, token.to_owned(), dir, keyring));
        };
        let place = read_record(&dir.key_place()).unwrap().unwrap().place;
        let staged = stage(&dir, &place, &keyring).await.unwrap();
        moment("staged", &old);
        let plain = first.open(camera(), HOST, &old).unwrap();
        let new = plaintext::encode(Owner::Camera(camera()), HOST, &plain).unwrap();
        let new = staged.key.fernet().unwrap().encrypt(&new);
        moment("committed", &new);
        staged.take_place().unwrap();
        moment("renamed", &new);
        write_record(&dir, &staged.key).unwrap();
        moment("recorded", &new);
        forget(&dir.key_next()).unwrap();
        moment("done", &new);
        // A record of a key that was never written.
        std::fs::write(dir.key_next(), r#"{"place":"file","fingerprint":"00000000"}"#).unwrap();
        moment("announced", &new);
        for (name, token, dir, keyring) in &moments {
            let after = vault(dir, store, std::slice::from_ref(token), keyring).await;
            assert_eq!(after.open(camera(), HOST, token).unwrap(), login, "{store:?} after {name}");
            assert!(!dir.key_next().exists() && !dir.secret_key_next().exists(), "{store:?} after {name}");
            // And once more, now that nothing is left to be settled.
            let again = vault(dir, store, std::slice::from_ref(token), keyring).await;
            assert_eq!(again.open(camera(), HOST, token).unwrap(), login, "{store:?} again after {name}");
        }
    }
}

#[tokio::test]
async fn a_whole_exchange_leaves_one_key_and_keeps_what_a_login_is_bound_to() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::resolve(Some(temp.path().join("data"))).unwrap();
    let keyring: Arc<dyn Keyring> = Arc::new(FakeKeyring::default());
    let vault = vault(&dir, KeyStore::Keyring, &[], &keyring).await;
    let login = Credentials::new("ana", "correct horse");
    let old = vault.seal(camera(), HOST, &login).unwrap();
    let before = vault.status();
    let rotation = vault.rotate().await.unwrap();
    let new = rotation.reseal(&old).unwrap();
    assert!(rotation.opens(&new) && !rotation.opens(&old));
    assert!(rotation.reseal("gAAAAA").is_err(), "what cannot be opened ends the exchange");
    // Until its end the old key is in use.
    assert_eq!(vault.open(camera(), HOST, &old).unwrap(), login);
    let after = rotation.finish().await.unwrap();
    assert!(after.fingerprint != before.fingerprint && after == vault.status());
    assert_eq!(vault.open(camera(), HOST, &new).unwrap(), login);
    assert_eq!(vault.open(camera(), "192.0.2.8", &new).unwrap_err().kind(), Kind::Refused);
    assert_eq!(vault.open(camera(), HOST, &old).unwrap_err().kind(), Kind::Corrupt);
    let account = before.location.rsplit('/').next().unwrap().to_owned();
    assert!(keyring.fetch(&account).unwrap().is_none(), "the old key is gone");
    // One that is given up leaves all as it was.
    let rotation = vault.rotate().await.unwrap();
    rotation.abandon().await.unwrap();
    assert_eq!(vault.status(), after);
    assert_eq!(vault.open(camera(), HOST, &new).unwrap(), login);
}
