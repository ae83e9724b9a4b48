//! Owns an MJPEG stream as a source of units: bytes into parts, parts into pictures. Must not know how it was opened.

use super::body::Body;
use super::multipart::{Part, PartReader};
use super::picture;
use super::units::{Source, Units};
use super::{deadline, failure};
use atalaya_model::address::StreamUrl;
use atalaya_model::media::MediaUnit;
use atalaya_model::{Error, Kind, Result};

/// A stream that plays.
pub(super) struct Mjpeg {
    pub(super) url: StreamUrl,
    pub(super) body: Body,
    pub(super) parts: PartReader,
    pub(super) units: Units,
    pub(super) started: bool,
}

impl Mjpeg {
    async fn picture(&mut self) -> Result<MediaUnit> {
        loop {
            while let Some(part) = self.parts.next()? {
                if let Some(unit) = self.take(&part)? {
                    return Ok(unit);
                }
            }
            if let Some(chunk) = self.body.chunk().await? {
                self.parts.push(&chunk);
                continue;
            }
            // A part without a length ends with the answer.
            let last = self.parts.finish().map_or(Ok(None), |part| self.take(&part))?;
            return last.ok_or_else(|| Error::new(Kind::Unreachable, "the camera ended the stream"));
        }
    }

    /// The picture of a part. What is no whole picture counts as a lost one; what says of itself that it is something
    /// else does too, for it stands where a picture should.
    fn take(&mut self, part: &Part) -> Result<Option<MediaUnit>> {
        if let Some(jpeg) = picture::read(&part.body)? {
            return Ok(Some(self.units.take(jpeg)));
        }
        tracing::debug!(url = %self.url, media_type = ?part.media_type, bytes = part.body.len(), "not a whole picture");
        self.units.lose()?;
        Ok(None)
    }
}

impl Source for Mjpeg {
    async fn next(&mut self) -> Result<MediaUnit> {
        let limit = if self.started { deadline::NEXT_PART } else { deadline::FIRST_PART };
        let url = self.url.clone();
        let unit = failure::within(limit, &url, "the camera stopped sending pictures", self.picture()).await;
        self.started = true;
        unit.map_err(|error| if error.fact("peer").is_some() { error } else { failure::at(&url, error) })
    }
}
