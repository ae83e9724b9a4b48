//! The system's clocks behind the model's port: the only place that reads the wall clock.

use atalaya_model::ports::{BoxFuture, Clock};
use atalaya_model::time::{MonoTime, WallTime};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The clocks of the operating system. Monotonic time counts from when this was made, once at program start.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    /// Tokio's instant, so that paused time in tests moves what [`Clock::mono`] says and what [`Clock::sleep`] waits for.
    start: Instant,
    /// The clock that goes on through sleep, at the same moment.
    start_through_sleep: Option<Duration>,
}

impl SystemClock {
    /// Starts monotonic time at zero.
    pub fn new() -> Self {
        Self { start: Instant::now(), start_through_sleep: through_sleep() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one reading of the wall clock that everything else gets through the port"
    )]
    fn wall(&self) -> WallTime {
        let now = SystemTime::now();
        let micros = |distance: Duration| i64::try_from(distance.as_micros()).unwrap_or(i64::MAX);
        WallTime(match now.duration_since(UNIX_EPOCH) {
            Ok(since) => micros(since),
            // A machine without a battery may start before 1970 (R13).
            Err(before) => -micros(before.duration()),
        })
    }

    fn mono(&self) -> MonoTime {
        MonoTime(u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    fn slept(&self) -> Option<Duration> {
        let passed = through_sleep()?.saturating_sub(self.start_through_sleep?);
        Some(passed.saturating_sub(self.start.elapsed()))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn utc_offset_s(&self, at: WallTime) -> i32 {
        jiff::Timestamp::from_microsecond(at.0)
            .map_or(0, |at| jiff::tz::TimeZone::system().to_offset(at).seconds())
    }
}

/// A clock that goes on while the computer sleeps, where there is one beside [`Instant`], which does not.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn through_sleep() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(target_vendor = "apple")]
    let clock = ClockId::Monotonic;
    Duration::try_from(clock_gettime(clock)).ok()
}

/// On Windows an instant goes on through sleep itself.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn through_sleep() -> Option<Duration> {
    None
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// A wall clock that a test sets, in microseconds; its monotonic time stands still.
    #[derive(Debug, Default)]
    pub(crate) struct SteppedClock(pub(crate) AtomicI64);

    impl Clock for SteppedClock {
        fn wall(&self) -> WallTime {
            WallTime(self.0.load(Ordering::Relaxed))
        }

        fn mono(&self) -> MonoTime {
            MonoTime(0)
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn sleeping_moves_monotonic_time() {
        let clock = SystemClock::new();
        let before = clock.mono();
        clock.sleep(Duration::from_secs(90)).await;
        assert_eq!(clock.mono().since(before), Duration::from_secs(90));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_computer_that_is_awake_has_not_slept() {
        let clock = SystemClock::new();
        clock.sleep(Duration::from_millis(20)).await;
        assert!(clock.slept().expect("Linux tells") < Duration::from_millis(20));
    }

    #[tokio::test]
    async fn the_wall_shows_this_century() {
        let wall = SystemClock::new().wall();
        assert!(
            wall > WallTime::parse("2026-01-01T00:00:00Z").expect("valid") && wall < WallTime::MAX,
            "{wall}"
        );
    }
}
