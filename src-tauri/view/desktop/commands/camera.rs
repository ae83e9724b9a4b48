//! Cameras: list, add, change, clone, follow, test, remove, still pictures, and their configuration as a file.

use crate::desktop::Desktop;
use atalaya_presenter::vm::camera::{
    AddCamera, CameraVm, CloneCamera, EditCamera, Password, ShownPicture, StreamTestVm,
};
use atalaya_presenter::vm::transfer::{ConfigurationVm, ImportReportVm};
use atalaya_presenter::{Result, Still};
use tauri::State;

#[tauri::command]
pub(super) async fn camera_list(desktop: State<'_, Desktop>) -> Result<Vec<CameraVm>> {
    desktop.engine.cameras().list().await
}

#[tauri::command]
pub(super) async fn camera_add(desktop: State<'_, Desktop>, camera: AddCamera) -> Result<CameraVm> {
    desktop.engine.cameras().add(camera).await
}

#[tauri::command]
pub(super) async fn camera_edit(
    desktop: State<'_, Desktop>,
    id: String,
    changes: EditCamera,
) -> Result<CameraVm> {
    desktop.engine.cameras().edit(&id, changes).await
}

#[tauri::command]
pub(super) async fn camera_clone(
    desktop: State<'_, Desktop>,
    id: String,
    clone: CloneCamera,
) -> Result<CameraVm> {
    desktop.engine.cameras().clone_of(&id, clone).await
}

#[tauri::command]
pub(super) async fn camera_follow(desktop: State<'_, Desktop>, id: String) -> Result<CameraVm> {
    desktop.engine.cameras().follow(&id).await
}

#[tauri::command]
pub(super) async fn camera_remove(desktop: State<'_, Desktop>, id: String) -> Result<()> {
    desktop.engine.cameras().remove(&id).await
}

#[tauri::command]
pub(super) async fn camera_test(desktop: State<'_, Desktop>, id: String) -> Result<Vec<StreamTestVm>> {
    desktop.engine.cameras().test(&id).await
}

#[tauri::command]
pub(super) async fn camera_snapshot(desktop: State<'_, Desktop>, id: String) -> Result<String> {
    Ok(desktop.engine.stills().take(&id).await?.data_url())
}

#[tauri::command]
pub(super) async fn camera_snapshot_save(
    desktop: State<'_, Desktop>,
    id: String,
    shown: Option<ShownPicture>,
) -> Result<String> {
    let name = desktop.engine.cameras().get(&id).await?.name;
    let still = match shown {
        Some(picture) => Still::shown(&picture)?,
        None => desktop.engine.stills().take(&id).await?,
    };
    let path = match still.taken {
        Some(taken) => desktop.exports.file_path_at(&name, "jpg", taken),
        None => desktop.exports.file_path(&name, "jpg"),
    };
    // What has a time of its own is the same picture when it is saved again.
    desktop.engine.stills().save(&still, &path, still.taken.is_some()).await?;
    Ok(path)
}

/// Puts a picture onto the system's clipboard.
#[tauri::command]
pub(super) async fn camera_snapshot_copy(desktop: State<'_, Desktop>, shown: ShownPicture) -> Result<()> {
    Ok(desktop.clipboard.put(Still::shown(&shown)?.jpeg).await?)
}

/// Writes a commissioning report into the folder of exports and returns where.
#[tauri::command]
pub(super) async fn camera_report_save(desktop: State<'_, Desktop>, language: String) -> Result<String> {
    let reports = desktop.engine.reports();
    let page = reports.commissioning(language.parse()?, env!("CARGO_PKG_VERSION"), |_, _| ()).await?;
    let path = desktop.exports.file_path("Atalaya", "html");
    reports.save(page, &path, false).await?;
    Ok(path)
}

#[tauri::command]
pub(super) async fn camera_export(
    desktop: State<'_, Desktop>,
    passphrase: Option<Password>,
) -> Result<ConfigurationVm> {
    desktop.engine.transfer().export(&desktop.exports.file_path("cameras", "json"), passphrase, false).await
}

#[tauri::command]
pub(super) async fn camera_import(
    desktop: State<'_, Desktop>,
    file: String,
    passphrase: Option<Password>,
    replace: bool,
) -> Result<ImportReportVm> {
    desktop.engine.transfer().import(file.as_bytes(), passphrase, replace).await
}
