//! Owns the opening of a session: DESCRIBE, the choice of streams, SETUP, PLAY. Must not know what is done with the
//! units, nor when to try again.

use super::audio_fault::AudioFaults;
use super::failure::{self, Phase};
use super::secure::{self, Secured};
use super::units::{AudioTrack, Units, VideoTrack};
use super::{deadline, format, limits};
use crate::USER_AGENT;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::Transport;
use atalaya_model::media::AudioFormat;
use atalaya_model::ports::{BoxFuture, Clock, OpenRequest, OpenStream, StreamOpener};
use atalaya_model::text::{excerpt, from_device};
use atalaya_model::{Error, Kind, Result};
use retina::client::{
    Described, InitialTimestampPolicy, PlayOptions, Session, SessionGroup, SessionOptions, SetupOptions,
    TcpTransportOptions, UdpTransportOptions,
};
use retina::codec::{FrameFormat, ParametersRef};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// Opens RTSP streams.
pub struct RetinaOpener {
    clock: Arc<dyn Clock>,
    /// One per camera, by host and port: what is still being torn down there.
    groups: Mutex<BTreeMap<(String, u16), Arc<SessionGroup>>>,
    audio_faults: Arc<AudioFaults>,
}

/// A stream chosen from the description.
struct Chosen {
    video: VideoTrack,
    /// The audio stream, with what can be kept of it.
    audio: Option<AudioTrack>,
    audio_note: Option<String>,
}

/// Why a session could not be opened.
enum Failed {
    /// Asking for its audio broke the connection; without audio it may work.
    ByAudio(Error),
    /// Anything else.
    With(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::With(error)
    }
}

impl RetinaOpener {
    /// An opener that stamps what it receives with this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, groups: Mutex::default(), audio_faults: Arc::default() }
    }

    async fn open(&self, request: OpenRequest) -> Result<OpenStream> {
        let url = &request.url;
        let cannot = |why| failure::at(Phase::Describe, url, Error::new(Kind::Unsupported, why));
        match (url.scheme(), request.transport) {
            ("rtsp", _) | ("rtsps", Transport::Tcp) => {}
            ("rtsps", Transport::Udp) => {
                return Err(cannot(
                    "over TLS the media come in the connection itself: set the transport to TCP",
                ));
            }
            (scheme, _) => {
                return Err(cannot("streams are opened by rtsp:// and rtsps:// only").with("scheme", scheme));
            }
        }
        let group = self.group(url);
        // A camera that has not let go of the last session may refuse the next, or mix up their packets
        // (live555 before 2017, scottlamb/retina#17).
        let stale = group.stale_sessions();
        if timeout(deadline::STALE_SESSIONS, group.await_stale_sessions(&stale)).await.is_err() {
            tracing::debug!(%url, sessions = stale.num_sessions, "earlier sessions are not torn down yet");
        }
        let audio_note = self
            .audio_faults
            .is_out(url)
            .then(|| "left out: this camera's audio has ended several sessions".to_owned());
        match self.attempt(&request, &group, audio_note).await {
            Err(Failed::ByAudio(error)) => {
                let note = format!("left out: asking for it broke the connection ({})", error.message());
                match self.attempt(&request, &group, Some(note)).await {
                    Ok(stream) => Ok(stream),
                    Err(Failed::ByAudio(error) | Failed::With(error)) => Err(error),
                }
            }
            Err(Failed::With(error)) => Err(error),
            Ok(stream) => Ok(stream),
        }
    }

    /// One session, without audio when there is a note why.
    async fn attempt(
        &self,
        request: &OpenRequest,
        group: &Arc<SessionGroup>,
        without_audio: Option<String>,
    ) -> std::result::Result<OpenStream, Failed> {
        let url = &request.url;
        let mut session = self.describe(request, group).await?;
        let Chosen { video, audio, mut audio_note } = choose(&session, url, without_audio)?;

        within(deadline::SETUP, Phase::Setup, url, session.setup(video.index, setup(request.transport)))
            .await?;
        let audio = match audio {
            None => None,
            Some(track) => {
                let asked = session.setup(track.index, setup(request.transport));
                match timeout(deadline::SETUP, asked).await {
                    Ok(Ok(())) => Some(track),
                    // The camera said no: the connection stands, and the video with it.
                    Ok(Err(cause)) if cause.status_code().is_some() => {
                        let error = failure::foreign(Phase::Setup, url, &cause);
                        tracing::info!(%url, %error, "audio is left out");
                        audio_note = Some(format!("left out: {}", error.message()));
                        None
                    }
                    Ok(Err(cause)) => {
                        return Err(Failed::ByAudio(failure::foreign(Phase::Setup, url, &cause)));
                    }
                    Err(_) => {
                        return Err(Failed::ByAudio(failure::late(Phase::Setup, url, deadline::SETUP)));
                    }
                }
            }
        };

        let options = PlayOptions::default().initial_timestamp(InitialTimestampPolicy::Permissive);
        let session = within(deadline::PLAY, Phase::Play, url, session.play(options)).await?;
        let demuxed = session.demuxed().map_err(|cause| failure::foreign(Phase::Play, url, &cause))?;
        tracing::debug!(camera = ?request.camera, role = ?request.role, %url, ?audio_note, "playing");
        Ok(OpenStream {
            video: video.format.clone(),
            audio: audio.as_ref().map(|audio| Arc::clone(&audio.format)),
            audio_note,
            poll: None,
            units: Box::pin(Units::new(
                demuxed,
                url.clone(),
                video,
                audio,
                Arc::clone(&self.audio_faults),
                self.clock.mono(),
            )),
        })
    }

    async fn describe(&self, request: &OpenRequest, group: &Arc<SessionGroup>) -> Result<Session<Described>> {
        let url = &request.url;
        let target = Url::parse(url.as_str()).map_err(|cause| {
            Error::new(Kind::InvalidInput, "not a URL").with("url", url).caused_by(cause.to_string())
        })?;
        let options = SessionOptions::default()
            .creds(request.credentials.as_ref().map(|credentials| retina::client::Credentials {
                username: credentials.user.clone(),
                password: credentials.password.expose().to_owned(),
            }))
            .user_agent(USER_AGENT.to_owned())
            .session_group(Arc::clone(group))
            .max_message_size(limits::MESSAGE_BYTES)
            .max_frame_size(limits::UNIT_BYTES);
        if url.scheme() == "rtsp" {
            return within(deadline::DESCRIBE, Phase::Describe, url, Session::describe(target, options))
                .await;
        }
        let Secured { stream, local, peer } = secure::connect(url, request.tls).await?;
        let described = Session::describe_on(Box::new(stream), local, peer, target, options);
        within(deadline::DESCRIBE, Phase::Describe, url, described).await
    }

    fn group(&self, url: &StreamUrl) -> Arc<SessionGroup> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        // Cameras come and go; a group that nobody holds and that waits for nothing is of no use.
        groups.retain(|_, group| Arc::strong_count(group) > 1);
        let group = groups.entry((url.host().to_owned(), url.port())).or_default();
        Arc::clone(group)
    }
}

impl StreamOpener for RetinaOpener {
    fn open(&self, request: OpenRequest) -> BoxFuture<'_, Result<OpenStream>> {
        Box::pin(self.open(request))
    }
}

/// One phase within its time.
async fn within<T>(
    limit: Duration,
    phase: Phase,
    url: &StreamUrl,
    step: impl Future<Output = std::result::Result<T, retina::Error>>,
) -> Result<T> {
    match timeout(limit, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(cause)) => Err(failure::foreign(phase, url, &cause)),
        Err(_) => Err(failure::late(phase, url, limit)),
    }
}

fn setup(transport: Transport) -> SetupOptions {
    SetupOptions::default().frame_format(FrameFormat::MP4).transport(match transport {
        Transport::Tcp => retina::client::Transport::Tcp(TcpTransportOptions::default()),
        Transport::Udp => retina::client::Transport::Udp(UdpTransportOptions::default()),
    })
}

/// The first video stream of a codec we know, and the first audio stream if it can be kept.
fn choose(session: &Session<Described>, url: &StreamUrl, without_audio: Option<String>) -> Result<Chosen> {
    let streams = session.streams();
    let Some((index, stream)) = streams.iter().enumerate().find(|(_, stream)| {
        stream.media() == "video" && format::video_codec(stream.encoding_name()).is_some()
    }) else {
        let offered: Vec<String> = streams
            .iter()
            .take(8)
            .map(|s| format!("{}/{}", excerpt(s.media(), 16), excerpt(s.encoding_name(), 32)))
            .collect();
        let error = Error::new(Kind::Unsupported, "the camera offers no video that can be read");
        return Err(failure::at(Phase::Describe, url, error).with("offered", offered.join(",")));
    };
    let declared_fps = stream.framerate();
    let format = match stream.parameters() {
        Some(ParametersRef::Video(parameters)) => Some(Arc::new(
            format::video(parameters, declared_fps)
                .map_err(|error| failure::at(Phase::Describe, url, error))?,
        )),
        // Told in the stream itself, before its first key unit.
        _ => None,
    };
    let video = VideoTrack { index, clock_rate: stream.clock_rate_hz(), declared_fps, format };

    let offered = streams.iter().enumerate().find(|(_, stream)| stream.media() == "audio");
    let (audio, audio_note) = match (offered, without_audio) {
        (None, _) => (None, None),
        (Some(_), Some(note)) => (None, Some(note)),
        (Some((index, stream)), None) => match audio_format(stream) {
            Ok(format) => (Some(AudioTrack { index, format: Arc::new(format) }), None),
            Err(note) => (None, Some(note)),
        },
    };
    Ok(Chosen { video, audio, audio_note })
}

/// What can be kept of an audio stream, or why nothing.
fn audio_format(stream: &retina::client::Stream) -> std::result::Result<AudioFormat, String> {
    let encoding = stream.encoding_name();
    let codec = format::audio_codec(encoding)
        .ok_or_else(|| format!("left out: the codec {} cannot be recorded", from_device(encoding)))?;
    // Without parameters retina would fail the whole session when it plays.
    let Some(ParametersRef::Audio(parameters)) = stream.parameters() else {
        return Err("left out: the camera describes it wrongly".to_owned());
    };
    format::audio(codec, parameters).map_err(|error| format!("left out: {}", error.message()))
}
