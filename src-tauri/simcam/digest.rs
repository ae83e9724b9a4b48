//! Owns HTTP Digest on the server's side (RFC 7616, with what RFC 2617 and RFC 2069 clients still send), for RTSP
//! and HTTP alike. Must not know requests beyond method, target and the Authorization header. Never Basic.

use crate::options::{Credentials, DigestAlgorithms};
use md5::Md5;
use sha2::{Digest as _, Sha256};
use std::time::{Duration, Instant};

/// How long a nonce is good for a request that does not continue an authenticated connection.
const NONCE_LIFE: Duration = Duration::from_mins(5);

/// What became of a request's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Let in; with this nonce, if there was need of one.
    Granted { nonce: Option<String> },
    /// To be challenged. `stale` when only the nonce was too old (RFC 7616 §3.3).
    Refused { stale: bool },
}

/// The keeper of one camera's password.
pub(crate) struct Authenticator {
    realm: String,
    credentials: Option<Credentials>,
    algorithms: DigestAlgorithms,
    rejects_all: bool,
    /// Makes nonces that need not be remembered: they carry their time and a hash over it with this.
    secret: [u8; 32],
    started: Instant,
}

impl Authenticator {
    pub(crate) fn new(
        realm: &str,
        credentials: Option<Credentials>,
        algorithms: DigestAlgorithms,
        rejects_all: bool,
    ) -> Self {
        Self {
            realm: realm.to_owned(),
            credentials,
            algorithms,
            rejects_all,
            secret: rand::random(),
            started: Instant::now(),
        }
    }

    /// The account there is, if the camera has one and lets anybody in.
    pub(crate) fn account(&self) -> Option<&Credentials> {
        self.credentials.as_ref().filter(|_| !self.rejects_all)
    }

    /// Whether requests need no credentials at all.
    pub(crate) fn is_open(&self) -> bool {
        self.credentials.is_none() && !self.rejects_all
    }

    /// Values for `WWW-Authenticate` headers, the preferred algorithm first (RFC 7616 §3.7).
    pub(crate) fn challenges(&self, stale: bool) -> Vec<String> {
        let nonce = self.nonce(self.started.elapsed());
        let stale = if stale { ", stale=true" } else { "" };
        self.algorithms
            .offered()
            .iter()
            .map(|algorithm| {
                format!(
                    "Digest realm={}, qop=\"auth\", algorithm={}, nonce=\"{nonce}\", charset=UTF-8{stale}",
                    quoted(&self.realm),
                    algorithm.name(),
                )
            })
            .collect()
    }

    /// Judges an Authorization header. `kept` is the nonce under which this connection was let in before: it stays
    /// good, as with most cameras, for clients seldom survive a new challenge in mid-session.
    pub(crate) fn judge(
        &self,
        method: &str,
        target: &str,
        header: Option<&str>,
        kept: Option<&str>,
    ) -> Verdict {
        if self.is_open() {
            return Verdict::Granted { nonce: None };
        }
        let refused = Verdict::Refused { stale: false };
        let (Some(account), Some(header)) = (self.account(), header) else {
            return refused;
        };
        let Some(parameters) = Parameters::parse(header) else {
            return refused;
        };
        let Some(nonce) = parameters.get("nonce") else {
            return refused;
        };
        let Some(age) = self.age_of(nonce) else {
            // Not ours, or from before a restart: a client with the right password may try again.
            return Verdict::Refused { stale: true };
        };
        if !self.response_is_right(account, method, target, &parameters, nonce) {
            return refused;
        }
        if age > NONCE_LIFE && kept != Some(nonce) {
            return Verdict::Refused { stale: true };
        }
        Verdict::Granted { nonce: Some(nonce.to_owned()) }
    }

    fn response_is_right(
        &self,
        account: &Credentials,
        method: &str,
        target: &str,
        parameters: &Parameters,
        nonce: &str,
    ) -> bool {
        let Some(algorithm) = Algorithm::named(parameters.get("algorithm").unwrap_or("MD5")) else {
            return false;
        };
        if !self.algorithms.offered().contains(&algorithm)
            || parameters.get("realm") != Some(&self.realm)
            || parameters.username().as_deref() != Some(&account.user)
        {
            return false;
        }
        let (Some(uri), Some(response)) = (parameters.get("uri"), parameters.get("response")) else {
            return false;
        };
        if !same_resource(uri, target) {
            return false;
        }
        let a1 = algorithm.hash(&format!("{}:{}:{}", account.user, self.realm, account.password));
        let a2 = algorithm.hash(&format!("{method}:{uri}"));
        let expected = match parameters.get("qop") {
            // RFC 2069, which GStreamer's RTSP client still speaks.
            None => algorithm.hash(&format!("{a1}:{nonce}:{a2}")),
            Some("auth") => {
                let (Some(nc), Some(cnonce)) = (parameters.get("nc"), parameters.get("cnonce")) else {
                    return false;
                };
                algorithm.hash(&format!("{a1}:{nonce}:{nc}:{cnonce}:auth:{a2}"))
            }
            Some(_) => return false,
        };
        response.eq_ignore_ascii_case(&expected)
    }

    /// 16 hex digits of milliseconds since the start, then 32 of their keyed hash.
    fn nonce(&self, at: Duration) -> String {
        let at_ms = at.as_millis() as u64;
        let mut hash = Sha256::new();
        hash.update(self.secret);
        hash.update(at_ms.to_be_bytes());
        format!("{at_ms:016x}{}", &hex(&hash.finalize())[..32])
    }

    /// How old a nonce is, if this authenticator made it.
    fn age_of(&self, nonce: &str) -> Option<Duration> {
        let made_at = Duration::from_millis(u64::from_str_radix(nonce.get(..16)?, 16).ok()?);
        (self.nonce(made_at) == nonce).then(|| self.started.elapsed().saturating_sub(made_at))
    }
}

/// A hash for Digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Md5, Self::Sha256].into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

impl DigestAlgorithms {
    fn offered(self) -> &'static [Algorithm] {
        match self {
            Self::Both => &[Algorithm::Sha256, Algorithm::Md5],
            Self::Md5 => &[Algorithm::Md5],
            Self::Sha256 => &[Algorithm::Sha256],
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|n| char::from_digit(n.into(), 16))
        .collect()
}

/// A quoted-string (RFC 7230 §3.2.6).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether the digest's uri names the request's target: clients send the whole URL or only its path.
fn same_resource(uri: &str, target: &str) -> bool {
    uri == target || path_of(uri) == path_of(target)
}

/// Path and query of an absolute URL; anything else is taken for a path already.
fn path_of(url: &str) -> &str {
    let path =
        url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |slash| &rest[slash..]));
    path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path)
}

/// The comma-separated parameters after `Digest`.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(header: &str) -> Option<Self> {
        let (scheme, mut rest) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let mut parameters = Vec::new();
        loop {
            rest = rest.trim_start_matches([',', ' ', '\t']);
            if rest.is_empty() {
                return Some(Self(parameters));
            }
            let (name, value) = rest.split_once('=')?;
            let value = value.trim_start();
            let (value, after) = if let Some(inside) = value.strip_prefix('"') {
                unquote(inside)?
            } else {
                let end = value.find([',', ' ']).unwrap_or(value.len());
                (value[..end].to_owned(), &value[end..])
            };
            parameters.push((name.trim().to_ascii_lowercase(), value));
            rest = after;
        }
    }

    /// The one value of a parameter; none when it is missing or said twice.
    fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }

    /// The user name, plain or in extended notation (RFC 7616 §3.4: `username*`, RFC 8187).
    fn username(&self) -> Option<String> {
        if let Some(plain) = self.get("username") {
            return Some(plain.to_owned());
        }
        let encoded = self.get("username*")?;
        let (charset, rest) = encoded.split_once('\'')?;
        let (_language, value) = rest.split_once('\'')?;
        charset.eq_ignore_ascii_case("utf-8").then(|| percent_decoded(value))?
    }
}

/// Reads up to the closing quote: the text, and what follows it.
fn unquote(inside: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((text, &inside[at + 1..])),
            '\\' => text.push(characters.next()?.1),
            _ => text.push(character),
        }
    }
    None
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD_PASSWORD: &str = "p@:/#%?&ñ 中\"'";
    const TARGET: &str = "rtsp://10.0.0.1:8554/main";

    fn keeper(user: &str, algorithms: DigestAlgorithms) -> Authenticator {
        Authenticator::new("Atalaya \"1\"", Some(Credentials::new(user, ODD_PASSWORD)), algorithms, false)
    }

    /// A client's answer to the first challenge of its algorithm, made as RFC 7616 §3.4.1 says.
    fn answer(keeper: &Authenticator, algorithm: Algorithm, user: &str, password: &str, qop: bool) -> String {
        let challenge = keeper
            .challenges(false)
            .into_iter()
            .find(|challenge| challenge.contains(&format!("algorithm={},", algorithm.name())))
            .unwrap();
        let parameters = Parameters::parse(&challenge).unwrap();
        let (realm, nonce) = (parameters.get("realm").unwrap(), parameters.get("nonce").unwrap());
        let a1 = algorithm.hash(&format!("{user}:{realm}:{password}"));
        let a2 = algorithm.hash(&format!("DESCRIBE:{TARGET}"));
        let (response, extra) = if qop {
            let response = algorithm.hash(&format!("{a1}:{nonce}:00000001:c0ffee:auth:{a2}"));
            (response, ", qop=auth, nc=00000001, cnonce=\"c0ffee\"")
        } else {
            (algorithm.hash(&format!("{a1}:{nonce}:{a2}")), "")
        };
        format!(
            "Digest username={}, realm={}, nonce=\"{nonce}\", uri=\"{TARGET}\", response=\"{response}\", algorithm={}{extra}",
            quoted(user),
            quoted(realm),
            algorithm.name()
        )
    }

    fn judged(keeper: &Authenticator, header: &str) -> Verdict {
        keeper.judge("DESCRIBE", TARGET, Some(header), None)
    }

    #[test]
    fn the_example_of_rfc_7616_holds() {
        // §3.9.1: Mufasa, "Circle of Life", http-auth@example.org, GET /dir/index.html.
        let expected = [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ];
        for (algorithm, response) in expected {
            let a1 = algorithm.hash("Mufasa:http-auth@example.org:Circle of Life");
            let a2 = algorithm.hash("GET:/dir/index.html");
            let middle = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v:00000001:f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ:auth";
            assert_eq!(algorithm.hash(&format!("{a1}:{middle}:{a2}")), response);
        }
    }

    #[test]
    fn any_password_and_user_name_opens_by_either_algorithm() {
        for user in ["admin", "o\"brien\\", "ñandú", "a,b=c d"] {
            let keeper = keeper(user, DigestAlgorithms::Both);
            for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
                for qop in [true, false] {
                    let header = answer(&keeper, algorithm, user, ODD_PASSWORD, qop);
                    assert!(
                        matches!(judged(&keeper, &header), Verdict::Granted { nonce: Some(_) }),
                        "{header}"
                    );
                }
            }
        }
    }

    #[test]
    fn wrong_answers_are_refused() {
        let keeper = keeper("admin", DigestAlgorithms::Both);
        let good = answer(&keeper, Algorithm::Md5, "admin", ODD_PASSWORD, true);
        let refused = Verdict::Refused { stale: false };
        for header in [
            answer(&keeper, Algorithm::Md5, "admin", "wrong", true),
            answer(&keeper, Algorithm::Md5, "Admin", ODD_PASSWORD, true),
            good.replace("MD5", "SHA-256"),
            good.replace("uri=\"rtsp://10.0.0.1:8554/main", "uri=\"rtsp://10.0.0.1:8554/sub"),
            good.replace("nc=00000001", "nc=00000002"),
            good.replace("qop=auth", "qop=auth-int"),
            format!("{good}, response=\"0\""),
            "Basic YWRtaW46YWRtaW4=".into(),
            "Digest".into(),
            "Digest username=\"admin".into(),
            "Digest ,,,=".into(),
        ] {
            assert_eq!(judged(&keeper, &header), refused, "{header}");
        }
        assert_eq!(keeper.judge("DESCRIBE", TARGET, None, None), refused);
        assert_eq!(keeper.judge("PLAY", TARGET, Some(&good), None), refused);
    }

    #[test]
    fn an_algorithm_not_offered_is_refused() {
        let both = keeper("admin", DigestAlgorithms::Both);
        let header = answer(&both, Algorithm::Md5, "admin", ODD_PASSWORD, true);
        let strict = Authenticator { algorithms: DigestAlgorithms::Sha256, ..both };
        assert_eq!(judged(&strict, &header), Verdict::Refused { stale: false });
    }

    #[test]
    fn foreign_and_old_nonces_are_stale() {
        let (ours, other) = (keeper("admin", DigestAlgorithms::Md5), keeper("admin", DigestAlgorithms::Md5));
        let header = answer(&other, Algorithm::Md5, "admin", ODD_PASSWORD, true);
        assert_eq!(judged(&ours, &header), Verdict::Refused { stale: true });

        let header = answer(&ours, Algorithm::Md5, "admin", ODD_PASSWORD, true);
        let long_ago = ours.started.checked_sub(NONCE_LIFE * 2).unwrap();
        let later = Authenticator { started: long_ago, ..ours };
        assert_eq!(judged(&later, &header), Verdict::Refused { stale: true });
        let nonce = Parameters::parse(&header).unwrap().get("nonce").unwrap().to_owned();
        let kept = later.judge("DESCRIBE", TARGET, Some(&header), Some(&nonce));
        assert_eq!(kept, Verdict::Granted { nonce: Some(nonce) });
    }

    #[test]
    fn an_open_camera_asks_nothing_and_a_rejecting_one_everything() {
        let open = Authenticator::new("r", None, DigestAlgorithms::Both, false);
        assert_eq!(open.judge("PLAY", TARGET, None, None), Verdict::Granted { nonce: None });
        let rejecting = Authenticator::new("r", None, DigestAlgorithms::Both, true);
        assert_eq!(rejecting.judge("PLAY", TARGET, None, None), Verdict::Refused { stale: false });
    }

    #[test]
    fn extended_user_names_are_read() {
        let parameters = Parameters::parse("Digest username*=UTF-8''%C3%B1and%C3%BA").unwrap();
        assert_eq!(parameters.username().as_deref(), Some("ñandú"));
    }
}
