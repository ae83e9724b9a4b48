//! What is recorded of a camera.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::camera::CameraVm;
use atalaya_presenter::vm::recording::RecordVm;
use tauri::State;

#[tauri::command]
pub(super) async fn record_set(
    desktop: State<'_, Desktop>,
    id: String,
    record: RecordVm,
) -> Result<CameraVm> {
    desktop.engine.cameras().set_record(&id, &record).await
}

#[tauri::command]
pub(super) async fn record_now(desktop: State<'_, Desktop>, id: String, seconds: Option<u32>) -> Result<()> {
    desktop.engine.cameras().record_now(&id, seconds).await
}

#[tauri::command]
pub(super) async fn record_stop(desktop: State<'_, Desktop>, id: String) -> Result<()> {
    desktop.engine.cameras().record_stop(&id).await
}
