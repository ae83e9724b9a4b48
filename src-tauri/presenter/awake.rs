//! Keeps the computer awake while something is recorded, and notices when it has slept all the same. Must not know how
//! a system is kept awake.

use crate::engine::Inner;
use crate::settings::Settings;
use atalaya_model::time::MonoTime;
use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// The computer has slept when its clocks say so by more than this.
const SLEPT_MIN: Duration = Duration::from_secs(1);

/// Where no clock tells of sleep: a look that comes this late was slept through.
const LATE: Duration = Duration::from_secs(15);

/// After the system refused to stay awake, this long until it is asked again.
const ASK_AGAIN: Duration = Duration::from_mins(1);

/// What a person reads who asks the system why it does not sleep.
const WHY: &str = "Cameras are being recorded";

/// Whether the computer is kept awake.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Sleep {
    /// It may sleep.
    #[default]
    Free,
    /// It is kept awake.
    Held,
    /// It should be, and the system does not do it.
    Failed(String),
}

/// What the rest of the engine knows and says of it.
#[derive(Default)]
pub(crate) struct Awake {
    /// The setting was read or changed; until then nothing is asked of the system.
    wanted: AtomicBool,
    state: Mutex<Sleep>,
}

impl Awake {
    /// Whether the computer is to be kept awake while something is recorded.
    pub(crate) fn want(&self, wanted: bool) {
        self.wanted.store(wanted, Ordering::Relaxed);
    }

    /// How it is now.
    pub(crate) fn state(&self) -> Sleep {
        self.state.lock().expect("no holder panics").clone()
    }

    fn set(&self, state: Sleep) {
        *self.state.lock().expect("no holder panics") = state;
    }
}

/// Runs until the engine ends.
pub(crate) async fn keep(engine: Arc<Inner>) {
    match Settings::new(engine.clone()).get().await {
        Ok(settings) => engine.awake.want(settings.inhibit_sleep),
        Err(error) => tracing::warn!(error.message, "the settings could not be read"),
    }
    let clock = engine.ports.clock.clone();
    let mut watch = Watch { slept: clock.slept(), looked: clock.mono() };
    let mut hold = Hold::default();
    loop {
        tokio::select! {
            () = clock.sleep(EVERY) => {}
            () = engine.cancel.cancelled() => return,
        }
        if watch.slept(clock.slept(), clock.mono()) {
            tracing::info!("the computer slept: all streams are opened anew");
            for pull in engine.all_pulls() {
                pull.woke();
            }
        }
        hold.follow(&engine).await;
    }
}

/// The clocks at the last look.
struct Watch {
    slept: Option<Duration>,
    looked: MonoTime,
}

impl Watch {
    /// Whether the computer has slept since then.
    fn slept(&mut self, slept: Option<Duration>, now: MonoTime) -> bool {
        let before = std::mem::replace(self, Self { slept, looked: now });
        match (before.slept, slept) {
            (Some(before), Some(now)) => now.saturating_sub(before) >= SLEPT_MIN,
            _ => now.since(before.looked) >= LATE,
        }
    }
}

/// What keeps the computer awake.
#[derive(Default)]
struct Hold {
    held: Option<Box<dyn Any + Send + Sync>>,
    refused: Option<MonoTime>,
}

impl Hold {
    /// Holds sleep off, or lets go, as is right now.
    async fn follow(&mut self, engine: &Inner) {
        let needed = engine.awake.wanted.load(Ordering::Relaxed) && !engine.recorded().is_empty();
        if !needed {
            *self = Self::default();
            return engine.awake.set(Sleep::Free);
        }
        let now = engine.ports.clock.mono();
        if self.held.is_some() || self.refused.is_some_and(|at| now.since(at) < ASK_AGAIN) {
            return;
        }
        match engine.ports.sleep.hold(WHY).await {
            Ok(held) => {
                self.held = Some(held);
                engine.awake.set(Sleep::Held);
            }
            Err(error) => {
                if self.refused.replace(now).is_none() {
                    tracing::warn!(%error, "the computer cannot be kept from falling asleep");
                }
                engine.awake.set(Sleep::Failed(error.to_string()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_is_told_by_clocks_or_by_a_late_look() {
        let second = |n: u64| (Some(Duration::from_secs(n)), MonoTime(0));
        let mut watch = Watch { slept: Some(Duration::ZERO), looked: MonoTime(0) };
        // A look that is late because the machine is busy is no sleep where clocks tell.
        assert!(!watch.slept(Some(Duration::from_millis(1)), MonoTime(60_000_000)));
        assert!(watch.slept(second(30).0, second(30).1));
        assert!(!watch.slept(second(30).0, second(30).1));
        let mut watch = Watch { slept: None, looked: MonoTime(0) };
        assert!(!watch.slept(None, MonoTime(2_000_000)));
        assert!(watch.slept(None, MonoTime(20_000_000)));
    }
}
