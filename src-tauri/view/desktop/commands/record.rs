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
