//! Owns a playing session as a stream of the model's units: what retina gives is passed on as it is polled, without
//! a task or a queue between. Must not know how the session was opened.
//!
//! A unit with `packets_lost > 0` may lack its beginning and is never called a key: retina throws away a unit with a
//! hole inside and counts the loss on the next one. A packet that cannot be read counts as lost, up to
//! [`limits::FAULTS`] in a row. Audio before the first picture is left out: it has nothing to be placed against.

use super::audio_fault::AudioFaults;
use super::deadline;
use super::failure::{self, Phase};
use super::timeline::{AudioOffset, Track, to_90k};
use super::{format, limits};
use atalaya_model::address::StreamUrl;
use atalaya_model::media::{AudioFormat, AudioUnit, MediaUnit, VideoFormat, VideoUnit};
use atalaya_model::time::{MonoTime, WallTime};
use atalaya_model::{Error, Kind, Result};
use bytes::Bytes;
use futures_core::Stream;
use retina::client::Demuxed;
use retina::codec::{AudioFrame, CodecItem, ParametersRef, VideoFrame};
use retina::rtcp::ReceivedCompoundPacket;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::time::Sleep;

/// The video stream of a session.
pub(super) struct VideoTrack {
    pub(super) index: usize,
    pub(super) clock_rate: u32,
    pub(super) declared_fps: Option<f32>,
    pub(super) format: Option<Arc<VideoFormat>>,
}

/// Its audio stream.
pub(super) struct AudioTrack {
    pub(super) index: usize,
    pub(super) format: Arc<AudioFormat>,
}

/// The units of a playing session.
pub(super) struct Units {
    demuxed: Demuxed,
    url: StreamUrl,
    video: VideoTrack,
    video_time: Track,
    audio: Option<AudioTrack>,
    audio_time: Track,
    audio_offset: AudioOffset,
    audio_faults: Arc<AudioFaults>,
    /// One instant on both monotonic clocks, retina's and the model's.
    anchor: (Instant, MonoTime),
    silence: Silence,
    /// Unreadable packets since the last picture, and what was wrong with the last of them.
    faults: u32,
    last_fault: Option<Fault>,
    /// Whether pictures came that nobody could decode, because nothing said how they are coded.
    undescribed: bool,
    ended: bool,
}

struct Fault {
    cause: retina::Error,
    of_audio: bool,
}

impl Units {
    pub(super) fn new(
        demuxed: Demuxed,
        url: StreamUrl,
        video: VideoTrack,
        audio: Option<AudioTrack>,
        audio_faults: Arc<AudioFaults>,
        now: MonoTime,
    ) -> Self {
        let started = Instant::now();
        let audio_rate = audio.as_ref().map_or(1, |audio| audio.format.sample_rate);
        Self {
            demuxed,
            url,
            video_time: Track::new(video.clock_rate, started),
            video,
            audio_time: Track::new(audio_rate, started),
            audio,
            audio_offset: AudioOffset::default(),
            audio_faults,
            anchor: (started, now),
            silence: Silence::new(),
            faults: 0,
            last_fault: None,
            undescribed: false,
            ended: false,
        }
    }

    fn take(&mut self, item: CodecItem) -> Result<Option<MediaUnit>> {
        match item {
            CodecItem::VideoFrame(frame) if frame.stream_id() == self.video.index => {
                Ok(self.take_video(frame)?.map(MediaUnit::Video))
            }
            CodecItem::AudioFrame(frame) => Ok(self.take_audio(&frame).map(MediaUnit::Audio)),
            CodecItem::Rtcp(packet) => {
                self.take_report(&packet);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn take_video(&mut self, frame: VideoFrame) -> Result<Option<VideoUnit>> {
        if frame.has_new_parameters() || self.video.format.is_none() {
            self.read_format()?;
        }
        let Some(format) = self.video.format.clone() else {
            // No parameter sets yet, neither in the description nor in the stream: nobody could decode this.
            self.undescribed = true;
            return Ok(None);
        };
        let lost = u32::from(frame.loss()).saturating_add(std::mem::take(&mut self.faults));
        self.last_fault = None;
        self.silence.broken();
        let context = *frame.end_ctx();
        let timestamp = frame.timestamp();
        let rtp = timestamp.timestamp();
        let received_wall = wall(context.received_wall());
        let ticks = self.video_time.advance(rtp, timestamp.elapsed(), context.received());
        Ok(Some(VideoUnit {
            pts_90k: to_90k(ticks, self.video.clock_rate),
            key: frame.is_random_access_point() && lost == 0,
            packets_lost: lost,
            format,
            received: self.mono(context.received()),
            received_wall,
            camera_time: self.video_time.camera_time(rtp, received_wall),
            data: Bytes::from(frame.into_data()),
        }))
    }

    fn take_audio(&mut self, frame: &AudioFrame) -> Option<AudioUnit> {
        let audio = self.audio.as_ref().filter(|audio| audio.index == frame.stream_id())?;
        // Thousands of empty units fit into one packet.
        if !self.video_time.has_started() || frame.data().is_empty() {
            return None;
        }
        let timestamp = frame.timestamp();
        let pts = self.audio_time.advance(timestamp.timestamp(), timestamp.elapsed(), frame.ctx().received());
        Some(AudioUnit {
            data: Bytes::copy_from_slice(frame.data()),
            pts,
            offset_micros: self.audio_offset.micros(&self.video_time, &self.audio_time),
            format: Arc::clone(&audio.format),
        })
    }

    fn take_report(&mut self, packet: &ReceivedCompoundPacket) {
        let track = if packet.stream_id() == self.video.index {
            &mut self.video_time
        } else if self.audio.as_ref().is_some_and(|audio| audio.index == packet.stream_id()) {
            &mut self.audio_time
        } else {
            return;
        };
        let report = packet.pkts().next().and_then(|first| first.as_sender_report().ok().flatten());
        if let (Some(report), Some(rtp)) = (report, packet.rtp_timestamp()) {
            track.report(report.ntp_timestamp().0, rtp.timestamp());
        }
    }

    /// Takes the stream's parameters over; the format stays the same allocation when they say the same again.
    fn read_format(&mut self) -> Result<()> {
        let Some(ParametersRef::Video(parameters)) = self.demuxed.streams()[self.video.index].parameters()
        else {
            return Ok(());
        };
        let format = format::video(parameters, self.video.declared_fps).map_err(|error| self.here(error))?;
        if self.video.format.as_deref() != Some(&format) {
            self.video.format = Some(Arc::new(format));
        }
        Ok(())
    }

    /// Goes on after a packet that cannot be read, within reason; gives the error back when the session is over.
    fn excuse(&mut self, cause: retina::Error) -> Result<()> {
        let text = cause.to_string();
        let of_audio = self.audio.as_ref().is_some_and(|audio| {
            let stream = self.demuxed.streams()[audio.index].ctx();
            stream.is_some_and(|stream| text.contains(&format!("\nstream: {stream}\n")))
        });
        self.faults += 1;
        // Errors of the connection have no packet in their text.
        if !text.contains("\npkt: ") || self.faults > limits::FAULTS {
            return Err(failure::foreign(Phase::Stream, &self.url, &cause));
        }
        tracing::debug!(url = %self.url, of_audio, %cause, "left out a packet that cannot be read");
        self.last_fault = Some(Fault { cause, of_audio });
        Ok(())
    }

    /// Why the session ended although nobody here wanted it to.
    fn end(&mut self) -> Error {
        match self.last_fault.take() {
            Some(fault) => {
                if fault.of_audio {
                    self.audio_faults.strike(&self.url);
                }
                failure::foreign(Phase::Stream, &self.url, &fault.cause)
            }
            None => self.here(Error::new(Kind::Unreachable, "the camera closed the connection")),
        }
    }

    /// Why there was no picture for so long.
    fn silent(&self, limit: Duration) -> Error {
        match &self.last_fault {
            Some(fault) if !fault.of_audio => failure::foreign(Phase::Stream, &self.url, &fault.cause),
            _ if self.undescribed && self.video.format.is_none() => {
                self.here(Error::new(Kind::Protocol, "the camera never says how its pictures are coded"))
            }
            _ => failure::late(Phase::Stream, &self.url, limit),
        }
    }

    fn here(&self, error: Error) -> Error {
        failure::at(Phase::Stream, &self.url, error)
    }

    fn mono(&self, instant: Instant) -> MonoTime {
        self.anchor.1 + instant.saturating_duration_since(self.anchor.0)
    }
}

impl Stream for Units {
    type Item = Result<MediaUnit>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let outcome = loop {
            let step = match Pin::new(&mut self.demuxed).poll_next(cx) {
                Poll::Ready(Some(Ok(item))) => self.take(item),
                Poll::Ready(Some(Err(cause))) => self.excuse(cause).map(|()| None),
                Poll::Ready(None) => Err(self.end()),
                Poll::Pending => match self.silence.poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(limit) => Err(self.silent(limit)),
                },
            };
            match step {
                Ok(None) => {}
                Ok(Some(unit)) => break Ok(unit),
                Err(error) => break Err(error),
            }
            // Audio or reports alone can keep retina ready for ever.
            if let Some(limit) = self.silence.is_over() {
                break Err(self.silent(limit));
            }
        };
        self.ended = outcome.is_err();
        Poll::Ready(Some(outcome))
    }
}

/// Watches for the lack of pictures. The timer is moved when it fires, not for every picture.
struct Silence {
    since: tokio::time::Instant,
    limit: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Silence {
    fn new() -> Self {
        let limit = deadline::FIRST_PICTURE;
        Self { since: tokio::time::Instant::now(), limit, timer: Box::pin(tokio::time::sleep(limit)) }
    }

    /// A picture came.
    fn broken(&mut self) {
        self.since = tokio::time::Instant::now();
        self.limit = deadline::NEXT_PICTURE;
    }

    /// The limit, when it is exceeded.
    fn is_over(&self) -> Option<Duration> {
        (self.since.elapsed() >= self.limit).then_some(self.limit)
    }

    /// Ready with the limit when it is exceeded; else woken in time. The clock is asked first: a camera that keeps
    /// the task busy uses up the turn in which the timer would have its say (tokio's cooperative budget).
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Duration> {
        loop {
            if let Some(limit) = self.is_over() {
                return Poll::Ready(limit);
            }
            match self.timer.as_mut().poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) => self.timer.as_mut().reset(self.since + self.limit),
            }
        }
    }
}

/// retina's wall time of a packet. Before 1970 counts as 1970.
fn wall(time: retina::WallTime) -> WallTime {
    let since = SystemTime::from(time).duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
