//! The simulated cameras of this program.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use tauri::State;

#[tauri::command]
pub(super) async fn simulator_start(desktop: State<'_, Desktop>) -> Result<()> {
    desktop.simulator.start().await
}
