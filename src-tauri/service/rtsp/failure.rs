//! Owns the one mapping of retina's errors to the model's kinds. Must not know what comes of an error.
//!
//! retina's errors are opaque but for a status code, so what has none is told apart by the beginning of its text.
//! The text goes along as the cause: it names both addresses, the method, the `CSeq` and the position in the stream.

use atalaya_model::address::{StreamUrl, redact};
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind};
use std::time::Duration;

/// Where in a session something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Describe,
    Setup,
    Play,
    Stream,
}

impl Phase {
    const fn name(self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::Setup => "setup",
            Self::Play => "play",
            Self::Stream => "stream",
        }
    }
}

/// The longest text of retina's that goes along, in characters: its contexts fit, a device's flood does not.
const CAUSE_MAX: usize = 600;

/// Maps an error of retina's.
pub(super) fn foreign(phase: Phase, url: &StreamUrl, cause: &retina::Error) -> Error {
    let status = cause.status_code();
    let text = cause.to_string();
    let (kind, message) = classify(status, &text);
    let error = at(phase, url, Error::new(kind, message));
    let error = match status {
        Some(status) => error.with("status", status),
        None => error,
    };
    error.caused_by(excerpt(&redact(&text.replace('\n', " ")), CAUSE_MAX))
}

/// Nothing came in time.
pub(super) fn late(phase: Phase, url: &StreamUrl, limit: Duration) -> Error {
    let message = match phase {
        Phase::Stream => "the camera stopped sending pictures",
        _ => "the camera did not answer in time",
    };
    at(phase, url, Error::new(Kind::Timeout, message)).with("limit_s", limit.as_secs())
}

/// Adds where it happened.
pub(super) fn at(phase: Phase, url: &StreamUrl, error: Error) -> Error {
    error.with("peer", format_args!("{}:{}", url.host(), url.port())).with("phase", phase.name())
}

/// Status codes of RFC 2326 §7.1.1.
fn classify(status: Option<u16>, text: &str) -> (Kind, &'static str) {
    match status {
        Some(401) if text.contains(http_auth::NO_DIGEST) => {
            (Kind::Refused, "the camera offers no login that keeps the password secret")
        }
        Some(401 | 403) => (Kind::Unauthorized, "the camera refuses the login"),
        Some(404 | 410) => (Kind::NotFound, "the camera has no such stream"),
        Some(405 | 406 | 415 | 461 | 501 | 505 | 551) => {
            (Kind::Unsupported, "the camera does not do what was asked of it")
        }
        Some(200..300) => (Kind::Protocol, "the camera's answer cannot be understood"),
        Some(_) => (Kind::Protocol, "the camera answered with an error"),
        None if text.contains("exceeds max_frame_size") => {
            (Kind::Protocol, "the camera sent a picture larger than 16 MiB")
        }
        None if text.contains("message-too-large") || text.contains("head-too-large") => {
            (Kind::Protocol, "the camera sent an RTSP message that is too large")
        }
        None if text.starts_with("SPS has invalid pixel dimensions") || text.starts_with("bad pic_") => {
            (Kind::Protocol, "the camera's pictures have an impossible size")
        }
        None if text.starts_with("Invalid argument: credentials") => {
            (Kind::InvalidInput, "the user name cannot be sent over RTSP")
        }
        None if text.starts_with("Unable to connect") => (Kind::Unreachable, "no connection to the camera"),
        None if text.contains("respond to keepalive") || text.contains("write keepalive") => {
            (Kind::Timeout, "the camera no longer answers")
        }
        None if text.starts_with("Error reading from RTSP peer")
            || text.starts_with("Error writing to RTSP peer")
            || text.starts_with("Error receiving UDP packet") =>
        {
            (Kind::Unreachable, "the connection to the camera broke")
        }
        None if text.starts_with("Invalid argument") => {
            (Kind::InvalidInput, "the URL cannot be used for RTSP")
        }
        None if text.starts_with("Unsupported") => (Kind::Unsupported, "the stream cannot be read"),
        None => (Kind::Protocol, "the camera sent something that RTSP does not allow"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_status() {
        for (status, kind) in [
            (401, Kind::Unauthorized),
            (403, Kind::Unauthorized),
            (404, Kind::NotFound),
            (454, Kind::Protocol),
            (461, Kind::Unsupported),
            (503, Kind::Protocol),
            (200, Kind::Protocol),
        ] {
            assert_eq!(classify(Some(status), "").0, kind, "{status}");
        }
        let text = format!("Can't understand WWW-Authenticate header: {}; …", http_auth::NO_DIGEST);
        assert_eq!(classify(Some(401), &text).0, Kind::Refused);
    }

    #[test]
    fn kinds_by_text() {
        for (text, kind) in [
            ("Unable to connect to RTSP server: Connection refused", Kind::Unreachable),
            ("Error reading from RTSP peer: Server failed to respond to keepalive 3", Kind::Timeout),
            ("Error reading from RTSP peer: Connection reset by peer", Kind::Unreachable),
            ("RTSP framing error: x", Kind::Protocol),
            ("Error reading from RTSP peer: unfinished frame exceeds max_frame_size", Kind::Protocol),
            ("Invalid argument: credentials: invalid RTSP header value", Kind::InvalidInput),
        ] {
            assert_eq!(classify(None, text).0, kind, "{text}");
        }
    }
}
