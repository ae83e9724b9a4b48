//! Examining a camera that cannot be found or played. What is found comes as events.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::doctor::DoctorRequest;
use tauri::State;

#[tauri::command]
pub(super) async fn doctor_start(desktop: State<'_, Desktop>, request: DoctorRequest) -> Result<u32> {
    desktop.engine.doctor().start(request).await
}

#[tauri::command]
pub(super) fn doctor_cancel(desktop: State<'_, Desktop>) {
    desktop.engine.doctor().cancel();
}
