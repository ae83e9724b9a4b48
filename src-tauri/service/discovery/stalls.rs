//! Owns how long this program itself kept its own tasks waiting: a measure of the machine, so that it is not taken for
//! one of the network.
//! Must not know what is measured by it.

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How often is looked. What is shorter than this adds little to anything.
const EVERY: Duration = Duration::from_millis(5);
/// By how much a sleep is late on an idle machine: tokio's timers count milliseconds.
const TIMER: Duration = Duration::from_millis(2);

/// The time for which the task that [watches](Self::watch) was ready to go on and did not.
#[derive(Default)]
pub(super) struct Stalls(Mutex<State>);

#[derive(Default)]
struct State {
    over: Duration,
    /// When the watching task wakes again; none before it watches.
    wakes: Option<Instant>,
}

impl State {
    /// What is going on is counted too: whoever asks may be ahead of the watch in the same turn of their task.
    fn so_far(&self) -> Duration {
        let late = |wakes: Instant| Instant::now().saturating_duration_since(wakes + TIMER);
        self.over + self.wakes.map(late).unwrap_or_default()
    }
}

impl Stalls {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that was lost so far. Two readings tell what was lost in between.
    pub(super) fn so_far(&self) -> Duration {
        self.state().so_far()
    }

    /// Watches for as long as it is polled, by the task whose stalls they are.
    pub(super) async fn watch(&self) -> Infallible {
        loop {
            let wakes = {
                let mut state = self.state();
                state.over = state.so_far();
                *state.wakes.insert(Instant::now() + EVERY)
            };
            sleep_until(wakes).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn only_what_is_lost_beyond_a_sleep_is_a_stall() {
        let stalls = Stalls::default();
        let work = async {
            assert_eq!(stalls.so_far(), Duration::ZERO);
            advance(EVERY + TIMER).await;
            assert_eq!(stalls.so_far(), Duration::ZERO, "that is how a sleep is");
            advance(EVERY + TIMER + Duration::from_millis(60)).await;
            assert_eq!(stalls.so_far(), Duration::from_millis(60));
            advance(EVERY).await;
            assert_eq!(stalls.so_far(), Duration::from_millis(60), "counted once");
        };
        tokio::select! {
            biased;
            never = stalls.watch() => match never {},
            () = work => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_counts_before_the_watch_knows_of_it() {
        let stalls = Stalls::default();
        stalls.state().wakes = Some(Instant::now() + EVERY);
        advance(EVERY + TIMER + Duration::from_millis(30)).await;
        assert_eq!(stalls.so_far(), Duration::from_millis(30));
    }
}
