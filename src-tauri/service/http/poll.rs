//! Owns single pictures fetched again and again as a source of units. Must not know how the camera is reached.
//!
//! A picture that came before, byte for byte, is no new one: many cameras make one a second and hand it out as often
//! as they are asked. Only where nothing new came for [`REPEAT`] is the old one handed on, for it is what the camera
//! shows, and the recording would call more than ten seconds without a picture a hole.

use super::body::Body;
use super::peer::Peer;
use super::picture;
use super::units::{Source, Units};
use super::{deadline, failure};
use atalaya_model::camera::PollInterval;
use atalaya_model::media::MediaUnit;
use atalaya_model::time::MonoTime;
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use std::time::Duration;

/// How long an unchanged picture stands before it is handed on again.
const REPEAT: Duration = Duration::from_secs(8);
/// Failed requests in a row after which the stream is given up: a camera that is busy for a moment is not gone.
const FAILED_MAX: u32 = 3;
/// The longest validator that is sent back, in bytes.
const VALIDATOR_MAX: usize = 256;

/// A camera that is asked for pictures.
pub(super) struct Poll {
    peer: Peer,
    interval: PollInterval,
    units: Units,
    /// The answer that recognised the camera, when it is not read yet.
    first: Option<Body>,
    /// When the last request began.
    asked: MonoTime,
    /// The last picture as it came, and when it was handed on.
    shown: Option<(Bytes, MonoTime)>,
    /// What makes a request conditional (RFC 9110 §13.1).
    conditions: HeaderMap,
    failed: u32,
}

impl Poll {
    /// Goes on from the first answer, whose request began at `asked`.
    pub(super) fn new(
        peer: Peer,
        interval: PollInterval,
        units: Units,
        first: Body,
        asked: MonoTime,
    ) -> Self {
        let (conditions, shown) = (HeaderMap::new(), None);
        Self { peer, interval, units, first: Some(first), asked, shown, conditions, failed: 0 }
    }

    /// The body of the next answer; none when the camera says that nothing changed.
    async fn ask(&mut self) -> Result<Option<Body>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let url = self.peer.url().clone();
        let response = self.peer.get(&self.conditions).await?;
        match response.status() {
            StatusCode::NOT_MODIFIED => Ok(None),
            StatusCode::OK => {
                self.conditions = conditions(response.headers(), self.interval);
                Ok(Some(Body::new(response, url)))
            }
            status => Err(failure::status(&url, status)),
        }
    }

    /// The next new picture as it came; none when there is no new one.
    async fn fetch(&mut self) -> Result<Option<Bytes>> {
        let Some(body) = self.ask().await? else { return Ok(None) };
        let data = body.all().await?;
        Ok(Some(data).filter(|data| self.shown.as_ref().is_none_or(|(shown, _)| shown != data)))
    }

    fn show(&mut self, data: Bytes) -> Result<Option<MediaUnit>> {
        let Some(jpeg) = picture::read(&data).map_err(|error| failure::at(self.peer.url(), error))? else {
            return Ok(None);
        };
        self.shown = Some((data, self.units.clock().mono()));
        Ok(Some(self.units.take(jpeg)))
    }

    /// Notes that a request brought nothing; gives the error back when it was one too many, or none to wait out.
    fn fail(&mut self, error: Error) -> Result<()> {
        self.failed += 1;
        self.units.lose()?;
        if self.failed >= FAILED_MAX || !matches!(error.kind(), Kind::Timeout | Kind::Protocol) {
            return Err(error);
        }
        tracing::debug!(url = %self.peer.url(), %error, "no picture this time");
        Ok(())
    }
}

impl Source for Poll {
    async fn next(&mut self) -> Result<MediaUnit> {
        loop {
            if self.first.is_none() {
                let since = self.units.clock().mono().since(self.asked);
                self.units.clock().sleep(self.interval.duration().saturating_sub(since)).await;
                self.asked = self.units.clock().mono();
            }
            let url = self.peer.url().clone();
            let late = "the camera did not hand its picture out in time";
            match failure::within(deadline::PICTURE, &url, late, self.fetch()).await {
                Ok(Some(data)) => {
                    if let Some(unit) = self.show(data)? {
                        self.failed = 0;
                        return Ok(unit);
                    }
                    let damaged = Error::new(Kind::Protocol, "the camera's picture is not a whole JPEG");
                    self.fail(failure::at(&url, damaged))?;
                }
                Ok(None) => {
                    self.failed = 0;
                    let now = self.units.clock().mono();
                    if let Some((data, at)) = self.shown.clone()
                        && now.since(at) + self.interval.duration() > REPEAT
                        && let Some(unit) = self.show(data)?
                    {
                        return Ok(unit);
                    }
                }
                Err(error) => self.fail(error)?,
            }
        }
    }
}

/// What the next request says of the last answer. An entity tag is exact; a date counts seconds, so it is of use only
/// where requests are at least that far apart (RFC 9110 §8.8.2.2).
fn conditions(answer: &HeaderMap, interval: PollInterval) -> HeaderMap {
    let mut conditions = HeaderMap::new();
    let mut pass_on = |from: HeaderName, to: HeaderName| {
        let value = answer.get(from).filter(|value| value.len() <= VALIDATOR_MAX);
        value.map(|value| conditions.insert(to, value.clone())).is_some()
    };
    if !pass_on(ETAG, IF_NONE_MATCH) && interval >= PollInterval::default() {
        pass_on(LAST_MODIFIED, IF_MODIFIED_SINCE);
    }
    conditions
}
