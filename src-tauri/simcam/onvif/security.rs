//! Owns WS-Security UsernameToken with PasswordDigest (WSS UsernameToken Profile 1.0 §3.1), as ONVIF Core §5.9.2 has it.
//! Must not know calls. The clear-text form is never accepted.

use crate::{clock, options::Credentials, xml::Element};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How far a client's clock may be from the camera's.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(5);
/// Tokens remembered against replay.
const REMEMBERED: usize = 1_024;

/// Digests already used (profile §3.1 recommends to refuse them a second time).
#[derive(Default)]
pub(super) struct ReplayGuard(Mutex<VecDeque<Vec<u8>>>);

impl ReplayGuard {
    /// Whether this digest is new; it is not from now on.
    fn admits(&self, digest: &[u8]) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.iter().any(|known| known == digest) {
            return false;
        }
        if used.len() == REMEMBERED {
            used.pop_front();
        }
        used.push_back(digest.to_vec());
        true
    }
}

/// Whether a UsernameToken proves knowledge of the account's password.
pub(super) fn token_is_right(
    token: &Element,
    account: &Credentials,
    now: Duration,
    replays: &ReplayGuard,
) -> bool {
    let Some(digest) = proven_digest(token, account) else {
        return false;
    };
    let created = token.child_text("Created").and_then(clock::parse_iso);
    created.is_some_and(|created| created.abs_diff(now) <= CLOCK_TOLERANCE) && replays.admits(&digest)
}

/// The token's digest if it is SHA-1(nonce, created, password).
fn proven_digest(token: &Element, account: &Credentials) -> Option<Vec<u8>> {
    let password = token.child("Password")?;
    let (nonce, created) = (token.child_text("Nonce")?, token.child_text("Created")?);
    if token.child_text("Username")? != account.user
        || !password.attribute("Type")?.ends_with("#PasswordDigest")
    {
        return None;
    }
    let nonce = BASE64_STANDARD.decode(nonce).ok()?;
    let digest = BASE64_STANDARD.decode(password.text()).ok()?;
    let expected = sha1(&[&nonce, created.as_bytes(), account.password.as_bytes()].concat());
    (digest == expected).then_some(digest)
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    use sha1::Digest;
    sha1::Sha1::digest(bytes).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(user: &str, password: &str, created: &str) -> Element {
        let digest = sha1(&[b"nonce", created.as_bytes(), password.as_bytes()].concat());
        Element::parse(&format!(
            "<UsernameToken><Username>{user}</Username><Password Type=\"urn:x#PasswordDigest\">{}</Password>\
             <Nonce>{}</Nonce><Created>{created}</Created></UsernameToken>",
            BASE64_STANDARD.encode(digest),
            BASE64_STANDARD.encode("nonce"),
        ))
        .unwrap()
    }

    #[test]
    fn the_right_password_opens_once_and_in_time() {
        let account = Credentials::new("ana", "p@:/#%?&ñ 中\"'");
        let now = Duration::from_secs(1_795_256_431);
        let judge = |token: &Element, replays: &ReplayGuard| token_is_right(token, &account, now, replays);
        let replays = ReplayGuard::default();
        let good = token("ana", "p@:/#%?&ñ 中\"'", "2026-11-21T10:20:31Z");
        assert!(judge(&good, &replays));
        assert!(!judge(&good, &replays), "a second time is a replay");
        let fresh = ReplayGuard::default();
        assert!(!judge(&token("ana", "wrong", "2026-11-21T10:20:31Z"), &fresh));
        assert!(!judge(&token("eva", "p@:/#%?&ñ 中\"'", "2026-11-21T10:20:31Z"), &fresh));
        assert!(
            !judge(&token("ana", "p@:/#%?&ñ 中\"'", "2026-11-21T10:26:31Z"), &fresh),
            "six minutes ahead"
        );
        assert!(!judge(&token("ana", "p@:/#%?&ñ 中\"'", "yesterday"), &fresh));
    }

    #[test]
    fn clear_text_is_refused() {
        let token = Element::parse(
            "<UsernameToken><Username>ana</Username><Password Type=\"urn:x#PasswordText\">p</Password>\
             <Nonce>AA==</Nonce><Created>2026-11-21T10:20:31Z</Created></UsernameToken>",
        )
        .unwrap();
        let account = Credentials::new("ana", "p");
        assert!(!token_is_right(
            &token,
            &account,
            Duration::from_secs(1_795_256_431),
            &ReplayGuard::default()
        ));
    }
}
