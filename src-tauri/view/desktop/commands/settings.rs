//! Settings, and where the vault's key lives.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::system::{KeyRotatedVm, KeyStatusVm, SettingsVm};
use tauri::State;

#[tauri::command]
pub(super) async fn settings_get(desktop: State<'_, Desktop>) -> Result<SettingsVm> {
    desktop.engine.settings().get().await
}

#[tauri::command]
pub(super) async fn settings_set(desktop: State<'_, Desktop>, settings: SettingsVm) -> Result<()> {
    desktop.engine.settings().set(settings).await
}

#[tauri::command]
pub(super) fn key_status(desktop: State<'_, Desktop>) -> KeyStatusVm {
    desktop.engine.key_status()
}

#[tauri::command]
pub(super) async fn key_rotate(desktop: State<'_, Desktop>) -> Result<KeyRotatedVm> {
    desktop.engine.rotate_key().await
}
