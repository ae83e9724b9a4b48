//! `retention`: what the rules delete next, what they have deleted, and keeping them at once.

use super::Outcome;
use crate::args::Retention;
use crate::output::{self, Output};
use crate::session;
use atalaya_presenter::vm::retention::RetentionPlanVm;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Retention, output: &Output) -> Outcome {
    match verb {
        Retention::Plan => {
            session::reading(data_dir, async |engine| {
                output.result(&engine.retention().plan().await?, |plan| text(plan, "would go"));
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Retention::Run { all } => {
            session::changing(data_dir, async |engine| {
                output.result(&engine.retention().run(all).await?, |plan| text(plan, "went"));
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Retention::Log { limit } => {
            session::reading(data_dir, async |engine| {
                for deletion in engine.retention().deletions(limit).await? {
                    output.result(&deletion, |one| {
                        format!(
                            "{}  {}  {} to {}  {} files  {:>9}  {} ({})",
                            one.at,
                            one.camera,
                            one.start,
                            one.end,
                            one.segments,
                            output::bytes(one.bytes),
                            one.rule,
                            one.author
                        )
                    });
                }
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Retention::Reserve { bytes } => {
            session::changing(data_dir, async |engine| {
                engine.retention().set_reserve(bytes).await?;
                output.note("The reserve is set.");
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
    }
}

fn text(plan: &RetentionPlanVm, verb: &str) -> String {
    let mut lines: Vec<String> = plan
        .cameras
        .iter()
        .map(|camera| {
            format!(
                "{}: {} files {verb}, {}, {:.1} % of its footage, until {}",
                camera.camera,
                camera.segments,
                output::bytes(camera.bytes),
                camera.share * 100.0,
                camera.until
            )
        })
        .collect();
    if lines.is_empty() {
        lines.push("Nothing is to be deleted.".to_owned());
    }
    if plan.held_back {
        lines.push("More is left for the next passes; --all deletes it at once.".to_owned());
    }
    lines.join("\n")
}
