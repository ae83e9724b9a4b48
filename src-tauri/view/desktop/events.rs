//! What goes from the engine to the windows, and from the operating system to the program, without being asked for.

use atalaya_presenter::vm::event::EventVm;
use tauri::{AppHandle, Emitter};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// The one event that windows listen to; its payload is an [`EventVm`].
const ENGINE: &str = "engine";

/// Forwards what happens in the engine to every window, until it ends.
pub(crate) async fn forward(mut events: Receiver<EventVm>, windows: AppHandle) {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            // Nobody knows what was missed: each window reads the cameras, and with them the rest, anew.
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "the windows were too slow for the engine's events");
                EventVm::CamerasChanged
            }
            Err(RecvError::Closed) => return,
        };
        if let Err(error) = windows.emit(ENGINE, event) {
            tracing::warn!(%error, "an event did not reach the windows");
        }
    }
}

/// Closes the windows when the system or a terminal asks the program to end, so that recordings are closed in order.
pub(crate) async fn exit_on_signal(windows: AppHandle) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            },
            Err(error) => {
                tracing::warn!(%error, "the wish to end (SIGTERM) cannot be heard");
                return;
            }
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        // No console to hear it from; closing the window ends the program.
        return;
    }
    windows.exit(0);
}
