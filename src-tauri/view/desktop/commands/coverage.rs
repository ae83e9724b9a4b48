//! What of each day and month is recorded and what is missing.

use crate::desktop::Desktop;
use atalaya_presenter::Result;
use atalaya_presenter::vm::coverage::{CoverageDayVm, CoverageReportVm};
use tauri::State;

#[tauri::command]
pub(super) async fn coverage_days(
    desktop: State<'_, Desktop>,
    camera: String,
    from: String,
    to: String,
    zone: String,
) -> Result<Vec<CoverageDayVm>> {
    desktop.engine.coverage().days(&camera, &from, &to, &zone).await
}

#[tauri::command]
pub(super) async fn coverage_report(
    desktop: State<'_, Desktop>,
    month: String,
    zone: String,
) -> Result<CoverageReportVm> {
    desktop.engine.coverage().month(&month, &zone, None).await
}

/// Writes the monthly report into the folder of exports and returns where.
#[tauri::command]
pub(super) async fn coverage_report_save(
    desktop: State<'_, Desktop>,
    month: String,
    zone: String,
    language: String,
) -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let page = desktop.engine.coverage().page(&month, &zone, language.parse()?, version).await?;
    let path = desktop.exports.file_path(&format!("Atalaya {month}"), "html");
    desktop.engine.reports().save(page, &path, false).await?;
    Ok(path)
}
