//! The open windows: opens further ones, finds all of them again where they were, and forgets those that are closed.
//!
//! Asks the windowing system and obeys `model/window.rs`; must not know what a page makes of what its window shows.

mod desk;

use crate::desktop::Desktop;
use crate::{leaving, recovery};
use atalaya_model::background::Wish;
use atalaya_model::window::{MAIN, Place, WINDOWS_MAX, further_label, new_area, next_monitor};
use atalaya_model::{Error, Kind};
use atalaya_presenter::vm::window::{MonitorVm, WindowShowsVm};
use atalaya_presenter::{KeptWindow, Result, UserError, Windows as Keeper};
use desk::Desk;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tauri::utils::config::WindowConfig;
use tauri::{
    AppHandle, Manager, RunEvent, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};
use tokio::sync::{Notify, oneshot};

/// After a window was moved it may move on: places are kept once there was time for it.
const SETTLE: Duration = Duration::from_secs(1);

/// The longest title, in characters.
const TITLE_MAX: usize = 80;

/// Which windows there are.
#[derive(Default)]
pub(crate) struct Windows {
    state: Mutex<State>,
    /// Something about them is to be kept.
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// By label.
    open: BTreeMap<String, Open>,
    /// Those of the last time whose monitor is not there: they come back with it.
    away: Vec<KeptWindow>,
    /// Further windows opened so far. A number is not used again, so that nothing meant for a closed window reaches
    /// another.
    numbered: u32,
    /// The program ends: what is open now is to be found again.
    ending: bool,
    kept: Vec<KeptWindow>,
}

/// One open window.
#[derive(Default)]
struct Open {
    /// Unknown until it was looked for the first time.
    place: Option<Place>,
    shows: WindowShowsVm,
    /// Its page was loaded anew because it had died or hung, and does not know yet.
    restarted: bool,
    /// Its page's process has ended.
    died: Arc<Notify>,
}

impl State {
    /// A label for a further window, unless there are as many as there may be.
    fn admit(&mut self, place: Option<Place>, shows: WindowShowsVm) -> Option<String> {
        if self.open.len() >= WINDOWS_MAX {
            return None;
        }
        self.numbered += 1;
        let label = further_label(self.numbered);
        self.open.insert(label.clone(), Open { place, shows, ..Open::default() });
        Some(label)
    }

    /// What is to be found again: those that are open, then those that wait for their monitor.
    fn to_keep(&self) -> Vec<KeptWindow> {
        let open = self.open.iter().filter_map(|(label, open)| {
            let (place, shows) = (open.place.clone()?, open.shows.clone());
            Some(KeptWindow { further: label != MAIN, place, shows })
        });
        open.chain(self.away.iter().cloned()).take(WINDOWS_MAX).collect()
    }
}

impl Windows {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }

    /// What a window shows from now on.
    pub(crate) fn shows(&self, label: &str, shows: WindowShowsVm) {
        if let Some(open) = self.state().open.get_mut(label) {
            open.shows = shows;
        }
        self.changed.notify_one();
    }

    /// The window's page is loaded anew after its end.
    pub(crate) fn restarts(&self, label: &str) {
        if let Some(open) = self.state().open.get_mut(label) {
            open.restarted = true;
        }
    }

    /// Whether it was; true once.
    pub(crate) fn take_restarted(&self, label: &str) -> bool {
        self.state().open.get_mut(label).is_some_and(|open| std::mem::take(&mut open.restarted))
    }

    /// Rings when the process of the window's page has ended.
    pub(crate) fn died(&self, label: &str) -> Option<Arc<Notify>> {
        self.state().open.get(label).map(|open| open.died.clone())
    }

    /// Reads where the windows are. On the main thread only, which answers itself.
    fn look(&self, app: &AppHandle) {
        let mut state = self.state();
        if state.ending {
            return;
        }
        let Ok(desk) = Desk::of(app) else { return };
        for (label, open) in &mut state.open {
            let window = app.get_webview_window(label);
            if let Some(place) = window.and_then(|window| desk.place_of(&window, open.place.as_ref())) {
                open.place = Some(place);
            }
        }
    }
}

/// Shows the main window, and with it the further ones of the last time whose monitors are there; none of them at a
/// start in the background. On the main thread.
pub(crate) fn restore(
    app: &AppHandle,
    desktop: &Desktop,
    kept: Vec<KeptWindow>,
    in_background: bool,
) -> tauri::Result<()> {
    let desk = Desk::of(app)?;
    let (further, main): (Vec<_>, Vec<_>) = kept.into_iter().partition(|window| window.further);
    let main = main.into_iter().next().map(|window| window.place);
    let open = Open { place: main.clone(), ..Open::default() };
    desktop.windows.state().open.insert(MAIN.to_owned(), open);
    if let Some(window) = app.get_webview_window(MAIN) {
        if !in_background {
            desk.show(&window, main.as_ref())?;
        }
        recovery::guard(&window, desktop)?;
    }
    for window in further {
        if in_background || window.place.monitor_in(&desk.monitors).is_none() {
            desktop.windows.state().away.push(window);
        } else if let Err(error) = build(app, desktop, &desk, Some(&window.place), &window.shows) {
            tracing::warn!(error.message, params = ?error.params, "a window could not be opened again");
        }
    }
    desktop.windows.changed.notify_one();
    Ok(())
}

/// Brings the main window to the front, from wherever it is.
pub(crate) fn show_main(app: &AppHandle, desktop: &Desktop) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(MAIN) else { return Ok(()) };
    if window.is_visible()? {
        window.unminimize()?;
    } else {
        let place = desktop.windows.state().open.get(MAIN).and_then(|open| open.place.clone());
        Desk::of(app)?.show(&window, place.as_ref())?;
    }
    window.set_focus()
}

/// Takes the main window away; its page goes on.
pub(crate) fn hide_main(app: &AppHandle, desktop: &Desktop) -> tauri::Result<()> {
    desktop.windows.look(app);
    app.get_webview_window(MAIN).map_or(Ok(()), |window| window.hide())
}

/// Opens a further window: on the monitor with this number, else on the next one without a window.
pub(crate) fn open(
    desktop: &Desktop,
    asker: &WebviewWindow,
    shows: &WindowShowsVm,
    monitor: Option<usize>,
    full_screen: bool,
) -> Result<()> {
    Keeper::check(shows)?;
    let app = asker.app_handle();
    let desk = Desk::of(app).map_err(failed)?;
    let occupied: Vec<_> =
        app.webview_windows().values().filter_map(|window| desk.monitor_of(window)).collect();
    let here = desk.monitor_of(asker).unwrap_or_default();
    let number = monitor.unwrap_or_else(|| next_monitor(desk.monitors.len(), &occupied, here));
    let place = desk.monitors.get(number).map(|monitor| {
        let others = occupied.iter().filter(|other| **other == number).count();
        Place { full_screen, ..Place::new(monitor, new_area(monitor, others)) }
    });
    if let (Some(monitor), None) = (monitor, &place) {
        return Err(Error::new(Kind::NotFound, "no such monitor").with("monitor", monitor).into());
    }
    build(app, desktop, &desk, place.as_ref(), shows)
}

/// Makes a further window and shows it at its place.
fn build(
    app: &AppHandle,
    desktop: &Desktop,
    desk: &Desk,
    place: Option<&Place>,
    shows: &WindowShowsVm,
) -> Result<()> {
    let Some(label) = desktop.windows.state().admit(place.cloned(), shows.clone()) else {
        return Err(Error::new(Kind::Conflict, "as many windows are open as there may be")
            .with("windows", WINDOWS_MAX)
            .into());
    };
    // As the main one, of which the configuration knows size limits, colour and all the rest.
    let like = app.config().app.windows.iter().find(|window| window.label == MAIN).cloned();
    let url = WebviewUrl::App(address(&label, shows).into());
    let config = WindowConfig { url, label: label.clone(), ..like.unwrap_or_default() };
    let built = WebviewWindowBuilder::from_config(app, &config).and_then(WebviewWindowBuilder::build);
    let shown = built.and_then(|window| {
        desk.show(&window, place)?;
        recovery::guard(&window, desktop)
    });
    desktop.windows.changed.notify_one();
    shown.map_err(|error| {
        desktop.windows.state().open.remove(&label);
        failed(error)
    })
}

/// The address of a further window's page: `index.html?window=live-1&camera=ID#/live`.
fn address(label: &str, shows: &WindowShowsVm) -> String {
    let mut url = Url::parse("http://localhost/").expect("is an address");
    let WindowShowsVm { view, camera, group, tiles } = shows;
    let tiles = tiles.map(|tiles| tiles.to_string());
    let told = [("view", view), ("camera", camera), ("group", group), ("tiles", &tiles)];
    url.query_pairs_mut()
        .append_pair("window", label)
        .extend_pairs(told.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
    format!("index.html?{}#/live", url.query().expect("pairs were added"))
}

/// The monitors, as a window sees them.
pub(crate) fn monitors(window: &WebviewWindow) -> Result<Vec<MonitorVm>> {
    let desk = Desk::of(window.app_handle()).map_err(failed)?;
    let here = desk.monitor_of(window);
    Ok(desk.monitors.iter().enumerate().map(|(at, one)| MonitorVm::new(one, here == Some(at))).collect())
}

/// Lets a window fill its monitor or not any more; none takes the other of both. Returns whether it does.
pub(crate) fn full_screen(window: &WebviewWindow, on: Option<bool>) -> Result<bool> {
    let is_on = window.is_fullscreen().map_err(failed)?;
    let on = on.unwrap_or(!is_on);
    if on != is_on {
        window.set_fullscreen(on).map_err(failed)?;
    }
    Ok(on)
}

/// What a further window shows now, and how it calls itself.
pub(crate) fn shows(
    desktop: &Desktop,
    window: &WebviewWindow,
    shows: WindowShowsVm,
    title: &str,
) -> Result<()> {
    Keeper::check(&shows)?;
    let title = atalaya_model::text::excerpt(title, TITLE_MAX);
    let title = if title.is_empty() { "Atalaya".to_owned() } else { format!("Atalaya – {title}") };
    window.set_title(&title).map_err(failed)?;
    desktop.windows.shows(window.label(), shows);
    Ok(())
}

fn failed(error: tauri::Error) -> UserError {
    Error::new(Kind::Internal, "the windowing system did not do it").caused_by(error).into()
}

/// Hears what happens to windows. On the main thread.
pub(crate) fn heard(app: &AppHandle, desktop: &Desktop, event: &RunEvent) {
    let windows = &desktop.windows;
    match event {
        RunEvent::WindowEvent { label, event, .. } => match event {
            WindowEvent::Moved(_) | WindowEvent::Resized(_) => windows.changed.notify_one(),
            WindowEvent::CloseRequested { api, .. } if label == MAIN => {
                api.prevent_close();
                leaving::wish(app, desktop, Wish::Close);
            }
            WindowEvent::Destroyed if label == MAIN => {
                windows.state().ending = true;
                app.exit(0);
            }
            WindowEvent::Destroyed => {
                let mut state = windows.state();
                if !state.ending {
                    state.open.remove(label);
                    windows.changed.notify_one();
                }
            }
            _ => {}
        },
        RunEvent::ExitRequested { .. } => end(app, windows),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => leaving::show(app, desktop),
        _ => {}
    }
}

/// The windows are about to go: what is open now is to be found again.
fn end(app: &AppHandle, windows: &Windows) {
    windows.look(app);
    windows.state().ending = true;
}

/// Keeps the windows whenever one of them has changed, until the program ends.
pub(crate) async fn keep_up(desktop: Desktop, app: AppHandle) {
    loop {
        desktop.windows.changed.notified().await;
        tokio::time::sleep(SETTLE).await;
        let (looked, has_looked) = oneshot::channel();
        let (there, this) = (app.clone(), desktop.clone());
        let asked = app.run_on_main_thread(move || {
            this.windows.look(&there);
            // Nobody waits any more when the program ends.
            let _ = looked.send(());
        });
        if asked.is_ok() && has_looked.await.is_ok() {
            keep(&desktop).await;
        }
    }
}

/// Keeps the windows as they are known now, if that is new.
pub(crate) async fn keep(desktop: &Desktop) {
    let windows = desktop.windows.state().to_keep();
    if desktop.windows.state().kept == windows {
        return;
    }
    match desktop.engine.windows().keep(&windows).await {
        Ok(()) => desktop.windows.state().kept = windows,
        Err(error) => tracing::warn!(error.message, "the windows' places could not be kept"),
    }
}

#[cfg(test)]
mod tests;
