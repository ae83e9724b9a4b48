//! Opens a stream, waits for a picture, and says what the stream is. Used when a camera is added or tested.

use crate::engine::Inner;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{CameraId, PollInterval, Role, StreamConfig, StreamFacts, Transport};
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::media::{MediaUnit, VideoFormat, VideoUnit};
use atalaya_model::ports::OpenRequest;
use atalaya_model::secret::Credentials;
use atalaya_model::{Error, Kind, Result};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;

/// How long a stream may take to show its first key picture: some cameras send one every ten seconds.
const FIRST_PICTURE: Duration = Duration::from_secs(20);

/// How many pictures measure the rate of a stream that declares none.
const RATE_SAMPLE: usize = 8;

/// For how long a stream of a few pictures a second is measured at most, in 90 kHz ticks: four seconds.
const RATE_TICKS: i64 = 4 * 90_000;

/// What a test found.
pub(crate) struct Tested {
    pub(crate) facts: StreamFacts,
    pub(crate) first_picture: Duration,
    pub(crate) audio_note: Option<String>,
    /// How often single pictures are fetched; none where the camera sends a stream by itself.
    pub(crate) poll: Option<PollInterval>,
}

/// What to test.
pub(crate) struct Subject<'a> {
    pub(crate) camera: CameraId,
    pub(crate) role: Role,
    pub(crate) url: &'a StreamUrl,
    pub(crate) transport: Transport,
    pub(crate) poll: Option<PollInterval>,
    pub(crate) credentials: Option<&'a Credentials>,
    pub(crate) allow_basic: bool,
    pub(crate) tls: Option<CertificateFingerprint>,
}

/// Opens the stream and waits for its first key picture.
pub(crate) async fn test(engine: &Inner, subject: Subject<'_>) -> Result<Tested> {
    let clock = engine.ports.clock.clone();
    let start = clock.mono();
    let Subject { camera, role, url, transport, poll, credentials, allow_basic, tls } = subject;
    engine.gate.pass().await;
    let run = async {
        let request = OpenRequest {
            camera,
            role,
            url: url.clone(),
            transport,
            poll,
            credentials: credentials.cloned(),
            allow_basic,
            tls,
        };
        let mut stream = engine.ports.streams.open(request).await?;
        // How fast single pictures come is not the camera's to say.
        let polled_fps_milli = stream.poll.map(|poll| 1_000_000 / poll.millis());
        let mut first: Option<(Duration, Arc<VideoFormat>)> = None;
        let mut pictures: Vec<VideoUnit> = Vec::new();
        while let Some(unit) = stream.units.next().await {
            let MediaUnit::Video(unit) = unit? else { continue };
            if first.is_none() && unit.key {
                first = Some((clock.mono().since(start), unit.format.clone()));
            }
            if let Some((first_picture, format)) = &first {
                pictures.push(unit);
                let known = format.declared_fps_milli.or(polled_fps_milli);
                if let Some(fps_milli) = known.or_else(|| measured_fps_milli(&pictures)) {
                    return Ok(Tested {
                        facts: facts(format, fps_milli, stream.audio.as_ref().map(|a| a.codec.code())),
                        first_picture: *first_picture,
                        audio_note: stream.audio_note,
                        poll: stream.poll,
                    });
                }
            }
        }
        Err(Error::new(Kind::Unreachable, "the stream ended before its first key picture"))
    };
    tokio::select! {
        tested = run => tested,
        () = clock.sleep(FIRST_PICTURE) => {
            Err(Error::new(Kind::Timeout, "no key picture came").with("seconds", FIRST_PICTURE.as_secs()))
        }
    }
    .map_err(|error| error.with("stream", role.code()).with("url", url))
}

/// Puts what was found into the stream's configuration.
pub(crate) fn config(role: Role, url: StreamUrl, transport: Transport, tested: &Tested) -> StreamConfig {
    StreamConfig { role, url, transport, poll: tested.poll, found: Some(tested.facts.clone()) }
}

fn facts(format: &VideoFormat, fps_milli: u32, audio: Option<&str>) -> StreamFacts {
    StreamFacts {
        codec: format.codec.code().to_owned(),
        width: format.width,
        height: format.height,
        fps_milli,
        audio: audio.map(str::to_owned),
    }
}

fn measured_fps_milli(pictures: &[VideoUnit]) -> Option<u32> {
    let (first, last) = (pictures.first()?, pictures.last()?);
    let ticks = last.pts_90k - first.pts_90k;
    ((pictures.len() >= RATE_SAMPLE || ticks >= RATE_TICKS) && ticks > 0)
        .then(|| ((pictures.len() as i64 - 1) * 90_000_000 / ticks) as u32)
}
