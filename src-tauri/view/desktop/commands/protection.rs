//! Footage that no rule deletes.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::retention::ProtectedVm;
use tauri::State;

#[tauri::command]
pub(super) async fn protection_list(
    desktop: State<'_, Desktop>,
    camera: Option<String>,
) -> Result<Vec<ProtectedVm>> {
    desktop.engine.protections().list(camera.as_deref()).await
}

#[tauri::command]
pub(super) async fn protection_add(
    desktop: State<'_, Desktop>,
    camera: String,
    start: String,
    end: String,
    reason: String,
    expires: Option<String>,
) -> Result<ProtectedVm> {
    desktop.engine.protections().add(&camera, &start, &end, &reason, expires.as_deref()).await
}

#[tauri::command]
pub(super) async fn protection_remove(desktop: State<'_, Desktop>, id: String) -> Result<()> {
    desktop.engine.protections().remove(&id).await
}
