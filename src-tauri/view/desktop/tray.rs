//! The tray: says how many cameras are recorded, opens the window, quits. Where no desktop shows one, the program goes
//! on without it.

use crate::desktop::Desktop;
use crate::leaving;
use atalaya_model::background::Wish;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Wry};

/// How often the menu's line is looked at.
const EVERY: Duration = Duration::from_secs(2);

const OPEN: &str = "open";
const QUIT: &str = "quit";

/// The menu's lines that change.
struct Lines {
    open: MenuItem<Wry>,
    state: MenuItem<Wry>,
    quit: MenuItem<Wry>,
}

/// What they say.
#[derive(PartialEq)]
struct Said {
    open: String,
    state: String,
    quit: String,
}

/// Shows it. On the main thread.
pub(crate) fn show(app: &AppHandle, desktop: &Desktop) {
    let said = said(desktop);
    // The binding of the Linux library panics where the library is not installed.
    let built = catch_unwind(AssertUnwindSafe(|| build(app, desktop, &said)));
    match built {
        Ok(Ok(lines)) => desktop.spawn(keep_up(lines, said, desktop.clone())),
        Ok(Err(error)) => tracing::warn!(%error, "there is no tray"),
        Err(_) => tracing::warn!("there is no tray: its library is not installed"),
    }
}

fn build(app: &AppHandle, desktop: &Desktop, said: &Said) -> tauri::Result<Lines> {
    let open = MenuItem::with_id(app, OPEN, &said.open, true, None::<&str>)?;
    let state = MenuItem::new(app, &said.state, false, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, &said.quit, true, None::<&str>)?;
    let line = PredefinedMenuItem::separator(app)?;
    let menu = Menu::with_items(app, &[&state, &open, &line, &quit])?;
    let this = desktop.clone();
    let mut tray = TrayIconBuilder::with_id("atalaya").menu(&menu).tooltip("Atalaya").on_menu_event(
        move |app, event| match event.id().as_ref() {
            OPEN => leaving::show(app, &this),
            QUIT => leaving::wish(app, &this, Wish::Quit),
            _ => {}
        },
    );
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    Ok(Lines { open, state, quit })
}

fn said(desktop: &Desktop) -> Said {
    let (texts, now) = (desktop.texts(), desktop.engine.background().get());
    let state = if now.recorded == 0 {
        texts.say("idle", &[])
    } else {
        let (recording, recorded) = (now.recording.to_string(), now.recorded.to_string());
        texts.say("recording", &[("recording", recording.as_str()), ("recorded", recorded.as_str())])
    };
    Said { open: texts.say("open", &[]), state, quit: texts.say("quit", &[]) }
}

/// Keeps the menu's words right until the program ends.
async fn keep_up(lines: Lines, mut shown: Said, desktop: Desktop) {
    loop {
        tokio::time::sleep(EVERY).await;
        let now = said(&desktop);
        if now == shown {
            continue;
        }
        let set = [(&lines.open, &now.open), (&lines.state, &now.state), (&lines.quit, &now.quit)]
            .into_iter()
            .try_for_each(|(line, text)| line.set_text(text));
        if let Err(error) = set {
            tracing::warn!(%error, "the tray's menu could not be changed");
        }
        shown = now;
    }
}
