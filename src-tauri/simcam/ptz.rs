//! Owns where a simulated camera points and how it gets there. ONVIF's generic spaces: pan and tilt -1..=1,
//! zoom 0..=1. Must not know SOAP or pictures; positions follow from time, so nothing has to tick.

use crate::picture::View;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Full range of pan takes four seconds at full speed; so does tilt. Zoom's range is half as long.
const SPEED_PER_S: f32 = 0.5;
/// A continuous move without a timeout of its own stops after this long, as the PTZ configuration says.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// Presets one camera keeps.
pub(crate) const MAX_PRESETS: usize = 64;

/// Pan, tilt and zoom, or their speeds.
pub(crate) type Axes = [f32; 3];

const LIMITS: [(f32, f32); 3] = [(-1.0, 1.0), (-1.0, 1.0), (0.0, 1.0)];

/// The place given, brought within the limits of each axis. Not-a-number means the middle.
fn clamped(axes: Axes) -> Axes {
    std::array::from_fn(|axis| {
        let (low, high) = LIMITS[axis];
        if axes[axis].is_nan() { 0.0 } else { axes[axis].clamp(low, high) }
    })
}

/// How the position changes from its base on.
#[derive(Clone, Copy, Debug)]
enum Course {
    Still,
    /// At these speeds (-1..=1 of full speed) until then.
    Steady {
        velocity: Axes,
        until: Instant,
    },
    /// At full speed to this place.
    Towards(Axes),
}

/// A named place to return to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Preset {
    pub(crate) name: String,
    pub(crate) place: Axes,
}

struct State {
    base: Axes,
    since: Instant,
    course: Course,
    home: Axes,
    presets: BTreeMap<u32, Preset>,
}

impl State {
    fn position(&self, now: Instant) -> Axes {
        match self.course {
            Course::Still => self.base,
            Course::Steady { velocity, until } => {
                let seconds = now.min(until).saturating_duration_since(self.since).as_secs_f32();
                clamped(std::array::from_fn(|axis| {
                    self.base[axis] + velocity[axis].clamp(-1.0, 1.0) * SPEED_PER_S * seconds
                }))
            }
            Course::Towards(goal) => {
                let reach = now.saturating_duration_since(self.since).as_secs_f32() * SPEED_PER_S;
                std::array::from_fn(|axis| {
                    self.base[axis] + (goal[axis] - self.base[axis]).clamp(-reach, reach)
                })
            }
        }
    }

    fn set_course(&mut self, now: Instant, course: Course) {
        self.base = self.position(now);
        self.since = now;
        self.course = course;
    }
}

/// The drive of one camera.
pub(crate) struct Ptz(Mutex<State>);

impl Ptz {
    pub(crate) fn new(now: Instant) -> Self {
        let presets =
            [("entrance", [-0.6, 0.0, 0.3]), ("overview", [0.0, 0.0, 0.0]), ("far corner", [0.7, 0.2, 0.6])];
        let presets =
            (1..).zip(presets).map(|(token, (name, place))| (token, Preset { name: name.into(), place }));
        Self(Mutex::new(State {
            base: [0.0; 3],
            since: now,
            course: Course::Still,
            home: [0.0; 3],
            presets: presets.collect(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the lens shows.
    pub(crate) fn view(&self, now: Instant) -> View {
        let [pan, tilt, zoom] = self.position(now);
        View::from_ptz(pan, tilt, zoom)
    }

    pub(crate) fn position(&self, now: Instant) -> Axes {
        self.state().position(now)
    }

    /// Whether pan/tilt and zoom are on the move.
    pub(crate) fn moving(&self, now: Instant) -> (bool, bool) {
        let state = self.state();
        let (here, next) = (state.position(now), state.position(now + Duration::from_millis(10)));
        let differ = |axis: usize| (here[axis] - next[axis]).abs() > f32::EPSILON;
        (differ(0) || differ(1), differ(2))
    }

    /// Moves at these speeds until stopped, or for `timeout`.
    pub(crate) fn drive(&self, now: Instant, velocity: Axes, timeout: Option<Duration>) {
        let until = now + timeout.unwrap_or(DEFAULT_TIMEOUT).min(DEFAULT_TIMEOUT * 6);
        self.state().set_course(now, Course::Steady { velocity, until });
    }

    /// Moves to a place.
    pub(crate) fn go_to(&self, now: Instant, place: Axes) {
        self.state().set_course(now, Course::Towards(clamped(place)));
    }

    /// Moves by a distance.
    pub(crate) fn go_by(&self, now: Instant, distance: Axes) {
        let mut state = self.state();
        let here = state.position(now);
        let goal = clamped(std::array::from_fn(|axis| here[axis] + distance[axis]));
        state.set_course(now, Course::Towards(goal));
    }

    /// Stops pan/tilt, zoom or both.
    pub(crate) fn stop(&self, now: Instant, pan_tilt: bool, zoom: bool) {
        let mut state = self.state();
        let here = state.position(now);
        let course = match state.course {
            Course::Steady { mut velocity, until } if !(pan_tilt && zoom) => {
                if pan_tilt {
                    velocity[..2].fill(0.0);
                }
                if zoom {
                    velocity[2] = 0.0;
                }
                Course::Steady { velocity, until }
            }
            Course::Towards(mut goal) if !(pan_tilt && zoom) => {
                if pan_tilt {
                    goal[..2].copy_from_slice(&here[..2]);
                }
                if zoom {
                    goal[2] = here[2];
                }
                Course::Towards(goal)
            }
            _ => Course::Still,
        };
        state.set_course(now, course);
    }

    pub(crate) fn go_home(&self, now: Instant) {
        let home = self.state().home;
        self.go_to(now, home);
    }

    pub(crate) fn set_home(&self, now: Instant) {
        let mut state = self.state();
        state.home = state.position(now);
    }

    pub(crate) fn presets(&self) -> BTreeMap<u32, Preset> {
        self.state().presets.clone()
    }

    /// Stores the present place under `token`, or under a new one; None when there is no such token or no room.
    pub(crate) fn set_preset(&self, now: Instant, token: Option<u32>, name: Option<String>) -> Option<u32> {
        let mut state = self.state();
        let place = state.position(now);
        let token = match token {
            Some(token) if !state.presets.contains_key(&token) => return None,
            Some(token) => token,
            None if state.presets.len() >= MAX_PRESETS => return None,
            None => (1..=u32::MAX).find(|token| !state.presets.contains_key(token))?,
        };
        let name = name
            .or_else(|| state.presets.get(&token).map(|old| old.name.clone()))
            .unwrap_or_else(|| format!("preset {token}"));
        state.presets.insert(token, Preset { name, place });
        Some(token)
    }

    /// False when there is no such preset.
    pub(crate) fn remove_preset(&self, token: u32) -> bool {
        self.state().presets.remove(&token).is_some()
    }

    /// False when there is no such preset.
    pub(crate) fn go_to_preset(&self, now: Instant, token: u32) -> bool {
        let place = self.state().presets.get(&token).map(|preset| preset.place);
        place.map(|place| self.go_to(now, place)).is_some()
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the figures are sums of powers of two, exact in f32")]
mod tests {
    use super::*;

    fn seconds(s: f32) -> Duration {
        Duration::from_secs_f32(s)
    }

    #[test]
    fn a_continuous_move_goes_on_until_its_timeout_or_the_end_of_the_range() {
        let start = Instant::now();
        let ptz = Ptz::new(start);
        ptz.drive(start, [1.0, -0.5, 0.0], Some(seconds(2.0)));
        assert_eq!(ptz.position(start + seconds(1.0)), [0.5, -0.25, 0.0]);
        assert_eq!(ptz.position(start + seconds(9.0)), [1.0, -0.5, 0.0]);
        assert_eq!(ptz.moving(start + seconds(1.0)), (true, false));
        assert_eq!(ptz.moving(start + seconds(9.0)), (false, false));
    }

    #[test]
    fn stop_holds_only_what_it_names() {
        let start = Instant::now();
        let ptz = Ptz::new(start);
        ptz.drive(start, [1.0, 0.0, 1.0], None);
        ptz.stop(start + seconds(1.0), true, false);
        assert_eq!(ptz.position(start + seconds(1.5)), [0.5, 0.0, 0.75]);
        ptz.stop(start + seconds(1.5), true, true);
        assert_eq!(ptz.position(start + seconds(5.0)), [0.5, 0.0, 0.75]);
    }

    #[test]
    fn an_absolute_move_takes_its_time_and_ends_within_the_limits() {
        let start = Instant::now();
        let ptz = Ptz::new(start);
        ptz.go_to(start, [-7.0, 0.25, f32::NAN]);
        assert_eq!(ptz.position(start + seconds(1.0)), [-0.5, 0.25, 0.0]);
        assert_eq!(ptz.position(start + seconds(60.0)), [-1.0, 0.25, 0.0]);
    }

    #[test]
    fn presets_are_set_reached_and_removed() {
        let start = Instant::now();
        let ptz = Ptz::new(start);
        let later = start + seconds(60.0);
        assert!(ptz.go_to_preset(start, 3));
        assert_eq!(ptz.position(later), [0.7, 0.2, 0.6]);
        let token = ptz.set_preset(later, None, Some("here".into())).unwrap();
        assert_eq!(ptz.presets()[&token], Preset { name: "here".into(), place: [0.7, 0.2, 0.6] });
        assert!(ptz.remove_preset(token) && !ptz.remove_preset(token) && !ptz.go_to_preset(later, token));
        assert_eq!(ptz.set_preset(later, Some(99), None), None);
    }
}
