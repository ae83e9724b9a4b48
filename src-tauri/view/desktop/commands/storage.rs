//! Storage directories: list, add, remove, assign to cameras.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::storage::VolumeVm;
use tauri::State;

#[tauri::command]
pub(super) async fn storage_list(desktop: State<'_, Desktop>) -> Result<Vec<VolumeVm>> {
    desktop.engine.storage().list().await
}

#[tauri::command]
pub(super) async fn storage_add(desktop: State<'_, Desktop>, path: String) -> Result<VolumeVm> {
    desktop.engine.storage().add(&path).await
}

#[tauri::command]
pub(super) async fn storage_remove(desktop: State<'_, Desktop>, id: String, force: bool) -> Result<()> {
    desktop.engine.storage().remove(&id, force).await
}

#[tauri::command]
pub(super) async fn storage_assign(
    desktop: State<'_, Desktop>,
    camera: String,
    volume: Option<String>,
) -> Result<()> {
    desktop.engine.storage().assign(&camera, volume.as_deref()).await
}

#[tauri::command]
pub(super) async fn storage_make_default(desktop: State<'_, Desktop>, id: String) -> Result<()> {
    desktop.engine.storage().make_default(&id).await
}
