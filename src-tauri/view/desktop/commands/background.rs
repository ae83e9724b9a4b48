//! Going on without a window.

use crate::desktop::Desktop;
use crate::leaving;
use atalaya_model::background::Wish;
use atalaya_presenter::Result;
use atalaya_presenter::vm::background::BackgroundVm;
use tauri::{AppHandle, State};

#[tauri::command]
pub(super) fn background_get(desktop: State<'_, Desktop>) -> BackgroundVm {
    desktop.engine.background().get()
}

#[tauri::command]
pub(super) async fn background_keep(app: AppHandle, desktop: State<'_, Desktop>) -> Result<()> {
    desktop.engine.background().keep().await?;
    leaving::hide(&app, &desktop);
    Ok(())
}

#[tauri::command]
pub(super) fn background_stay(desktop: State<'_, Desktop>) {
    desktop.engine.background().stay();
}

#[tauri::command]
pub(super) fn background_leave(app: AppHandle, desktop: State<'_, Desktop>) {
    leaving::wish(&app, &desktop, Wish::Quit);
}

#[tauri::command]
pub(super) fn background_quit(app: AppHandle) {
    app.exit(0);
}

#[tauri::command]
pub(super) fn background_speak(desktop: State<'_, Desktop>, language: String) {
    desktop.speak(&language);
}

#[tauri::command]
pub(super) async fn background_at_login(desktop: State<'_, Desktop>) -> Result<bool> {
    Ok(desktop.autostart.is_on().await?)
}

#[tauri::command]
pub(super) async fn background_set_at_login(desktop: State<'_, Desktop>, on: bool) -> Result<()> {
    Ok(desktop.autostart.set(on).await?)
}
