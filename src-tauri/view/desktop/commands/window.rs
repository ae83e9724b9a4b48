//! Windows and monitors.

use crate::desktop::Desktop;
use crate::windows;
use atalaya_presenter::Result;
use atalaya_presenter::vm::window::{MonitorVm, WindowShowsVm};
use tauri::{State, WebviewWindow};

/// Asynchronous, because Windows makes no webview while a command holds up the main thread.
#[tauri::command(async)]
pub(super) fn window_open(
    window: WebviewWindow,
    desktop: State<'_, Desktop>,
    shows: WindowShowsVm,
    monitor: Option<usize>,
    full_screen: bool,
) -> Result<()> {
    windows::open(&desktop, &window, &shows, monitor, full_screen)
}

#[tauri::command]
pub(super) fn window_monitors(window: WebviewWindow) -> Result<Vec<MonitorVm>> {
    windows::monitors(&window)
}

#[tauri::command]
pub(super) fn window_full_screen(window: WebviewWindow, on: Option<bool>) -> Result<bool> {
    windows::full_screen(&window, on)
}

#[tauri::command]
pub(super) fn window_shows(
    window: WebviewWindow,
    desktop: State<'_, Desktop>,
    shows: WindowShowsVm,
    title: String,
) -> Result<()> {
    windows::shows(&desktop, &window, shows, &title)
}

#[tauri::command]
pub(super) fn window_restarted(window: WebviewWindow, desktop: State<'_, Desktop>) -> bool {
    desktop.windows.take_restarted(window.label())
}
