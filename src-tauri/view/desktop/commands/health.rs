//! How streams fared: figures over time, and the log of connections.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::health::{ConnectionVm, HistoryVm};
use tauri::State;

#[tauri::command]
pub(super) async fn health_history(
    desktop: State<'_, Desktop>,
    camera: String,
    role: String,
    span: String,
) -> Result<HistoryVm> {
    desktop.engine.health().history(&camera, &role, &span).await
}

#[tauri::command]
pub(super) async fn health_log(desktop: State<'_, Desktop>, camera: String) -> Result<Vec<ConnectionVm>> {
    desktop.engine.health().log(&camera).await
}
