//! `snapshot`: saves a picture of what a camera sees now.

use super::Outcome;
use crate::args::Snapshot;
use crate::output::Output;
use crate::session;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Snapshot, output: &Output) -> Outcome {
    session::reading(data_dir, async |engine| {
        let stills = engine.stills();
        let still = stills.take(&verb.camera).await?;
        let path = verb.output.to_string_lossy();
        stills.save(&still, &path, verb.overwrite).await?;
        let result =
            json!({ "path": path, "width": still.width, "height": still.height, "source": still.source });
        output.result(&result, |_| {
            format!("{path}: {}x{}, from the {}", still.width, still.height, still.source)
        });
        Ok(ExitCode::SUCCESS)
    })
    .await
}
