//! Publishes figures twice a second while somebody listens.

use crate::engine::Inner;
use crate::forecast;
use crate::pull::{PullHandle, PullReport};
use crate::record_gate::Demand;
use crate::recorder::RecorderStatus;
use crate::vm::event::EventVm;
use crate::vm::recording::StatusVm;
use atalaya_model::camera::Role;
use atalaya_model::ports::Storage;
use atalaya_model::pull::PullState;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// At most twice a second (the view would not show more).
const EVERY: Duration = Duration::from_millis(500);

/// The storage's room is read at every so many publications.
const STORAGE_EVERY: u32 = 10;

/// It is foretold at every so many publications when the storage asks for room.
const FORECAST_EVERY: u32 = 60;

/// Runs until the engine ends.
pub(crate) async fn publish(engine: Arc<Inner>) {
    let mut storage = Storage::default();
    let mut days_left = None;
    let mut round = 0_u32;
    loop {
        tokio::select! {
            () = engine.ports.clock.sleep(EVERY) => {}
            () = engine.cancel.cancelled() => return,
        }
        if engine.events.receiver_count() == 0 {
            continue;
        }
        if round.is_multiple_of(STORAGE_EVERY) {
            match engine.ports.archive.storage().await {
                Ok(read) => storage = read,
                Err(error) => tracing::warn!(%error, "the storage's room could not be read"),
            }
        }
        if round.is_multiple_of(FORECAST_EVERY) {
            match forecast::days_left(&engine).await {
                Ok(days) => days_left = days,
                Err(error) => tracing::warn!(%error, "when the storage asks for room could not be foretold"),
            }
        }
        round = round.wrapping_add(1);
        let cameras_total = match engine.ports.cameras.list().await {
            // One that is switched off is not missed.
            Ok(cameras) => cameras.iter().filter(|camera| camera.enabled).count() as u32,
            Err(_) => continue,
        };
        engine.emit(measure(&engine, storage, days_left, cameras_total));
    }
}

fn measure(engine: &Inner, storage: Storage, days_left: Option<f64>, cameras_total: u32) -> EventVm {
    let now = engine.ports.clock.mono();
    let pulls = engine.all_pulls();
    let reports: Vec<_> = pulls.iter().map(PullHandle::report).collect();
    let live: BTreeSet<_> =
        reports.iter().filter(|r| matches!(r.state, PullState::Live { .. })).map(|r| r.camera.id).collect();
    let (recording, waiting) = demanded(&pulls, &reports);
    let sum = |window| pulls.iter().map(|pull| pull.recorder().bytes_since(now, window)).sum::<u64>();
    EventVm::Metrics {
        streams: pulls
            .iter()
            .zip(&reports)
            .filter(|(_, report)| report.wanted)
            .map(|(pull, _)| pull.metrics(now))
            .collect(),
        status: StatusVm {
            cameras_live: live.len() as u32,
            cameras_total,
            cameras_recording: recording,
            cameras_waiting: waiting,
            recorded_bytes_10s: sum(RecorderStatus::PROOF_WINDOW),
            used_bytes: storage.used_bytes,
            free_bytes: storage.free_bytes,
            days_left,
            machine: engine.machine.load().map(Into::into),
        },
    }
}

/// How many cameras are to be recorded now, and how many wait for a motion or a time.
fn demanded(pulls: &[PullHandle], reports: &[PullReport]) -> (u32, u32) {
    let (mut recording, mut waiting) = (0, 0);
    for (pull, report) in pulls.iter().zip(reports) {
        match pull.recorder().wanted().0 {
            Demand::Record => recording += 1,
            Demand::Motion | Demand::Nothing => waiting += 1,
            // Its pull has not looked at it yet.
            Demand::Off => {
                recording += u32::from(report.role == Role::Main && report.camera.is_recorded());
            }
        }
    }
    (recording, waiting)
}
