//! Owns answering HTTP Digest challenges (RFC 7616): which one of those offered, and with what.
//! Must not know who sends. Basic is never answered: it would put the password on the wire (S5).

use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind, Result};
use http_auth::{PasswordClient, PasswordParams};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// Where and how a request goes, as far as its digest covers it.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// The HTTP method.
    pub(super) method: &'a str,
    /// Path and query.
    pub(super) uri: &'a str,
    /// The body, where there is one.
    pub(super) body: Option<&'a [u8]>,
}

/// A challenge that can be answered, again and again until the device wants another.
pub(super) struct Challenge(PasswordClient);

impl Challenge {
    /// The best of the challenges of a 401: SHA-256 before MD5. A device may send one header for each, or all in
    /// one. `Refused` when it offers nothing but to send the password in the clear.
    pub(super) fn choose(headers: &HeaderMap) -> Result<Self> {
        let offered: Vec<_> =
            headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).collect();
        if offered.is_empty() {
            return Err(Error::new(Kind::Unauthorized, "the device refuses the login"));
        }
        PasswordClient::try_from(offered.join(", ").as_str()).map(Self).map_err(|cause| {
            Error::new(Kind::Refused, "the device takes the password only in the clear (HTTP Basic)")
                .caused_by(cause)
        })
    }

    /// Whether the device found the password right, but the nonce old (RFC 7616 §3.3).
    pub(super) fn is_stale(&self) -> bool {
        self.0.stale()
    }

    /// The `Authorization` header's value.
    pub(super) fn answer(&mut self, target: Target<'_>, credentials: &Credentials) -> Result<String> {
        self.0
            .respond(&PasswordParams {
                username: &credentials.user,
                password: credentials.password.expose(),
                uri: target.uri,
                method: target.method,
                body: target.body,
            })
            .map_err(|cause| {
                Error::new(Kind::Protocol, "a Digest challenge cannot be answered").caused_by(cause)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn chosen(challenges: &[&'static str]) -> Result<String> {
        let mut headers = HeaderMap::new();
        for challenge in challenges {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        let target = Target { method: "GET", uri: "/x", body: None };
        Challenge::choose(&headers)?.answer(target, &Credentials::new("ana", "p"))
    }

    #[test]
    fn sha256_goes_before_md5_and_basic_is_never_answered() {
        const MD5: &str = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
        const SHA: &str = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256";
        const BASIC: &str = "Basic realm=\"r\"";
        const TWO_IN_ONE: &str = "Basic realm=\"r\", Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
        assert!(chosen(&[BASIC, MD5, SHA]).unwrap().contains("SHA-256"));
        assert!(!chosen(&[MD5]).unwrap().contains("SHA-256"));
        assert!(chosen(&[TWO_IN_ONE]).unwrap().starts_with("Digest "));
        assert_eq!(chosen(&[BASIC]).unwrap_err().kind(), Kind::Refused);
        assert_eq!(chosen(&["Digest realm"]).unwrap_err().kind(), Kind::Refused);
        assert_eq!(chosen(&[]).unwrap_err().kind(), Kind::Unauthorized);
    }
}
