//! Owns fetching one still picture over HTTP.
//! Must not know where its address comes from, nor decode it.

use super::http::{self, Login, Question};
use atalaya_model::address::StreamUrl;
use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use reqwest::{Client, Method, StatusCode};
use std::time::Duration;
use url::Url;

/// A camera may take some seconds to encode a picture of its full size.
const DEADLINE: Duration = Duration::from_secs(10);
/// The largest picture (S10).
const PICTURE_MAX_BYTES: usize = 16 * 1024 * 1024;
/// SOI and the first byte of the next marker (ITU-T T.81 §B.1.1.3).
const JPEG_START: [u8; 3] = [0xff, 0xd8, 0xff];

/// Fetches the JPEG at `url`.
pub(super) async fn fetch(
    client: &Client,
    url: &StreamUrl,
    credentials: Option<&Credentials>,
) -> Result<Bytes> {
    let at = Url::parse(url.as_str()).ok().filter(|at| matches!(at.scheme(), "http" | "https")).ok_or_else(
        || Error::new(Kind::InvalidInput, "a still picture's address begins with http or https"),
    )?;
    let question = Question {
        method: Method::GET,
        url: &at,
        body: None,
        deadline: DEADLINE,
        cap_bytes: PICTURE_MAX_BYTES,
    };
    let login = credentials.cloned().map(Login::new);
    let answer =
        http::ask(client, &question, login.as_ref()).await.map_err(|error| error.with("url", url))?;
    let failed = |kind, why| Err(Error::new(kind, why).with("url", url).with("status", answer.status));
    match answer.status {
        StatusCode::OK if answer.body.starts_with(&JPEG_START) => Ok(answer.body.into()),
        StatusCode::OK => failed(Kind::Protocol, "the still picture is not a JPEG"),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            failed(Kind::Unauthorized, "the device refuses the login")
        }
        StatusCode::NOT_FOUND => failed(Kind::NotFound, "there is no still picture"),
        status if status.is_redirection() => {
            failed(Kind::Refused, "the device leads elsewhere for its picture")
        }
        _ => failed(Kind::Protocol, "the device answers an HTTP error"),
    }
}
