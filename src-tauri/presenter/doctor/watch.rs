//! Owns looking at one stream: opening it (or joining the pull that plays it already), its first key picture, whether
//! that can be decoded, and how long the next one takes.

use super::patient::Patient;
use crate::engine::Inner;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::Role;
use atalaya_model::doctor::Watched;
use atalaya_model::media::{MediaUnit, VIDEO_CLOCK_HZ, VideoUnit};
use atalaya_model::ports::{BoxStream, OpenRequest};
use atalaya_model::text::from_device;
use atalaya_model::time::MonoTime;
use atalaya_model::{Error, Kind, Result};
use futures_util::{StreamExt, stream};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

/// From PLAY to the first key picture: ten seconds is the longest distance that cameras are commonly set to.
const FIRST_KEY: Duration = Duration::from_secs(12);
/// From the first key picture to the second; what has not come by then is long enough to know.
const NEXT_KEY: Duration = Duration::from_secs(12);

/// A stream being looked at. It plays until this is dropped.
pub(super) struct Watch {
    units: Option<BoxStream<Result<VideoUnit>>>,
    watched: Watched,
    started: MonoTime,
}

impl Watch {
    /// Opens the stream, or joins it where it plays.
    pub(super) async fn start(engine: &Arc<Inner>, patient: &Patient, role: Role, url: &StreamUrl) -> Self {
        let mut watch = Self { units: None, watched: Watched::at(url), started: engine.ports.clock.mono() };
        if let Some(pull) = patient.playing(engine, role) {
            watch.watched.was_playing = true;
            let viewer = pull.watch().await;
            let units = stream::unfold(viewer, |mut viewer| async move {
                viewer.recv().await.map(|unit| (Ok(unit), viewer))
            });
            watch.units = Some(Box::pin(units));
            return watch;
        }
        match open(engine, patient, role, url).await {
            Ok(units) => watch.units = Some(units),
            Err(error) => {
                tracing::debug!(%error, %url, "the doctor's stream does not open");
                watch.watched.error = Some(error);
            }
        }
        watch
    }

    /// Why it did not open.
    pub(super) fn error(&self) -> Option<&Error> {
        self.watched.error.as_ref()
    }

    /// Looks at its pictures.
    pub(super) async fn look(&mut self, engine: &Inner) -> Watched {
        if let Some(units) = &mut self.units {
            let clock = &engine.ports.clock;
            let first = tokio::select! {
                first = next_key(units) => first,
                () = clock.sleep(FIRST_KEY) => Err(
                    Error::new(Kind::Timeout, "no key picture came").with("seconds", FIRST_KEY.as_secs())
                ),
            };
            match first {
                Ok(key) => self.judge(engine, key).await,
                Err(error) if error.fact("phase").is_none() => {
                    self.watched.error = Some(error.with("phase", "stream"));
                }
                Err(error) => self.watched.error = Some(error),
            }
        }
        std::mem::take(&mut self.watched)
    }

    async fn judge(&mut self, engine: &Inner, key: VideoUnit) {
        let Some(units) = &mut self.units else { return };
        let (clock, format) = (&engine.ports.clock, &key.format);
        let what = format!("{} {}×{}", name(format.codec.code()), format.width, format.height);
        let took = key.received.since(self.started).as_millis() as u64;
        self.watched.key = Some((what, took));
        let first_pts = key.pts_90k;
        let next = async {
            let waited = clock.mono();
            tokio::select! {
                next = next_key(units) => next.ok().map(|next| {
                    Ok((next.pts_90k - first_pts).max(0) as u64 * 1000 / u64::from(VIDEO_CLOCK_HZ))
                }),
                () = clock.sleep(NEXT_KEY) => Some(Err(clock.mono().since(waited).as_millis() as u64)),
            }
        };
        let (decoded, gop) = futures_util::future::join(engine.ports.stills.decode(key), next).await;
        self.watched.decoded = Some(decoded.map(|_| ()).map_err(|error| {
            let cause = error.source().map(ToString::to_string);
            from_device(&cause.unwrap_or_else(|| error.message().to_owned()))
        }));
        self.watched.gop_ms = gop;
    }
}

async fn open(
    engine: &Arc<Inner>,
    patient: &Patient,
    role: Role,
    url: &StreamUrl,
) -> Result<BoxStream<Result<VideoUnit>>> {
    let request = OpenRequest {
        camera: patient.id(),
        role,
        url: url.clone(),
        transport: patient.transport(role),
        poll: patient.poll(role),
        credentials: patient.credentials.clone(),
        allow_basic: patient.allows_basic(),
        tls: patient.accepted(),
    };
    let _turn = patient.turn().await;
    if patient.is_refused(engine) {
        return Err(Error::new(Kind::Unauthorized, "the camera refused these credentials before"));
    }
    engine.gate.pass().await;
    let opened = engine.ports.streams.open(request).await;
    let opened = opened.inspect_err(|error| patient.note(engine, error))?;
    let pictures = opened.units.filter_map(async |unit| match unit {
        Ok(MediaUnit::Video(unit)) => Some(Ok(unit)),
        Ok(MediaUnit::Audio(_)) => None,
        Err(error) => Some(Err(error)),
    });
    Ok(Box::pin(pictures))
}

async fn next_key(units: &mut BoxStream<Result<VideoUnit>>) -> Result<VideoUnit> {
    while let Some(unit) = units.next().await {
        let unit = unit?;
        if unit.key {
            return Ok(unit);
        }
    }
    Err(Error::new(Kind::Unreachable, "the stream ended"))
}

/// The codec as people write it.
fn name(code: &str) -> &str {
    match code {
        "h264" => "H.264",
        "h265" => "H.265",
        "mjpeg" => "MJPEG",
        other => other,
    }
}
