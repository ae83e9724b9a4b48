//! The life of one pull: the connection that fetches one stream. Explicit states, no booleans, no I/O.
//!
//! The actor that owns a pull feeds [`Pull`] with what happened and does what it answers. Backoff is exponential
//! from 1 to 60 s (5 s while the camera is silent) with jitter, forgotten only after 30 s of good media. A refused login is tried twice in
//! all and then waits for other credentials, because cameras lock accounts (S6).

use crate::error::{Error, Kind};
use crate::time::MonoTime;
use core::time::Duration;

/// The first pause between attempts, before jitter.
pub const BACKOFF_MIN: Duration = Duration::from_secs(1);
/// The longest pause between attempts at a camera that answers, but wrongly.
pub const BACKOFF_MAX: Duration = Duration::from_mins(1);
/// The longest pause between attempts at a camera that does not answer at all. Calling a dead address costs next to
/// nothing and no login is at stake, and a camera that returns is recorded again within seconds (R6).
pub const BACKOFF_MAX_SILENT: Duration = Duration::from_secs(5);
/// How long media must flow before the backoff starts anew.
pub const BACKOFF_RESET_AFTER: Duration = Duration::from_secs(30);
/// Logins tried with the same credentials.
pub const LOGIN_ATTEMPTS: u32 = 2;

/// Where a pull is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullState {
    /// Nobody wants it.
    Idle,
    /// Connecting, or waiting for the first picture.
    Connecting,
    /// Pictures flow.
    Live {
        /// When the first picture of this connection came.
        since: MonoTime,
    },
    /// Waiting to try again.
    Backoff {
        /// When to try again.
        until: MonoTime,
        /// What ended the last attempt.
        cause: Kind,
    },
    /// The camera refused the login; nothing is tried until the credentials change.
    Unauthorized,
    /// The camera can't be played as it is configured (wrong path, codec unknown); slow attempts go on.
    Stopped {
        /// When to try again.
        until: MonoTime,
        /// Why.
        cause: Kind,
    },
}

impl PullState {
    /// The stable name of the state.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Live { .. } => "live",
            Self::Backoff { .. } => "backoff",
            Self::Unauthorized => "unauthorized",
            Self::Stopped { .. } => "stopped",
        }
    }
}

/// The state of a pull and what it remembers between attempts.
#[derive(Debug)]
pub struct Pull {
    state: PullState,
    failures: u32,
    refused_logins: u32,
    reconnects: u32,
    was_live: bool,
}

impl Default for Pull {
    fn default() -> Self {
        Self { state: PullState::Idle, failures: 0, refused_logins: 0, reconnects: 0, was_live: false }
    }
}

impl Pull {
    /// The state now.
    pub const fn state(&self) -> PullState {
        self.state
    }

    /// How often a connection was made again after one with pictures had broken.
    pub const fn reconnects(&self) -> u32 {
        self.reconnects
    }

    /// Somebody wants the stream, or the time to wait has passed: an attempt starts.
    pub fn attempt(&mut self) {
        self.state = PullState::Connecting;
    }

    /// Nobody wants the stream any more. A connection made for somebody later is no reconnect.
    pub fn stop(&mut self) {
        self.was_live = false;
        self.state = PullState::Idle;
    }

    /// Other credentials were stored: what was refused before says nothing now.
    pub fn credentials_changed(&mut self) {
        self.refused_logins = 0;
        self.failures = 0;
    }

    /// The computer slept: what failed before it says nothing now, and is tried at once. A refused login stays refused.
    pub fn woke(&mut self) {
        if !matches!(self.state, PullState::Unauthorized) {
            self.failures = 0;
            self.state = PullState::Idle;
        }
    }

    /// The first picture of a connection came.
    pub fn first_picture(&mut self, now: MonoTime) {
        if self.was_live {
            self.reconnects += 1;
        }
        self.was_live = true;
        self.refused_logins = 0;
        self.state = PullState::Live { since: now };
    }

    /// The attempt or the connection ended with an error. `random` is a number in `0.0..1.0` for the jitter.
    /// `logged_in` says whether credentials had been sent in it.
    pub fn failed(&mut self, error: &Error, now: MonoTime, random: f64, logged_in: bool) {
        if let PullState::Live { since } = self.state
            && now.since(since) >= BACKOFF_RESET_AFTER
        {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        let pause = backoff(self.failures, random);
        self.state = match error.kind() {
            Kind::Unauthorized => {
                self.refused_logins += 1;
                if !logged_in || self.refused_logins >= LOGIN_ATTEMPTS {
                    PullState::Unauthorized
                } else {
                    PullState::Backoff { until: now + pause, cause: Kind::Unauthorized }
                }
            }
            cause @ (Kind::Unreachable | Kind::Timeout) => {
                PullState::Backoff { until: now + pause.min(BACKOFF_MAX_SILENT), cause }
            }
            cause if cause.is_transient() => PullState::Backoff { until: now + pause, cause },
            cause => PullState::Stopped { until: now + BACKOFF_MAX, cause },
        };
    }
}

/// The pause before the attempt that follows `failures` failures: full jitter over an exponential bound, but never
/// under a quarter of it, so that a camera that refuses at once is not hammered.
pub fn backoff(failures: u32, random: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(6);
    let bound = (BACKOFF_MIN * 2_u32.pow(doublings)).min(BACKOFF_MAX);
    bound.mul_f64(0.25 + 0.75 * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn error(kind: Kind) -> Error {
        Error::new(kind, "test")
    }

    #[test]
    fn backoff_grows_to_a_minute() {
        let bounds: alloc::vec::Vec<_> = (1..=9).map(|n| backoff(n, 1.0).as_secs()).collect();
        assert_eq!(bounds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(backoff(3, 0.0), SECOND);
    }

    #[test]
    fn backoff_restarts_only_after_good_media() {
        let mut pull = Pull::default();
        let mut now = MonoTime(0);
        for _ in 0..5 {
            pull.attempt();
            pull.first_picture(now);
            now = now + SECOND * 5;
            pull.failed(&error(Kind::Protocol), now, 1.0, true);
        }
        assert_eq!(pull.state(), PullState::Backoff { until: now + SECOND * 16, cause: Kind::Protocol });
        assert_eq!(pull.reconnects(), 4);
        pull.attempt();
        pull.first_picture(now);
        now = now + SECOND * 30;
        pull.failed(&error(Kind::Timeout), now, 1.0, true);
        assert_eq!(pull.state(), PullState::Backoff { until: now + SECOND, cause: Kind::Timeout });
    }

    #[test]
    fn wanted_again_is_no_reconnect() {
        let mut pull = Pull::default();
        for _ in 0..3 {
            pull.attempt();
            pull.first_picture(MonoTime(0));
            pull.stop();
        }
        assert_eq!(pull.reconnects(), 0);
    }

    #[test]
    fn a_refused_login_is_tried_twice() {
        let mut pull = Pull::default();
        pull.attempt();
        pull.failed(&error(Kind::Unauthorized), MonoTime(0), 0.5, true);
        assert!(matches!(pull.state(), PullState::Backoff { cause: Kind::Unauthorized, .. }));
        pull.attempt();
        pull.failed(&error(Kind::Unauthorized), MonoTime(0), 0.5, true);
        assert_eq!(pull.state(), PullState::Unauthorized);
        pull.credentials_changed();
        pull.attempt();
        pull.failed(&error(Kind::Unauthorized), MonoTime(0), 0.5, true);
        assert!(matches!(pull.state(), PullState::Backoff { .. }));
    }

    #[test]
    fn after_sleep_all_is_tried_at_once_but_a_refused_login() {
        let mut pull = Pull::default();
        pull.attempt();
        pull.failed(&error(Kind::NotFound), MonoTime(0), 0.5, true);
        pull.woke();
        assert_eq!(pull.state(), PullState::Idle);
        for _ in 0..LOGIN_ATTEMPTS {
            pull.attempt();
            pull.failed(&error(Kind::Unauthorized), MonoTime(0), 0.5, true);
        }
        pull.woke();
        assert_eq!(pull.state(), PullState::Unauthorized);
    }

    #[test]
    fn a_wrong_path_is_tried_slowly() {
        let mut pull = Pull::default();
        pull.attempt();
        pull.failed(&error(Kind::NotFound), MonoTime(0), 0.5, true);
        assert_eq!(pull.state(), PullState::Stopped { until: MonoTime(60_000_000), cause: Kind::NotFound });
    }
}
