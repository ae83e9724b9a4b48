//! Owns the threads that decode a composition's tiles. Must not know what decoding is.
//!
//! A tile stays with one thread, so that its decoder's state stays in one core's cache. A panic costs the tile its
//! decoder, no more, and is counted.

use super::scale::Scaler;
use super::tile::Tile;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// More threads than this have not the sub-streams to fill them, and every other part of the program wants cores.
const THREADS_MAX: usize = 4;

/// The threads. Dropping stops them after the picture they are at.
pub(super) struct Workers {
    inboxes: Vec<Arc<Inbox>>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Inbox {
    calls: Mutex<Calls>,
    called: Condvar,
}

#[derive(Default)]
struct Calls {
    tiles: VecDeque<Arc<Tile>>,
    stop: bool,
}

impl Workers {
    /// Starts one thread per core, within reason. Fewer when the system gives no more.
    pub(super) fn start(panics: &Arc<AtomicU64>) -> Self {
        let wanted = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        let (inboxes, threads) = (0..wanted)
            .filter_map(|i| {
                let inbox = Arc::new(Inbox::default());
                let (calls, panics) = (Arc::clone(&inbox), Arc::clone(panics));
                std::thread::Builder::new()
                    .name(format!("decode-{i}"))
                    .spawn(move || calls.serve(&panics))
                    .inspect_err(|error| tracing::error!(%error, "no thread to decode on"))
                    .ok()
                    .map(|thread| (inbox, thread))
            })
            .unzip();
        Self { inboxes, threads }
    }

    /// Number of threads.
    pub(super) fn len(&self) -> usize {
        self.inboxes.len()
    }

    /// Lets thread `worker` decode what waits in the tile.
    pub(super) fn call(&self, worker: usize, tile: &Arc<Tile>) {
        if let Some(inbox) = self.inboxes.get(worker) {
            inbox.lock().tiles.push_back(Arc::clone(tile));
            inbox.called.notify_one();
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for inbox in &self.inboxes {
            inbox.lock().stop = true;
            inbox.called.notify_one();
        }
        for thread in self.threads.drain(..) {
            // A thread that panicked outside of a tile has nothing left to say.
            let _ = thread.join();
        }
    }
}

impl Inbox {
    fn serve(&self, panics: &AtomicU64) {
        let mut scaler = Scaler::default();
        while let Some(tile) = self.next() {
            match catch_unwind(AssertUnwindSafe(|| tile.step(&mut scaler))) {
                // One unit at a time: the other tiles of this thread do not wait for this one's backlog.
                Ok(true) => self.lock().tiles.push_back(tile),
                Ok(false) => {}
                Err(_) => {
                    panics.fetch_add(1, Ordering::Relaxed);
                    tracing::error!("a decoder panicked; its tile starts anew");
                    scaler = Scaler::default();
                    tile.reset();
                }
            }
        }
    }

    fn next(&self) -> Option<Arc<Tile>> {
        let mut calls = self.lock();
        loop {
            if calls.stop {
                return None;
            }
            match calls.tiles.pop_front() {
                Some(tile) => return Some(tile),
                None => calls = self.called.wait(calls).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
