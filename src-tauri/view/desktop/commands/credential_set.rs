//! Credential sets: list, add, change, remove.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::camera::Password;
use atalaya_presenter::vm::credential_set::CredentialSetVm;
use tauri::State;

#[tauri::command]
pub(super) async fn credential_set_list(desktop: State<'_, Desktop>) -> Result<Vec<CredentialSetVm>> {
    desktop.engine.credential_sets().list().await
}

#[tauri::command]
pub(super) async fn credential_set_add(
    desktop: State<'_, Desktop>,
    name: String,
    user: String,
    password: Password,
) -> Result<CredentialSetVm> {
    desktop.engine.credential_sets().add(&name, user, password).await
}

#[tauri::command]
pub(super) async fn credential_set_change(
    desktop: State<'_, Desktop>,
    id: String,
    user: String,
    password: Password,
) -> Result<CredentialSetVm> {
    desktop.engine.credential_sets().change(&id, user, password).await
}

#[tauri::command]
pub(super) async fn credential_set_remove(
    desktop: State<'_, Desktop>,
    id: String,
) -> Result<CredentialSetVm> {
    desktop.engine.credential_sets().remove(&id).await
}
