//! `record set`: what is recorded of a camera.

use super::Outcome;
use crate::args::Record;
use crate::output::Output;
use crate::session;
use atalaya_presenter::vm::recording::RecordVm;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn run(data_dir: Option<PathBuf>, verb: Record, output: &Output) -> Outcome {
    let Record::Set { camera, mode, retention_days, quota } = verb;
    let record = RecordVm { mode, retention_days, quota_bytes: quota };
    session::changing(data_dir, async |engine| {
        let camera = engine.cameras().set_record(&camera, &record).await?;
        output.result(&camera, |camera| format!("{}: recording is {}", camera.name, camera.record_mode));
        Ok(ExitCode::SUCCESS)
    })
    .await
}
