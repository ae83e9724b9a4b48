//! Owns what a 401 is answered with: Digest, or Basic where it may be, or nothing. Must not know who sends it.

use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_auth::{PasswordClient, PasswordParams};
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Cameras, by host and port, that have offered Digest since this program started: none of them gets Basic any more,
/// whoever answers in its name (S5).
#[derive(Debug, Default)]
pub(super) struct DigestSeen(Mutex<BTreeSet<(String, u16)>>);

impl DigestSeen {
    fn note(&self, camera: (&str, u16)) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert((camera.0.to_owned(), camera.1));
    }

    fn has(&self, camera: (&str, u16)) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.contains(&(camera.0.to_owned(), camera.1))
    }
}

/// The challenge of a 401, and what there is to answer it with.
pub(super) struct Challenged<'a> {
    /// The headers of the 401.
    pub(super) headers: &'a HeaderMap,
    pub(super) credentials: &'a Credentials,
    /// Path and query of the request.
    pub(super) uri: &'a str,
    /// Host and port.
    pub(super) camera: (&'a str, u16),
    /// Whether the password may go out in the clear: the connection is proven, or the user allows it.
    pub(super) may_be_clear: bool,
}

/// An answer, and whether it was to a challenge that called the login right and only its nonce old.
pub(super) struct Answer {
    pub(super) header: HeaderValue,
    pub(super) stale: bool,
}

/// The `Authorization` header that answers the challenge. `Refused` when nothing safe is offered.
pub(super) fn answer(challenged: &Challenged<'_>, seen: &DigestSeen) -> Result<Answer> {
    // A camera may send a header for each challenge, or all in one.
    let offered: Vec<&str> =
        challenged.headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).collect();
    let offered = offered.join(", ");
    if offered.is_empty() {
        return Err(Error::new(Kind::Unauthorized, "the camera refuses the login and asks for no other"));
    }
    let (text, stale) = match PasswordClient::try_from(offered.as_str()) {
        Ok(mut digest) => {
            seen.note(challenged.camera);
            let stale = digest.stale();
            let answer = digest.respond(&PasswordParams {
                username: &challenged.credentials.user,
                password: challenged.credentials.password.expose(),
                uri: challenged.uri,
                method: "GET",
                body: None,
            });
            let answer = answer.map_err(|cause| {
                Error::new(Kind::Protocol, "the camera's challenge cannot be answered").caused_by(cause)
            })?;
            (answer, stale)
        }
        Err(cause) if http_auth::offers(&offered, "Basic") => {
            let refused = |message| Err(Error::new(Kind::Refused, message).caused_by(cause));
            if seen.has(challenged.camera) {
                return refused("the camera offered Digest before, and now wants the password in the clear");
            }
            if !challenged.may_be_clear {
                return refused("the camera takes the password only in the clear (HTTP Basic)");
            }
            (basic(challenged.credentials)?, false)
        }
        Err(cause) => {
            return Err(Error::new(Kind::Refused, "the camera offers no login that is known here")
                .with("login", "unknown")
                .caused_by(cause));
        }
    };
    let mut header = HeaderValue::from_str(&text)
        .map_err(|_| Error::new(Kind::InvalidInput, "the user name cannot stand in an HTTP header"))?;
    header.set_sensitive(true);
    Ok(Answer { header, stale })
}

/// RFC 7617 §2.
fn basic(credentials: &Credentials) -> Result<String> {
    let Credentials { user, password } = credentials;
    if user.contains(':') || [user, password.expose()].iter().any(|text| text.chars().any(char::is_control)) {
        return Err(Error::new(
            Kind::InvalidInput,
            "HTTP Basic cannot carry this user name or password: a colon or a control character is in it",
        ));
    }
    Ok(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
    const BASIC: &str = "Basic realm=\"r\"";

    fn told(challenges: &[&'static str], may_be_clear: bool, seen: &DigestSeen) -> Result<String> {
        let mut headers = HeaderMap::new();
        for challenge in challenges {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        let credentials = Credentials::new("ana", "contraseña");
        let camera = ("192.0.2.7", 80);
        let challenged =
            Challenged { headers: &headers, credentials: &credentials, uri: "/x", camera, may_be_clear };
        answer(&challenged, seen).map(|answer| answer.header.to_str().unwrap().to_owned())
    }

    #[test]
    fn digest_goes_before_basic_even_where_basic_is_allowed() {
        for (challenges, clear) in
            [(&[BASIC, DIGEST][..], true), (&[DIGEST], false), (&[DIGEST, BASIC], false)]
        {
            let text = told(challenges, clear, &DigestSeen::default()).unwrap();
            assert!(text.starts_with("Digest username=\"ana\""), "{text}");
        }
    }

    #[test]
    fn basic_alone_is_answered_only_where_it_may_be() {
        let seen = DigestSeen::default();
        assert_eq!(told(&[BASIC], false, &seen).unwrap_err().kind(), Kind::Refused);
        // base64 of "ana:contraseña" in UTF-8.
        assert_eq!(told(&[BASIC], true, &seen).unwrap(), "Basic YW5hOmNvbnRyYXNlw7Fh");
        let unknown = told(&["Negotiate"], true, &seen).unwrap_err();
        assert_eq!((unknown.kind(), unknown.fact("login")), (Kind::Refused, Some("unknown")));
        assert_eq!(told(&[], true, &seen).unwrap_err().kind(), Kind::Unauthorized);
    }

    #[test]
    fn who_has_offered_digest_never_gets_basic() {
        let seen = DigestSeen::default();
        told(&[DIGEST], true, &seen).unwrap();
        assert_eq!(told(&[BASIC], true, &seen).unwrap_err().kind(), Kind::Refused);
    }
}
