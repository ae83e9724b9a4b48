//! Scanning the network for devices. What is found comes as events.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::device::{DeviceVm, ScanVm};
use tauri::State;

#[tauri::command]
pub(super) async fn scan_start(desktop: State<'_, Desktop>, scan: ScanVm) -> Result<()> {
    desktop.engine.scans().start(&scan).await
}

#[tauri::command]
pub(super) fn scan_cancel(desktop: State<'_, Desktop>) {
    desktop.engine.scans().cancel();
}

#[tauri::command]
pub(super) async fn scan_list(desktop: State<'_, Desktop>) -> Result<Vec<DeviceVm>> {
    desktop.engine.scans().list().await
}
