//! Owns what can be changed of a simulated camera while it runs: picture, clock, and starting anew.
//! Must not know SOAP or streams; they look at it through shared references.

use crate::{clock, picture::Canvas};
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// How long a camera that starts anew cannot be reached, long enough to be noticed; real ones take a minute.
pub(crate) const RESTART: Duration = Duration::from_secs(8);
/// Brightness of an unchanged picture; its range is 0 to 100.
pub(crate) const BRIGHTNESS: f32 = 50.0;

/// The infrared filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum IrCut {
    On,
    /// Pictures without colours.
    Off,
    /// It is always day in the scene.
    #[default]
    Auto,
}

/// How the picture is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    pub(crate) brightness: f32,
    pub(crate) ir_cut: IrCut,
}

impl Default for Look {
    fn default() -> Self {
        Self { brightness: BRIGHTNESS, ir_cut: IrCut::default() }
    }
}

impl Look {
    /// The picture as this look makes it; none when it stays as it is.
    pub(crate) fn of(self, picture: &Canvas) -> Option<Canvas> {
        if self == Self::default() || self == (Self { ir_cut: IrCut::On, ..Self::default() }) {
            return None;
        }
        let mut picture = picture.clone();
        // Half a luma step for one of brightness: the clock strip stays readable from end to end.
        picture.shade(((self.brightness - BRIGHTNESS) / 2.0) as i16, self.ir_cut == IrCut::Off);
        Some(picture)
    }
}

/// The changeable side of one camera.
pub(crate) struct Setup {
    look: Mutex<Look>,
    clock_offset_ms: AtomicI64,
    restart: Mutex<(CancellationToken, Option<Instant>)>,
}

impl Setup {
    pub(crate) fn new(clock_offset_ms: i64) -> Self {
        Self {
            look: Mutex::default(),
            clock_offset_ms: clock_offset_ms.into(),
            restart: Mutex::new((CancellationToken::new(), None)),
        }
    }

    fn look_guard(&self) -> MutexGuard<'_, Look> {
        self.look.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn look(&self) -> Look {
        *self.look_guard()
    }

    pub(crate) fn set_look(&self, look: Look) {
        *self.look_guard() = look;
    }

    /// The time the camera believes it is.
    pub(crate) fn utc(&self) -> Duration {
        clock::shifted(clock::utc_now(), self.clock_offset_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn set_utc(&self, utc: Duration) {
        let offset_ms = utc.as_millis() as i64 - clock::utc_now().as_millis() as i64;
        self.clock_offset_ms.store(offset_ms, Ordering::Relaxed);
    }

    /// Cuts every stream and cannot be reached for a while.
    pub(crate) fn restart(&self, now: Instant) {
        let mut restart = self.restart.lock().unwrap_or_else(PoisonError::into_inner);
        restart.0.cancel();
        *restart = (CancellationToken::new(), Some(now + RESTART));
    }

    /// What ends when the camera starts anew; none while it does.
    pub(crate) fn until_restart(&self, now: Instant) -> Option<CancellationToken> {
        let restart = self.restart.lock().unwrap_or_else(PoisonError::into_inner);
        restart.1.is_none_or(|until| now >= until).then(|| restart.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_that_starts_anew_is_away_for_a_while() {
        let (setup, now) = (Setup::new(0), Instant::now());
        let before = setup.until_restart(now).unwrap();
        setup.restart(now);
        assert!(before.is_cancelled() && setup.until_restart(now).is_none());
        assert!(!setup.until_restart(now + RESTART).unwrap().is_cancelled());
    }

    #[test]
    fn the_clock_can_be_set() {
        let setup = Setup::new(-3_600_000);
        let true_utc = clock::utc_now();
        assert!(true_utc.abs_diff(setup.utc()) >= Duration::from_secs(3_590));
        setup.set_utc(true_utc);
        assert!(true_utc.abs_diff(setup.utc()) < Duration::from_secs(5));
    }
}
