//! What stands inside a token: for whom it is, user, password. Not JSON: lengths known beforehand mean one
//! buffer that is wiped, and no copies left behind by growing or unescaping.
//!
//! Layout: `u8` 1 for a camera's login, 2 for a credential set's; 16 bytes UUID of the camera or set; then the camera's
//! host or the set's name, user and password, each as `u32` length, big endian, in bytes and that much UTF-8.

use atalaya_model::camera::CameraId;
use atalaya_model::credential_set::CredentialSetId;
use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind, Result};
use zeroize::Zeroizing;

const CAMERA: u8 = 1;
const SET: u8 = 2;
/// No camera takes a longer user name or password, in bytes.
const FIELD_MAX_BYTES: usize = 1024;

/// Whose login it is. A token of one is nobody else's, and a set's is no camera's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Camera(CameraId),
    Set(CredentialSetId),
}

/// A login and what it was sealed for.
pub(super) struct Opened {
    pub(super) owner: Owner,
    /// The camera's host, or the set's name.
    pub(super) place: String,
    pub(super) credentials: Credentials,
}

pub(super) fn encode(owner: Owner, place: &str, credentials: &Credentials) -> Result<Zeroizing<Vec<u8>>> {
    let fields = [place, &credentials.user, credentials.password.expose()];
    if fields.iter().any(|field| field.len() > FIELD_MAX_BYTES) {
        return Err(Error::new(
            Kind::InvalidInput,
            "a host, user name or password is longer than 1024 bytes",
        ));
    }
    let bytes = 1 + 16 + fields.iter().map(|field| 4 + field.len()).sum::<usize>();
    let mut out = Zeroizing::new(Vec::with_capacity(bytes));
    let (kind, id) = match owner {
        Owner::Camera(camera) => (CAMERA, camera.0),
        Owner::Set(set) => (SET, set.0),
    };
    out.push(kind);
    out.extend_from_slice(id.as_bytes());
    for field in fields {
        out.extend_from_slice(&(field.len() as u32).to_be_bytes());
        out.extend_from_slice(field.as_bytes());
    }
    Ok(out)
}

pub(super) fn decode(bytes: &[u8]) -> Result<Opened> {
    let corrupt = || Error::new(Kind::Corrupt, "the sealed login has an impossible form");
    let (&kind, rest) = bytes.split_first().ok_or_else(corrupt)?;
    if !matches!(kind, CAMERA | SET) {
        return Err(Error::new(Kind::Unsupported, "the login was sealed by a newer version of this program")
            .with("version", kind));
    }
    let (uuid, rest) = rest.split_first_chunk::<16>().ok_or_else(corrupt)?;
    let (place, rest) = field(rest).ok_or_else(corrupt)?;
    let (user, rest) = field(rest).ok_or_else(corrupt)?;
    let (password, rest) = field(rest).ok_or_else(corrupt)?;
    if !rest.is_empty() {
        return Err(corrupt());
    }
    let id = uuid::Uuid::from_bytes(*uuid);
    Ok(Opened {
        owner: if kind == SET { Owner::Set(CredentialSetId(id)) } else { Owner::Camera(CameraId(id)) },
        place: place.to_owned(),
        credentials: Credentials::new(user, password),
    })
}

/// The field at the start, and what follows it.
fn field(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn comes_back_as_it_was(id: u128, set: bool, place in ".{0,60}", user in ".{0,60}", password in ".{0,60}") {
            let id = uuid::Uuid::from_u128(id);
            let owner = if set { Owner::Set(CredentialSetId(id)) } else { Owner::Camera(CameraId(id)) };
            let credentials = Credentials::new(user, password);
            let bytes = encode(owner, &place, &credentials).unwrap();
            prop_assert_eq!(bytes.capacity(), bytes.len(), "one buffer, never grown");
            let opened = decode(&bytes).unwrap();
            prop_assert_eq!((opened.owner, opened.place, opened.credentials), (owner, place, credentials));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn cut_or_lengthened_is_refused() {
        let camera = Owner::Camera(CameraId(uuid::Uuid::nil()));
        let bytes = encode(camera, "h", &Credentials::new("u", "p")).unwrap();
        for length in 0..bytes.len() {
            assert_eq!(decode(&bytes[..length]).err().expect("cut").kind(), Kind::Corrupt, "{length}");
        }
        let longer = [bytes.as_slice(), b"x"].concat();
        assert_eq!(decode(&longer).err().expect("longer").kind(), Kind::Corrupt);
        let newer = [&[SET + 1], &bytes[1..]].concat();
        assert_eq!(decode(&newer).err().expect("newer").kind(), Kind::Unsupported);
    }
}
