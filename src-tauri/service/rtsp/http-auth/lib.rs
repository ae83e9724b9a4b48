//! Owns the answer to an authentication challenge in RTSP: Digest (RFC 7616), the strongest algorithm offered, or
//! nothing. Must not know Basic: the registry's `http-auth`, which retina asks, sends the clear password to whoever
//! offers only Basic, at any request of a session. With this crate in its place (`[patch.crates-io]`) no camera and
//! no man in the middle can have it, whatever it says and whenever (S5).
//!
//! It has the part of `http-auth` 0.1's interface that retina uses, under the same names.

mod challenge;

use challenge::{Challenge, challenges};
use md5::{Digest as _, Md5};
use sha2::{Sha256, Sha512_256};
use std::fmt::Write as _;

/// Opens the text of the error when something is offered, but nothing that keeps the password secret. The RTSP
/// adapter looks for it in retina's error.
pub const NO_DIGEST: &str = "refusing to log in without Digest";

/// The longest realm, nonce or opaque text taken from a camera, in bytes. Real ones have some dozens.
const PARAMETER_MAX: usize = 1024;

/// Answers one Digest challenge, for as many requests as it is asked.
#[derive(Debug)]
pub struct PasswordClient {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// The hash covers a nonce of ours too (`-sess`, RFC 7616 §3.4.2).
    session: bool,
    /// None answers as RFC 2069 did (RFC 2617 §3.2.2.1).
    qop: Option<Qop>,
    /// The camera found the password right, but the nonce old (RFC 7616 §3.3).
    stale: bool,
    /// Answers given to this nonce.
    count: u32,
}

/// What a request says that the answer depends on.
#[derive(Debug, Clone, Copy)]
pub struct PasswordParams<'a> {
    /// The account's name.
    pub username: &'a str,
    /// Its password.
    pub password: &'a str,
    /// The request's URI as it stands in the request line.
    pub uri: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// The request's body, for challenges that cover it.
    pub body: Option<&'a [u8]>,
}

/// In rising strength: the order of preference when several are offered (RFC 7616 §3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Md5,
    Sha512Of256,
    Sha256,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Qop {
    Auth,
    AuthInt,
}

impl TryFrom<&str> for PasswordClient {
    type Error = String;

    /// Chooses among the challenges of a `WWW-Authenticate` value; several headers joined by commas are one value.
    fn try_from(header: &str) -> Result<Self, String> {
        let offered = challenges(header)?;
        let mut best: Option<Self> = None;
        for challenge in offered.iter().filter(|c| c.scheme.eq_ignore_ascii_case("Digest")) {
            // A challenge that cannot be answered does not spoil the one beside it.
            let Ok(client) = Self::answering(challenge) else {
                continue;
            };
            if best.as_ref().is_none_or(|best| best.algorithm < client.algorithm) {
                best = Some(client);
            }
        }
        best.ok_or_else(|| {
            let schemes: Vec<String> = offered
                .iter()
                .map(|c| match c.parameter("algorithm") {
                    Some(algorithm) => format!("{} {algorithm}", c.scheme),
                    None => c.scheme.clone(),
                })
                .collect();
            format!("{NO_DIGEST}; the camera offers {}", schemes.join(", "))
        })
    }
}

/// Whether a `WWW-Authenticate` value offers this scheme. False for one that cannot be read.
pub fn offers(header: &str, scheme: &str) -> bool {
    challenges(header).is_ok_and(|all| all.iter().any(|c| c.scheme.eq_ignore_ascii_case(scheme)))
}

impl PasswordClient {
    fn answering(challenge: &Challenge) -> Result<Self, String> {
        let taken = |name| match challenge.parameter(name) {
            // What is echoed goes into a header: nothing in it may end a line or break retina's check of it.
            Some(text) if text.len() > PARAMETER_MAX || text.bytes().any(|b| b.is_ascii_control()) => {
                Err(format!("the challenge's {name} is too long or holds control characters"))
            }
            text => Ok(text.map(str::to_owned)),
        };
        let algorithm = challenge.parameter("algorithm").unwrap_or("MD5").to_ascii_uppercase();
        let (name, session) = match algorithm.strip_suffix("-SESS") {
            Some(name) => (name, true),
            None => (algorithm.as_str(), false),
        };
        Ok(Self {
            realm: taken("realm")?.unwrap_or_default(),
            nonce: taken("nonce")?.ok_or("the challenge has no nonce")?,
            opaque: taken("opaque")?,
            algorithm: match name {
                "MD5" => Algorithm::Md5,
                "SHA-256" => Algorithm::Sha256,
                "SHA-512-256" => Algorithm::Sha512Of256,
                _ => return Err(format!("unknown algorithm {name}")),
            },
            session,
            qop: match challenge.parameter("qop") {
                None => None,
                Some(offered) => {
                    let offers = |qop| offered.split(',').any(|o| o.trim().eq_ignore_ascii_case(qop));
                    match (offers("auth"), offers("auth-int")) {
                        (true, _) => Some(Qop::Auth),
                        (_, true) => Some(Qop::AuthInt),
                        _ => return Err("no known quality of protection is offered".to_owned()),
                    }
                }
            },
            stale: challenge.parameter("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            count: 0,
        })
    }

    /// Whether the password was right and only the nonce old (RFC 7616 §3.3).
    pub const fn stale(&self) -> bool {
        self.stale
    }

    /// The value of the `Authorization` header for a request.
    pub fn respond(&mut self, params: &PasswordParams<'_>) -> Result<String, String> {
        self.respond_with(params, &format!("{:032x}", rand::random::<u128>()))
    }

    fn respond_with(&mut self, params: &PasswordParams<'_>, client_nonce: &str) -> Result<String, String> {
        if [params.username, params.uri].iter().any(|text| text.bytes().any(|b| b.is_ascii_control())) {
            return Err("the user name or the URI holds control characters".to_owned());
        }
        self.count = self.count.checked_add(1).ok_or("the nonce has been answered too often")?;
        let Self { realm, nonce, algorithm, .. } = &*self;
        let hash = |parts: &[&str]| algorithm.hash(parts.join(":").as_bytes());

        // RFC 7616 §3.4.2
        let mut secret = hash(&[params.username, realm, params.password]);
        if self.session {
            secret = hash(&[&secret, nonce, client_nonce]);
        }
        // §3.4.3
        let request = match self.qop {
            Some(Qop::AuthInt) => {
                let body = algorithm.hash(params.body.unwrap_or_default());
                hash(&[params.method, params.uri, &body])
            }
            _ => hash(&[params.method, params.uri]),
        };
        // §3.4.1
        let count = format!("{:08x}", self.count);
        let response = match self.qop {
            Some(qop) => hash(&[&secret, nonce, &count, client_nonce, qop.name(), &request]),
            None => hash(&[&secret, nonce, &request]),
        };

        let mut out = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
            quoted(params.username),
            quoted(realm),
            quoted(nonce),
            quoted(params.uri),
        );
        let written = "a String takes any text";
        if self.qop.is_some() || self.session || *algorithm != Algorithm::Md5 {
            let suffix = if self.session { "-sess" } else { "" };
            write!(out, ", algorithm={}{suffix}", algorithm.name()).expect(written);
        }
        if let Some(qop) = self.qop {
            write!(out, ", qop={}, nc={count}, cnonce=\"{client_nonce}\"", qop.name()).expect(written);
        } else if self.session {
            write!(out, ", cnonce=\"{client_nonce}\"").expect(written);
        }
        if let Some(opaque) = &self.opaque {
            write!(out, ", opaque={}", quoted(opaque)).expect(written);
        }
        Ok(out)
    }
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512Of256 => "SHA-512-256",
        }
    }

    /// The hash in lower-case hexadecimal.
    fn hash(self, data: &[u8]) -> String {
        fn hex(hash: &[u8]) -> String {
            hash.iter().fold(String::with_capacity(64), |mut out, byte| {
                write!(out, "{byte:02x}").expect("a String takes any text");
                out
            })
        }
        match self {
            Self::Md5 => hex(&Md5::digest(data)),
            Self::Sha256 => hex(&Sha256::digest(data)),
            Self::Sha512Of256 => hex(&Sha512_256::digest(data)),
        }
    }
}

impl Qop {
    const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// A quoted string (RFC 9110 §5.6.4).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MUFASA: PasswordParams<'_> = PasswordParams {
        username: "Mufasa",
        password: "Circle of Life",
        uri: "/dir/index.html",
        method: "GET",
        body: None,
    };

    fn answer(challenge: &str, client_nonce: &str) -> String {
        PasswordClient::try_from(challenge)
            .expect("a Digest challenge")
            .respond_with(&MUFASA, client_nonce)
            .expect("answerable")
    }

    /// RFC 7616 §3.9.1: both offered, so SHA-256 is answered.
    #[test]
    fn answers_the_stronger_of_the_examples_of_rfc_7616() {
        let rest = r#"realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;
        let client_nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let both = format!("Digest algorithm=MD5, {rest}, Digest algorithm=SHA-256, {rest}");
        let sha = answer(&both, client_nonce);
        assert!(
            sha.contains("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")
                && sha.contains("algorithm=SHA-256"),
            "{sha}"
        );
        let md5 = answer(&format!("Digest {rest}"), client_nonce);
        assert!(md5.contains("8ca523f5e9506fed4657c9700eebdbec"), "{md5}");
    }

    /// RFC 2069 §2.4, with its response as put right by erratum 749.
    #[test]
    fn answers_a_challenge_without_qop() {
        let header = r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093""#;
        let out = PasswordClient::try_from(header)
            .expect("a Digest challenge")
            .respond(&PasswordParams { password: "CircleOfLife", ..MUFASA })
            .expect("answerable");
        assert!(out.contains("response=\"1949323746fe6a43ef61f9606e7febea\""), "{out}");
        assert!(!out.contains("nc=") && !out.contains("algorithm"), "{out}");
    }

    #[test]
    fn digest_is_found_beside_basic_in_any_order() {
        for header in [
            r#"Basic realm="cam", Digest realm="cam", nonce="1""#,
            r#"Digest realm="cam", nonce="1", Basic realm="cam""#,
            r#"Digest realm="cam",nonce="1",algorithm=X-NEW, Digest realm="cam",nonce="1",stale=FALSE"#,
            "dIgEsT nonce=1",
        ] {
            assert!(PasswordClient::try_from(header).is_ok(), "{header}");
        }
    }

    #[test]
    fn nothing_but_digest_is_answered() {
        for header in [
            r#"Basic realm="cam""#,
            "Basic",
            "Bearer abc==",
            r#"Digest realm="no nonce""#,
            r#"Digest realm="x", nonce="1", algorithm=ROT13"#,
            "Digest realm=\"x\", nonce=\"a\u{1}b\"",
            "",
            ",,,",
        ] {
            let refused = PasswordClient::try_from(header).expect_err(header);
            assert!(!refused.is_empty());
        }
        let refused = PasswordClient::try_from(r#"Basic realm="cam""#).expect_err("no Digest");
        assert_eq!(refused, format!("{NO_DIGEST}; the camera offers Basic"));
    }

    #[test]
    fn what_would_break_out_of_the_header_is_refused_or_escaped() {
        let mut client = PasswordClient::try_from("Digest nonce=\"a\\\"b\"").expect("valid");
        let out = client.respond(&PasswordParams { username: "a\\b", ..MUFASA }).expect("answerable");
        assert!(out.contains(r#"username="a\\b""#) && out.contains(r#"nonce="a\"b""#), "{out}");
        assert!(client.respond(&PasswordParams { username: "a\r\nX: y", ..MUFASA }).is_err());
    }
}
