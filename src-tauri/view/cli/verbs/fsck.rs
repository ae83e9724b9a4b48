//! `fsck`: holds files and index against each other.

use super::Outcome;
use crate::args::Fsck;
use crate::output::{self, Output};
use crate::session;
use atalaya_presenter::EngineOptions;
use atalaya_service::Access;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Fsck, output: &Output) -> Outcome {
    let access = if verb.repair || verb.rebuild_index { Access::Engine } else { Access::Reader };
    session::with_engine(data_dir, access, EngineOptions::default(), async |engine| {
        let started = Instant::now();
        let report = engine.recordings().fsck(verb.repair, verb.rebuild_index).await?;
        if verb.rebuild_index {
            let took = started.elapsed().as_secs_f64();
            output.note(&format!(
                "{} rows made from files in {took:.1} s, {:.0} rows a second.",
                report.repaired,
                report.repaired as f64 / took
            ));
        }
        output.result(&report, |report| {
            let mut text = format!(
                "{}: {} files, {}\n  rows without file  {}\n  files without row  {}\n  bad fragments      {}\n  \
                 overlaps           {}\n  repaired           {}",
                if report.clean { "clean" } else { "NOT CLEAN" },
                report.segments,
                output::bytes(report.bytes),
                report.rows_without_file,
                report.files_without_row,
                report.bad_fragments,
                report.overlaps,
                report.repaired,
            );
            for volume in report.volumes.iter().filter(|volume| volume.unchecked.is_some()) {
                text.push_str(&format!("\n  not checked        {}", volume.path));
            }
            text
        });
        Ok(if report.clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
    .await
}
