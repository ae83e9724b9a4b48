//! Seals a text under a passphrase, for files that leave this installation: the key is derived by scrypt (RFC 7914),
//! the text sealed with Fernet. Must not know what the text is.
//!
//! Form: `scrypt-17-8-1$SALT$TOKEN`, the salt as URL-safe base64. The first part names how the key is derived, and is
//! a version with it: a file cannot ask for more memory or time than this.

use super::AFTER_ANY_TOKEN_S;
use atalaya_model::secret::Secret;
use atalaya_model::{Error, Kind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use fernet::Fernet;
use scrypt::Params;
use zeroize::Zeroizing;

/// 128 MiB and about half a second for each guess: N = 2^17, r = 8, p = 1 (OWASP's recommendation of 2023).
const DERIVATION: &str = "scrypt-17-8-1";
const LOG_N: u8 = 17;
const SALT_BYTES: usize = 16;

/// Seals. Takes about half a second of computing.
pub(super) fn seal(passphrase: &Secret, text: &Secret) -> Result<String> {
    let salt: [u8; SALT_BYTES] = rand::random();
    // Without a time: it would say when the file was made, and nothing here reads it.
    let token = fernet(passphrase, &salt)?.encrypt_at_time(text.expose().as_bytes(), 0);
    Ok(format!("{DERIVATION}${}${token}", URL_SAFE.encode(salt)))
}

/// Opens. `Refused` when the passphrase is wrong or the text was altered, which cannot be told apart.
pub(super) fn open(passphrase: &Secret, sealed: &str) -> Result<Secret> {
    let damaged = || Error::new(Kind::Corrupt, "the sealed part of the file is damaged");
    let mut parts = sealed.splitn(3, '$');
    let (Some(derivation), Some(salt), Some(token)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(damaged());
    };
    if derivation != DERIVATION {
        return Err(Error::new(Kind::Unsupported, "the file was sealed in a way that is not known here")
            .with("derivation", atalaya_model::text::excerpt(derivation, 32)));
    }
    let salt = URL_SAFE.decode(salt).ok().filter(|salt| salt.len() == SALT_BYTES).ok_or_else(damaged)?;
    let opened = fernet(passphrase, &salt)?.decrypt_at_time(token, None, AFTER_ANY_TOKEN_S);
    let opened = opened.map(Zeroizing::new).map_err(|_| {
        Error::new(Kind::Refused, "the passphrase is wrong, or the sealed part of the file was altered")
    })?;
    std::str::from_utf8(&opened).map(|text| Secret::new(text.to_owned())).map_err(|_| damaged())
}

fn fernet(passphrase: &Secret, salt: &[u8]) -> Result<Fernet> {
    let wrong = |what: String| Error::new(Kind::Internal, "no key can be derived").caused_by(what);
    let params = Params::new(LOG_N, 8, 1, 32).map_err(|error| wrong(error.to_string()))?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase.expose().as_bytes(), salt, &params, &mut key[..])
        .map_err(|error| wrong(error.to_string()))?;
    let text = Zeroizing::new(URL_SAFE.encode(&key[..]));
    Fernet::new(&text).ok_or_else(|| wrong("32 bytes make a key".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_with_the_same_passphrase_only() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let text = secret("[{\"password\":\"contraseña\"}]");
        let sealed = seal(&secret("correct horse"), &text).unwrap();
        assert!(open(&secret("correct horse"), &sealed).unwrap() == text);
        assert_eq!(open(&secret("correct horsf"), &sealed).unwrap_err().kind(), Kind::Refused);
        let altered = format!("{}A", &sealed[..sealed.len() - 1]);
        assert_eq!(open(&secret("correct horse"), &altered).unwrap_err().kind(), Kind::Refused);
        for (sealed, kind) in [
            ("", Kind::Corrupt),
            ("scrypt-17-8-1$x", Kind::Corrupt),
            ("scrypt-17-8-1$x$y", Kind::Corrupt),
            // A file must not make us take all memory.
            ("scrypt-30-8-1$AAAAAAAAAAAAAAAAAAAAAA==$y", Kind::Unsupported),
        ] {
            assert_eq!(open(&secret("x"), sealed).unwrap_err().kind(), kind, "{sealed}");
        }
    }

    /// RFC 7914 §12, the second vector, with its own parameters.
    #[test]
    fn derives_as_the_rfc_does() {
        let mut out = [0; 64];
        let params = Params::new(10, 8, 16, 64).unwrap();
        scrypt::scrypt(b"password", b"NaCl", &params, &mut out).unwrap();
        assert_eq!(out[..8], [0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00]);
    }
}
