//! Exports into the export folder.

use crate::desktop::Desktop;
use atalaya_presenter::vm::recording::ExportJobVm;
use atalaya_presenter::{Destination, Result};
use tauri::State;

#[tauri::command]
pub(super) async fn export_start(
    desktop: State<'_, Desktop>,
    camera: String,
    from: String,
    to: String,
) -> Result<ExportJobVm> {
    let folder = Destination::Folder(desktop.exports.path());
    desktop.engine.exports().start(&camera, &from, &to, folder).await
}

#[tauri::command]
pub(super) fn export_cancel(desktop: State<'_, Desktop>, id: u32) -> Result<()> {
    desktop.engine.exports().cancel(id)
}

#[tauri::command]
pub(super) fn export_list(desktop: State<'_, Desktop>) -> Vec<ExportJobVm> {
    desktop.engine.exports().list()
}
