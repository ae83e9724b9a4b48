//! `storage forecast`: when the storage asks for room.

use super::Outcome;
use crate::output::{self, Output};
use crate::session;
use atalaya_presenter::vm::retention::{CameraForecastVm, ForecastVm};
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, output: &Output) -> Outcome {
    session::reading(data_dir, async |engine| {
        output.result(&engine.forecasts().storage(None).await?, text);
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn text(forecast: &ForecastVm) -> String {
    let mut lines = vec![format!(
        "{} free, of which {} are the reserve{}",
        output::bytes(forecast.free_bytes),
        output::bytes(forecast.reserve_bytes),
        forecast.full_at.as_ref().map(|at| format!("; it is reached at {at}")).unwrap_or_default(),
    )];
    lines.extend(forecast.cameras.iter().map(camera));
    lines.join("\n")
}

fn camera(camera: &CameraForecastVm) -> String {
    let mut line = format!("{}  {:>9}", camera.camera, output::bytes(camera.used_bytes));
    if camera.protected_bytes > 0 {
        line.push_str(&format!(", {} protected", output::bytes(camera.protected_bytes)));
    }
    if let Some(daily) = camera.bytes_per_day {
        line.push_str(&format!(", {} a day", output::bytes(daily as u64)));
    }
    if let Some(days) = camera.keeps_days {
        line.push_str(&format!(", keeps {days:.1} days"));
    }
    if let (Some(at), Some(goes), Some(rule)) = (&camera.first_deletion, &camera.goes, &camera.rule) {
        line.push_str(&format!("; what starts at {goes} goes on {at} ({rule})"));
    }
    line
}
