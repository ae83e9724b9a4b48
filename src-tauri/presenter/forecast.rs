//! When the storage asks for room, as it is set and as it might be.

use crate::Result;
use crate::engine::Inner;
use crate::kept::Kept;
use crate::vm::retention::{CameraForecastVm, ForecastVm, WhatIfVm};
use atalaya_model::camera::{CameraId, Role};
use atalaya_model::forecast::{self, Forecast, Outlook};
use atalaya_model::retention::{DAY_US, Footage, Limits, Planner};
use atalaya_model::time::{TimeRange, WallTime};
use std::sync::Arc;
use std::time::Duration;

/// What is measured where no full day is recorded yet. Less would tell more about key pictures than about a day.
const MEASURED: Duration = Duration::from_mins(1);

/// Foretells.
pub struct Forecasts {
    engine: Arc<Inner>,
}

impl Forecasts {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// When the storage asks for room; with other rules than are set, when they are given.
    pub async fn storage(&self, what_if: Option<WhatIfVm>) -> Result<ForecastVm> {
        let what_if = what_if.unwrap_or_default();
        let mut kept = Kept::read(&self.engine).await?;
        kept.reserve = what_if.reserve_bytes.or(kept.reserve);
        let looked = look(&self.engine, &kept, &trials(&what_if)?).await?;
        let cameras = looked.footage.iter().zip(&looked.outlooks).zip(&looked.told.cameras);
        Ok(ForecastVm {
            cameras: cameras
                .map(|((footage, outlook), told)| {
                    let oldest = outlook.oldest.map(|oldest| oldest.start.to_rfc3339());
                    CameraForecastVm {
                        camera: footage.camera.to_string(),
                        used_bytes: footage.bytes,
                        protected_bytes: footage.protected_bytes,
                        bytes_per_day: outlook.bytes_per_day,
                        keeps_days: told.keeps_days,
                        first_deletion: told.first.map(|(at, _)| at.to_rfc3339()),
                        goes: told.first.and(oldest.clone()),
                        rule: told.first.map(|(_, rule)| rule.code().to_owned()),
                        oldest,
                    }
                })
                .collect(),
            reserve_bytes: looked.reserve,
            free_bytes: looked.free,
            full_at: looked.told.full_at.map(WallTime::to_rfc3339),
        })
    }
}

/// Days until the oldest footage has to make room, zero when it does so already; none when the other rules keep the
/// storage from that, or when nothing is known yet.
pub(crate) async fn days_left(engine: &Inner) -> atalaya_model::Result<Option<f64>> {
    let kept = Kept::read(engine).await?;
    let told = look(engine, &kept, &[]).await?.told;
    Ok(told.full_at.map(|at| (at.micros_since(kept.now) as f64 / DAY_US as f64).max(0.0)))
}

/// What a camera records in a day, as its last full days say, else its last minute; zero when it is not recorded.
pub(crate) fn daily_bytes(engine: &Inner, kept: &Kept, camera: CameraId) -> Option<f64> {
    if !kept.cameras.iter().any(|one| one.id == camera && one.is_recorded()) {
        return Some(0.0);
    }
    let full_days = Kept::full_days(kept.now);
    let holding = kept.holdings.iter().find(|holding| holding.camera == camera);
    holding
        .and_then(|holding| forecast::daily_bytes(holding, &full_days))
        .or_else(|| measured(engine, camera))
}

fn measured(engine: &Inner, camera: CameraId) -> Option<f64> {
    let now = engine.ports.clock.wall();
    if now < engine.started + MEASURED {
        return None;
    }
    let mono = engine.ports.clock.mono();
    let pulls = engine.all_pulls();
    let mut of_camera = pulls.iter().filter(|pull| {
        let report = pull.report();
        report.camera.id == camera && report.role == Role::Main
    });
    let bytes = of_camera.next()?.recorder().bytes_since(mono, MEASURED);
    (bytes > 0).then(|| bytes as f64 / MEASURED.as_secs_f64() * 86_400.0)
}

/// What was looked at, and what is told of it.
struct Looked {
    footage: Vec<Footage>,
    outlooks: Vec<Outlook>,
    free: u64,
    reserve: u64,
    told: Forecast,
}

async fn look(engine: &Inner, kept: &Kept, trials: &[(CameraId, Trial)]) -> atalaya_model::Result<Looked> {
    let mut footage = kept.footage(engine, kept.reference()).await?;
    // Cameras that have nothing yet will have.
    for camera in &kept.cameras {
        if !footage.iter().any(|one| one.camera == camera.id) {
            let limits = Limits::from(&camera.record);
            let (bytes, protected) = (0, Vec::new());
            footage.push(Footage { camera: camera.id, bytes, protected_bytes: 0, limits, protected });
        }
    }
    let mut outlooks = Vec::with_capacity(footage.len());
    for one in &mut footage {
        for (_, trial) in trials.iter().filter(|(camera, _)| *camera == one.camera) {
            match trial {
                Trial::Days(days) => one.limits.days = *days,
                Trial::Bytes(bytes) => one.limits.bytes = *bytes,
            }
        }
        outlooks.push(Outlook {
            camera: one.camera,
            free_to_go: one.bytes - one.protected_bytes,
            bytes_per_day: daily_bytes(engine, kept, one.camera),
            oldest: oldest(engine, one).await?,
            limits: one.limits,
        });
    }
    let free = kept.rooms.iter().map(|room| room.free_bytes).sum();
    let reserve = kept.rooms.iter().map(|room| kept.reserve_of(room)).sum();
    // Where the system does not tell the room, there is no rule of the reserve.
    let spare = if kept.rooms.is_empty() { u64::MAX } else { free };
    let told = forecast::forecast(&outlooks, spare, reserve, kept.now);
    Ok(Looked { footage, outlooks, free, reserve, told })
}

/// A camera's oldest segment that is not protected: what a pass would take first that had to take something.
async fn oldest(engine: &Inner, footage: &Footage) -> atalaya_model::Result<Option<TimeRange>> {
    // One byte too many makes one segment go.
    let limits = Limits { days: None, bytes: Some(0) };
    let greedy = Footage { bytes: 1, protected_bytes: 0, limits, ..footage.clone() };
    let mut planner = Planner::new(vec![greedy], &[], None, false);
    while let Some(page) = planner.wants() {
        planner.give(engine.ports.retention.oldest(page).await?);
    }
    Ok(planner.finish().doomed.first().map(|first| first.range))
}

/// A rule to be tried out on a camera.
enum Trial {
    Days(Option<u32>),
    Bytes(Option<u64>),
}

fn trials(what_if: &WhatIfVm) -> Result<Vec<(CameraId, Trial)>> {
    let mut out = Vec::with_capacity(what_if.quotas.len() + what_if.retention.len());
    for quota in &what_if.quotas {
        out.push((quota.camera.parse()?, Trial::Bytes(quota.quota_bytes)));
    }
    for retention in &what_if.retention {
        out.push((retention.camera.parse()?, Trial::Days(retention.days)));
    }
    Ok(out)
}
