//! Exports: a range of a camera's footage as one flat MP4, without transcoding. The new file appears under its name
//! when it is whole and durable, or not at all (R20).

mod copy;
mod plan;

use super::{SqliteArchive, blocking, gaps};
use crate::data_dir::io_error;
use atalaya_model::camera::Role;
use atalaya_model::export::{ExportReport, ExportRequest, Progress};
use atalaya_model::ports::Archive;
use atalaya_model::recording::Gap;
use atalaya_model::{Error, Kind, Result};
use copy::NewFile;
use plan::Source;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asked often; false stops the export.
type OnProgress = Box<dyn FnMut(Progress) -> bool + Send>;

impl SqliteArchive {
    /// Makes the file. `Conflict` when there is one and it may not be replaced, `NotFound` when nothing was recorded.
    pub(super) async fn export_range(
        &self,
        request: ExportRequest,
        mut progress: OnProgress,
    ) -> Result<ExportReport> {
        check_path(&request)?;
        let (mut sources, mut there) = (Vec::new(), BTreeSet::new());
        for segment in self.segments(Some(request.camera), request.range).await? {
            if segment.role == Role::Main {
                // A disk that is not there is named, and not the first of its files.
                if there.insert(segment.place.volume) {
                    self.volume_of(&segment.place).await?.check().await?;
                }
                sources.push(Source {
                    path: Self::full_path(&segment),
                    fragments: self.fragments(&segment).await?,
                });
            }
        }
        let noted = gaps::touching(&mut *self.reader().await?, request.camera, request.range).await?;
        let caller = Caller(Arc::default());
        let gone = caller.0.clone();
        blocking(move || {
            let wanted = move |done| !gone.load(Ordering::Relaxed) && progress(done);
            run(&request, sources, &noted, wanted)
        })
        .await
    }
}

/// Whoever waits for the export. When it is dropped, the export stops: nobody would learn of the file.
struct Caller(Arc<AtomicBool>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn check_path(request: &ExportRequest) -> Result<()> {
    let path = Path::new(&request.path);
    let refuse = |kind, message: &'static str| Err(Error::new(kind, message).with("path", &request.path));
    if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("mp4")) {
        return refuse(Kind::InvalidInput, "an export's file name ends in .mp4");
    }
    if !path.parent().is_some_and(|folder| folder.as_os_str().is_empty() || folder.is_dir()) {
        return refuse(Kind::InvalidInput, "the folder for the export does not exist");
    }
    if path.is_dir() || (!request.overwrite && path.exists()) {
        return refuse(Kind::Conflict, "there is such a file already");
    }
    Ok(())
}

fn run(
    request: &ExportRequest,
    sources: Vec<Source>,
    noted: &[Gap],
    mut wanted: impl FnMut(Progress) -> bool,
) -> Result<ExportReport> {
    let cancelled = || Error::new(Kind::Cancelled, "the export was cancelled").with("path", &request.path);
    // Reading the tables of a long range takes seconds, too.
    let mut reading = || wanted(Progress::default()).then_some(()).ok_or_else(cancelled);
    let mut plan = plan::plan(request, sources, noted, &mut reading)?;
    let layout = plan.movie.layout();
    let path = Path::new(&request.path);
    let mut file = NewFile::create(path)?;
    let sha256 = copy::fill(&mut file, &layout, &mut plan.files, |done| {
        let progress = Progress { done, total: layout.total };
        wanted(progress).then_some(()).ok_or_else(cancelled)
    })?;
    file.persist(request.overwrite)?;
    let bytes = std::fs::metadata(path).map_err(|error| io_error("the export is gone", path, error))?.len();
    Ok(ExportReport {
        path: request.path.clone(),
        bytes,
        sha256,
        duration_ms: plan.movie.presented / 90,
        range: plan.shown,
        gaps: plan.gaps,
    })
}
