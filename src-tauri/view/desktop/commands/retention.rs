//! For how long footage is kept: the next pass and passes at once, the reserve, the forecast.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::retention::{ForecastVm, RetentionPlanVm, WhatIfVm};
use tauri::State;

#[tauri::command]
pub(super) async fn retention_plan(desktop: State<'_, Desktop>) -> Result<RetentionPlanVm> {
    desktop.engine.retention().plan().await
}

#[tauri::command]
pub(super) async fn retention_run(desktop: State<'_, Desktop>, all: bool) -> Result<RetentionPlanVm> {
    desktop.engine.retention().run(all).await
}

#[tauri::command]
pub(super) async fn retention_set_reserve(
    desktop: State<'_, Desktop>,
    reserve_bytes: Option<u64>,
) -> Result<()> {
    desktop.engine.retention().set_reserve(reserve_bytes).await
}

#[tauri::command]
pub(super) async fn storage_forecast(
    desktop: State<'_, Desktop>,
    what_if: Option<WhatIfVm>,
) -> Result<ForecastVm> {
    desktop.engine.forecasts().storage(what_if).await
}
