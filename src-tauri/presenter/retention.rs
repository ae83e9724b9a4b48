//! Keeps the retention rules: every few minutes a pass deletes what they say, every few seconds while the disk is
//! nearly full; a user may look at the next pass and ask for it at once. Each pass also sweeps one folder.

use crate::Result;
use crate::engine::Inner;
use crate::forecast;
use crate::kept::{Kept, RESERVE};
use crate::vm::event::EventVm;
use crate::vm::retention::{CameraPlanVm, DeletionVm, RetentionPlanVm};
use atalaya_model::camera::CameraId;
use atalaya_model::recording::SegmentId;
use atalaya_model::retention::{Author, ClockTrust, DeletionOrder, Doomed, Footage, Plan, Planner};
use atalaya_model::time::{MonoTime, WallTime};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often the rules are kept. A file holds a minute, so an hour's quota is exceeded by a tenth at the most.
const EVERY: Duration = Duration::from_mins(5);

/// How often while less than half of a reserve is free, and how soon after the start.
const URGENT: Duration = Duration::from_secs(10);

/// How soon after a pass that failed.
const AGAIN: Duration = Duration::from_mins(1);

/// How often it is said that the storage is low.
const TELL_EVERY: Duration = Duration::from_hours(1);

/// Segments deleted between two looks at whether the engine ends.
const STEP: usize = 256;

/// What is remembered from pass to pass. Locked for a pass, so that there is one at a time.
#[derive(Default)]
pub(crate) struct Keeper {
    trust: ClockTrust,
    swept: Option<String>,
    told: Option<MonoTime>,
}

/// Runs until the engine ends.
pub(crate) async fn keep(engine: Arc<Inner>) {
    let mut wait = URGENT;
    loop {
        tokio::select! {
            () = engine.ports.clock.sleep(wait) => {}
            () = engine.cancel.cancelled() => return,
        }
        wait = match pass(&engine).await {
            Ok(true) => URGENT,
            Ok(false) => EVERY,
            Err(error) => {
                tracing::error!(%error, "retention failed");
                AGAIN
            }
        };
    }
}

/// One pass. Whether the next one is urgent.
async fn pass(engine: &Inner) -> atalaya_model::Result<bool> {
    let mut keeper = engine.keeper.lock().await;
    let kept = Kept::read(engine).await?;
    let mono = engine.ports.clock.mono();
    let believed = keeper.trust.look(kept.now, mono, kept.newest().unwrap_or(kept.now));
    // By a clock that is not believed no protection has expired.
    let in_force_at = if believed { kept.reference() } else { WallTime(i64::MIN) };
    let footage = kept.footage(engine, in_force_at).await?;
    let plan = plan(engine, &kept, &footage, believed.then(|| kept.reference()), false).await?;
    carry_out(engine, &plan, Author::Rule, in_force_at).await?;
    if let Some(detail) = low(engine, &kept, &footage, &plan)
        && keeper.told.is_none_or(|told| mono.since(told) >= TELL_EVERY)
    {
        keeper.told = Some(mono);
        tracing::warn!(detail, "the storage is low");
        engine.emit(EventVm::StorageLow { detail: detail.to_owned() });
    }
    let urgent = kept.shortages().iter().any(|room| room.free_bytes < room.reserve_bytes / 2);
    if !urgent {
        match engine.ports.retention.sweep(keeper.swept.as_deref()).await {
            Ok(sweep) => {
                if sweep.adopted + sweep.lost > 0 {
                    tracing::warn!(?sweep, "files and index did not agree");
                }
                keeper.swept = sweep.folder;
            }
            Err(error) => tracing::error!(%error, "a folder could not be held against the index"),
        }
    }
    Ok(urgent)
}

async fn plan(
    engine: &Inner,
    kept: &Kept,
    footage: &[Footage],
    reference: Option<WallTime>,
    all: bool,
) -> atalaya_model::Result<Plan> {
    let mut planner = Planner::new(footage.to_vec(), &kept.shortages(), reference, all);
    while let Some(page) = planner.wants() {
        planner.give(engine.ports.retention.oldest(page).await?);
    }
    Ok(planner.finish())
}

/// Deletes what a plan says. Returns how many segments were deleted.
async fn carry_out(
    engine: &Inner,
    plan: &Plan,
    author: Author,
    in_force_at: WallTime,
) -> atalaya_model::Result<u64> {
    let mut deleted = 0;
    for of_one_rule in plan.doomed.chunk_by(|one, next| one.rule == next.rule) {
        let order = DeletionOrder { rule: of_one_rule[0].rule, author, in_force_at };
        for step in of_one_rule.chunks(STEP) {
            if engine.cancel.is_cancelled() {
                return Ok(deleted);
            }
            let ids: Vec<SegmentId> = step.iter().map(|one| one.id).collect();
            deleted += engine.ports.retention.retire(&ids, order).await?;
        }
    }
    if deleted > 0 {
        let (by, held_back) = (author.code(), plan.held_back);
        tracing::info!(segments = deleted, by, held_back, "deleted by the retention rules");
    }
    Ok(deleted)
}

/// What is wrong with the storage's room, in English.
fn low(engine: &Inner, kept: &Kept, footage: &[Footage], plan: &Plan) -> Option<&'static str> {
    if plan.starved {
        return Some("less than the reserve is free, and nothing is left that may be deleted");
    }
    let free: u64 = kept.rooms.iter().map(|room| room.free_bytes).sum();
    let to_go: u64 = footage.iter().map(|one| one.bytes - one.protected_bytes).sum();
    let daily: f64 =
        kept.cameras.iter().filter_map(|camera| forecast::daily_bytes(engine, kept, camera.id)).sum();
    let fits = (free + to_go) as f64;
    (!kept.rooms.is_empty() && fits < daily).then_some("less than a day of footage fits")
}

/// Looks at the rules and keeps them at once.
pub struct Retention {
    engine: Arc<Inner>,
}

impl Retention {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// What the next pass deletes.
    pub async fn plan(&self) -> Result<RetentionPlanVm> {
        let kept = Kept::read(&self.engine).await?;
        let footage = kept.footage(&self.engine, kept.reference()).await?;
        let plan = plan(&self.engine, &kept, &footage, Some(kept.reference()), false).await?;
        let mut tally = Tally::of(&kept);
        tally.add(&plan);
        Ok(tally.view())
    }

    /// Makes a pass now; with `all` passes that are not bounded, until the rules are kept. Returns what was deleted.
    pub async fn run(&self, all: bool) -> Result<RetentionPlanVm> {
        let _turn = self.engine.keeper.lock().await;
        let mut kept = Kept::read(&self.engine).await?;
        let mut tally = Tally::of(&kept);
        loop {
            let reference = kept.reference();
            let footage = kept.footage(&self.engine, reference).await?;
            let plan = plan(&self.engine, &kept, &footage, Some(reference), all).await?;
            let deleted = carry_out(&self.engine, &plan, Author::User, reference).await?;
            tally.add(&plan);
            if !all || deleted == 0 || self.engine.cancel.is_cancelled() {
                return Ok(tally.view());
            }
            kept = Kept::read(&self.engine).await?;
        }
    }

    /// What was deleted, the newest first, at most so many entries.
    pub async fn deletions(&self, limit: u32) -> Result<Vec<DeletionVm>> {
        Ok(self.engine.ports.retention.deletions(limit).await?.iter().map(DeletionVm::from).collect())
    }

    /// Sets how many bytes shall stay free on each volume; none for the default.
    pub async fn set_reserve(&self, bytes: Option<u64>) -> Result<()> {
        let text = bytes.map(|bytes| bytes.to_string());
        self.engine.ports.cameras.set_setting(RESERVE, text.as_deref()).await?;
        tracing::info!(?bytes, "the reserve is set");
        Ok(())
    }
}

/// What passes take from each camera.
struct Tally {
    held: BTreeMap<CameraId, u64>,
    taken: BTreeMap<CameraId, (u64, u64, WallTime)>,
    held_back: bool,
}

impl Tally {
    fn of(kept: &Kept) -> Self {
        let held = kept.holdings.iter().map(|holding| (holding.camera, holding.bytes)).collect();
        Self { held, taken: BTreeMap::new(), held_back: false }
    }

    fn add(&mut self, plan: &Plan) {
        for Doomed { camera, range, bytes, .. } in &plan.doomed {
            let sum = self.taken.entry(*camera).or_insert((0, 0, range.end));
            *sum = (sum.0 + 1, sum.1 + bytes, sum.2.max(range.end));
        }
        self.held_back = plan.held_back;
    }

    fn view(&self) -> RetentionPlanVm {
        let camera = |(camera, &(segments, bytes, until)): (&CameraId, &(u64, u64, WallTime))| CameraPlanVm {
            camera: camera.to_string(),
            segments,
            bytes,
            share: bytes as f64 / self.held.get(camera).copied().unwrap_or(bytes).max(1) as f64,
            until: until.to_rfc3339(),
        };
        RetentionPlanVm { cameras: self.taken.iter().map(camera).collect(), held_back: self.held_back }
    }
}
