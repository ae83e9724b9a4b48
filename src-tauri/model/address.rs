//! Where a stream or a device lives: the only schemes allowed (S2), no credentials in URLs (S8), hosts pinned (S3).

use crate::error::{Error, Kind, Result};
use crate::secret::{Credentials, Secret};
use crate::text::excerpt;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use url::Url;

/// The longest URL accepted, in bytes.
pub const URL_MAX_BYTES: usize = 2048;

/// The address of a stream or snapshot: `rtsp`, `rtsps`, `http` or `https`, with a host and without user info.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamUrl(Url);

impl StreamUrl {
    /// Reads a URL that holds no user info.
    pub fn parse(text: &str) -> Result<Self> {
        let (url, credentials) = Self::parse_with_credentials(text)?;
        if credentials.is_some() {
            return Err(refused("the URL must not hold a user name or password", text));
        }
        Ok(url)
    }

    /// Reads a URL as people paste it; the user info, if any, is taken out of it and handed back apart.
    pub fn parse_with_credentials(text: &str) -> Result<(Self, Option<Credentials>)> {
        let text = text.trim();
        if text.len() > URL_MAX_BYTES {
            return Err(refused("the URL is longer than 2048 bytes", text));
        }
        if text.chars().any(|c| c.is_control() || c == '\\') {
            return Err(refused("the URL holds a control character or a backslash", text));
        }
        let mut url =
            Url::parse(text).map_err(|cause| refused("not a URL", text).caused_by(cause.to_string()))?;
        if !matches!(url.scheme(), "rtsp" | "rtsps" | "http" | "https") {
            return Err(refused("only rtsp, rtsps, http and https are allowed", text));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(refused("the URL names no host", text));
        }
        let credentials = (!url.username().is_empty() || url.password().is_some()).then(|| Credentials {
            user: percent_decode(url.username()),
            password: Secret::new(percent_decode(url.password().unwrap_or_default())),
        });
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        Ok((Self(url), credentials))
    }

    /// The URL as text, which holds no secret user info.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// `rtsp`, `rtsps`, `http` or `https`.
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// The host, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    /// The port named, or the scheme's own (RFC 2326 §3.2: 554; 322 for rtsps).
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(match self.scheme() {
            "rtsps" => 322,
            _ => 554,
        })
    }

    /// The same path and query at the host (and, if given, port) that answered or that the user typed. A camera
    /// that names another host, by mistake behind NAT or on purpose, is not followed there (S3).
    #[must_use]
    pub fn pinned_to(&self, host: &str, port: Option<u16>) -> Self {
        let mut url = self.0.clone();
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let _ = url.set_host(Some(&bracketed));
        if let Some(port) = port {
            let _ = url.set_port(Some(port));
        }
        Self(url)
    }
}

impl fmt::Display for StreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(self.as_str()))
    }
}

impl fmt::Debug for StreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(self.as_str()))
    }
}

fn refused(why: &'static str, url: &str) -> Error {
    Error::new(Kind::InvalidInput, why).with("url", redact(&excerpt(url, 200)))
}

/// Query parameters that cameras use for passwords.
const SECRET_PARAMETERS: [&str; 9] =
    ["password", "passwd", "pwd", "pass", "psw", "loginpas", "user", "usr", "token"];

/// A text with what may be a secret in a URL taken out: user info and the values of known query parameters.
/// Every URL that reaches a log or an error passes through here.
pub fn redact(text: &str) -> String {
    let mut out = match text.split_once("://") {
        Some((scheme, rest)) => {
            // The last '@' before the path: pasted passwords often hold an unescaped one.
            let authority_end = rest.rfind('@').map_or(0, |at| at + 1);
            let (user_info, rest) = rest.split_at(authority_end);
            format!("{scheme}://{}{rest}", if user_info.is_empty() { "" } else { "***@" })
        }
        None => text.to_owned(),
    };
    if let Some((path, query)) = out.split_once('?') {
        let parameters: Vec<String> = query
            .split('&')
            .map(|parameter| match parameter.split_once('=') {
                Some((key, _)) if SECRET_PARAMETERS.contains(&key.to_ascii_lowercase().as_str()) => {
                    format!("{key}=***")
                }
                _ => parameter.to_owned(),
            })
            .collect();
        out = format!("{path}?{}", parameters.join("&"));
    }
    out
}

/// Decodes `%XX` (RFC 3986 §2.1); what is not a valid escape stays as it is.
fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| core::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_user_info_out_of_a_pasted_url() {
        let (url, credentials) =
            StreamUrl::parse_with_credentials("rtsp://admin:p%40ss@192.0.2.7/Streaming/101").expect("valid");
        assert_eq!(url.as_str(), "rtsp://192.0.2.7/Streaming/101");
        assert_eq!(credentials, Some(Credentials::new("admin", "p@ss")));
        assert_eq!(url.port(), 554);
    }

    #[test]
    fn refuses_hostile_urls() {
        for url in [
            "",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://h/x",
            "rtsp://",
            "rtsp:///x",
            "exec:/bin/sh",
            "rtsp://user:pw@h/x",
            "rtsp://h/\u{0}x",
            "rtsp://h\\@evil/x",
            "concat:a|b",
            "//h/x",
            "h",
            "rtmp://h/x",
            "unix:/run/x",
            "gopher://h",
            "ws://h",
            "about:blank",
            "tcp://h:1",
            "rtsp://h/\r\nX: y",
        ] {
            assert!(StreamUrl::parse(url).is_err(), "accepted {url:?}");
        }
    }

    #[test]
    fn pins_foreign_hosts() {
        let url = StreamUrl::parse("http://10.0.0.9:8080/onvif/media?x=1").expect("valid");
        assert_eq!(url.pinned_to("192.0.2.7", None).as_str(), "http://192.0.2.7:8080/onvif/media?x=1");
        assert_eq!(url.pinned_to("fe80::1", Some(80)).as_str(), "http://[fe80::1]/onvif/media?x=1");
    }

    #[test]
    fn redacts() {
        for (from, to) in [
            ("rtsp://a:b@h/x", "rtsp://***@h/x"),
            ("rtsp://a:b@c@h/x", "rtsp://***@h/x"),
            ("http://h/x?user=a&pwd=b&n=1", "http://h/x?user=***&pwd=***&n=1"),
            ("plain", "plain"),
        ] {
            assert_eq!(redact(from), to);
        }
    }
}
