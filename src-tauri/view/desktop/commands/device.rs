//! Devices' settings, and what devices notice.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::capability::{
    CapabilityVm, EncoderChangeVm, EncoderVm, ImagingChangeVm, ImagingVm, NoticeVm,
};
use tauri::State;

#[tauri::command]
pub(super) async fn device_capability(desktop: State<'_, Desktop>, id: String) -> Result<CapabilityVm> {
    desktop.engine.devices().capability(&id).await
}

#[tauri::command]
pub(super) fn device_notices(desktop: State<'_, Desktop>) -> Vec<NoticeVm> {
    desktop.engine.notices().active()
}

#[tauri::command]
pub(super) async fn device_set_encoder(
    desktop: State<'_, Desktop>,
    id: String,
    token: String,
    change: EncoderChangeVm,
) -> Result<EncoderVm> {
    desktop.engine.devices().set_encoder(&id, &token, change).await
}

#[tauri::command]
pub(super) async fn device_imaging(desktop: State<'_, Desktop>, id: String) -> Result<ImagingVm> {
    desktop.engine.devices().imaging(&id).await
}

#[tauri::command]
pub(super) async fn device_set_imaging(
    desktop: State<'_, Desktop>,
    id: String,
    change: ImagingChangeVm,
) -> Result<ImagingVm> {
    desktop.engine.devices().set_imaging(&id, change).await
}

/// How far off the clock is then, in milliseconds.
#[tauri::command]
pub(super) async fn device_set_time(desktop: State<'_, Desktop>, id: String) -> Result<i64> {
    desktop.engine.devices().set_time(&id).await
}

/// What the device says about it.
#[tauri::command]
pub(super) async fn device_reboot(desktop: State<'_, Desktop>, id: String) -> Result<String> {
    desktop.engine.devices().reboot(&id).await
}
