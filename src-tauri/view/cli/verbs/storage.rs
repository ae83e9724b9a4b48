//! `storage`: the directories that footage is kept in, and which camera's goes where.

use super::Outcome;
use crate::args::Storage;
use crate::output::{self, Output};
use crate::session;
use atalaya_presenter::vm::storage::VolumeVm;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Storage, output: &Output) -> Outcome {
    match verb {
        Storage::Forecast => super::forecast::run(data_dir, output).await,
        Storage::List => {
            session::reading(data_dir, async |engine| {
                for volume in engine.storage().list().await? {
                    output.result(&volume, text);
                }
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Storage::Add { directory } => {
            let directory = absolute(&directory)?;
            session::changing(data_dir, async |engine| {
                output.result(&engine.storage().add(&directory).await?, text);
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Storage::Remove { id, force } => {
            session::changing(data_dir, async |engine| {
                engine.storage().remove(&id, force).await?;
                output.result(&json!({ "removed": id }), |_| format!("{id} is out of use. Its files stay."));
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Storage::Assign { camera, id } => {
            let volume = (id != "default").then_some(id.as_str());
            session::changing(data_dir, async |engine| {
                engine.storage().assign(&camera, volume).await?;
                output.result(&json!({ "camera": camera, "volume": volume }), |_| {
                    format!("{camera} is recorded to {}", volume.unwrap_or("the default storage directory"))
                });
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Storage::Default { id } => {
            session::changing(data_dir, async |engine| {
                engine.storage().make_default(&id).await?;
                output
                    .result(&json!({ "default": id }), |_| format!("{id} is the default storage directory"));
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
    }
}

/// A path counts from where the command was typed.
fn absolute(directory: &std::path::Path) -> Result<String, atalaya_presenter::UserError> {
    let path = std::path::absolute(directory).ok().and_then(|path| path.to_str().map(str::to_owned));
    path.ok_or_else(|| {
        atalaya_model::Error::new(atalaya_model::Kind::InvalidInput, "not a path that can be used")
            .with("path", directory.display())
            .into()
    })
}

fn text(volume: &VolumeVm) -> String {
    let room = |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), output::bytes);
    format!(
        "{}  {:<9}  {}{}\n  {} of footage, {} of {} free{}{}",
        volume.id,
        volume.state,
        volume.path,
        if volume.is_default { "  (default)" } else { "" },
        output::bytes(volume.used_bytes),
        room(volume.free_bytes),
        room(volume.total_bytes),
        if volume.cameras.is_empty() {
            String::new()
        } else {
            format!("\n  cameras: {}", volume.cameras.join(" "))
        },
        volume.detail.as_ref().map(|detail| format!("\n  {detail}")).unwrap_or_default(),
    )
}
