//! Owns the opening of an HTTP camera: fetching it once and recognising what it is. Must not know what is done with
//! the units, nor when to try again.

use super::body::Body;
use super::failure::{self, Phase};
use super::login::DigestSeen;
use super::mjpeg::Mjpeg;
use super::multipart::{PartReader, boundary_of};
use super::peer::Peer;
use super::poll::Poll;
use super::units::{Units, stream_of};
use super::{deadline, picture};
use atalaya_model::ports::{BoxFuture, Clock, OpenRequest, OpenStream, StreamOpener};
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind, Result};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use std::sync::Arc;

/// Opens cameras over HTTP.
pub struct HttpOpener {
    clock: Arc<dyn Clock>,
    seen: Arc<DigestSeen>,
}

/// What an answer is.
enum Recognised {
    /// Parts without end; the boundary, where it is named.
    Multipart(Option<String>),
    /// One JPEG.
    Picture,
}

impl HttpOpener {
    /// An opener that stamps what it receives with this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, seen: Arc::default() }
    }

    async fn open(&self, request: OpenRequest) -> Result<OpenStream> {
        let interval = request.poll.unwrap_or_default();
        let (camera, role) = (request.camera, request.role);
        let peer = Peer::find(request, Arc::clone(&self.seen)).await?;
        let asked = self.clock.mono();
        let response = peer.get(&HeaderMap::new()).await?;
        let url = peer.url().clone();
        if response.status() != StatusCode::OK {
            return Err(failure::status(&url, response.status()));
        }
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let mut body = Body::new(response, url.clone());
        let recognise = recognise(&content_type, &mut body);
        let late = "the camera sent nothing after its answer's head";
        let recognised = failure::within(deadline::HEAD, &url, late, recognise)
            .await
            .map_err(|error| failure::at(&url, error).with("url", &url))?;
        tracing::debug!(?camera, ?role, %url, content_type, "playing");
        let units = Units::new(Arc::clone(&self.clock));
        let (poll, units) = match recognised {
            Recognised::Multipart(boundary) => {
                let parts = PartReader::new(boundary.as_deref());
                (None, stream_of(Mjpeg { url, body, parts, units, started: false }))
            }
            Recognised::Picture => (Some(interval), stream_of(Poll::new(peer, interval, units, body, asked))),
        };
        Ok(OpenStream { video: None, audio: None, audio_note: None, poll, units })
    }
}

impl StreamOpener for HttpOpener {
    fn open(&self, request: OpenRequest) -> BoxFuture<'_, Result<OpenStream>> {
        Box::pin(
            async move { self.open(request).await.map_err(|error| failure::during(Phase::Describe, error)) },
        )
    }
}

/// By what the answer says of itself, else by how it begins.
async fn recognise(content_type: &str, body: &mut Body) -> Result<Recognised> {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "image/jpeg" | "image/jpg" | "image/pjpeg" => return Ok(Recognised::Picture),
        multipart if multipart.starts_with("multipart/") => {
            return Ok(Recognised::Multipart(boundary_of(content_type)));
        }
        // What programs say that do not know.
        "" | "application/octet-stream" | "text/plain" | "video/x-motion-jpeg" | "video/mjpeg" => {}
        _ => return Err(unknown(content_type)),
    }
    let start = body.peek().await?;
    if start.starts_with(&picture::START) {
        return Ok(Recognised::Picture);
    }
    if start.trim_ascii_start().starts_with(b"--") {
        return Ok(Recognised::Multipart(boundary_of(content_type)));
    }
    Err(unknown(content_type))
}

fn unknown(content_type: &str) -> Error {
    Error::new(Kind::Unsupported, "the address hands out neither an MJPEG stream nor a JPEG picture")
        .with("content_type", excerpt(content_type, 64))
}
