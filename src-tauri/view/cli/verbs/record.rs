//! `record set`: what is recorded of a camera.

use super::Outcome;
use crate::args::Record;
use crate::output::Output;
use crate::session;
use atalaya_model::{Error, Kind, Result};
use atalaya_presenter::vm::recording::RecordVm;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

/// The most that is read of a schedule's file, in bytes; a schedule is about 350.
const SCHEDULE_MAX_BYTES: u64 = 4096;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Record, output: &Output) -> Outcome {
    let Record::Set { camera, mode, schedule, pre, post, retention_days, quota } = verb;
    let record = RecordVm {
        mode,
        schedule: schedule.map(read).transpose()?,
        pre_seconds: pre,
        post_seconds: post,
        retention_days,
        quota_bytes: quota,
    };
    session::changing(data_dir, async |engine| {
        let camera = engine.cameras().set_record(&camera, &record).await?;
        output.result(&camera, |camera| format!("{}: recording is {}", camera.name, camera.record_mode));
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// The schedule itself, or that of `@FILE`.
fn read(given: String) -> Result<String> {
    let Some(path) = given.strip_prefix('@') else { return Ok(given) };
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(SCHEDULE_MAX_BYTES).read_to_string(&mut text))
        .map_err(|error| {
            Error::new(Kind::InvalidInput, "the schedule's file cannot be read")
                .with("file", path)
                .caused_by(error)
        })?;
    Ok(text)
}
