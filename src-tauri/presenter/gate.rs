//! The gate before every connection to a camera: after a power cut all cameras answer in the same instant, and
//! neither the network nor the processor should meet them all at once (R8).

use atalaya_model::ports::Clock;
use atalaya_model::time::MonoTime;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Connections let through in any [`WINDOW`]: eight in 250 ms are promised, and a network delays some more than others.
const CONNECTS: usize = 8;
const WINDOW: Duration = Duration::from_millis(300);

/// Lets at most eight connections start in any [`WINDOW`], over all cameras.
pub(crate) struct ConnectGate {
    clock: Arc<dyn Clock>,
    passed: Mutex<VecDeque<MonoTime>>,
}

impl ConnectGate {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, passed: Mutex::new(VecDeque::with_capacity(CONNECTS)) }
    }

    /// Waits until a connection may start.
    pub(crate) async fn pass(&self) {
        while let Some(wait) = self.try_pass() {
            self.clock.sleep(wait).await;
        }
    }

    fn try_pass(&self) -> Option<Duration> {
        let now = self.clock.mono();
        let mut passed = self.passed.lock().expect("no holder panics");
        while passed.front().is_some_and(|&at| now.since(at) >= WINDOW) {
            passed.pop_front();
        }
        if passed.len() < CONNECTS {
            passed.push_back(now);
            return None;
        }
        passed.front().map(|&oldest| WINDOW.saturating_sub(now.since(oldest)).max(Duration::from_millis(1)))
    }
}
