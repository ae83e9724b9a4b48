//! What recording waits for: what moves before a camera, as whoever notices it says, and what a person wants recorded
//! now. Whether a fragment is recorded because of it is the record gate's business.

use atalaya_model::camera::CameraId;
use atalaya_model::motion::MotionSource;
use atalaya_model::ports::Clock;
use atalaya_model::time::MonoTime;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// How long what is over is remembered: longer than the longest time recorded after a motion, and than a fragment waits
/// for its decision.
const MEMORY: Duration = Duration::from_mins(10);

/// Motions this close together are one: something is recorded after each of them for at least as long.
const JOIN: Duration = Duration::from_secs(1);

/// The most that is remembered of a camera's motions; of more the oldest two become one.
const MOTIONS_MAX: usize = 64;

/// A stretch of time, over when its end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: MonoTime,
    /// None while nobody knows.
    pub(crate) to: Option<MonoTime>,
}

impl Stretch {
    /// Whether it touches a span when both of its ends are moved outwards.
    fn touches(self, (from, to): (MonoTime, MonoTime), before: Duration, after: Duration) -> bool {
        self.from <= to + before && self.to.is_none_or(|end| from <= end + after)
    }
}

#[derive(Default)]
struct Calls {
    /// Who sees something move now.
    sources: BTreeSet<MotionSource>,
    motions: VecDeque<Stretch>,
    /// What a person wanted recorded.
    manual: VecDeque<Stretch>,
}

impl Calls {
    fn forget(&mut self, now: MonoTime) {
        let over = |stretch: &Stretch| stretch.to.is_some_and(|end| now.since(end) > MEMORY);
        self.motions.retain(|stretch| !over(stretch));
        self.manual.retain(|stretch| !over(stretch));
        if self.motions.len() > MOTIONS_MAX
            && let Some(first) = self.motions.pop_front()
            && let Some(next) = self.motions.front_mut()
        {
            next.from = first.from;
        }
    }
}

/// What all cameras' recordings wait for.
pub(crate) struct Triggers {
    clock: Arc<dyn Clock>,
    cameras: Mutex<HashMap<CameraId, Calls>>,
}

impl Triggers {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, cameras: Mutex::default() }
    }

    /// A source says whether something moves before a camera now. One that goes away says that nothing does.
    pub(crate) fn set_motion(&self, camera: CameraId, source: MotionSource, active: bool) {
        let now = self.clock.mono();
        let mut cameras = self.cameras();
        let calls = cameras.entry(camera).or_default();
        let moved = !calls.sources.is_empty();
        if active {
            calls.sources.insert(source);
        } else {
            calls.sources.remove(&source);
        }
        match (moved, !calls.sources.is_empty()) {
            (false, true) => match calls.motions.back_mut() {
                Some(last) if last.to.is_some_and(|end| now.since(end) <= JOIN) => last.to = None,
                _ => calls.motions.push_back(Stretch { from: now, to: None }),
            },
            (true, false) => {
                if let Some(last) = calls.motions.back_mut() {
                    last.to = Some(now);
                }
            }
            _ => {}
        }
        calls.forget(now);
    }

    /// Whether something moved so long before, in or after a span of time.
    pub(crate) fn moved(
        &self,
        camera: CameraId,
        span: (MonoTime, MonoTime),
        before: Duration,
        after: Duration,
    ) -> bool {
        let cameras = self.cameras();
        cameras
            .get(&camera)
            .is_some_and(|calls| calls.motions.iter().any(|motion| motion.touches(span, before, after)))
    }

    /// A person wants a camera recorded from now on, for so long or until it is stopped.
    pub(crate) fn record_now(&self, camera: CameraId, length: Option<Duration>) {
        let now = self.clock.mono();
        let mut cameras = self.cameras();
        let calls = cameras.entry(camera).or_default();
        calls.forget(now);
        end(&mut calls.manual, now);
        calls.manual.push_back(Stretch { from: now, to: length.map(|length| now + length) });
    }

    /// That is over.
    pub(crate) fn stop(&self, camera: CameraId) {
        if let Some(calls) = self.cameras().get_mut(&camera) {
            end(&mut calls.manual, self.clock.mono());
        }
    }

    /// What a person wants recorded of a camera now.
    pub(crate) fn manual(&self, camera: CameraId) -> Option<Stretch> {
        let now = self.clock.mono();
        let last = *self.cameras().get(&camera)?.manual.back()?;
        Some(last).filter(|stretch| stretch.to.is_none_or(|end| end > now))
    }

    /// Whether a person wanted a camera recorded in a span of time.
    pub(crate) fn is_manual(&self, camera: CameraId, span: (MonoTime, MonoTime)) -> bool {
        let cameras = self.cameras();
        cameras.get(&camera).is_some_and(|calls| {
            calls.manual.iter().any(|stretch| stretch.touches(span, Duration::ZERO, Duration::ZERO))
        })
    }

    /// The camera is gone.
    pub(crate) fn forget(&self, camera: CameraId) {
        self.cameras().remove(&camera);
    }

    fn cameras(&self) -> MutexGuard<'_, HashMap<CameraId, Calls>> {
        self.cameras.lock().expect("no holder panics")
    }
}

/// Ends what has not ended by itself.
fn end(manual: &mut VecDeque<Stretch>, now: MonoTime) {
    if let Some(last) = manual.back_mut().filter(|last| last.to.is_none_or(|end| end > now)) {
        last.to = Some(now);
    }
}
