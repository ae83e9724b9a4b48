//! What moves at a camera and has to be stopped: one camera's moves follow one another, and whoever moves it has to say
//! so again every second, or it is stopped from here, whatever the camera itself does about it.

use crate::Result;
use crate::engine::Inner;
use atalaya_model::camera::CameraId;
use atalaya_model::ports::Clock;
use atalaya_model::ptz::MOVE_MAX;
use atalaya_model::{Error, Kind};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a movement that goes on is said again.
const RENEW: Duration = Duration::from_millis(400);
/// The longest movement asked for in one go.
const MOVE_FOR_MAX: Duration = Duration::from_secs(30);

/// The cameras that were moved.
#[derive(Default)]
pub(crate) struct Drives(Mutex<HashMap<CameraId, Arc<Drive>>>);

/// One camera's drive, or lens.
#[derive(Default)]
pub(crate) struct Drive {
    /// One call at a time: a stop that overtook its move would stop nothing.
    turn: tokio::sync::Mutex<()>,
    /// Counts what was asked; a move that is still the newest a second later is stopped.
    newest: AtomicU64,
}

impl Drives {
    pub(crate) fn of(&self, camera: CameraId) -> Arc<Drive> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(camera).or_default().clone()
    }
}

impl Drive {
    /// Whatever was asked before is no longer the newest; its number.
    fn asked(&self) -> u64 {
        self.newest.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Supersedes what was asked before, and waits until its call is over.
    pub(crate) async fn next_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.asked();
        self.turn.lock().await
    }

    /// The same for a movement that has to be said again, or is stopped.
    pub(crate) async fn turn_until_stopped(
        self: &Arc<Self>,
        engine: &Arc<Inner>,
        stop: impl Future<Output = atalaya_model::Result<()>> + Send + 'static,
    ) -> tokio::sync::MutexGuard<'_, ()> {
        let serial = self.asked();
        // Before the call: one that is not answered in time may have reached the camera.
        self.clone().stop_unless_renewed(engine, serial, stop);
        self.turn.lock().await
    }

    /// Stops unless another thing has been asked for within a second, or when the program ends.
    fn stop_unless_renewed(
        self: Arc<Self>,
        engine: &Arc<Inner>,
        serial: u64,
        stop: impl Future<Output = atalaya_model::Result<()>> + Send + 'static,
    ) {
        let (clock, cancel) = (engine.ports.clock.clone(), engine.cancel.clone());
        engine.tasks.spawn(async move {
            tokio::select! {
                () = clock.sleep(MOVE_MAX) => {}
                // The program ends: nobody could say it again.
                () = cancel.cancelled() => {}
            }
            let is_newest = || self.newest.load(Ordering::Relaxed) == serial;
            if !is_newest() {
                return;
            }
            let _turn = self.turn.lock().await;
            if is_newest()
                && let Err(error) = stop.await
            {
                tracing::warn!(%error, "a camera that nobody moves any more could not be stopped");
            }
        });
    }
}

/// Says a movement again and again for a time, and stops.
pub(crate) async fn keep_up<M: Future<Output = Result<()>>>(
    clock: &dyn Clock,
    time: Duration,
    mut movement: impl FnMut() -> M,
    stop: impl Future<Output = Result<()>>,
) -> Result<()> {
    if time > MOVE_FOR_MAX {
        return Err(Error::new(Kind::InvalidInput, "a movement lasts 30 seconds at most").into());
    }
    let end = clock.mono() + time;
    let mut moved = Ok(());
    while moved.is_ok() && clock.mono() < end {
        moved = movement().await;
        clock.sleep(RENEW.min(end.since(clock.mono()))).await;
    }
    // Also after a failure, which may have been that of the answer alone; that one says why.
    let stopped = stop.await;
    moved.and(stopped)
}
