//! The governor of one live session: feeds the model's with a second's figures, tells the window what changed, and
//! notes it. Must not know how anything is decoded.

use crate::engine::Inner;
use crate::machine;
use crate::vm::governor::GovernorDecisionVm;
use atalaya_model::camera::CameraId;
use atalaya_model::governor::{Governor, Reading, Ruling, TileMode};
use atalaya_model::live::Grid;
use atalaya_model::machine::Load;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Context;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// Decisions kept: a large grid's way down and back.
const DECISIONS_KEPT: usize = 200;

/// What the governors of all sessions decided last, the oldest first.
#[derive(Default)]
pub(crate) struct Decisions(Mutex<VecDeque<GovernorDecisionVm>>);

impl Decisions {
    fn lock(&self) -> MutexGuard<'_, VecDeque<GovernorDecisionVm>> {
        self.0.lock().expect("no holder panics")
    }

    pub(crate) fn list(&self) -> Vec<GovernorDecisionVm> {
        self.lock().iter().cloned().collect()
    }

    fn note(&self, decision: GovernorDecisionVm) {
        let mut kept = self.lock();
        if kept.len() == DECISIONS_KEPT {
            kept.pop_front();
        }
        kept.push_back(decision);
    }
}

/// One session's governor.
pub(crate) struct SessionGovernor {
    engine: Arc<Inner>,
    governor: Governor,
    cameras: Vec<CameraId>,
    load: watch::Receiver<Option<Load>>,
    tick: Interval,
    /// Pictures of this second: those that decoding was offered, and those of them that it was too far behind for.
    offered: u32,
    left_out: u32,
    told: Vec<Ruling>,
    /// What was noted last of each camera shown; the others are in full.
    noted: HashMap<CameraId, TileMode>,
}

impl SessionGovernor {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        let mut tick = interval_at(Instant::now() + machine::EVERY, machine::EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self {
            load: engine.machine.watch(),
            engine,
            governor: Governor::default(),
            cameras: Vec::new(),
            tick,
            offered: 0,
            left_out: 0,
            told: Vec::new(),
            noted: HashMap::new(),
        }
    }

    /// Another grid, whose tiles the window takes to be in full.
    pub(crate) fn set_grid(&mut self, grid: &Grid) {
        self.governor.set_grid(grid);
        self.cameras = grid.tiles.iter().map(|tile| tile.camera).collect();
        self.told = vec![Ruling::default(); self.cameras.len()];
        self.noted.retain(|camera, _| self.cameras.contains(camera));
    }

    pub(crate) fn set_focus(&mut self, tile: Option<usize>) {
        self.governor.set_focus(tile);
    }

    pub(crate) fn set_hidden(&mut self, hidden: bool) {
        self.governor.set_hidden(hidden);
    }

    pub(crate) fn is_hidden(&self) -> bool {
        self.governor.is_hidden()
    }

    /// How much of a tile is decoded now.
    pub(crate) fn mode(&self, tile: usize) -> TileMode {
        self.governor.rulings().get(tile).map_or(TileMode::Full, |ruling| ruling.mode)
    }

    /// A picture was offered to decoding, which was too far behind for it, or not.
    pub(crate) fn offered(&mut self, left_out: bool) {
        self.offered = self.offered.saturating_add(1);
        self.left_out(left_out.into());
    }

    /// So many of the pictures offered were left out.
    pub(crate) fn left_out(&mut self, pictures: u32) {
        self.left_out = self.left_out.saturating_add(pictures);
    }

    /// Judges the last second; false when none has passed. Nobody judges what nobody sees.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        if self.is_hidden() || self.tick.poll_tick(cx).is_pending() {
            return false;
        }
        // Polled until it is pending, so that the next tick wakes this task.
        while self.tick.poll_tick(cx).is_ready() {}
        let (offered, left_out) = (std::mem::take(&mut self.offered), std::mem::take(&mut self.left_out));
        if let Some(load) = *self.load.borrow() {
            let left_out = (f64::from(left_out) / f64::from(offered.max(1))).min(1.0);
            let reading = Reading { load, processor_limit: self.engine.machine.limit(), left_out };
            self.governor.judge(self.engine.ports.clock.mono(), &reading);
        }
        true
    }

    /// The tiles that are not in full, when that is not what was told last.
    pub(crate) fn news(&mut self) -> Option<Vec<(usize, Ruling)>> {
        let rulings = self.governor.rulings();
        if self.told == rulings {
            return None;
        }
        self.told = rulings.to_vec();
        self.note();
        let shown = self.told.iter().copied().enumerate();
        Some(shown.filter(|(_, ruling)| ruling.mode != TileMode::Full).collect())
    }

    fn note(&mut self) {
        let at = self.engine.ports.clock.wall().to_rfc3339();
        for (camera, ruling) in self.cameras.iter().zip(&self.told) {
            if self.noted.insert(*camera, ruling.mode).unwrap_or_default() != ruling.mode {
                self.engine.decisions.note(GovernorDecisionVm {
                    at: at.clone(),
                    camera: camera.to_string(),
                    mode: ruling.mode.code().to_owned(),
                    reason: ruling.cause.map(|cause| cause.reason.code().to_owned()),
                    value: ruling.cause.map(|cause| cause.value),
                });
            }
        }
    }
}
