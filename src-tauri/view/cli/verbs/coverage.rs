//! `coverage` and `report`: how much of a month is recorded, day by day, and as a page to print.

use super::Outcome;
use crate::args::{Coverage, Report};
use crate::output::Output;
use crate::session;
use atalaya_presenter::vm::coverage::{CauseCostVm, CoverageDayVm};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// A day, and whose.
#[derive(Serialize)]
struct CameraDay {
    camera: String,
    name: String,
    #[serde(flatten)]
    day: CoverageDayVm,
}

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Coverage, output: &Output) -> Outcome {
    session::reading(data_dir, async |engine| {
        let wanted = match &verb.camera {
            Some(camera) => Some(engine.cameras().get(camera).await?.id),
            None => None,
        };
        let ledger = engine.coverage();
        let zone = verb.month.zone.clone().unwrap_or_else(|| ledger.zone());
        let report = ledger.month(&verb.month.month, &zone, wanted.as_deref()).await?;
        for camera in report.cameras {
            output.note(&format!("{}, {zone}", camera.name));
            for day in camera.days {
                let day = CameraDay { camera: camera.camera.clone(), name: camera.name.clone(), day };
                output.result(&day, |day| text(&day.day));
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(crate) async fn report(data_dir: Option<PathBuf>, verb: Report, output: &Output) -> Outcome {
    let language = verb.language.parse()?;
    session::reading(data_dir, async |engine| {
        let ledger = engine.coverage();
        let zone = verb.month.zone.clone().unwrap_or_else(|| ledger.zone());
        let page = ledger.page(&verb.month.month, &zone, language, env!("CARGO_PKG_VERSION")).await?;
        let (path, bytes) = (verb.output.to_string_lossy(), page.len());
        engine.reports().save(page, &path, verb.overwrite).await?;
        output.result(&json!({ "path": path, "bytes": bytes }), |_| path.to_string());
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn text(day: &CoverageDayVm) -> String {
    if day.expected_s <= 0.0 {
        return format!("{}  no recording was wanted", day.day);
    }
    // A day is not whole for being rounded.
    let percent = (day.recorded_s / day.expected_s * 10_000.0).floor() / 100.0;
    let hours = match day.length_s {
        86_400 => String::new(),
        length => format!("  ({} h)", f64::from(length) / 3600.0),
    };
    let causes = day.causes.iter().map(|CauseCostVm { cause, seconds }| format!("  {cause} {seconds:.0} s"));
    format!(
        "{}  {percent:>6.2} %  {:.0} of {:.0} s{}{hours}",
        day.day,
        day.recorded_s,
        day.expected_s,
        causes.collect::<String>()
    )
}
