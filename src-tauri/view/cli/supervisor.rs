//! What the service manager that started this program hears of it (sd_notify(3)): nothing where none listens.

#[cfg(target_os = "linux")]
use sd_notify::NotifyState;

/// Recording goes on from now.
pub(crate) fn ready() {
    #[cfg(target_os = "linux")]
    tell(NotifyState::Ready);
}

/// Files are being closed.
pub(crate) fn stopping() {
    #[cfg(target_os = "linux")]
    tell(NotifyState::Stopping);
}

/// Says again and again that the program lives, where the manager wants to hear it. Never ends.
pub(crate) async fn heartbeat() {
    #[cfg(target_os = "linux")]
    if let Some(within) = sd_notify::watchdog_enabled() {
        loop {
            tokio::time::sleep(within / 3).await;
            tell(NotifyState::Watchdog);
        }
    }
    std::future::pending::<()>().await;
}

#[cfg(target_os = "linux")]
fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager does not listen");
    }
}
