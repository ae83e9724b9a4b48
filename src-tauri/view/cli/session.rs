//! Opens an installation and starts the engine for one verb, and ends both in order.

use atalaya_model::{Error, Kind};
use atalaya_presenter::{Engine, EngineOptions, UserError};
use atalaya_service::{Access, Installation};
use std::future::Future;
use std::path::PathBuf;

/// Runs `work` with an engine. `Access::Engine` takes the data directory's lock. An interruption is the work's own
/// to take care of.
pub(crate) async fn with_engine<T, F: Future<Output = Result<T, UserError>>>(
    data_dir: Option<PathBuf>,
    access: Access,
    options: EngineOptions,
    work: impl FnOnce(Engine) -> F,
) -> Result<T, UserError> {
    let installation = Installation::open(data_dir, access).await?;
    let engine = Engine::start(installation.ports(), options).await?;
    let outcome = work(engine.clone()).await;
    engine.shutdown().await;
    installation.close().await;
    outcome
}

/// For verbs that only read: works beside a running engine.
pub(crate) async fn reading<T, F: Future<Output = Result<T, UserError>>>(
    data_dir: Option<PathBuf>,
    work: impl FnOnce(Engine) -> F,
) -> Result<T, UserError> {
    let work = async |engine| interruptible(work(engine)).await;
    with_engine(data_dir, Access::Reader, EngineOptions::default(), work).await
}

/// For verbs that change something: a running engine would not notice, so there must be none.
pub(crate) async fn changing<T, F: Future<Output = Result<T, UserError>>>(
    data_dir: Option<PathBuf>,
    work: impl FnOnce(Engine) -> F,
) -> Result<T, UserError> {
    let work = async |engine| interruptible(work(engine)).await;
    with_engine(data_dir, Access::Engine, EngineOptions::default(), work).await
}

async fn interruptible<T>(work: impl Future<Output = Result<T, UserError>>) -> Result<T, UserError> {
    tokio::select! {
        outcome = work => outcome,
        () = interrupted() => Err(Error::new(Kind::Cancelled, "interrupted").into()),
    }
}

/// Ctrl-C, or the system's wish that the program end.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
