//! Owns reading the body of an answer, with what was read of it to recognise it. Must not know what it is.

use super::failure;
use super::picture::PICTURE_MAX_BYTES;
use atalaya_model::address::StreamUrl;
use atalaya_model::{Error, Kind, Result};
use bytes::{Bytes, BytesMut};
use reqwest::Response;

/// The body of an answer.
pub(super) struct Body {
    response: Response,
    url: StreamUrl,
    /// Read, and to be read again.
    first: Option<Bytes>,
}

impl Body {
    pub(super) fn new(response: Response, url: StreamUrl) -> Self {
        Self { response, url, first: None }
    }

    /// The next bytes; none at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        self.response.chunk().await.map_err(|error| failure::foreign(&self.url, &error))
    }

    /// The next bytes, which come again with [`Self::chunk`].
    pub(super) async fn peek(&mut self) -> Result<Bytes> {
        let chunk = self.chunk().await?.unwrap_or_default();
        self.first = Some(chunk.clone());
        Ok(chunk)
    }

    /// All of it, up to the size of the largest picture.
    pub(super) async fn all(mut self) -> Result<Bytes> {
        let url = self.url.clone();
        let too_long = |bytes: u64| {
            failure::at(&url, Error::new(Kind::Protocol, "the camera sent a picture larger than 16 MiB"))
                .with("bytes", bytes)
        };
        if let Some(length) = self.response.content_length().filter(|&l| l > PICTURE_MAX_BYTES as u64) {
            return Err(too_long(length));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > PICTURE_MAX_BYTES {
                return Err(too_long((body.len() + chunk.len()) as u64));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}
