//! What the program says about itself.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::system::AppInfoVm;
use tauri::State;

#[tauri::command]
pub(super) async fn app_info(desktop: State<'_, Desktop>) -> Result<AppInfoVm> {
    Ok(AppInfoVm {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_dir: desktop.data_dir.to_string_lossy().into_owned(),
        export_dir: desktop.exports.path().to_owned(),
        simulator_running: desktop.simulator.is_running().await,
    })
}
