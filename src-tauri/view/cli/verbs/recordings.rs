//! `recordings`: what is there, what is missing, and how much that is.

use super::Outcome;
use crate::args::Recordings;
use crate::output::{self, Output};
use crate::session;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Recordings, output: &Output) -> Outcome {
    session::reading(data_dir, async |engine| {
        let recordings = engine.recordings();
        let (camera, from, to) = (&verb.camera, &verb.from, &verb.to);
        if verb.coverage {
            output.result(&recordings.coverage(camera, from, to).await?, |coverage| {
                format!(
                    "{:.3} % of {:.0} s: {:.1} s recorded",
                    coverage.coverage * 100.0,
                    coverage.seconds_expected,
                    coverage.seconds_recorded
                )
            });
        } else if verb.gaps {
            for gap in recordings.gaps(camera, from, to).await? {
                output.result(&gap, |gap| {
                    format!(
                        "{}  {}  {}",
                        gap.start,
                        gap.end.as_deref().unwrap_or("still missing           "),
                        gap.cause
                    )
                });
            }
        } else {
            for segment in recordings.list(camera, from, to).await? {
                output.result(&segment, |segment| {
                    format!(
                        "{}  {}  {:>9}  {} {}x{}{}  {}{}",
                        segment.start,
                        segment.end,
                        output::bytes(segment.bytes),
                        segment.codec,
                        segment.width,
                        segment.height,
                        segment.audio.as_ref().map(|audio| format!(" + {audio}")).unwrap_or_default(),
                        segment.path,
                        if segment.open { "  (being written)" } else { "" },
                    )
                });
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}
