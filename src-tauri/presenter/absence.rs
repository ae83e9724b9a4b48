//! Accounting for the time in which no engine ran. What the schedule did not want is not missed; that the engine ended
//! while nothing was to be recorded must not make what came after it unwanted.

use crate::engine::Inner;
use atalaya_model::Result;
use atalaya_model::camera::{Camera, RecordMode};
use atalaya_model::ports::Ports;
use atalaya_model::recording::{Gap, GapCause};
use atalaya_model::schedule::SlotMode;
use atalaya_model::time::{TimeRange, WallTime};
use std::sync::Arc;
use std::time::Duration;

/// The setting that says when an engine last ran, in microseconds since 1970.
const ALIVE: &str = "engine_alive_us";

/// How often it is written.
const EVERY: Duration = Duration::from_mins(1);

/// The most changes of a schedule that are looked at: forty years of two a week.
const CHANGES_MAX: usize = 4096;

/// Says once a minute that an engine runs, until it ends.
pub(crate) async fn say_alive(engine: Arc<Inner>) {
    loop {
        let now = engine.ports.clock.wall().0.to_string();
        if let Err(error) = engine.ports.cameras.set_setting(ALIVE, Some(&now)).await {
            tracing::warn!(%error, "it could not be noted that the engine runs");
        }
        tokio::select! {
            () = engine.ports.clock.sleep(EVERY) => {}
            () = engine.cancel.cancelled() => return,
        }
    }
}

/// When an engine last ran, to the minute.
pub(crate) async fn last_alive(ports: &Ports) -> Result<Option<WallTime>> {
    let text = ports.cameras.setting(ALIVE).await?;
    Ok(text.and_then(|micros| micros.parse().ok()).map(WallTime))
}

/// Up to where everything of a camera is recorded or has its gap, when its recorder starts.
pub(crate) async fn account(engine: &Inner, camera: &Camera) -> Result<Option<WallTime>> {
    let archive = &engine.ports.archive;
    let started = engine.started;
    let lately = TimeRange { start: started - Duration::from_secs(1), end: started };
    let lasts = archive.gaps(camera.id, lately).await?.into_iter().find(|gap| gap.end.is_none());
    match lasts {
        Some(gap) if gap.cause == GapCause::Idle => {
            let end = engine.alive_before.unwrap_or(gap.start).min(started).max(gap.start);
            archive.close_gap(camera.id, end).await?;
        }
        Some(_) => return archive.accounted_until(camera.id).await,
        None => {}
    }
    let until = archive.accounted_until(camera.id).await?;
    match (until, &camera.schedule) {
        (Some(until), Some(schedule)) if until < started && camera.record.mode == RecordMode::Schedule => {
            let offset_s = |at| engine.ports.clock.utc_offset_s(at);
            let mut gap = Gap { camera: camera.id, start: until, end: None, cause: GapCause::AppClosed };
            let mut at = until;
            for _ in 0..CHANGES_MAX {
                let cause = match camera.slot_at(at, offset_s(at)) {
                    SlotMode::Off => GapCause::Idle,
                    SlotMode::Continuous | SlotMode::Motion => GapCause::AppClosed,
                };
                if cause != gap.cause {
                    if gap.start < at {
                        archive.open_gap(Gap { end: Some(at), ..gap }).await?;
                    }
                    gap = Gap { start: at, cause, ..gap };
                }
                at = schedule.next_change(at, offset_s).map_or(started, |change| change.min(started));
                if at == started {
                    break;
                }
            }
            archive.open_gap(Gap { end: Some(started), ..gap }).await?;
            Ok(Some(started))
        }
        _ => Ok(until),
    }
}
