//! The actor that pulls one stream: connects, reconnects, measures, and shares what comes with the recorder and
//! every viewer. One connection per stream, however many want it.

use crate::engine::Inner;
use crate::record_gate::RecordGate;
use crate::recorder::RecorderStatus;
use crate::sound::{self, Listener, Sound, Voice};
use crate::vm::event::EventVm;
use crate::vm::live::{HealthPartsVm, MetricsVm, RecordNowVm};
use atalaya_model::camera::{Camera, Role};
use atalaya_model::fragment::FragmentBuilder;
use atalaya_model::health::{Health, HealthInput};
use atalaya_model::media::{AudioFormat, MediaUnit, VideoFormat, VideoUnit};
use atalaya_model::metrics::{Meter, Metrics};
use atalaya_model::ports::{OpenRequest, OpenStream};
use atalaya_model::pull::{LOGIN_ATTEMPTS, Pull, PullState};
use atalaya_model::recording::GapCause;
use atalaya_model::time::MonoTime;
use atalaya_model::{Error, Kind};
use futures_util::{FutureExt, StreamExt};
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How long a stream is still pulled after its last viewer left: changing the layout must not reconnect.
const LINGER: Duration = Duration::from_secs(5);

/// How often the figures are published.
const PUBLISH_EVERY: Duration = Duration::from_millis(500);

/// The most units of an unfinished GOP kept for new viewers; a longer GOP's viewer waits for the next key unit.
const GOP_CACHE_UNITS: usize = 600;

/// The most bytes of the same.
const GOP_CACHE_BYTES: usize = 16 << 20;

/// Units that a viewer may be behind before it skips to the next key unit.
const VIEWER_QUEUE: usize = 64;

/// Requests waiting for an actor; more means that it hangs, and the asker is told.
const REQUESTS: usize = 64;

/// How long after a panic the actor starts anew (R21: at most two seconds).
const PANIC_PAUSE: Duration = Duration::from_secs(1);

/// Refused logins at one camera, shared by its streams: the camera counts them together too (S6).
#[derive(Debug, Default)]
pub(crate) struct Login {
    refused: AtomicU32,
    /// One connection at a time, or two streams would each spend the last attempt.
    turn: Mutex<()>,
}

impl Login {
    /// The right to send a login.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Whether it was refused since it last worked.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed) > 0
    }

    /// It was refused, in as many attempts as there may be.
    pub(crate) fn note_spent(&self) {
        self.refused.store(LOGIN_ATTEMPTS, Ordering::Relaxed);
    }
}

/// What a pull is started with.
pub(crate) struct PullSpec {
    pub(crate) camera: Arc<Camera>,
    pub(crate) role: Role,
    pub(crate) login: Arc<Login>,
}

/// What a pull tells about itself, twice a second and at every change of state.
#[derive(Debug, Clone)]
pub(crate) struct PullReport {
    pub(crate) camera: Arc<Camera>,
    pub(crate) role: Role,
    pub(crate) state: PullState,
    pub(crate) detail: Option<String>,
    pub(crate) metrics: Metrics,
    pub(crate) reconnects: u32,
    pub(crate) health: Health,
    /// Share of packets lost in the last minute; none while none arrived.
    pub(crate) loss: Option<f64>,
    pub(crate) format: Option<Arc<VideoFormat>>,
    pub(crate) wanted: bool,
}

enum Request {
    Watch(mpsc::Sender<VideoUnit>),
    /// Somebody listens now.
    Listen,
    Reconfigure(Arc<Camera>),
    CredentialsChanged,
    /// What is to be recorded may be something else now.
    LookAgain,
    /// The computer slept.
    Woke,
}

/// A viewer's end of a pull: coded pictures from a key unit on.
pub(crate) type Viewer = mpsc::Receiver<VideoUnit>;

/// How everybody else reaches a pull.
#[derive(Clone)]
pub(crate) struct PullHandle {
    requests: mpsc::Sender<Request>,
    reports: watch::Receiver<PullReport>,
    sound: broadcast::Sender<Sound>,
    recorder: Arc<RecorderStatus>,
    login: Arc<Login>,
    cancel: CancellationToken,
}

impl PullHandle {
    /// Starts the actor and its supervisor.
    pub(crate) fn start(engine: &Arc<Inner>, spec: PullSpec) -> Self {
        let (requests, inbox) = mpsc::channel(REQUESTS);
        let first = PullReport {
            camera: spec.camera.clone(),
            role: spec.role,
            state: PullState::Idle,
            detail: None,
            metrics: Metrics::default(),
            reconnects: 0,
            health: Health::default(),
            loss: None,
            format: None,
            wanted: false,
        };
        let (reports_out, reports) = watch::channel(first);
        let recorder = Arc::new(RecorderStatus::default());
        let cancel = engine.cancel.child_token();
        let sound = sound::channel();
        let handle = Self {
            requests,
            reports,
            sound: sound.clone(),
            recorder: recorder.clone(),
            login: spec.login.clone(),
            cancel: cancel.clone(),
        };
        let inbox = Mutex::new(inbox);
        engine.tasks.spawn(supervise(engine.clone(), spec, inbox, reports_out, sound, recorder, cancel));
        handle
    }

    /// The camera's shared count of refused logins.
    pub(crate) fn login(&self) -> Arc<Login> {
        self.login.clone()
    }

    /// Starts to watch. The current GOP comes at once, then what follows.
    pub(crate) async fn watch(&self) -> Viewer {
        let (units, viewer) = mpsc::channel(GOP_CACHE_UNITS + VIEWER_QUEUE);
        // An actor that is gone drops the sender, and the viewer sees the end of its stream.
        let _ = self.requests.send(Request::Watch(units)).await;
        viewer
    }

    /// Starts to listen, to what comes from now on.
    pub(crate) fn listen(&self) -> Listener {
        let listener = sound::listener(&self.sound);
        // Who is there already counts: an actor that rests only has to look again.
        self.ask(Request::Listen);
        listener
    }

    /// Hands over a camera's changed settings.
    pub(crate) fn reconfigure(&self, camera: Arc<Camera>) {
        self.ask(Request::Reconfigure(camera));
    }

    /// Tries again with credentials that were just stored.
    pub(crate) fn credentials_changed(&self) {
        self.login.refused.store(0, Ordering::Relaxed);
        self.ask(Request::CredentialsChanged);
    }

    /// Looks whether something else is to be recorded.
    pub(crate) fn look_again(&self) {
        self.ask(Request::LookAgain);
    }

    /// The computer slept: whatever connection there was is made anew.
    pub(crate) fn woke(&self) {
        self.ask(Request::Woke);
    }

    fn ask(&self, request: Request) {
        if self.requests.try_send(request).is_err() {
            tracing::error!("a pull does not take its requests");
        }
    }

    /// Ends the actor.
    pub(crate) fn stop(&self) {
        self.cancel.cancel();
    }

    /// What it told last.
    pub(crate) fn report(&self) -> PullReport {
        self.reports.borrow().clone()
    }

    /// What it tells, as it tells it.
    pub(crate) fn reports(&self) -> watch::Receiver<PullReport> {
        self.reports.clone()
    }

    /// What the recorder behind it committed.
    pub(crate) fn recorder(&self) -> &RecorderStatus {
        &self.recorder
    }

    /// Its figures for a view.
    pub(crate) fn metrics(&self, now: MonoTime) -> MetricsVm {
        let report = self.report();
        let retry_in_s = match report.state {
            PullState::Backoff { until, .. } | PullState::Stopped { until, .. } => {
                Some(until.since(now).as_secs_f64().ceil() as u32)
            }
            _ => None,
        };
        let Health { score, rate, loss, delay, stability } = report.health;
        let (demand, manual) = self.recorder.wanted();
        let time_source = time_source(report.camera.stream(report.role).url.scheme());
        MetricsVm {
            camera: report.camera.id.to_string(),
            role: report.role.code().to_owned(),
            state: report.state.code().to_owned(),
            detail: report.detail,
            retry_in_s,
            fps: tenths(report.metrics.fps),
            fps_average: tenths(report.metrics.fps_average),
            bitrate_bps: report.metrics.bitrate_bps,
            time_source: time_source.to_owned(),
            latency_ms: report.metrics.latency_ms,
            latency_p95_ms: report.metrics.latency_p95_ms,
            jitter_ms: tenths(report.metrics.jitter_ms),
            frames: report.metrics.frames,
            dropped: report.metrics.dropped,
            packets_lost: report.metrics.packets_lost,
            loss: report.loss.filter(|_| time_source == "rtp"),
            reconnects: report.reconnects,
            health: score,
            health_parts: HealthPartsVm { rate, loss, delay, stability },
            codec: report.format.as_ref().map(|format| format.codec.code().to_owned()),
            width: report.format.as_ref().map(|format| format.width),
            height: report.format.as_ref().map(|format| format.height),
            // What was written a moment ago proves nothing of a camera that is gone.
            recording: matches!(report.state, PullState::Live { .. })
                && self.recorder.bytes_since(now, RecorderStatus::PROOF_WINDOW) > 0,
            record_demand: demand.code().to_owned(),
            record_now: manual.map(|manual| RecordNowVm {
                left_s: manual.to.map(|end| end.since(now).as_secs_f64().ceil() as u32),
            }),
        }
    }
}

/// What tells when a picture was taken. HTTP has nothing that can be trusted to.
fn time_source(scheme: &str) -> &'static str {
    if scheme.starts_with("http") { "arrival" } else { "rtp" }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Runs the actor, and runs it anew when it panics: one camera's trouble stays that camera's (R21).
async fn supervise(
    engine: Arc<Inner>,
    spec: PullSpec,
    inbox: Mutex<mpsc::Receiver<Request>>,
    reports: watch::Sender<PullReport>,
    sound: broadcast::Sender<Sound>,
    recorder_status: Arc<RecorderStatus>,
    cancel: CancellationToken,
) {
    let mut camera = spec.camera;
    while !cancel.is_cancelled() {
        let mut inbox = inbox.lock().await;
        let mut actor = Actor {
            engine: &engine,
            inbox: &mut inbox,
            reports: &reports,
            recorder_status: &recorder_status,
            login: &spec.login,
            role: spec.role,
            camera,
            pull: Pull::default(),
            meter: Meter::default(),
            viewers: Vec::new(),
            voice: Voice::new(sound.clone()),
            gop: Vec::new(),
            gop_bytes: 0,
            fragments: FragmentBuilder::default(),
            recorder: None,
            audio: None,
            detail: None,
            format: None,
            expected_fps: None,
            last_viewer_at: None,
            reconnected_at: VecDeque::new(),
            losses: VecDeque::new(),
        };
        let run = AssertUnwindSafe(actor.run(&cancel)).catch_unwind();
        let outcome = run.await;
        if let Some(recorder) = actor.recorder.take() {
            recorder.stop().await;
        }
        camera = actor.camera;
        if outcome.is_ok() {
            return;
        }
        tracing::error!(camera = %camera.id, role = spec.role.code(), "a camera's task panicked and starts anew");
        tokio::select! {
            () = engine.ports.clock.sleep(PANIC_PAUSE) => {}
            () = cancel.cancelled() => {}
        }
    }
}

struct ViewerQueue {
    units: mpsc::Sender<VideoUnit>,
    /// Set while it is behind: it gets nothing before the next key unit.
    skipping: bool,
}

struct Actor<'a> {
    engine: &'a Arc<Inner>,
    inbox: &'a mut mpsc::Receiver<Request>,
    reports: &'a watch::Sender<PullReport>,
    recorder_status: &'a Arc<RecorderStatus>,
    login: &'a Arc<Login>,
    role: Role,
    camera: Arc<Camera>,
    pull: Pull,
    meter: Meter,
    viewers: Vec<ViewerQueue>,
    voice: Voice,
    gop: Vec<VideoUnit>,
    gop_bytes: usize,
    fragments: FragmentBuilder,
    recorder: Option<RecordGate>,
    audio: Option<Arc<AudioFormat>>,
    detail: Option<String>,
    format: Option<Arc<VideoFormat>>,
    expected_fps: Option<f64>,
    last_viewer_at: Option<MonoTime>,
    reconnected_at: VecDeque<MonoTime>,
    /// Lost packets and received bytes at each publication of the last minute.
    losses: VecDeque<(MonoTime, u64, u64)>,
}

/// Why an attempt or a connection ended.
enum End {
    Failed(Error, bool),
    NotWanted,
    Cancelled,
    /// The camera's settings changed: connect anew with the new ones.
    Reconfigured,
}

impl Actor<'_> {
    async fn run(&mut self, cancel: &CancellationToken) {
        self.follow_policy();
        while !cancel.is_cancelled() {
            if !self.is_wanted() {
                self.pull.stop();
                self.publish(true);
                // A schedule may want it again.
                let rest = self.recorder.as_ref().map_or(Duration::MAX, RecordGate::rest);
                tokio::select! {
                    request = self.inbox.recv() => { self.take(request, cancel); }
                    () = self.engine.ports.clock.sleep(rest) => {}
                    () = cancel.cancelled() => {}
                }
                continue;
            }
            if let Some(wait) = self.must_wait() {
                tokio::select! {
                    request = self.inbox.recv() => { self.take(request, cancel); }
                    () = self.engine.ports.clock.sleep(wait) => self.publish(false),
                    () = cancel.cancelled() => {}
                }
                continue;
            }
            match self.connection(cancel).await {
                End::Failed(error, logged_in) => self.failed(&error, logged_in),
                End::NotWanted | End::Cancelled | End::Reconfigured => {}
            }
            self.end_of_connection();
        }
    }

    /// How long the state machine wants to wait; none when an attempt may start.
    fn must_wait(&self) -> Option<Duration> {
        let now = self.engine.ports.clock.mono();
        match self.pull.state() {
            PullState::Backoff { until, .. } | PullState::Stopped { until, .. } => {
                Some(until.since(now).min(PUBLISH_EVERY)).filter(|wait| !wait.is_zero())
            }
            // Only a request ends this wait; the look now and then is for viewers that left.
            PullState::Unauthorized => Some(Duration::from_mins(1)),
            PullState::Idle | PullState::Connecting | PullState::Live { .. } => None,
        }
    }

    /// One connection from the gate to its end.
    async fn connection(&mut self, cancel: &CancellationToken) -> End {
        self.pull.attempt();
        self.meter.connection_started();
        self.publish(true);
        let opening = open(self.engine.clone(), self.login.clone(), self.camera.clone(), self.role);
        tokio::pin!(opening);
        let (mut stream, logged_in) = loop {
            tokio::select! {
                opened = &mut opening => match opened {
                    Ok(opened) => break opened,
                    Err((error, logged_in)) => return End::Failed(error, logged_in),
                },
                request = self.inbox.recv() => if self.take(request, cancel) { return End::Reconfigured },
                () = cancel.cancelled() => return End::Cancelled,
            }
            if !self.is_wanted() {
                return End::NotWanted;
            }
        };
        self.audio.clone_from(&stream.audio);
        self.voice.opened(&stream);
        self.expected_fps = stream
            .video
            .as_ref()
            .and_then(|format| format.declared_fps_milli)
            .map(|fps| f64::from(fps) / 1000.0);
        let mut publication = tokio::time::interval(PUBLISH_EVERY);
        publication.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => return End::Cancelled,
                request = self.inbox.recv() => if self.take(request, cancel) { return End::Reconfigured },
                _ = publication.tick() => {
                    self.viewers.retain(|viewer| !viewer.units.is_closed());
                    if !self.is_wanted() {
                        return End::NotWanted;
                    }
                    self.publish(false);
                }
                unit = stream.units.next() => match unit {
                    Some(Ok(unit)) => self.unit(unit),
                    Some(Err(error)) => return End::Failed(error, logged_in),
                    None => {
                        return End::Failed(Error::new(Kind::Unreachable, "the camera ended the stream"), logged_in);
                    }
                },
            }
        }
    }

    fn unit(&mut self, unit: MediaUnit) {
        let unit = match unit {
            MediaUnit::Video(unit) => unit,
            MediaUnit::Audio(unit) => {
                self.voice.unit(&unit, self.gop.last(), self.engine.ports.clock.wall());
                if self.recorder.is_some() {
                    self.fragments.push_audio(unit);
                }
                return;
            }
        };
        self.meter.picture(&unit);
        if !matches!(self.pull.state(), PullState::Live { .. }) {
            self.first_picture(unit.received);
        }
        if self.format.as_ref().is_none_or(|format| !Arc::ptr_eq(format, &unit.format)) {
            self.format = Some(unit.format.clone());
        }
        self.share(&unit);
        if let Some(recorder) = &mut self.recorder
            && let Some(fragment) = self.fragments.push_video(unit)
        {
            self.meter.dropped(recorder.record(fragment, self.audio.clone()));
        }
    }

    fn first_picture(&mut self, at: MonoTime) {
        let before = self.pull.reconnects();
        self.pull.first_picture(at);
        if self.pull.reconnects() > before {
            self.reconnected_at.push_back(at);
        }
        self.login.refused.store(0, Ordering::Relaxed);
        self.detail = None;
        self.publish(true);
    }

    /// Hands a picture to the viewers, and keeps it for those to come.
    fn share(&mut self, unit: &VideoUnit) {
        if unit.key {
            self.gop.clear();
            self.gop_bytes = 0;
        }
        let room = self.gop.len() < GOP_CACHE_UNITS && self.gop_bytes + unit.data.len() <= GOP_CACHE_BYTES;
        if unit.key || (room && !self.gop.is_empty()) {
            self.gop_bytes += unit.data.len();
            self.gop.push(unit.clone());
        } else if !room {
            self.gop.clear();
            self.gop_bytes = 0;
        }
        let mut dropped = 0;
        self.viewers.retain_mut(|viewer| {
            if viewer.skipping && !unit.key {
                dropped += 1;
                return true;
            }
            // The queue is long enough for a cached GOP; being behind is measured beyond the usual length.
            let behind =
                viewer.units.max_capacity() - viewer.units.capacity() > VIEWER_QUEUE + self.gop.len();
            viewer.skipping = behind;
            if behind {
                dropped += 1;
                return !viewer.units.is_closed();
            }
            match viewer.units.try_send(unit.clone()) {
                Ok(()) => true,
                Err(mpsc::error::TrySendError::Full(_)) => {
                    viewer.skipping = true;
                    dropped += 1;
                    true
                }
                Err(mpsc::error::TrySendError::Closed(_)) => false,
            }
        });
        self.meter.dropped(dropped);
    }

    /// Does what is asked. True when the connection must be made anew.
    fn take(&mut self, request: Option<Request>, cancel: &CancellationToken) -> bool {
        match request {
            None => {
                // Every handle is gone: the engine forgot this camera.
                cancel.cancel();
                true
            }
            // Who wants to watch a camera that is switched off sees the end of its stream at once.
            Some(Request::Watch(_)) if !self.camera.enabled => false,
            Some(Request::Watch(units)) => {
                for unit in &self.gop {
                    // The queue was made for more than a cached GOP.
                    let _ = units.try_send(unit.clone());
                }
                self.viewers.push(ViewerQueue { units, skipping: self.gop.is_empty() });
                self.last_viewer_at = None;
                false
            }
            Some(Request::Listen) => {
                self.voice.tell_absence();
                self.last_viewer_at = None;
                false
            }
            Some(Request::Reconfigure(camera)) => {
                // What a test found does not change how to connect.
                let (new, old) = (camera.stream(self.role), self.camera.stream(self.role));
                let moved = (&new.url, new.transport, new.poll) != (&old.url, old.transport, old.poll)
                    || camera.allow_basic != self.camera.allow_basic
                    || camera.enabled != self.camera.enabled
                    || camera.tls_fingerprint != self.camera.tls_fingerprint;
                self.camera = camera;
                if !self.camera.enabled {
                    self.viewers.clear();
                }
                self.follow_policy();
                if moved {
                    self.pull.credentials_changed();
                    self.pull.stop();
                }
                moved
            }
            Some(Request::LookAgain) => {
                self.follow_policy();
                false
            }
            Some(Request::CredentialsChanged) => {
                self.pull.credentials_changed();
                let waiting = !matches!(self.pull.state(), PullState::Live { .. });
                if waiting {
                    self.pull.stop();
                }
                waiting
            }
            Some(Request::Woke) => {
                if let Some(recorder) = &mut self.recorder {
                    if let Some(fragment) = self.fragments.finish() {
                        recorder.record(fragment, self.audio.clone());
                    }
                    recorder.interrupted(GapCause::Asleep);
                }
                self.pull.woke();
                !matches!(self.pull.state(), PullState::Unauthorized)
            }
        }
    }

    /// Starts or stops the recorder as the camera's policy says, or a person who wants it recorded now.
    fn follow_policy(&mut self) {
        let asked = self.camera.is_recorded()
            || self.camera.enabled && self.engine.triggers.manual(self.camera.id).is_some();
        let record = self.engine.options.record && self.role == Role::Main && asked;
        match (&mut self.recorder, record) {
            (None, true) => {
                let status = self.recorder_status.clone();
                self.recorder = Some(RecordGate::start(self.engine, self.camera.clone(), self.role, status));
                self.fragments = FragmentBuilder::default();
                // What is there since the last key unit is recorded too: not a second is left out that is at hand.
                for unit in &self.gop {
                    if let (Some(recorder), Some(fragment)) =
                        (&mut self.recorder, self.fragments.push_video(unit.clone()))
                    {
                        recorder.record(fragment, self.audio.clone());
                    }
                }
            }
            (Some(_), false) => {
                if let Some(mut recorder) = self.recorder.take() {
                    if let Some(fragment) = self.fragments.finish() {
                        recorder.record(fragment, self.audio.clone());
                    }
                    recorder.end();
                }
            }
            (Some(recorder), true) => recorder.reconfigure(self.camera.clone()),
            (None, false) => {}
        }
    }

    fn is_wanted(&mut self) -> bool {
        if !self.camera.enabled {
            return false;
        }
        let now = self.engine.ports.clock.mono();
        if self.viewers.is_empty() && !self.voice.is_heard() {
            let since = *self.last_viewer_at.get_or_insert(now);
            let lingering = matches!(self.pull.state(), PullState::Live { .. }) && now.since(since) < LINGER;
            self.recorder.as_ref().is_some_and(RecordGate::wants_stream) || lingering
        } else {
            true
        }
    }

    fn failed(&mut self, error: &Error, logged_in: bool) {
        tracing::warn!(camera = %self.camera.id, name = self.camera.name, role = self.role.code(), %error, "pull failed");
        self.detail = Some(error.to_string());
        let random = rand::random::<f64>();
        self.pull.failed(error, self.engine.ports.clock.mono(), random, logged_in);
        if let Some(recorder) = &mut self.recorder {
            if let Some(fragment) = self.fragments.finish() {
                recorder.record(fragment, self.audio.clone());
            }
            recorder.interrupted(GapCause::of(error.kind()));
        }
    }

    /// Nothing of a connection that ended may be mixed with the next one's time line.
    fn end_of_connection(&mut self) {
        if let Some(fragment) = self.fragments.finish()
            && let Some(recorder) = &mut self.recorder
        {
            recorder.record(fragment, self.audio.clone());
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.end_of_run();
        }
        self.voice.ended();
        self.gop.clear();
        self.gop_bytes = 0;
        for viewer in &mut self.viewers {
            viewer.skipping = true;
        }
        self.publish(true);
    }

    fn publish(&mut self, state_may_have_changed: bool) {
        // What a person wanted recorded may have run out, and time has passed for the gate.
        self.follow_policy();
        if let Some(recorder) = &mut self.recorder {
            self.meter.dropped(recorder.look());
        }
        let now = self.engine.ports.clock.mono();
        let metrics = self.meter.read(now);
        let loss = self.loss(&metrics, now);
        let health = self.health(&metrics, loss, now);
        let wanted = self.is_wanted();
        let state = self.pull.state();
        let changed = state_may_have_changed && self.reports.borrow().state.code() != state.code();
        self.reports.send_replace(PullReport {
            camera: self.camera.clone(),
            role: self.role,
            state,
            detail: self.detail.clone(),
            metrics,
            reconnects: self.pull.reconnects(),
            health,
            loss,
            format: self.format.clone(),
            wanted,
        });
        if changed {
            let wall = self.engine.ports.clock.wall();
            let mut histories = self.engine.histories.all();
            let history = histories.entry(self.camera.id).or_default();
            history.note(self.role, state, self.detail.as_deref(), now, wall);
            drop(histories);
            self.engine.emit(EventVm::CameraStateChanged {
                camera: self.camera.id.to_string(),
                role: self.role.code().to_owned(),
                state: state.code().to_owned(),
                detail: self.detail.clone(),
            });
        }
    }

    /// The share of packets lost in the last minute.
    fn loss(&mut self, metrics: &Metrics, now: MonoTime) -> Option<f64> {
        let received = self.losses.back().map_or(0, |last| last.2) + metrics.bitrate_bps / 16;
        self.losses.push_back((now, metrics.packets_lost, received));
        while self.losses.front().is_some_and(|&(at, ..)| now.since(at) > Duration::from_mins(1)) {
            self.losses.pop_front();
        }
        let &(_, lost, bytes) = self.losses.front()?;
        let lost = metrics.packets_lost.saturating_sub(lost) as f64;
        // Packets that arrived are not counted one by one; cameras fill them to about 1400 bytes.
        let packets = lost + received.saturating_sub(bytes) as f64 / 1400.0;
        (packets > 0.0).then(|| lost / packets)
    }

    fn health(&mut self, metrics: &Metrics, loss: Option<f64>, now: MonoTime) -> Health {
        let live = match self.pull.state() {
            PullState::Live { since } => Some(now.since(since)),
            _ => None,
        };
        // A stream that declares no rate is held against what it has shown itself to send.
        if self.expected_fps.is_none() && live.is_some_and(|time| time > Duration::from_secs(10)) {
            self.expected_fps = Some(metrics.fps_average);
        }
        while self.reconnected_at.front().is_some_and(|&at| now.since(at) > Duration::from_hours(1)) {
            self.reconnected_at.pop_front();
        }
        Health::of(&HealthInput {
            live: live.is_some(),
            // The window is not full yet: judge nothing by it.
            fps: if live.is_some_and(|time| time < Duration::from_secs(4)) {
                self.expected_fps.unwrap_or(metrics.fps)
            } else {
                metrics.fps
            },
            expected_fps: self.expected_fps,
            loss_ratio: loss.unwrap_or(0.0),
            latency_p95_ms: metrics.latency_p95_ms,
            reconnects_last_hour: self.reconnected_at.len() as u32,
        })
    }
}

/// Unseals the credentials, passes the gate and opens the stream. With an error comes whether a login was sent.
async fn open(
    engine: Arc<Inner>,
    login: Arc<Login>,
    camera: Arc<Camera>,
    role: Role,
) -> Result<(OpenStream, bool), (Error, bool)> {
    let credentials = engine.credentials(&camera).await.map_err(|error| (error, false))?;
    let logged_in = credentials.is_some();
    let stream = camera.stream(role);
    let request = OpenRequest {
        camera: camera.id,
        role,
        url: stream.url.clone(),
        transport: stream.transport,
        poll: stream.poll,
        credentials,
        allow_basic: camera.allow_basic,
        tls: camera.tls_fingerprint,
    };
    let _turn = login.turn.lock().await;
    if login.refused.load(Ordering::Relaxed) >= LOGIN_ATTEMPTS {
        return Err((Error::new(Kind::Unauthorized, "the camera refused these credentials before"), false));
    }
    engine.gate.pass().await;
    match engine.ports.streams.open(request).await {
        Ok(opened) => Ok((opened, logged_in)),
        Err(error) => {
            if error.kind() == Kind::Unauthorized && logged_in {
                login.refused.fetch_add(1, Ordering::Relaxed);
            }
            Err((error, logged_in))
        }
    }
}
