//! `timeline`: how much is recorded of each camera, over a day or over years.

use super::Outcome;
use crate::args::Timeline;
use crate::output::Output;
use crate::session;
use atalaya_presenter::vm::timeline::CameraTimelineVm;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Timeline, output: &Output) -> Outcome {
    session::reading(data_dir, async |engine| {
        let timelines = engine.timelines();
        let timeline = timelines.get(&verb.cameras, &verb.from, &verb.to, verb.zone.as_deref()).await?;
        for camera in &timeline.cameras {
            output.result(camera, text);
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn text(camera: &CameraTimelineVm) -> String {
    let spans = camera.spans.iter().map(|span| {
        format!("  {}  {}  {}", span.start, span.end, span.cause.as_deref().unwrap_or("recorded"))
    });
    let days = camera.days.iter().map(|day| {
        let missing: Vec<_> =
            day.missing.iter().map(|missing| format!("{} {:.0} s", missing.cause, missing.seconds)).collect();
        format!("  {}  {:>8.0} s recorded  {}", day.day, day.recorded_s, missing.join(", "))
    });
    let lines: Vec<_> = std::iter::once(camera.camera.clone()).chain(spans).chain(days).collect();
    lines.join("\n")
}
