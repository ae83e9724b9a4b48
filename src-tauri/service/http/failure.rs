//! Owns the one mapping of reqwest's errors and of HTTP statuses to the model's kinds. Must not know what comes of an
//! error.

use crate::tls;
use atalaya_model::address::{StreamUrl, redact};
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind, Result};
use reqwest::StatusCode;
use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

/// The longest text of a foreign error that goes along, in characters.
const CAUSE_MAX: usize = 300;

/// Adds where it happened.
pub(super) fn at(url: &StreamUrl, error: Error) -> Error {
    error.with("peer", format_args!("{}:{}", url.host(), url.port()))
}

/// What an HTTP camera was asked for when something failed, in the words of RTSP's phases, which the doctor reads.
#[derive(Clone, Copy)]
pub(super) enum Phase {
    /// The first answer, by which it is known what the address hands out.
    Describe,
    /// All after that.
    Stream,
}

/// Adds how far it came.
pub(super) fn during(phase: Phase, error: Error) -> Error {
    error.with("phase", if matches!(phase, Phase::Describe) { "describe" } else { "stream" })
}

/// A step within its time.
pub(super) async fn within<T>(
    limit: Duration,
    url: &StreamUrl,
    late: &'static str,
    step: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::time::timeout(limit, step).await.unwrap_or_else(|_| {
        Err(at(url, Error::new(Kind::Timeout, late)).with("limit_s", limit.as_secs_f32()))
    })
}

/// The text of the innermost cause. reqwest's own texts hold the URL, which may hold a secret.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(String::new, |cause| excerpt(&redact(&cause.to_string()), CAUSE_MAX))
}

/// reqwest's errors as ours.
pub(super) fn foreign(url: &StreamUrl, error: &reqwest::Error) -> Error {
    if let Some(error) = tls::failure(error) {
        return at(url, error);
    }
    let (kind, message) = if error.is_timeout() {
        (Kind::Timeout, "the camera did not answer in time")
    } else if error.is_connect() {
        (Kind::Unreachable, "no connection to the camera")
    } else if error.is_request() || error.is_body() || error.is_decode() {
        (Kind::Unreachable, "the connection to the camera broke, or it does not speak HTTP")
    } else {
        (Kind::Protocol, "the camera's answer is not HTTP")
    };
    at(url, Error::new(kind, message)).caused_by(innermost(error))
}

/// A status that is neither success nor a login asked for (RFC 9110 §15).
pub(super) fn status(url: &StreamUrl, status: StatusCode) -> Error {
    let (kind, message) = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            (Kind::Unauthorized, "the camera refuses the login")
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => (Kind::NotFound, "the camera has no such address"),
        // It could lead anywhere, login included (S3).
        status if status.is_redirection() => {
            (Kind::Refused, "the camera leads elsewhere, which is not followed")
        }
        _ => (Kind::Protocol, "the camera answered with an error"),
    };
    at(url, Error::new(kind, message)).with("status", status.as_u16())
}
