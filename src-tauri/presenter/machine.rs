//! Reads the computer's load once a second while somebody wants to know it, and keeps what of it is too much.

use crate::engine::Inner;
use atalaya_model::machine::Load;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Between two readings.
pub(crate) const EVERY: Duration = Duration::from_secs(1);

/// The computer, as far as the engine watches it.
pub(crate) struct Machine {
    load: watch::Sender<Option<Load>>,
    /// Percent of the processor above which decoding gives way; 100 is never.
    limit: AtomicU32,
}

impl Default for Machine {
    fn default() -> Self {
        Self { load: watch::channel(None).0, limit: AtomicU32::new(100) }
    }
}

impl Machine {
    /// The last reading, kept up to date as long as the receiver lives; none before the first.
    pub(crate) fn watch(&self) -> watch::Receiver<Option<Load>> {
        self.load.subscribe()
    }

    /// The last reading; none while nobody wants to know.
    pub(crate) fn load(&self) -> Option<Load> {
        *self.load.borrow()
    }

    /// Sets the percent of the processor above which decoding gives way.
    pub(crate) fn set_limit(&self, percent: u32) {
        self.limit.store(percent, Ordering::Relaxed);
    }

    /// The same as a share; none for never.
    pub(crate) fn limit(&self) -> Option<f64> {
        let percent = self.limit.load(Ordering::Relaxed);
        (percent < 100).then(|| f64::from(percent) / 100.0)
    }
}

/// Runs until the engine ends.
pub(crate) async fn read(engine: Arc<Inner>) {
    loop {
        tokio::select! {
            () = engine.ports.clock.sleep(EVERY) => {}
            () = engine.cancel.cancelled() => return,
        }
        let load = if engine.machine.load.receiver_count() + engine.events.receiver_count() == 0 {
            None
        } else {
            let read = engine.ports.machine.read().await;
            read.inspect_err(|error| tracing::debug!(%error, "the computer's load could not be read")).ok()
        };
        engine.machine.load.send_replace(load);
    }
}
