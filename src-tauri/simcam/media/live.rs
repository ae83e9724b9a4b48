//! Owns one live stream of a camera: the thread that draws and encodes while somebody watches, and its viewers.
//! Must not know protocols. The thread ends when the last viewer has gone; a viewer that does not keep up loses
//! pictures up to the next key frame, never memory.

use super::{
    h264::{self, H264Encoder, VideoFormat},
    tone::{self, AudioCodec, SAMPLE_RATE_HZ},
};
use crate::{
    clock,
    fault::Faults,
    lens::Lens,
    picture::{Painter, Scene},
    ptz::Ptz,
    setup::Setup,
};
use bytes::Bytes;
use std::{
    io, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

/// Units waiting for one viewer: about two seconds of pictures and sound.
const QUEUE_UNITS: usize = 96;
/// Joining viewers ask for key frames; more than this many would cost everyone's quality.
const MIN_KEY_INTERVAL: Duration = Duration::from_millis(500);
/// Samples in one block of sound: 40 ms.
const BLOCK_SAMPLES: u64 = 320;

/// What a viewer receives. Clones share the bytes.
#[derive(Clone, Debug)]
pub(crate) enum Unit {
    /// One coded picture, captured this long after the stream's epoch.
    Video { at: Duration, nals: Arc<[Bytes]>, key: bool },
    /// One block of sound, whose first sample stands this many samples after the epoch.
    Audio { at_sample: u64, samples: Bytes },
}

/// What a stream shows and how.
pub(crate) struct StreamPlan {
    /// Thread name.
    pub(crate) label: String,
    pub(crate) name: String,
    pub(crate) camera: u8,
    pub(crate) scene: Scene,
    pub(crate) ptz: Arc<Ptz>,
    pub(crate) lens: Arc<Lens>,
    pub(crate) setup: Arc<Setup>,
    pub(crate) faults: Faults,
    /// How the stream is at first.
    pub(crate) format: VideoFormat,
    /// Every so often the picture turns to the other size, and back.
    pub(crate) change: Option<(Duration, VideoFormat)>,
    pub(crate) audio: Option<AudioCodec>,
    /// Zero of all the camera's media times.
    pub(crate) epoch: Instant,
}

struct Viewer {
    queue: mpsc::Sender<Unit>,
    /// Media time of joining.
    joined: Duration,
    needs_key: bool,
}

#[derive(Default)]
struct State {
    viewers: Vec<Viewer>,
    running: bool,
    key_wanted: bool,
}

/// A stream that runs only while it is watched.
pub(crate) struct LiveStream {
    plan: StreamPlan,
    format: Mutex<VideoFormat>,
    state: Mutex<State>,
    tracker: TaskTracker,
}

impl LiveStream {
    /// A stream at rest; its future threads count among the tasks of `tracker`.
    pub(crate) fn new(plan: StreamPlan, tracker: TaskTracker) -> Arc<Self> {
        let format = Mutex::new(plan.format);
        Arc::new(Self { plan, format, state: Mutex::default(), tracker })
    }

    pub(crate) fn plan(&self) -> &StreamPlan {
        &self.plan
    }

    /// How pictures are encoded now.
    pub(crate) fn format(&self) -> VideoFormat {
        *self.format.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Encodes pictures so from the next one on, which is a key frame.
    pub(crate) fn set_format(&self, format: VideoFormat) {
        *self.format.lock().unwrap_or_else(PoisonError::into_inner) = format;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the viewers; the first unit of video is a key frame. Dropping the receiver leaves.
    pub(crate) fn subscribe(self: &Arc<Self>) -> io::Result<mpsc::Receiver<Unit>> {
        let (queue, units) = mpsc::channel(QUEUE_UNITS);
        let joined = self.plan.epoch.elapsed();
        let mut state = self.state();
        if !state.running {
            let (stream, token) = (Arc::clone(self), self.tracker.token());
            thread::Builder::new().name(self.plan.label.clone()).spawn(move || stream.run(token))?;
            state.running = true;
        }
        state.viewers.push(Viewer { queue, joined, needs_key: true });
        state.key_wanted = true;
        Ok(units)
    }

    fn run(self: Arc<Self>, token: TaskTrackerToken) {
        let unfinished = Unfinished(&self);
        tracing::debug!(stream = self.plan.label, "encoder starts");
        match self.encode_while_watched() {
            Ok(()) => mem::forget(unfinished),
            Err(error) => tracing::error!(stream = self.plan.label, %error, "encoder failed"),
        }
        tracing::debug!(stream = self.plan.label, "encoder rests");
        drop(token);
    }

    fn encode_while_watched(&self) -> Result<(), openh264::Error> {
        let plan = &self.plan;
        let started = Instant::now();
        let mut format = self.format();
        let mut painter = Painter::new(plan.scene, &plan.name, plan.camera, format.width, format.height);
        let mut encoder = H264Encoder::new(format)?;
        let mut last_key: Option<Instant> = None;
        let mut sound = plan.audio.map(|codec| Sound::starting_at(codec, plan, started));
        let mut due = started;
        while let Some(key_wanted) = self.next_wish() {
            let now = Instant::now();
            // The picture is of the moment it was due, as from a sensor with a steady clock; that a busy machine
            // came to drawing it late is part of its delay, not of its time.
            let utc = clock::utc_now().saturating_sub(now.saturating_duration_since(due));
            let mut wanted = self.format();
            if let Some((every, other)) = plan.change {
                let turn = (now - started).as_nanos() / every.as_nanos();
                if !turn.is_multiple_of(2) {
                    (wanted.width, wanted.height) = (other.width, other.height);
                }
            }
            if wanted != format {
                format = wanted;
                painter = Painter::new(plan.scene, &plan.name, plan.camera, format.width, format.height);
                encoder = H264Encoder::new(format)?;
            }
            let period = Duration::from_secs(1) / format.fps;
            let force_key = key_wanted && last_key.is_none_or(|last| now - last >= MIN_KEY_INTERVAL);
            let at = due.saturating_duration_since(plan.epoch);
            painter.suffer(plan.faults.freezes_at(at), plan.faults.covers_at(at));
            painter.rest(plan.faults.moves_at(at) == Some(false));
            let picture = painter.paint(utc, plan.ptz.view(due), plan.lens.blur(due));
            let look = plan.setup.look().of(picture);
            let nals = encoder.encode(look.as_ref().unwrap_or(picture), at, force_key)?;
            if !nals.is_empty() {
                let key = h264::is_key(&nals);
                if key {
                    last_key = Some(now);
                }
                let nals = nals.into();
                self.hand_out_video(&Unit::Video { at, nals, key }, at, key);
            }
            if let Some(sound) = &mut sound {
                sound.blocks_until(at, utc, |unit| self.hand_out_audio(&unit));
            }
            due += period;
            // After a hold-up the missed pictures are not made up for: a camera that was asleep skips them.
            while due + period < Instant::now() {
                due += period;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        Ok(())
    }

    /// Whether a key frame is wanted, or None when nobody watches any more.
    fn next_wish(&self) -> Option<bool> {
        let mut state = self.state();
        state.viewers.retain(|viewer| !viewer.queue.is_closed());
        if state.viewers.is_empty() {
            // In the same critical section, or a viewer joining right now would wait for ever.
            state.running = false;
            return None;
        }
        Some(state.key_wanted)
    }

    fn hand_out_video(&self, unit: &Unit, at: Duration, key: bool) {
        let mut state = self.state();
        if key {
            // Whoever joined while this picture was being made still waits for one.
            state.key_wanted = state.viewers.iter().any(|viewer| viewer.joined > at);
        }
        for viewer in &mut state.viewers {
            // A picture from before PLAY would stand before the time that its answer has named (RTP-Info).
            if at >= viewer.joined && (key || !viewer.needs_key) {
                viewer.needs_key = viewer.queue.try_send(unit.clone()).is_err();
            }
        }
    }

    fn hand_out_audio(&self, unit: &Unit) {
        for viewer in &self.state().viewers {
            // Sound without picture is of no use, and a lost block harms no later one.
            if !viewer.needs_key {
                let _lost_when_full = viewer.queue.try_send(unit.clone());
            }
        }
    }
}

/// Dropped by an error or a panic of the thread: its viewers are let go, so that none waits for a dead stream,
/// and the next one starts it again.
struct Unfinished<'a>(&'a LiveStream);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running = false;
        state.viewers.clear();
    }
}

/// The sound of a running stream, cut into blocks.
struct Sound {
    codec: AudioCodec,
    hum_hz: f32,
    next_sample: u64,
}

impl Sound {
    fn starting_at(codec: AudioCodec, plan: &StreamPlan, now: Instant) -> Self {
        let next_sample = samples_in(now.saturating_duration_since(plan.epoch));
        Self { codec, hum_hz: 180.0 + f32::from(plan.camera) * 20.0, next_sample }
    }

    /// Emits every block that has ended by `at`, which is the instant `utc`.
    fn blocks_until(&mut self, at: Duration, utc: Duration, mut emit: impl FnMut(Unit)) {
        let now_sample = samples_in(at);
        // More than a second behind is a hold-up, not sound anyone waits for.
        self.next_sample = self.next_sample.max(now_sample.saturating_sub(u64::from(SAMPLE_RATE_HZ)));
        while self.next_sample + BLOCK_SAMPLES <= now_sample {
            let age = Duration::from_secs(now_sample - self.next_sample) / SAMPLE_RATE_HZ;
            let block =
                tone::samples(self.codec, utc.saturating_sub(age), self.hum_hz, BLOCK_SAMPLES as usize);
            emit(Unit::Audio { at_sample: self.next_sample, samples: block.into() });
            self.next_sample += BLOCK_SAMPLES;
        }
    }
}

fn samples_in(time: Duration) -> u64 {
    (time.as_nanos() * u128::from(SAMPLE_RATE_HZ) / 1_000_000_000) as u64
}
