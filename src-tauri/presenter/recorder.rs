//! The recorder of one stream: puts fragments into files, cuts the files, and accounts for what is missing.
//!
//! It runs as a task of its own, so that a slow disk never holds the pull up. What waits for the disk is bounded; what
//! does not fit is counted and becomes a gap with the cause `disk`.

use crate::absence;
use crate::engine::Inner;
use crate::record_gate::Demand;
use crate::triggers::Stretch;
use crate::vm::event::EventVm;
use crate::vm::recording::{GapVm, SegmentVm};
use atalaya_model::camera::{Camera, Role};
use atalaya_model::fragment::Fragment;
use atalaya_model::media::{AudioFormat, VideoFormat, VideoUnit};
use atalaya_model::ports::{Clock, SegmentWriter};
use atalaya_model::recording::{
    Gap, GapCause, RunClock, SEGMENT_LENGTH, SegmentHeader, first_segment_length,
};
use atalaya_model::storage::{Place, VolumeId};
use atalaya_model::time::{MonoTime, WallTime};
use atalaya_model::timeline::HOLE_MIN_US;
use atalaya_model::{Error, Kind};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Fragments that may wait for the disk, about 16 seconds.
const FRAGMENTS_WAITING: usize = 8;

/// Beside them those that come all at once: because a motion wants what was before it, half a minute of a second each, or
/// because a line was cut and brings the short GOPs of seconds.
const BURST_WAITING: usize = 32;

/// What the latter may take with all that wait, in bytes.
const SMALL_WAITING: usize = 8 << 20;

/// How long a recorder waits for its first fragment before it reports a gap.
const START_GRACE: Duration = Duration::from_secs(5);

/// How long after a failure of the storage the next attempt is made (R4: recording again within 5 s).
const STORAGE_PAUSE: Duration = Duration::from_secs(1);

/// How long a storage directory may take where another one could take over: well below what may wait for the disk.
const STORAGE_PATIENCE: Duration = Duration::from_secs(5);

/// The computer slept when its clocks say so by more than this.
const SLEPT_MIN: Duration = Duration::from_secs(1);

/// Footage that ends longer ago than this is not of now.
const BEHIND_MAX_US: i64 = 5_000_000;

/// What a recorder committed, as proof that it records, and what is wanted of it.
#[derive(Debug, Default)]
pub(crate) struct RecorderStatus {
    committed: Mutex<VecDeque<(MonoTime, u64)>>,
    wanted: Mutex<(Demand, Option<Stretch>)>,
}

impl RecorderStatus {
    /// How recent a commit must be to prove that recording goes on.
    pub(crate) const PROOF_WINDOW: Duration = Duration::from_secs(10);

    /// How long commits are remembered.
    const MEMORY: Duration = Duration::from_mins(1);

    fn commit(&self, now: MonoTime, bytes: u64) {
        let mut committed = self.committed.lock().expect("no holder panics");
        committed.push_back((now, bytes));
        while committed.front().is_some_and(|&(at, _)| now.since(at) > Self::MEMORY) {
            committed.pop_front();
        }
    }

    /// Bytes committed in the last `window`, which is at most a minute.
    pub(crate) fn bytes_since(&self, now: MonoTime, window: Duration) -> u64 {
        let committed = self.committed.lock().expect("no holder panics");
        committed.iter().rev().take_while(|&&(at, _)| now.since(at) <= window).map(|&(_, bytes)| bytes).sum()
    }

    /// What is wanted of it now, and what of that a person began by hand.
    pub(crate) fn wanted(&self) -> (Demand, Option<Stretch>) {
        *self.wanted.lock().expect("no holder panics")
    }

    pub(crate) fn set_demand(&self, demand: Demand, manual: Option<Stretch>) {
        *self.wanted.lock().expect("no holder panics") = (demand, manual);
    }
}

enum Message {
    Record(Fragment, Option<Arc<AudioFormat>>),
    /// Fragments were left out before this point, because too many were waiting.
    Overflowed,
    /// The connection failed.
    Interrupted(GapCause),
    /// What follows has another time line.
    EndOfRun,
    /// Fragments come, and wait for somebody to want them.
    Holding,
    /// From then on nothing is wanted.
    Idle(WallTime),
    /// From then on something is wanted, and does not come.
    Wanted(WallTime),
    /// A person has switched recording off.
    Paused,
    /// Close the file and end.
    End(Option<oneshot::Sender<()>>),
}

/// What waits for the disk.
#[derive(Default)]
struct Waiting {
    fragments: AtomicUsize,
    bytes: AtomicUsize,
}

/// The pull's end of a recorder.
pub(crate) struct RecorderHandle {
    messages: mpsc::UnboundedSender<Message>,
    waiting: Arc<Waiting>,
    overflowed: bool,
}

impl RecorderHandle {
    pub(crate) fn start(
        engine: &Arc<Inner>,
        camera: Arc<Camera>,
        role: Role,
        status: Arc<RecorderStatus>,
    ) -> Self {
        let (messages, inbox) = mpsc::unbounded_channel();
        let waiting = Arc::<Waiting>::default();
        let recorder = Recorder {
            engine: engine.clone(),
            first_length: Some(first_segment_length(camera.id)),
            camera,
            role,
            status,
            file: None,
            run: None,
            accounted_until: WallTime::default(),
            open_gap: None,
            slept: engine.ports.clock.slept(),
            fresh: true,
            hole_cause: GapCause::AppClosed,
            retry_at: None,
            place: None,
            failed: Vec::new(),
            others: false,
        };
        engine.tasks.spawn(recorder.run(inbox, waiting.clone()));
        Self { messages, waiting, overflowed: false }
    }

    /// Hands a fragment over; `held` says that it comes together with others that were held back. Returns how many
    /// pictures were left out because too many fragments wait.
    pub(crate) fn record(&mut self, fragment: Fragment, audio: Option<Arc<AudioFormat>>, held: bool) -> u64 {
        let bytes = fragment.media_bytes();
        let small = self.waiting.bytes.load(Ordering::Relaxed) + bytes <= SMALL_WAITING;
        let room = if held || small { FRAGMENTS_WAITING + BURST_WAITING } else { FRAGMENTS_WAITING };
        if self.waiting.fragments.load(Ordering::Relaxed) >= room {
            if !self.overflowed {
                self.overflowed = true;
                self.send(Message::Overflowed);
            }
            return fragment.video.len() as u64;
        }
        self.overflowed = false;
        self.waiting.fragments.fetch_add(1, Ordering::Relaxed);
        self.waiting.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.send(Message::Record(fragment, audio));
        0
    }

    pub(crate) fn interrupted(&mut self, cause: GapCause) {
        self.send(Message::Interrupted(cause));
    }

    pub(crate) fn end_of_run(&mut self) {
        self.send(Message::EndOfRun);
    }

    pub(crate) fn holding(&self) {
        self.send(Message::Holding);
    }

    /// From an instant on nothing is wanted: what is missing from then on is not missed.
    pub(crate) fn idle(&self, from: WallTime) {
        self.send(Message::Idle(from));
    }

    /// From an instant on something is wanted, and does not come. When something comes, that says so by itself.
    pub(crate) fn wanted(&self, from: WallTime) {
        self.send(Message::Wanted(from));
    }

    /// Ends it because a person has switched recording off; the file is closed in the background.
    pub(crate) fn end(self) {
        self.send(Message::Paused);
        self.send(Message::End(None));
    }

    /// Ends it and waits until the file is closed.
    pub(crate) async fn stop(self) {
        let (done, wait) = oneshot::channel();
        self.send(Message::End(Some(done)));
        let _ = wait.await;
    }

    fn send(&self, message: Message) {
        if self.messages.send(message).is_err() {
            tracing::error!("a recorder's task ended before its pull");
        }
    }
}

struct OpenFile {
    writer: Box<dyn SegmentWriter>,
    video: Arc<VideoFormat>,
    start: WallTime,
    end_pts_90k: i64,
}

struct Recorder {
    engine: Arc<Inner>,
    camera: Arc<Camera>,
    role: Role,
    status: Arc<RecorderStatus>,
    file: Option<OpenFile>,
    run: Option<RunClock>,
    first_length: Option<Duration>,
    /// Up to here every second is recorded or has its gap.
    accounted_until: WallTime,
    /// Why what is missing now is, while it is.
    open_gap: Option<GapCause>,
    /// How long the computer had slept when footage was last accounted for.
    slept: Option<Duration>,
    /// Nothing was committed yet: whoever recorded before may have left a gap that lasts.
    fresh: bool,
    /// Why the next hole is there, if there is one.
    hole_cause: GapCause,
    /// After a failure of the storage: when to try again.
    retry_at: Option<MonoTime>,
    /// Where the last file went.
    place: Option<Place>,
    /// Storage directories that failed to take the present fragment, with what they said.
    failed: Vec<(VolumeId, Error)>,
    /// Whether another storage directory could take over.
    others: bool,
}

impl Recorder {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>, waiting: Arc<Waiting>) {
        match absence::account(&self.engine, &self.camera).await {
            Ok(Some(end)) => {
                self.accounted_until = end;
                if end >= self.engine.started {
                    self.hole_cause = GapCause::Offline;
                }
            }
            Ok(None) => {
                self.accounted_until = self.engine.ports.clock.wall();
                self.hole_cause = GapCause::Offline;
            }
            Err(error) => {
                self.accounted_until = self.engine.ports.clock.wall();
                self.trouble(&error);
            }
        }
        let grace = self.engine.ports.clock.sleep(START_GRACE);
        tokio::pin!(grace);
        let mut waits_for_first = true;
        loop {
            tokio::select! {
                message = inbox.recv() => match message {
                    Some(Message::Record(fragment, audio)) => {
                        waits_for_first = false;
                        let bytes = fragment.media_bytes();
                        self.record(fragment, audio).await;
                        waiting.fragments.fetch_sub(1, Ordering::Relaxed);
                        waiting.bytes.fetch_sub(bytes, Ordering::Relaxed);
                    }
                    Some(Message::Overflowed) => self.hole_cause = GapCause::Disk,
                    Some(Message::Interrupted(cause)) => self.interrupted(cause).await,
                    Some(Message::EndOfRun) => self.end_run().await,
                    Some(Message::Holding) => waits_for_first = false,
                    Some(Message::Idle(from)) => {
                        waits_for_first = false;
                        self.rest(from).await;
                    }
                    Some(Message::Wanted(from)) => self.rest_ended(from).await,
                    Some(Message::Paused) => {
                        self.end_run().await;
                        self.pause().await;
                    }
                    Some(Message::End(done)) => {
                        self.end_run().await;
                        // What comes after it is not for this engine to call unwanted.
                        self.rest_ended(self.engine.ports.clock.wall()).await;
                        drop(done);
                        return;
                    }
                    None => return self.end_run().await,
                },
                () = &mut grace, if waits_for_first => {
                    waits_for_first = false;
                    self.open_gap(self.hole_cause).await;
                }
            }
        }
    }

    async fn record(&mut self, fragment: Fragment, audio: Option<Arc<AudioFormat>>) {
        let Some(first) = fragment.video.first().cloned() else { return };
        if self.retry_at.is_some_and(|at| self.engine.ports.clock.mono() < at) {
            return;
        }
        match &mut self.run {
            Some(run) if run.agrees_with(&fragment.video) => run.follow(&fragment.video),
            Some(_) => {
                tracing::warn!(camera = %self.camera.id, "media time and wall clock disagree: a new run starts");
                self.run = None;
            }
            None => {}
        }
        // Ends when a storage directory takes the fragment, or none is left that has not failed to.
        loop {
            if let Err(error) = self.place(&first, &fragment, audio.clone()).await {
                return self.storage_failed(&error).await;
            }
            let (Some(file), Some(run)) = (&mut self.file, &self.run) else {
                // The fragment goes on with a GOP whose start is in no file: nothing could decode it.
                let disk_failed = self.retry_at.is_some() || !self.failed.is_empty();
                self.hole_cause = if disk_failed { GapCause::Disk } else { GapCause::Loss };
                return;
            };
            let start = run.wall_of(first.pts_90k).max(self.accounted_until);
            let written = file.writer.append(fragment.clone(), start);
            match patiently(&*self.engine.ports.clock, self.others, written).await {
                Ok(entry) => {
                    self.close_gap(start).await;
                    self.accounted_until = entry.start + Duration::from_micros(u64::from(entry.duration_us));
                    self.retry_at = None;
                    self.failed.clear();
                    self.hole_cause = GapCause::Loss;
                    // Footage from before a sleep may be written after it: that does not account for the sleep.
                    if self.engine.ports.clock.wall().micros_since(self.accounted_until) < BEHIND_MAX_US {
                        self.slept = self.engine.ports.clock.slept();
                    }
                    self.status.commit(self.engine.ports.clock.mono(), u64::from(entry.bytes));
                    return;
                }
                Err(error) if self.others => self.leave(error).await,
                Err(error) => return self.storage_failed(&error).await,
            }
        }
    }

    /// The directory of the present file has failed: the next one takes over, with this fragment where it can.
    async fn leave(&mut self, error: Error) {
        tracing::error!(camera = %self.camera.id, name = self.camera.name, %error, "a storage directory fails");
        self.hole_cause = GapCause::Disk;
        let silent = error.kind() == Kind::Timeout;
        self.failed.extend(self.place.as_ref().map(|place| (place.volume, error)));
        if silent {
            // Whatever it would take to close the file, it would wait as well.
            self.file = None;
        } else if let Err(error) = self.finish_file().await {
            self.trouble(&error);
        }
    }

    /// Opens a file where the camera's footage belongs, or in the next directory that takes it.
    async fn begin(&mut self, header: SegmentHeader) -> atalaya_model::Result<Box<dyn SegmentWriter>> {
        let archive = self.engine.ports.archive.clone();
        let places = archive.places(self.camera.id).await?;
        self.others = places.len() > 1;
        for place in &places {
            if self.failed.iter().any(|(volume, _)| *volume == place.volume) {
                continue;
            }
            let begun = archive.begin_on(place.volume, header.clone());
            match patiently(&*self.engine.ports.clock, self.others, begun).await {
                Ok(writer) => {
                    self.settle(&places[0], place);
                    return Ok(writer);
                }
                Err(error) => self.failed.push((place.volume, error)),
            }
        }
        let nowhere = || Error::new(Kind::Unreachable, "there is no storage directory");
        Err(self.failed.pop().map_or_else(nowhere, |(_, error)| error))
    }

    /// Tells when a file goes elsewhere than the one before, or the first one elsewhere than it should.
    fn settle(&mut self, own: &Place, place: &Place) {
        let from = self.place.as_ref().unwrap_or(own);
        if from != place {
            let detail = self.failed.last().map_or_else(String::new, |(_, error)| error.to_string());
            tracing::warn!(camera = %self.camera.id, from = &*from.root, to = &*place.root, "recording moves");
            self.engine.emit(EventVm::StorageMoved {
                camera: self.camera.id.to_string(),
                from: from.root.to_string(),
                to: place.root.to_string(),
                detail,
            });
        }
        self.place = Some(place.clone());
    }

    /// Sees to it that a file is open which this fragment belongs into, if it can be the first of one.
    async fn place(
        &mut self,
        first: &VideoUnit,
        fragment: &Fragment,
        audio: Option<Arc<AudioFormat>>,
    ) -> atalaya_model::Result<()> {
        let fits = self.run.is_some()
            && self.file.as_ref().is_some_and(|file| {
                (first.pts_90k < file.end_pts_90k || fragment.continues_gop)
                    && (Arc::ptr_eq(&file.video, &first.format) || file.video == first.format)
            });
        if fits {
            return Ok(());
        }
        if let Err(error) = self.finish_file().await {
            if !self.others {
                return Err(error);
            }
            self.leave(error).await;
        }
        if fragment.continues_gop {
            return Ok(());
        }
        let run =
            *self.run.get_or_insert_with(|| RunClock::starting_with(&fragment.video, self.accounted_until));
        let length = self.first_length.take().unwrap_or(SEGMENT_LENGTH);
        let start = run.wall_of(first.pts_90k).max(self.accounted_until);
        let header = SegmentHeader {
            camera: self.camera.id,
            camera_name: self.camera.name.clone(),
            role: self.role,
            start,
            start_pts_90k: first.pts_90k,
            video: first.format.clone(),
            audio,
            clock_offset_ms: first.camera_time.map(|time| time.micros_since(first.received_wall) / 1000),
            missing: self.missing_before(start).into_iter().collect(),
        };
        let writer = self.begin(header).await?;
        let end_pts_90k = first.pts_90k + length.as_millis() as i64 * 90;
        self.file = Some(OpenFile { writer, video: first.format.clone(), start, end_pts_90k });
        Ok(())
    }

    async fn finish_file(&mut self) -> atalaya_model::Result<()> {
        let Some(OpenFile { writer, start, .. }) = self.file.take() else { return Ok(()) };
        let finished = patiently(&*self.engine.ports.clock, self.others, writer.finish()).await;
        let segment = match finished {
            Ok(segment) => segment,
            // Nothing of it is left.
            Err(error) if error.kind() == Kind::NotFound => {
                self.accounted_until = self.accounted_until.min(start);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        // What the storage took and lost is missing, too.
        self.accounted_until = self.accounted_until.min(segment.range.end);
        self.engine.emit(EventVm::SegmentClosed { segment: SegmentVm::from(&segment) });
        Ok(())
    }

    async fn end_run(&mut self) {
        self.run = None;
        if let Err(error) = self.finish_file().await {
            self.trouble(&error);
        }
    }

    /// Nothing is wanted from an instant on. What is missing before it keeps its cause.
    async fn rest(&mut self, from: WallTime) {
        if let Err(error) = self.finish_file().await {
            self.trouble(&error);
        }
        let missing = self.open_gap.is_some() || from.micros_since(self.accounted_until) >= HOLE_MIN_US;
        self.close_gap(from).await;
        if missing {
            self.accounted_until = self.accounted_until.max(from);
        }
        self.open_gap(GapCause::Idle).await;
    }

    /// What is missing from an instant on is missed again.
    async fn rest_ended(&mut self, from: WallTime) {
        if self.open_gap == Some(GapCause::Idle) {
            self.close_gap(from).await;
            self.accounted_until = self.accounted_until.max(from);
            self.hole_cause = GapCause::Offline;
        }
    }

    async fn storage_failed(&mut self, error: &Error) {
        self.trouble(error);
        // What is in the file stays; what was lost is the gap.
        self.end_run().await;
        self.failed.clear();
        self.retry_at = Some(self.engine.ports.clock.mono() + STORAGE_PAUSE);
        self.open_gap(GapCause::Disk).await;
    }

    /// Nothing comes from now on.
    async fn interrupted(&mut self, cause: GapCause) {
        if cause == GapCause::Asleep && self.has_slept() == Some(false) {
            // Footage from after the sleep is there, or its gap is: what is left is the price of a new connection.
            self.hole_cause = cause;
            return;
        }
        let cause = self.unless_asleep(cause);
        if self.open_gap == Some(GapCause::Asleep) && cause != GapCause::Asleep {
            // The computer is awake: what is missing from now on has a reason of its own.
            let now = self.engine.ports.clock.wall();
            self.close_gap(now).await;
            self.accounted_until = now;
        }
        self.open_gap(cause).await;
    }

    /// A cause, unless the computer has slept since footage was last accounted for: then that is why it is missing,
    /// whatever was noticed first.
    fn unless_asleep(&self, cause: GapCause) -> GapCause {
        if self.has_slept() == Some(true) { GapCause::Asleep } else { cause }
    }

    /// Whether the computer has slept since footage was last accounted for; none where no clock tells.
    fn has_slept(&self) -> Option<bool> {
        let slept = self.engine.ports.clock.slept()?.saturating_sub(self.slept?);
        Some(slept >= SLEPT_MIN)
    }

    async fn open_gap(&mut self, cause: GapCause) {
        if self.open_gap.is_some() {
            return;
        }
        let gap = Gap { camera: self.camera.id, start: self.accounted_until, end: None, cause };
        match self.engine.ports.archive.open_gap(gap).await {
            Ok(()) => {
                self.open_gap = Some(cause);
                self.slept = self.engine.ports.clock.slept();
                self.engine
                    .emit(EventVm::GapOpened { camera: self.camera.id.to_string(), gap: GapVm::from(&gap) });
            }
            Err(error) => self.trouble(&error),
        }
    }

    /// The gap that footage from `start` on will close.
    fn missing_before(&self, start: WallTime) -> Option<Gap> {
        let cause = match self.open_gap {
            Some(cause) => cause,
            None if start.micros_since(self.accounted_until) < HOLE_MIN_US => return None,
            None => self.unless_asleep(self.hole_cause),
        };
        let (camera, from) = (self.camera.id, self.accounted_until);
        (from < start).then_some(Gap { camera, start: from, end: Some(start), cause })
    }

    /// Footage goes on at `start`: whatever is missing before it is accounted for.
    async fn close_gap(&mut self, start: WallTime) {
        if self.open_gap.is_none() {
            match self.missing_before(start) {
                Some(gap) => self.open_gap(gap.cause).await,
                None if self.fresh => (),
                None => return,
            }
        }
        self.fresh = false;
        match self.engine.ports.archive.close_gap(self.camera.id, start).await {
            Ok(gap) => {
                self.open_gap = None;
                if let Some(gap) = gap {
                    self.engine.emit(EventVm::GapClosed {
                        camera: self.camera.id.to_string(),
                        gap: GapVm::from(&gap),
                    });
                }
            }
            Err(error) => self.trouble(&error),
        }
    }

    /// From now on nothing is missing against anybody's wish. A gap that lasts keeps its cause up to now.
    async fn pause(&mut self) {
        let now_stored = self.engine.find_camera(&self.camera.id.to_string()).await;
        let by_hand = self.engine.triggers.manual(self.camera.id).is_some();
        if by_hand || now_stored.is_ok_and(|camera| camera.is_recorded()) {
            // Switched on again while files were being closed.
            return;
        }
        let now = self.engine.ports.clock.wall();
        if self.open_gap.is_some() {
            self.close_gap(now).await;
            self.accounted_until = now;
        }
        self.open_gap(GapCause::Paused).await;
    }

    fn trouble(&self, error: &Error) {
        tracing::error!(camera = %self.camera.id, name = self.camera.name, %error, "the storage fails");
        let detail = error.to_string();
        self.engine.emit(if error.kind() == Kind::StorageFull {
            EventVm::StorageLow { detail }
        } else {
            EventVm::StorageFailed { detail }
        });
    }
}

/// Waits for a storage directory, but not for ever where another one could take over.
async fn patiently<T>(
    clock: &dyn Clock,
    others: bool,
    work: impl Future<Output = atalaya_model::Result<T>>,
) -> atalaya_model::Result<T> {
    if !others {
        return work.await;
    }
    tokio::select! {
        biased;
        done = work => done,
        () = clock.sleep(STORAGE_PATIENCE) => {
            Err(Error::new(Kind::Timeout, "the storage directory does not answer"))
        }
    }
}
