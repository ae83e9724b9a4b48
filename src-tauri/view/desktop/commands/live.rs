//! The way to the live pictures, which do not pass through commands.

use crate::desktop::Desktop;
use atalaya_presenter::vm::live::LiveEndpointVm;
use tauri::State;

#[tauri::command]
pub(super) fn live_endpoint(desktop: State<'_, Desktop>) -> LiveEndpointVm {
    desktop.live.endpoint()
}
