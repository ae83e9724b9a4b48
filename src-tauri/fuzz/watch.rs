//! Owns the watch over an input that never comes to an end: it is kept, and the process ends. Must not know how inputs
//! are made.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// After this long an input hangs. No test waits for anything real that long.
const HUNG: Duration = Duration::from_secs(20);
/// How often is looked.
const TICK: Duration = Duration::from_secs(1);

#[derive(Default)]
struct State {
    /// The input that is being tried, and since when.
    current: Option<(Instant, Vec<u8>)>,
    over: bool,
}

#[derive(Default)]
pub(crate) struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

impl Watch {
    /// Does the work under watch; `keep` gets an input that hangs, and says where it was kept.
    pub(crate) fn during<T>(keep: impl Fn(&[u8]) -> String + Sync, work: impl FnOnce(&Self) -> T) -> T {
        let watch = Self::default();
        std::thread::scope(|scope| {
            scope.spawn(|| watch.look(&keep));
            // Whatever happens, the other thread must not be waited for without an end.
            let done = catch_unwind(AssertUnwindSafe(|| work(&watch)));
            watch.with(|state| state.over = true);
            watch.changed.notify_all();
            done.unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    pub(crate) fn begins(&self, input: &[u8]) {
        let input = input.to_vec();
        self.with(|state| state.current = Some((Instant::now(), input)));
    }

    pub(crate) fn ends(&self) {
        self.with(|state| state.current = None);
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn look(&self, keep: &impl Fn(&[u8]) -> String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.over {
            if let Some((since, input)) = &state.current
                && since.elapsed() >= HUNG
            {
                println!("fuzz: an input hangs, kept as {}", keep(input));
                std::process::abort();
            }
            state = self.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
