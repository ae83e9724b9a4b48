//! Loads a window's page anew when its web process has died or hangs (decision 0018). When is `model/recovery.rs`'s.
//!
//! Must not know what the page shows, nor touch anything but the webview: the recorder knows nothing of it.

use crate::desktop::Desktop;
use atalaya_model::recovery::{Finding, PROBE_EVERY, Probe, Recovery};
use std::sync::Arc;
use tauri::{Manager, WebviewWindow};
use tokio::sync::{Notify, oneshot};
use tokio::time::{sleep, timeout};

/// What a page is asked, and what it answers. A page whose process dies meanwhile answers nothing at all.
const QUESTION: &str = "6 * 7";
const ANSWER: &str = "42";

/// Watches over a window's page until the window closes.
pub(crate) fn guard(window: &WebviewWindow, desktop: &Desktop) -> tauri::Result<()> {
    let Some(died) = desktop.windows.died(window.label()) else { return Ok(()) };
    #[cfg(target_os = "linux")]
    {
        use webkit2gtk::WebViewExt;
        let died = died.clone();
        window.with_webview(move |webview| {
            webview.inner().connect_web_process_terminated(move |_, reason| {
                tracing::warn!(?reason, "a page's process has ended");
                died.notify_one();
            });
        })?;
    }
    desktop.spawn(watch(desktop.clone(), window.clone(), died));
    Ok(())
}

/// The process of a window's page has ended, as WKWebView tells the program.
#[cfg(target_os = "macos")]
pub(crate) fn died(label: &str, desktop: &Desktop) {
    tracing::warn!(label, "a page's process has ended");
    if let Some(died) = desktop.windows.died(label) {
        died.notify_one();
    }
}

async fn watch(desktop: Desktop, window: WebviewWindow, died: Arc<Notify>) {
    let mut recovery = Recovery::default();
    let label = window.label();
    // A window that was closed is not found any more.
    while window.get_webview_window(label).is_some() {
        let finding = tokio::select! {
            biased;
            () = died.notified() => {
                sleep(recovery.ended()).await;
                desktop.windows.restarts(label);
                match window.reload() {
                    Ok(()) => tracing::info!(label, "a page is loaded anew"),
                    Err(error) => tracing::error!(label, %error, "a page could not be loaded anew"),
                }
                continue;
            }
            probe = probe(&window) => recovery.probed(probe),
        };
        match finding {
            Finding::Nothing => {}
            Finding::Back => tracing::info!(label, "a page answers again"),
            Finding::Hung => {
                tracing::warn!(label, "a page does not answer any more");
                end_process(&window, &died);
            }
        }
    }
}

/// Asks the page something and waits until the next question is due.
async fn probe(window: &WebviewWindow) -> Probe {
    let answered = Arc::new(Notify::new());
    let (ask, asked) = oneshot::channel();
    let (page, answer) = (window.clone(), answered.clone());
    // A main thread that is busy itself holds up the question, not the answer: the time counts from the question.
    let posted = window.run_on_main_thread(move || {
        let is_asked = is_watched(&page)
            && page
                .eval_with_callback(QUESTION, move |said| {
                    if said == ANSWER {
                        answer.notify_one();
                    }
                })
                .is_ok();
        // Nobody waits any more when the program ends.
        let _ = ask.send(is_asked);
    });
    if posted.is_err() || !asked.await.unwrap_or(false) {
        sleep(PROBE_EVERY).await;
        return Probe::Unasked;
    }
    if timeout(PROBE_EVERY, answered.notified()).await.is_err() {
        return Probe::Silent;
    }
    sleep(PROBE_EVERY).await;
    Probe::Answered
}

/// Whether anybody would see that the page hangs, and nobody holds it on purpose.
fn is_watched(window: &WebviewWindow) -> bool {
    #[cfg(debug_assertions)]
    if window.is_devtools_open() {
        return false;
    }
    window.is_visible().unwrap_or(false) && !window.is_minimized().unwrap_or(true)
}

/// Ends the process of a page that hangs, which would not hear that it is to load anew. That is heard as its death.
#[cfg(target_os = "linux")]
fn end_process(window: &WebviewWindow, _: &Notify) {
    use webkit2gtk::WebViewExt;
    if let Err(error) = window.with_webview(|webview| webview.inner().terminate_web_process()) {
        tracing::error!(%error, "a page's process could not be ended");
    }
}

/// WebView2 and WKWebView let go of a page that hangs, or is dead, when another one is loaded.
#[cfg(not(target_os = "linux"))]
fn end_process(_: &WebviewWindow, died: &Notify) {
    died.notify_one();
}
