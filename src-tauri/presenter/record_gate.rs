//! The gate between a pull and its recorder: which fragments are recorded.
//!
//! It is a line in which fragments wait for their decision. Those that somebody wants go on to the recorder, with the
//! fragments before them that their decoding begins with; those that nobody has wanted in the time recorded before a
//! motion are let go. All that happens to the connection waits in the same line, so that the recorder hears of it in its
//! place. When only the policy changes the recorder does not notice, and its file goes on.

use crate::engine::Inner;
use crate::recorder::{RecorderHandle, RecorderStatus};
use crate::triggers::Stretch;
use atalaya_model::camera::{Camera, Role};
use atalaya_model::fragment::Fragment;
use atalaya_model::media::AudioFormat;
use atalaya_model::recording::GapCause;
use atalaya_model::schedule::SlotMode;
use atalaya_model::time::{MonoTime, WallTime};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// The most bytes that wait for a motion of one camera: eight seconds of 32 Mbit/s. Where a camera sends more, less is
/// recorded from before a motion.
const HELD_MAX_BYTES: usize = 32 << 20;

/// How long before a time in its schedule a camera is called: a connection and its first key picture take seconds, and
/// a camera that does not answer is called again.
const LEAD: Duration = Duration::from_secs(30);

/// How often a schedule is looked at while the camera rests; the clock on the wall may have been set meanwhile.
const REST: Duration = Duration::from_mins(1);

/// What is wanted of a camera at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Demand {
    /// It is not to be recorded at all.
    #[default]
    Off,
    /// Nothing now, as its schedule says.
    Nothing,
    /// To be ready: a motion is waited for.
    Motion,
    /// To record it.
    Record,
}

impl Demand {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Nothing => "nothing",
            Self::Motion => "motion",
            Self::Record => "now",
        }
    }
}

struct HeldFragment {
    fragment: Fragment,
    audio: Option<Arc<AudioFormat>>,
    bytes: usize,
    span: (MonoTime, MonoTime),
    span_wall: (WallTime, WallTime),
}

enum Held {
    Fragment(HeldFragment),
    EndOfRun,
    Interrupted(GapCause, WallTime),
}

/// The gate of one recorded stream.
pub(crate) struct RecordGate {
    engine: Arc<Inner>,
    camera: Arc<Camera>,
    status: Arc<RecorderStatus>,
    recorder: RecorderHandle,
    held: VecDeque<Held>,
    held_bytes: usize,
    /// The recorder knows that nothing is wanted, and got nothing since.
    idle: bool,
    /// Fragments come.
    flowing: bool,
    /// Why none do.
    broken: Option<GapCause>,
}

impl RecordGate {
    pub(crate) fn start(
        engine: &Arc<Inner>,
        camera: Arc<Camera>,
        role: Role,
        status: Arc<RecorderStatus>,
    ) -> Self {
        let recorder = RecorderHandle::start(engine, camera.clone(), role, status.clone());
        Self {
            engine: engine.clone(),
            camera,
            status,
            recorder,
            held: VecDeque::new(),
            held_bytes: 0,
            idle: false,
            flowing: false,
            broken: None,
        }
    }

    /// The camera's settings changed.
    pub(crate) fn reconfigure(&mut self, camera: Arc<Camera>) {
        self.camera = camera;
    }

    /// Takes a fragment. Returns how many pictures were left out because too many fragments wait for the disk.
    pub(crate) fn record(&mut self, fragment: Fragment, audio: Option<Arc<AudioFormat>>) -> u64 {
        let (Some(first), Some(last)) = (fragment.video.first(), fragment.video.last()) else { return 0 };
        let held = HeldFragment {
            bytes: fragment.media_bytes(),
            span: (first.received, last.received),
            span_wall: (first.received_wall, last.received_wall),
            fragment,
            audio,
        };
        self.flowing = true;
        self.broken = None;
        self.held_bytes += held.bytes;
        self.held.push_back(Held::Fragment(held));
        let left_out = self.sort_out();
        if !self.held.is_empty() {
            self.recorder.holding();
        }
        left_out
    }

    pub(crate) fn interrupted(&mut self, cause: GapCause) {
        self.flowing = false;
        self.broken = Some(cause);
        self.held.push_back(Held::Interrupted(cause, self.engine.ports.clock.wall()));
        self.sort_out();
    }

    pub(crate) fn end_of_run(&mut self) {
        self.flowing = false;
        self.held.push_back(Held::EndOfRun);
        self.sort_out();
    }

    /// Looks at what time and triggers have changed. Returns what [`Self::record`] does.
    pub(crate) fn look(&mut self) -> u64 {
        let left_out = self.sort_out();
        let demand = self.demand();
        let now = self.engine.ports.clock.wall();
        if !self.flowing && self.held.is_empty() {
            // No fragment will tell the recorder.
            if demand == Demand::Nothing && !self.idle {
                self.idle = true;
                self.recorder.idle(now);
            } else if demand != Demand::Nothing && self.idle {
                self.idle = false;
                self.recorder.wanted(now);
                if let Some(cause) = self.broken {
                    self.recorder.interrupted(cause);
                }
            }
        }
        self.status.set_demand(demand, self.manual());
        left_out
    }

    /// Whether the stream must flow: now, or soon.
    pub(crate) fn wants_stream(&self) -> bool {
        self.demand() != Demand::Nothing
            || self.slot_at(self.engine.ports.clock.wall() + LEAD) != SlotMode::Off
    }

    /// How long nobody has to look again while the stream rests.
    pub(crate) fn rest(&self) -> Duration {
        let clock = &self.engine.ports.clock;
        let now = clock.wall();
        let change = self
            .camera
            .schedule
            .as_ref()
            .and_then(|schedule| schedule.next_change(now + LEAD, |at| clock.utc_offset_s(at)));
        let until = change.map_or(REST, |at| {
            Duration::from_micros(u64::try_from(at.micros_since(now + LEAD)).unwrap_or(0))
        });
        until.clamp(Duration::from_millis(1), REST)
    }

    /// Ends it because a person has switched recording off; the file is closed in the background.
    pub(crate) fn end(mut self) {
        self.let_all_go();
        self.status.set_demand(Demand::Off, None);
        self.recorder.end();
    }

    /// Ends it and waits until the file is closed.
    pub(crate) async fn stop(mut self) {
        self.let_all_go();
        self.recorder.stop().await;
    }

    fn manual(&self) -> Option<Stretch> {
        self.engine.triggers.manual(self.camera.id)
    }

    fn slot_at(&self, at: WallTime) -> SlotMode {
        self.camera.slot_at(at, self.engine.ports.clock.utc_offset_s(at))
    }

    /// The time recorded before and after a motion.
    fn margins(&self) -> (Duration, Duration) {
        let record = &self.camera.record;
        (Duration::from_secs(record.pre_seconds.into()), Duration::from_secs(record.post_seconds.into()))
    }

    fn demand(&self) -> Demand {
        let clock = &self.engine.ports.clock;
        let now = clock.mono();
        match self.slot_at(clock.wall()) {
            _ if self.manual().is_some() => Demand::Record,
            SlotMode::Continuous => Demand::Record,
            SlotMode::Off => Demand::Nothing,
            SlotMode::Motion => {
                let moved =
                    self.engine.triggers.moved(self.camera.id, (now, now), Duration::ZERO, self.margins().1);
                if moved { Demand::Record } else { Demand::Motion }
            }
        }
    }

    /// Whether a fragment is to be recorded. What a half hour of the schedule cuts through belongs to both.
    fn wants(&self, held: &HeldFragment) -> bool {
        let slots = [self.slot_at(held.span_wall.0), self.slot_at(held.span_wall.1)];
        let triggers = &self.engine.triggers;
        let (before, after) = self.margins();
        slots.contains(&SlotMode::Continuous)
            || triggers.is_manual(self.camera.id, held.span)
            || slots.contains(&SlotMode::Motion) && triggers.moved(self.camera.id, held.span, before, after)
    }

    /// Decides about all that can be decided now.
    fn sort_out(&mut self) -> u64 {
        let waited = self.held.len() > 1;
        let mut left_out = 0;
        while let Some(wanted) = self.first_wanted() {
            let key = self.key_before(wanted);
            for place in 0..=wanted {
                left_out += self.decide(place >= key, waited);
            }
        }
        while self.is_first_over() {
            self.decide(false, waited);
        }
        left_out
    }

    fn first_wanted(&self) -> Option<usize> {
        self.held.iter().position(|held| matches!(held, Held::Fragment(held) if self.wants(held)))
    }

    /// The place of the fragment that the decoding of one begins with.
    fn key_before(&self, mut place: usize) -> usize {
        while place > 0
            && self.held[place].continues_gop()
            && matches!(self.held[place - 1], Held::Fragment(_))
        {
            place -= 1;
        }
        place
    }

    /// Whether nothing that may come can want what is first in the line.
    fn is_first_over(&self) -> bool {
        match self.held.front() {
            None => return false,
            Some(Held::EndOfRun | Held::Interrupted(..)) => return true,
            // Nothing can decode it: what it goes on with was let go.
            Some(first) if self.idle && first.continues_gop() => return true,
            Some(_) => {}
        }
        // A GOP is wanted as long as its last picture is.
        let goes_on = self.held.iter().skip(1).take_while(|held| held.continues_gop()).count();
        let Some(Held::Fragment(last)) = self.held.get(goes_on) else { return true };
        let clock = &self.engine.ports.clock;
        let keep = match self.slot_at(clock.wall()) {
            SlotMode::Motion => self.margins().0,
            SlotMode::Off | SlotMode::Continuous => Duration::ZERO,
        };
        // The GOP that still grows is what a recording that is wanted in the next moment begins with.
        let grows = self.flowing && goes_on + 1 == self.held.len();
        self.held_bytes > HELD_MAX_BYTES || !grows && clock.mono().since(last.span.1) >= keep
    }

    /// Takes the first out of the line. Returns how many pictures were left out.
    fn decide(&mut self, wanted: bool, waited: bool) -> u64 {
        match self.held.pop_front() {
            Some(Held::Fragment(held)) => {
                self.held_bytes -= held.bytes;
                if wanted {
                    self.idle = false;
                    return self.recorder.record(held.fragment, held.audio, waited);
                }
                if !self.idle {
                    self.idle = true;
                    self.recorder.idle(held.span_wall.0);
                }
            }
            Some(Held::EndOfRun) => self.recorder.end_of_run(),
            // Nobody misses what the schedule leaves out.
            Some(Held::Interrupted(cause, at))
                if self.slot_at(at) != SlotMode::Off || self.manual().is_some() =>
            {
                if self.idle {
                    self.idle = false;
                    self.recorder.wanted(at);
                }
                self.recorder.interrupted(cause);
            }
            Some(Held::Interrupted(..)) | None => {}
        }
        0
    }

    fn let_all_go(&mut self) {
        while !self.held.is_empty() {
            self.decide(false, false);
        }
    }
}

impl Held {
    const fn continues_gop(&self) -> bool {
        matches!(self, Self::Fragment(held) if held.fragment.continues_gop)
    }
}
