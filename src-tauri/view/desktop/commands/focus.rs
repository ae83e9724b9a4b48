//! Moving cameras' focus.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use tauri::State;

#[tauri::command]
pub(super) async fn focus_drive(desktop: State<'_, Desktop>, id: String, speed: f32) -> Result<()> {
    desktop.engine.focus().drive(&id, speed).await
}

#[tauri::command]
pub(super) async fn focus_by(desktop: State<'_, Desktop>, id: String, distance: f32) -> Result<()> {
    desktop.engine.focus().move_by(&id, distance).await
}

#[tauri::command]
pub(super) async fn focus_stop(desktop: State<'_, Desktop>, id: String) -> Result<()> {
    desktop.engine.focus().stop(&id).await
}
