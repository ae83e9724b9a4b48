//! The book of motion: every motion with its beginning and its end. Written in batches, so that neither many cameras nor
//! restless ones keep the database busy.

use crate::engine::Inner;
use atalaya_model::camera::CameraId;
use atalaya_model::motion::{MotionEvent, MotionSource};
use atalaya_model::time::WallTime;
use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often what has begun or ended is written.
const WRITE: Duration = Duration::from_secs(2);
/// After so many times it is written of what lasts that it still does: a crash costs no more of its length.
const PROLONG_EVERY: u32 = 15;
/// Events that wait for a database which does not take them; of more the oldest are lost.
const WAITING_MAX: usize = 4096;
/// How long events are kept.
const KEPT: Duration = Duration::from_hours(24 * 365);

/// The book.
#[derive(Default)]
pub(crate) struct Journal(Mutex<Book>);

#[derive(Default)]
struct Book {
    lasting: BTreeMap<(CameraId, MotionSource), MotionEvent>,
    /// What is to be written, oldest first; of one event the last entry counts.
    waiting: Vec<MotionEvent>,
}

impl Journal {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in that motion has begun or ended. `peak` is the highest level so far, where the source tells one.
    pub(super) fn take(
        &self,
        camera: CameraId,
        source: MotionSource,
        active: bool,
        at: WallTime,
        peak: Option<u8>,
    ) {
        let mut book = self.book();
        if active {
            let event = MotionEvent { camera, source, start: at, end: at, lasting: true, peak };
            book.lasting.insert((camera, source), event);
            book.waiting.push(event);
        } else if let Some(event) = book.lasting.remove(&(camera, source)) {
            book.waiting.push(MotionEvent {
                end: event.start.max(at),
                lasting: false,
                peak: event.peak.max(peak),
                ..event
            });
        }
    }
}

impl Book {
    /// What lasts has lasted until now; what is as long as an event may be goes on as another one.
    fn prolong(&mut self, now: WallTime) {
        for event in self.lasting.values_mut() {
            event.end = event.start.max(now);
            if now.micros_since(event.start) >= MotionEvent::LONGEST.as_micros() as i64 {
                self.waiting.push(MotionEvent { lasting: false, ..*event });
                event.start = event.end;
            }
            self.waiting.push(*event);
        }
    }

    fn end_all(&mut self, now: WallTime) {
        for event in mem::take(&mut self.lasting).into_values() {
            self.waiting.push(MotionEvent { end: event.start.max(now), lasting: false, ..event });
        }
    }
}

/// Settles what an engine before this one left, then writes what happens until the engine ends.
pub(crate) async fn keep(engine: Arc<Inner>) {
    let clock = &engine.ports.clock;
    match engine.ports.motion.settle(clock.wall() - KEPT).await {
        Ok(0) => {}
        Ok(ended) => tracing::info!(ended, "motion that was left lasting is over"),
        Err(error) => tracing::warn!(%error, "motion that was left lasting stays so"),
    }
    for turn in 1_u32.. {
        let goes_on = tokio::select! {
            () = clock.sleep(WRITE) => true,
            () = engine.cancel.cancelled() => false,
        };
        {
            let mut book = engine.motions.journal.book();
            if !goes_on {
                book.end_all(clock.wall());
            } else if turn.is_multiple_of(PROLONG_EVERY) {
                book.prolong(clock.wall());
            }
        }
        write(&engine).await;
        if !goes_on {
            return;
        }
    }
}

async fn write(engine: &Inner) {
    let events = mem::take(&mut engine.motions.journal.book().waiting);
    if events.is_empty() {
        return;
    }
    if let Err(error) = engine.ports.motion.note(&events).await {
        tracing::warn!(%error, events = events.len(), "motion could not be written; it is tried again");
        let mut book = engine.motions.journal.book();
        let late = mem::replace(&mut book.waiting, events);
        book.waiting.extend(late);
        let too_many = book.waiting.len().saturating_sub(WAITING_MAX);
        book.waiting.drain(..too_many);
    }
}
