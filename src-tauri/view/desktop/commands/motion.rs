//! How motion is looked for, and when it was seen.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::motion::{MotionEventVm, MotionSettingsVm, MotionStatusVm};
use tauri::State;

#[tauri::command]
pub(super) async fn motion_settings(desktop: State<'_, Desktop>, camera: String) -> Result<MotionSettingsVm> {
    desktop.engine.motion().settings(&camera).await
}

#[tauri::command]
pub(super) async fn motion_set(
    desktop: State<'_, Desktop>,
    camera: String,
    settings: MotionSettingsVm,
) -> Result<MotionSettingsVm> {
    desktop.engine.motion().set(&camera, settings).await
}

#[tauri::command]
pub(super) async fn motion_events(
    desktop: State<'_, Desktop>,
    camera: String,
    from: String,
    to: String,
) -> Result<Vec<MotionEventVm>> {
    desktop.engine.motion().events(&camera, &from, &to).await
}

#[tauri::command]
pub(super) async fn motion_status(desktop: State<'_, Desktop>, camera: String) -> Result<MotionStatusVm> {
    desktop.engine.motion().status(&camera).await
}
