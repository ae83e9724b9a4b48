//! Closing, quitting and coming back: does with the windows what `presenter/background.rs` decides.

use crate::desktop::Desktop;
use crate::windows;
use atalaya_model::background::{Leave, Wish};
use atalaya_model::ports::BoxStream;
use futures_util::StreamExt;
use std::sync::atomic::Ordering;
use tauri::AppHandle;

/// A person closes the main window or wants to quit.
pub(crate) fn wish(app: &AppHandle, desktop: &Desktop, wish: Wish) {
    let (app, this) = (app.clone(), desktop.clone());
    desktop.spawn(async move {
        match this.engine.background().wish(wish).await {
            Leave::Quit => app.exit(0),
            Leave::Hide => hide(&app, &this),
            // The page asks; it must be seen.
            Leave::Ask => show(&app, &this),
        }
    });
}

/// Brings the main window to the front.
pub(crate) fn show(app: &AppHandle, desktop: &Desktop) {
    on_main_thread(app, desktop, windows::show_main, "the window could not be shown");
}

/// Takes the main window away, and says once where it went.
pub(crate) fn hide(app: &AppHandle, desktop: &Desktop) {
    on_main_thread(app, desktop, windows::hide_main, "the window could not be hidden");
    if desktop.has_hidden.swap(true, Ordering::Relaxed) {
        return;
    }
    let this = desktop.clone();
    desktop.spawn(async move {
        let texts = this.texts();
        let (title, text) = (texts.say("keepsTitle", &[]), texts.say("keeps", &[]));
        if let Err(error) = this.notifier.notify(&title, &text).await {
            tracing::info!(%error, "the desktop was not told that recording goes on");
        }
    });
}

/// Does with the windows what may be done on the main thread only.
fn on_main_thread(
    app: &AppHandle,
    desktop: &Desktop,
    work: fn(&AppHandle, &Desktop) -> tauri::Result<()>,
    failed: &'static str,
) {
    let (there, this) = (app.clone(), desktop.clone());
    let asked = app.run_on_main_thread(move || {
        if let Err(error) = work(&there, &this) {
            tracing::warn!(%error, "{failed}");
        }
    });
    if let Err(error) = asked {
        tracing::warn!(%error, "{failed}");
    }
}

/// Opens the window whenever the program is started a second time, until the program ends.
pub(crate) async fn answer(mut rings: BoxStream<()>, desktop: Desktop, app: AppHandle) {
    while rings.next().await.is_some() {
        show(&app, &desktop);
    }
}
