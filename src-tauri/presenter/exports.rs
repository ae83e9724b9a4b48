//! Exports as jobs: they go on while the user does something else, tell how far they are, and can be cancelled.

use crate::Result;
use crate::engine::Inner;
use crate::vm::error::UserError;
use crate::vm::event::EventVm;
use crate::vm::recording::{ExportJobVm, ExportVm};
use atalaya_model::camera::Camera;
use atalaya_model::export::{ExportRequest, Progress};
use atalaya_model::text::in_file_name;
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::{Error, Kind};
use std::collections::BTreeMap;
use std::path::MAIN_SEPARATOR;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// Exports of the same range of a camera that get names of their own.
const SAME_NAME_MAX: u32 = 99;

/// Finished jobs kept for the list.
const JOBS_KEPT: usize = 100;

/// Where an export goes.
#[derive(Debug, Clone)]
pub enum Destination<'a> {
    /// This file, which a person named.
    File {
        /// The file.
        path: &'a str,
        /// Whether it may be replaced.
        overwrite: bool,
    },
    /// A name made of camera and time, in this folder (S17: a window hands over no paths).
    Folder(&'a str),
}

struct Job {
    view: watch::Sender<ExportJobVm>,
    cancel: CancellationToken,
}

/// The jobs there are.
#[derive(Default)]
pub(crate) struct ExportJobs {
    jobs: BTreeMap<u32, Job>,
    last: u32,
}

/// Starts, watches and cancels exports.
pub struct Exports {
    engine: Arc<Inner>,
}

impl Exports {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    fn jobs(&self) -> MutexGuard<'_, ExportJobs> {
        self.engine.exports.lock().expect("no holder panics")
    }

    /// Starts an export in the background; what becomes of it comes as events.
    pub async fn start(
        &self,
        camera: &str,
        from: &str,
        to: &str,
        to_file: Destination<'_>,
    ) -> Result<ExportJobVm> {
        let (_, view) = self.launch(camera, from, to, to_file).await?;
        let job = view.borrow().clone();
        Ok(job)
    }

    /// Exports and waits for the end. `progress` is told how far it is.
    pub async fn run(
        &self,
        camera: &str,
        from: &str,
        to: &str,
        to_file: Destination<'_>,
        mut progress: impl FnMut(Progress),
    ) -> Result<ExportVm> {
        let (cancel, mut view) = self.launch(camera, from, to, to_file).await?;
        // Dropping this future (Ctrl-C) cancels the export.
        let _cancel = cancel.drop_guard();
        loop {
            let job = view.borrow_and_update().clone();
            progress(Progress { done: job.done, total: job.total });
            if let Some(report) = job.report {
                return Ok(report);
            }
            if let Some(error) = job.error {
                return Err(error);
            }
            if view.changed().await.is_err() {
                return Err(Error::new(Kind::Cancelled, "the export ended with the program").into());
            }
        }
    }

    /// Cancels a job. One that has ended stays as it is.
    pub fn cancel(&self, id: u32) -> Result<()> {
        let jobs = self.jobs();
        let job =
            jobs.jobs.get(&id).ok_or_else(|| Error::new(Kind::NotFound, "no such export").with("id", id))?;
        job.cancel.cancel();
        Ok(())
    }

    /// All jobs since the program started, the newest first.
    pub fn list(&self) -> Vec<ExportJobVm> {
        self.jobs().jobs.values().rev().map(|job| job.view.borrow().clone()).collect()
    }

    async fn launch(
        &self,
        camera: &str,
        from: &str,
        to: &str,
        to_file: Destination<'_>,
    ) -> Result<(CancellationToken, watch::Receiver<ExportJobVm>)> {
        let range = TimeRange::new(WallTime::parse(from)?, WallTime::parse(to)?)?;
        let camera = self.engine.find_camera(camera).await?;
        let (names, overwrite) = match to_file {
            Destination::File { path, overwrite } => (vec![path.to_owned()], overwrite),
            Destination::Folder(folder) => {
                let stem = generated_stem(folder, &camera, range);
                let numbered = (2..=SAME_NAME_MAX).map(|n| format!("{stem}_{n}.mp4"));
                (std::iter::once(format!("{stem}.mp4")).chain(numbered).collect(), false)
            }
        };
        let cancel = self.engine.cancel.child_token();
        let (id, view) = {
            let mut jobs = self.jobs();
            jobs.last += 1;
            let id = jobs.last;
            let (sender, receiver) = watch::channel(ExportJobVm {
                id,
                camera_name: camera.name.clone(),
                start: range.start.to_rfc3339(),
                end: range.end.to_rfc3339(),
                state: "running".to_owned(),
                done: 0,
                total: 0,
                report: None,
                error: None,
            });
            jobs.jobs.insert(id, Job { view: sender, cancel: cancel.clone() });
            while jobs.jobs.len() > JOBS_KEPT {
                jobs.jobs.pop_first();
            }
            (id, receiver)
        };
        let request = ExportRequest {
            camera: camera.id,
            camera_name: camera.name,
            range,
            path: String::new(),
            overwrite,
        };
        self.engine.tasks.spawn(run(self.engine.clone(), id, request, names, cancel.clone()));
        Ok((cancel, view))
    }
}

/// Exports under the first of the names that is free.
async fn run(
    engine: Arc<Inner>,
    id: u32,
    request: ExportRequest,
    names: Vec<String>,
    cancel: CancellationToken,
) {
    let mut outcome = Err(Error::new(Kind::Conflict, "every name for the export is taken"));
    for path in names {
        let progress = teller(engine.clone(), id, cancel.clone());
        outcome = engine.ports.archive.export(ExportRequest { path, ..request.clone() }, progress).await;
        if !outcome.as_ref().is_err_and(|error| error.kind() == Kind::Conflict) {
            break;
        }
    }
    update(&engine, id, |job| match outcome {
        Ok(report) => {
            (job.done, job.total) = (report.bytes, report.bytes);
            "done".clone_into(&mut job.state);
            job.report = Some(ExportVm::from(&report));
        }
        Err(error) => {
            if error.kind() == Kind::Cancelled { "cancelled" } else { "failed" }.clone_into(&mut job.state);
            job.error = Some(UserError::from(error));
        }
    });
}

/// Tells how far a job is, not too often, and whether it is to go on.
fn teller(engine: Arc<Inner>, id: u32, cancel: CancellationToken) -> Box<dyn FnMut(Progress) -> bool + Send> {
    let mut told = engine.ports.clock.mono();
    Box::new(move |progress| {
        let now = engine.ports.clock.mono();
        if now.since(told) >= TELL_EVERY {
            told = now;
            update(&engine, id, |job| (job.done, job.total) = (progress.done, progress.total));
        }
        !cancel.is_cancelled()
    })
}

/// Changes a job and tells everybody.
fn update(engine: &Inner, id: u32, change: impl FnOnce(&mut ExportJobVm)) {
    let jobs = engine.exports.lock().expect("no holder panics");
    let Some(job) = jobs.jobs.get(&id) else { return };
    job.view.send_modify(change);
    engine.emit(EventVm::Export { job: job.view.borrow().clone() });
}

/// `FOLDER/Gate_2026-11-21_100500Z_12m00s`: the camera's name with everything that a file system could mind replaced,
/// the start, the length. The ending is added with the number, if there is such a file already.
fn generated_stem(folder: &str, camera: &Camera, range: TimeRange) -> String {
    let name = in_file_name(&camera.name);
    let start: String = range.start.to_rfc3339().chars().take(19).filter(|&c| c != ':').collect();
    let seconds = range.duration().as_secs();
    let start = start.replace('T', "_");
    format!("{folder}{MAIN_SEPARATOR}{name}_{start}Z_{}m{:02}s", seconds / 60, seconds % 60)
}
