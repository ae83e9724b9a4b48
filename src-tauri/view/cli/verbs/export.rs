//! `export`: one MP4 of a range.

use super::Outcome;
use crate::args::Export;
use crate::output::{self, Output};
use crate::session;
use atalaya_presenter::Destination;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Export, output: &Output) -> Outcome {
    session::reading(data_dir, async |engine| {
        let path = std::path::absolute(&verb.output).unwrap_or_else(|_| verb.output.clone());
        let path = path.to_string_lossy();
        let destination = Destination::File { path: &path, overwrite: verb.overwrite };
        let progress = output.progress();
        let exported = engine
            .exports()
            .run(&verb.camera, &verb.from, &verb.to, destination, |done| progress.show(done))
            .await;
        progress.end();
        output.result(&exported?, |report| {
            let mut text = format!(
                "{}\n  {} to {}, {:.3} s, {}\n  SHA-256 {}",
                report.path,
                report.start,
                report.end,
                report.duration_ms as f64 / 1000.0,
                output::bytes(report.bytes),
                report.sha256
            );
            for gap in &report.gaps {
                let end = gap.end.as_deref().unwrap_or("now");
                text.push_str(&format!("\n  missing: {} to {end} ({})", gap.start, gap.cause));
            }
            text
        });
        Ok(ExitCode::SUCCESS)
    })
    .await
}
