//! Owns where a simulated camera's lens is focused and how it gets there, from 0 (nearest) to 1 (farthest).
//! Must not know SOAP or pictures; places follow from time, so nothing has to tick.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// The whole range takes four seconds at full speed.
const SPEED_PER_S: f32 = 0.25;
/// Where the scene is sharp.
pub(crate) const SHARP: f32 = 0.6;

/// How the place changes from its base on.
#[derive(Clone, Copy, Debug)]
enum Course {
    /// At this speed (-1..=1 of full speed), up to the end of the range; zero for a focus at rest.
    Steady(f32),
    /// At full speed to this place.
    Towards(f32),
}

struct State {
    base: f32,
    since: Instant,
    course: Course,
    auto: bool,
}

impl State {
    fn place(&self, now: Instant) -> f32 {
        let way = now.saturating_duration_since(self.since).as_secs_f32() * SPEED_PER_S;
        match self.course {
            Course::Steady(velocity) => (self.base + velocity.clamp(-1.0, 1.0) * way).clamp(0.0, 1.0),
            Course::Towards(goal) => self.base + (goal - self.base).clamp(-way, way),
        }
    }

    fn set_course(&mut self, now: Instant, course: Course, auto: bool) {
        *self = Self { base: self.place(now), since: now, course, auto };
    }
}

/// The lens of one camera.
pub(crate) struct Lens(Mutex<State>);

impl Lens {
    /// A lens that focuses by itself and has done so.
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new(State { base: SHARP, since: now, course: Course::Steady(0.0), auto: true }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn place(&self, now: Instant) -> f32 {
        self.state().place(now)
    }

    pub(crate) fn is_moving(&self, now: Instant) -> bool {
        let state = self.state();
        let velocity = match state.course {
            Course::Steady(velocity) => velocity,
            Course::Towards(goal) => goal - state.place(now),
        };
        let end = if velocity < 0.0 { 0.0 } else { 1.0 };
        velocity.abs() > f32::EPSILON && (state.place(now) - end).abs() > f32::EPSILON
    }

    pub(crate) fn is_auto(&self) -> bool {
        self.state().auto
    }

    /// How far it is from being sharp, 0..=1.
    pub(crate) fn blur(&self, now: Instant) -> f32 {
        (self.place(now) - SHARP).abs()
    }

    /// Moves at this speed until stopped; far is positive.
    pub(crate) fn drive(&self, now: Instant, velocity: f32) {
        self.state().set_course(now, Course::Steady(velocity), false);
    }

    /// Moves to a place.
    pub(crate) fn go_to(&self, now: Instant, place: f32) {
        self.state().set_course(now, Course::Towards(place.clamp(0.0, 1.0)), false);
    }

    /// Moves by a distance.
    pub(crate) fn go_by(&self, now: Instant, distance: f32) {
        let place = self.place(now) + distance;
        self.go_to(now, place);
    }

    /// Stops; a lens that focuses by itself goes on doing so.
    pub(crate) fn stop(&self, now: Instant) {
        let mut state = self.state();
        if !state.auto {
            state.set_course(now, Course::Steady(0.0), false);
        }
    }

    /// Focuses by itself, or stays where it is.
    pub(crate) fn set_auto(&self, now: Instant, auto: bool) {
        let mut state = self.state();
        if auto != state.auto {
            let course = if auto { Course::Towards(SHARP) } else { Course::Steady(0.0) };
            state.set_course(now, course, auto);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn near(a: f32, b: f32) -> bool {
        (a - b).abs() < 1e-4
    }

    #[test]
    fn a_hand_takes_over_and_gives_back() {
        let start = Instant::now();
        let at = |s: f32| start + Duration::from_secs_f32(s);
        let lens = Lens::new(start);
        assert!(lens.is_auto() && near(lens.blur(at(9.0)), 0.0) && !lens.is_moving(at(9.0)));
        lens.drive(at(10.0), -1.0);
        assert!(!lens.is_auto() && lens.is_moving(at(11.0)) && near(lens.place(at(11.0)), SHARP - 0.25));
        assert!(near(lens.place(at(99.0)), 0.0) && !lens.is_moving(at(99.0)), "the range has an end");
        lens.stop(at(11.0));
        assert!(near(lens.place(at(99.0)), SHARP - 0.25));
        lens.go_by(at(20.0), 0.5);
        assert!(near(lens.place(at(21.0)), SHARP) && near(lens.place(at(99.0)), SHARP + 0.25));
        lens.go_to(at(100.0), 7.0);
        assert!(near(lens.blur(at(200.0)), 1.0 - SHARP) && !lens.is_moving(at(200.0)));
        lens.set_auto(at(200.0), true);
        assert!(lens.is_auto() && near(lens.blur(at(300.0)), 0.0));
        lens.stop(at(200.5));
        assert!(near(lens.blur(at(300.0)), 0.0), "what it does by itself is not stopped");
    }
}
