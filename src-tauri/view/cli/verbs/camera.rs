//! `camera`: add, list, show, edit, clone, follow, remove, test, report.

use super::{Outcome, transfer};
use crate::args::{AddCamera, Camera};
use crate::output::{self, Output};
use crate::{password, session};
use atalaya_presenter::vm::camera::{self, CameraVm, CloneCamera, EditCamera, StreamTestVm, StreamVm};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Camera, output: &Output) -> Outcome {
    match verb {
        Camera::Add(add) => {
            if add.allow_basic {
                output::warning(BASIC_WARNING);
            }
            let camera = request(add)?;
            session::changing(data_dir, async |engine| {
                output.result(&engine.cameras().add(camera).await?, text);
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Camera::List { group } => {
            session::reading(data_dir, async |engine| {
                let cameras = match &group {
                    Some(group) => engine.cameras().list_in(group).await?,
                    None => engine.cameras().list().await?,
                };
                for camera in &cameras {
                    output.result(camera, text);
                }
                if cameras.is_empty() && group.is_some() {
                    output.note("No camera is in this group.");
                } else if cameras.is_empty() {
                    output.note("No cameras yet. Find some with `scan`, add them with `camera add`.");
                }
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Camera::Show(one) => {
            session::reading(data_dir, async |engine| {
                output.result(&engine.cameras().get(&one.camera).await?, text);
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Camera::Edit(edit) => {
            let password = password::read(&edit.login)?;
            if edit.allow_basic == Some(true) {
                output::warning(BASIC_WARNING);
            }
            let changes = EditCamera {
                name: edit.name,
                user: edit.login.user,
                password,
                transport: edit.transport,
                allow_basic: edit.allow_basic,
                tls_fingerprint: edit.tls_fingerprint,
                snapshot_every_ms: edit.snapshot_every.map(millis),
                credentials: edit.credentials,
                group: edit.group,
                enabled: edit.enabled,
            };
            session::changing(data_dir, async |engine| {
                output.result(&engine.cameras().edit(&edit.camera, changes).await?, text);
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Camera::Clone(clone) => {
            if clone.allow_basic {
                output::warning(BASIC_WARNING);
            }
            let to = CloneCamera {
                host: clone.host,
                onvif_port: clone.onvif_port,
                name: clone.name,
                allow_basic: Some(clone.allow_basic),
            };
            session::changing(data_dir, async |engine| {
                output.result(&engine.cameras().clone_of(&clone.camera, to).await?, text);
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Camera::Follow(one) => {
            session::changing(data_dir, async |engine| {
                output.result(&engine.cameras().follow(&one.camera).await?, text);
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Camera::Remove(one) => {
            session::changing(data_dir, async |engine| {
                engine.cameras().remove(&one.camera).await?;
                output.result(&json!({ "removed": one.camera }), |_| {
                    format!("Removed {}. Its recordings stay.", one.camera)
                });
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Camera::Report(report) => {
            let language = report.language.parse()?;
            session::reading(data_dir, async |engine| {
                let reports = engine.reports();
                let tell = |done, total| output.note(&format!("{done} of {total} cameras"));
                let page = reports.commissioning(language, env!("CARGO_PKG_VERSION"), tell).await?;
                let (path, bytes) = (report.output.to_string_lossy(), page.len());
                reports.save(page, &path, report.overwrite).await?;
                output.result(&json!({ "path": path, "bytes": bytes }), |_| path.to_string());
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Camera::Export(export) => transfer::export(data_dir, export, output).await,
        Camera::Import(import) => transfer::import(data_dir, import, output).await,
        Camera::Test(one) => {
            session::reading(data_dir, async |engine| {
                let tests = engine.cameras().test(&one.camera).await?;
                for test in &tests {
                    output.result(test, test_text);
                }
                Ok(if tests.iter().all(|test| test.ok) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            })
            .await
        }
    }
}

const BASIC_WARNING: &str =
    "Warning: this camera's password may go over the network in the clear, where anybody can read it.";

/// What is too long for the type is too long for the presenter as well.
fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

fn request(add: AddCamera) -> Result<camera::AddCamera, atalaya_presenter::UserError> {
    let password = password::read(&add.login)?;
    Ok(camera::AddCamera {
        name: add.name,
        suggested_name: None,
        host: add.host,
        onvif_port: add.onvif_port,
        url: add.url,
        sub_url: add.sub_url,
        transport: add.transport,
        http_kind: add.http_kind,
        snapshot_every_ms: add.snapshot_every.map(millis),
        allow_basic: Some(add.allow_basic),
        tls_fingerprint: add.tls_fingerprint,
        user: add.login.user,
        password,
        credentials: add.credentials,
        group: add.group,
        record: add.record,
    })
}

fn text(camera: &CameraVm) -> String {
    let mut text = format!(
        "{}{}{}\n  id        {}\n  host      {}\n  recording {}",
        camera.name,
        if camera.simulated { "  (simulated)" } else { "" },
        if camera.enabled { "" } else { "  (switched off)" },
        camera.id,
        camera.host,
        camera.record_mode,
    );
    if let Some(days) = camera.retention_days {
        text.push_str(&format!(", kept {days} days"));
    }
    if let Some(quota) = camera.quota_bytes {
        text.push_str(&format!(", at most {}", output::bytes(quota)));
    }
    if let Some(group) = &camera.group {
        text.push_str(&format!("\n  group     {group}"));
    }
    if let Some(fingerprint) = &camera.tls_fingerprint {
        text.push_str(&format!("\n  trusted   {fingerprint}"));
    }
    for stream in &camera.streams {
        text.push_str(&format!("\n  {:<9} {}", stream.role, stream_text(stream)));
    }
    text
}

fn stream_text(stream: &StreamVm) -> String {
    let mut text = String::new();
    if let (Some(codec), Some(width), Some(height)) = (&stream.codec, stream.width, stream.height) {
        text.push_str(&format!("{codec} {width}x{height}"));
    }
    if let Some(fps) = stream.fps {
        text.push_str(&format!(" {fps} fps"));
    }
    if let Some(audio) = &stream.audio {
        text.push_str(&format!(" + {audio}"));
    }
    let how = stream.snapshot_every_ms.map_or_else(
        || stream.transport.clone(),
        |ms| format!("a picture every {} s", f64::from(ms) / 1000.0),
    );
    format!("{text}  {} ({how})", stream.url)
}

fn test_text(test: &StreamTestVm) -> String {
    match (&test.error, test.first_picture_ms) {
        (None, ms) => {
            let note = test.audio_note.as_ref().map(|note| format!("\n          audio left out: {note}"));
            let ms = ms.unwrap_or_default();
            format!(
                "{:<9} ok, first picture after {ms} ms: {}{}",
                test.role,
                stream_text(&test.stream),
                note.unwrap_or_default()
            )
        }
        (Some(error), _) => {
            let shown = error.params.get("fingerprint").map(|shown| format!("\n          it shows {shown}"));
            format!(
                "{:<9} failed: {} ({}){}",
                test.role,
                error.message,
                error.code,
                shown.unwrap_or_default()
            )
        }
    }
}
