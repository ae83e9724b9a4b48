//! What a sealed login withstands: other cameras, other hosts, other keys, changed tokens, other clocks.

use super::*;
use crate::clock::tests::SteppedClock;
use std::sync::atomic::Ordering;
use uuid::Uuid;

const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
/// Made by Python's cryptography 48.0.0 with `KEY`, the layout of `plaintext.rs` packed by `struct`.
const PYTHON_TOKEN: &str = "gAAAAABrAXUAf_WrIn3YRskIul4DvyU-0rWx4ECVX-xCN-c6t2iTI99A1dOq6XThwltgXKPzJ4LVbsWvZAxKWfXhxb0myIb0gIqJfXVLEs8sC7Cb3wRmoPRdk51n_tn6HjYs1-Le8L9wt6oYJG_Z1zRgDGtNGWkl7A==";

fn camera() -> CameraId {
    "0192f7a1-5c3e-7bbb-8a7e-3f2f6c1d9e01".parse().unwrap()
}

fn vault(key: &str, clock: Arc<SteppedClock>) -> FernetBox {
    let current = Current {
        fernet: Fernet::new(key).unwrap(),
        status: KeyStatus { place: "file", location: "x".to_owned(), fingerprint: "00000000".to_owned() },
        place: Place::File,
    };
    let dir = DataDir::resolve(Some(std::env::temp_dir().join("atalaya-vault-tests"))).unwrap();
    let keyring = Arc::new(keyring::OsKeyring);
    FernetBox { inner: Arc::new(Inner { current: RwLock::new(Arc::new(current)), dir, keyring, clock }) }
}

fn fixed() -> FernetBox {
    vault(KEY, Arc::default())
}

#[test]
fn opens_what_python_sealed() {
    let opened = fixed().open(camera(), "192.0.2.7", PYTHON_TOKEN).unwrap();
    assert_eq!(opened, Credentials::new("operador", "contraseña ✓"));
}

#[test]
fn opens_for_the_same_camera_and_host_only() {
    let vault = fixed();
    let login = Credentials::new("admin", "Ünïcode \u{0} and spaces ");
    let sealed = vault.seal(camera(), "gate.example", &login).unwrap();
    assert_eq!(vault.open(camera(), "GATE.example", &sealed).unwrap(), login);
    for (id, host) in [(CameraId(Uuid::nil()), "gate.example"), (camera(), "evil.example"), (camera(), "")] {
        let error = vault.open(id, host, &sealed).unwrap_err();
        assert_eq!(error.kind(), Kind::Refused);
        assert!(!error.to_string().contains("admin"));
    }
}

#[test]
fn a_set_s_login_is_no_camera_s_and_no_other_set_s() {
    let vault = fixed();
    let login = Credentials::new("admin", "secret");
    let set = CredentialSetId(camera().0);
    let sealed = vault.seal_set(set, "Yard", &login).unwrap();
    assert_eq!(vault.open_set(set, "Yard", &sealed).unwrap(), login);
    for (id, name) in [(CredentialSetId(Uuid::nil()), "Yard"), (set, "yard"), (set, "")] {
        assert_eq!(vault.open_set(id, name, &sealed).unwrap_err().kind(), Kind::Refused);
    }
    // The same number and the same text do not make a set a camera, nor the other way round.
    assert_eq!(vault.open(camera(), "Yard", &sealed).unwrap_err().kind(), Kind::Refused);
    let of_camera = vault.seal(camera(), "Yard", &login).unwrap();
    assert_eq!(vault.open_set(set, "Yard", &of_camera).unwrap_err().kind(), Kind::Refused);
}

#[test]
fn any_changed_character_is_noticed() {
    let vault = fixed();
    let sealed = vault.seal(camera(), "h", &Credentials::new("u", "p")).unwrap();
    for at in 0..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(vault.open(camera(), "h", &changed).unwrap_err().kind(), Kind::Corrupt, "character {at}");
    }
    for cut in ["", "gAAAAA", &sealed[..sealed.len() - 4], "not base64 at all", "=".repeat(100_000).as_str()]
    {
        assert_eq!(vault.open(camera(), "h", cut).unwrap_err().kind(), Kind::Corrupt);
    }
}

#[test]
fn another_key_cannot_open() {
    let sealed = fixed().seal(camera(), "h", &Credentials::new("u", "p")).unwrap();
    let other = vault(&Fernet::generate_key(), Arc::default());
    assert_eq!(other.open(camera(), "h", &sealed).unwrap_err().kind(), Kind::Corrupt);
}

#[test]
fn a_clock_set_back_locks_nobody_out() {
    let clock = Arc::new(SteppedClock::default());
    let vault = vault(KEY, clock.clone());
    for (sealed_at, opened_at) in
        [(4_000_000_000_000_000, 0), (1_800_000_000_000_000, -1_000_000), (-5, i64::MAX)]
    {
        clock.0.store(sealed_at, Ordering::Relaxed);
        let sealed = vault.seal(camera(), "h", &Credentials::new("u", "p")).unwrap();
        clock.0.store(opened_at, Ordering::Relaxed);
        vault.open(camera(), "h", &sealed).unwrap();
    }
}

#[test]
fn the_same_login_is_never_sealed_the_same_twice() {
    let seal = || fixed().seal(camera(), "h", &Credentials::new("u", "p")).unwrap();
    assert_ne!(seal(), seal());
}

#[test]
fn printing_shows_no_key() {
    assert!(!format!("{:?}", fixed()).contains(KEY));
}

#[tokio::test]
async fn opens_again_with_the_key_it_made() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::resolve(Some(temp.path().join("data"))).unwrap();
    let open = async |sealed: &[String]| {
        FernetBox::open(&dir, KeyStore::File, sealed, Arc::new(SteppedClock::default()), true).await
    };
    let first = open(&[]).await.unwrap();
    let sealed = first.seal(camera(), "h", &Credentials::new("u", "p")).unwrap();
    let again = open(std::slice::from_ref(&sealed)).await.unwrap();
    assert_eq!(again.status(), first.status());
    assert_eq!(again.status().place, "file");
    assert_eq!(again.status().fingerprint.len(), 8);
    assert_eq!(again.open(camera(), "h", &sealed).unwrap(), Credentials::new("u", "p"));
}
