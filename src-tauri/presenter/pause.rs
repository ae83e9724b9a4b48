//! Accounting for the time in which a person has switched recording off, by the camera's switch or by its record mode:
//! a gap with the cause `paused`, which coverage does not expect to be there.
//!
//! While an engine records, the camera's recorder opens that gap itself, as it alone knows up to where it has written.

use crate::engine::Inner;
use crate::vm::event::EventVm;
use crate::vm::recording::GapVm;
use atalaya_model::Result;
use atalaya_model::camera::Camera;
use atalaya_model::recording::{Gap, GapCause};

/// Called when a camera's settings are stored and before its pulls hear of them.
pub(crate) async fn account(engine: &Inner, before: &Camera, after: &Camera) -> Result<()> {
    match (before.is_recorded(), after.is_recorded()) {
        (false, true) => close(engine, after).await,
        (true, false) if !engine.options.record => open(engine, after).await,
        _ => Ok(()),
    }
}

/// From now on it is not the person's wish any more that nothing is recorded.
pub(crate) async fn close(engine: &Inner, camera: &Camera) -> Result<()> {
    let closed = engine.ports.archive.close_gap(camera.id, engine.ports.clock.wall()).await?;
    if let Some(gap) = closed {
        engine.emit(EventVm::GapClosed { camera: camera.id.to_string(), gap: GapVm::from(&gap) });
    }
    Ok(())
}

/// No engine records: what is missing up to now is missing because none was running.
async fn open(engine: &Inner, camera: &Camera) -> Result<()> {
    let (archive, now) = (&engine.ports.archive, engine.ports.clock.wall());
    // A camera that was never recorded has nothing to account for.
    let Some(until) = archive.accounted_until(camera.id).await? else { return Ok(()) };
    // A gap that lasts keeps its cause up to now.
    let lasted = archive.close_gap(camera.id, now).await?;
    let gap = |start, end, cause| Gap { camera: camera.id, start, end, cause };
    if lasted.is_none() && until < now {
        archive.open_gap(gap(until, Some(now), GapCause::AppClosed)).await?;
    }
    archive.open_gap(gap(now, None, GapCause::Paused)).await
}
