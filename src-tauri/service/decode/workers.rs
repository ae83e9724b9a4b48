//! Owns the threads that decode a composition's tiles, or streams that are watched for motion. Must not know what
//! decoding is.
//!
//! A stream stays with one thread, so that its decoder's state stays in one core's cache. A panic costs the stream its
//! decoder, no more, and is counted.

use super::scale::Scaler;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// One stream's decoding.
pub(super) trait Job: Send + Sync {
    /// Decodes the next unit; whether there are more.
    fn step(&self, scaler: &mut Scaler) -> bool;

    /// Forgets the decoder and what waits, after a panic among them.
    fn reset(&self);
}

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
    jobs: VecDeque<Arc<dyn Job>>,
    stop: bool,
}

impl Workers {
    /// Starts one thread per core, so many at most. Fewer when the system gives no more.
    pub(super) fn start(name: &str, most: usize, panics: &Arc<AtomicU64>) -> Self {
        let wanted = std::thread::available_parallelism().map_or(1, usize::from).min(most);
        let (inboxes, threads) = (0..wanted)
            .filter_map(|i| {
                let inbox = Arc::new(Inbox::default());
                let (calls, panics) = (Arc::clone(&inbox), Arc::clone(panics));
                std::thread::Builder::new()
                    .name(format!("{name}-{i}"))
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

    /// Lets thread `worker` decode what waits in the job.
    pub(super) fn call<J: Job + 'static>(&self, worker: usize, job: &Arc<J>) {
        if let Some(inbox) = self.inboxes.get(worker) {
            inbox.lock().jobs.push_back(job.clone());
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
        while let Some(job) = self.next() {
            match catch_unwind(AssertUnwindSafe(|| job.step(&mut scaler))) {
                // One unit at a time: the other streams of this thread do not wait for this one's backlog.
                Ok(true) => self.lock().jobs.push_back(job),
                Ok(false) => {}
                Err(_) => {
                    panics.fetch_add(1, Ordering::Relaxed);
                    tracing::error!("a decoder panicked; its stream starts anew");
                    scaler = Scaler::default();
                    job.reset();
                }
            }
        }
    }

    fn next(&self) -> Option<Arc<dyn Job>> {
        let mut calls = self.lock();
        loop {
            if calls.stop {
                return None;
            }
            match calls.jobs.pop_front() {
                Some(job) => return Some(job),
                None => calls = self.called.wait(calls).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
