//! What moves at a camera and has to be stopped: one camera's moves follow one another, and whoever moves it has to say
//! so again every second, or it is stopped from here, whatever the camera itself does about it.

use crate::engine::Inner;
use atalaya_model::camera::CameraId;
use atalaya_model::ptz::MOVE_MAX;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a movement that goes on is said again.
pub(crate) const RENEW: Duration = Duration::from_millis(400);
/// The longest movement asked for in one go.
pub(crate) const MOVE_FOR_MAX: Duration = Duration::from_secs(30);

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
    pub(crate) fn asked(&self) -> u64 {
        self.newest.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Waits until what was asked before is over.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Supersedes what was asked before, and waits until its call is over.
    pub(crate) async fn next_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.asked();
        self.turn().await
    }

    /// Stops unless another thing has been asked for within a second, or when the program ends.
    pub(crate) fn stop_unless_renewed(
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
