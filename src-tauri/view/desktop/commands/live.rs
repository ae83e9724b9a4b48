//! The way to the live pictures, which do not pass through commands.

use crate::desktop::Desktop;
use atalaya_presenter::vm::governor::GovernorDecisionVm;
use atalaya_presenter::vm::live::LiveEndpointVm;
use tauri::State;

#[tauri::command]
pub(super) fn live_endpoint(desktop: State<'_, Desktop>) -> LiveEndpointVm {
    desktop.live.endpoint()
}

#[tauri::command]
pub(super) fn live_decisions(desktop: State<'_, Desktop>) -> Vec<GovernorDecisionVm> {
    desktop.engine.live().decisions()
}
