//! Moving cameras: joystick, presets, home.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::ptz::{PresetVm, PtzVectorVm, PtzVm};
use tauri::State;

#[tauri::command]
pub(super) async fn ptz_get(desktop: State<'_, Desktop>, id: String) -> Result<PtzVm> {
    desktop.engine.ptz().get(&id).await
}

#[tauri::command]
pub(super) async fn ptz_drive(desktop: State<'_, Desktop>, id: String, speed: PtzVectorVm) -> Result<()> {
    desktop.engine.ptz().drive(&id, speed).await
}

#[tauri::command]
pub(super) async fn ptz_stop(desktop: State<'_, Desktop>, id: String) -> Result<()> {
    desktop.engine.ptz().stop(&id).await
}

/// Without a preset it goes home.
#[tauri::command]
pub(super) async fn ptz_go_to(desktop: State<'_, Desktop>, id: String, preset: Option<String>) -> Result<()> {
    desktop.engine.ptz().go_to(&id, preset.as_deref()).await
}

#[tauri::command]
pub(super) async fn ptz_set_preset(
    desktop: State<'_, Desktop>,
    id: String,
    name: String,
) -> Result<PresetVm> {
    desktop.engine.ptz().set_preset(&id, &name).await
}

#[tauri::command]
pub(super) async fn ptz_remove_preset(desktop: State<'_, Desktop>, id: String, preset: String) -> Result<()> {
    desktop.engine.ptz().remove_preset(&id, &preset).await
}

#[tauri::command]
pub(super) async fn ptz_set_home(desktop: State<'_, Desktop>, id: String) -> Result<()> {
    desktop.engine.ptz().set_home(&id).await
}
