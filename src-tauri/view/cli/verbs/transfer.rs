//! `camera export` and `camera import`: the configuration as a file.

use super::Outcome;
use crate::args::{ExportCameras, ImportCameras};
use crate::output::{self, Output};
use crate::{password, session};
use atalaya_model::{Error, Kind};
use atalaya_presenter::vm::transfer::ImportedCameraVm;
use atalaya_presenter::{FILE_MAX_BYTES, UserError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) async fn export(data_dir: Option<PathBuf>, verb: ExportCameras, output: &Output) -> Outcome {
    let passphrase = password::passphrase(&verb.secrets, true)?;
    session::reading(data_dir, async |engine| {
        let path = verb.file.to_string_lossy();
        let written = engine.transfer().export(&path, passphrase, verb.overwrite).await?;
        output.result(&written, |written| {
            format!(
                "{}: {} cameras, {} logins, {} credential sets, {} views and tours, {}",
                written.path,
                written.cameras,
                written.logins,
                written.credential_sets,
                written.views,
                output::bytes(written.bytes)
            )
        });
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Fails when nothing was changed because a camera is here already.
pub(crate) async fn import(data_dir: Option<PathBuf>, verb: ImportCameras, output: &Output) -> Outcome {
    let bytes = read(&verb.file)?;
    let passphrase = password::passphrase(&verb.secrets, false)?;
    session::changing(data_dir, async |engine| {
        let report = engine.transfer().import(&bytes, passphrase, verb.replace).await?;
        for camera in &report.cameras {
            output.result(camera, text);
        }
        for set in &report.credential_sets {
            output.result(set, |set| format!("{:<9} credential set {}", set.outcome, set.credential_set));
        }
        if report.views > 0 {
            output.note(&format!("{} saved views and tours added.", report.views));
        }
        if report.changed {
            return Ok(ExitCode::SUCCESS);
        }
        output
            .note("Nothing was changed: cameras of the file are here already. Replace them with --replace.");
        Ok(ExitCode::FAILURE)
    })
    .await
}

fn text(camera: &ImportedCameraVm) -> String {
    let existing = camera.existing.as_ref().map(|name| format!(" (here as {name})")).unwrap_or_default();
    let login = if camera.login { ", with its login" } else { "" };
    format!("{:<9} {}{existing}{login}", camera.outcome, camera.name)
}

/// One byte more than a configuration can have says enough.
fn read(path: &Path) -> Result<Vec<u8>, UserError> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path);
    file.and_then(|file| file.take(FILE_MAX_BYTES as u64 + 1).read_to_end(&mut bytes)).map_err(|cause| {
        let kind = match cause.kind() {
            std::io::ErrorKind::NotFound => Kind::NotFound,
            _ => Kind::InvalidInput,
        };
        Error::new(kind, "the file cannot be read").with("path", path.display()).caused_by(cause)
    })?;
    Ok(bytes)
}
