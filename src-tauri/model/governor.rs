//! How much of a live grid is decoded on a computer that cannot decode all of it: which tiles give way, why, and when
//! they come back. Must not know who decodes, nor the recorder, which is never touched by it.

use crate::live::Grid;
use crate::machine::Load;
use crate::time::MonoTime;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::time::Duration;

/// How long pressure must last before a group of tiles gives way, and before the next one does. A reading covers the
/// second before it, so it has lasted one longer.
const PRESSURE: Duration = Duration::from_secs(2);

/// How long it must be calm before a group comes back; doubled each time that proves too early.
const CALM: Duration = Duration::from_secs(8);

/// The longest wait after one attempt too many.
const CALM_MAX: Duration = Duration::from_secs(256);

/// So much below the limit the processor is calm. In between nothing changes.
const PROCESSOR_MARGIN: f64 = 0.10;

/// Less available memory than this share is too little.
const MEMORY_SHORT: f64 = 0.05;

/// More than this is enough again.
const MEMORY_CALM: f64 = 0.08;

/// Decoding is behind when this share of a second's pictures is left out.
const BEHIND: f64 = 0.10;

/// The tiles but the most important one give way in at most so many groups.
const GROUPS: usize = 4;

/// How much of a tile's stream is decoded, from the most to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TileMode {
    /// Every picture.
    #[default]
    Full,
    /// Key pictures, one a second at most: some streams have no other ones.
    KeyFrames,
    /// Key pictures, one in five seconds at most.
    Slow,
    /// Nothing.
    Paused,
}

impl TileMode {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::KeyFrames => "key_frames",
            Self::Slow => "slow",
            Self::Paused => "paused",
        }
    }
}

/// Why a tile is not decoded in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The computer's processor is busier than the settings allow.
    ProcessorBusy,
    /// The computer has little memory left.
    MemoryShort,
    /// Decoding does not keep up, although the processor would.
    DecoderBehind,
    /// Nobody can see the window.
    WindowHidden,
}

impl Reason {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ProcessorBusy => "processor_busy",
            Self::MemoryShort => "memory_short",
            Self::DecoderBehind => "decoder_behind",
            Self::WindowHidden => "window_hidden",
        }
    }
}

/// A reason with the figure that led to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cause {
    /// Why.
    pub reason: Reason,
    /// `ProcessorBusy`: use of the computer's processor, 0 to 1. `MemoryShort`: bytes available. `DecoderBehind`: share
    /// of the pictures left out, 0 to 1. `WindowHidden`: 0.
    pub value: f64,
}

/// What holds for a tile.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ruling {
    /// How much is decoded.
    pub mode: TileMode,
    /// Why not all of it; none in `Full`.
    pub cause: Option<Cause>,
}

/// What a second showed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The computer's load.
    pub load: Load,
    /// Use of the processor that is too much, 0 to 1; none when no use is.
    pub processor_limit: Option<f64>,
    /// Share of the second's pictures that were left out because decoding is behind, 0 to 1.
    pub left_out: f64,
}

impl Reading {
    fn pressure(&self) -> Option<Cause> {
        let cause = |reason, value| Some(Cause { reason, value });
        if self.processor_limit.is_some_and(|limit| self.load.processor > limit) {
            cause(Reason::ProcessorBusy, self.load.processor)
        } else if self.memory() < MEMORY_SHORT {
            cause(Reason::MemoryShort, self.load.memory_available as f64)
        } else if self.left_out >= BEHIND {
            cause(Reason::DecoderBehind, self.left_out)
        } else {
            None
        }
    }

    fn is_calm(&self) -> bool {
        self.processor_limit.is_none_or(|limit| self.load.processor < limit - PROCESSOR_MARGIN)
            && self.memory() > MEMORY_CALM
            && self.left_out < BEHIND
    }

    /// Share of the memory that is available.
    fn memory(&self) -> f64 {
        self.load.memory_available as f64 / (self.load.memory_total as f64).max(1.0)
    }
}

/// Governs one window's grid.
///
/// Tiles give way in groups, the smallest first, down to key pictures and then to slow; the focused one (else the
/// largest) only when no other has anything left to give.
#[derive(Debug, Default)]
pub struct Governor {
    /// What each step down was taken for; their number says which tiles gave way.
    steps: Vec<Cause>,
    /// Area of each tile.
    areas: Vec<u64>,
    focus: Option<usize>,
    hidden: bool,
    rulings: Vec<Ruling>,
    pressed_since: Option<MonoTime>,
    calm_since: Option<MonoTime>,
    /// When the last step up was taken, as long as it holds.
    raised_at: Option<MonoTime>,
    /// How often in a row a step up proved too early.
    failures: u32,
}

impl Governor {
    /// Another grid, without a focus. One with fewer tiles starts in full: it asks for less.
    pub fn set_grid(&mut self, grid: &Grid) {
        if grid.tiles.len() < self.areas.len() {
            *self = Self { hidden: self.hidden, ..Self::default() };
        }
        self.areas =
            grid.tiles.iter().map(|tile| u64::from(tile.rect.width) * u64::from(tile.rect.height)).collect();
        self.focus = None;
        self.rule();
    }

    /// The tile that the user is at.
    pub fn set_focus(&mut self, tile: Option<usize>) {
        self.focus = tile;
        self.rule();
    }

    /// Whether nobody can see the window.
    pub fn set_hidden(&mut self, hidden: bool) {
        self.hidden = hidden;
        // What was measured before says nothing about what is decoded from now on.
        (self.pressed_since, self.calm_since, self.raised_at) = (None, None, None);
        self.rule();
    }

    /// Whether nobody can see the window.
    pub const fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Takes the last second's figures in.
    pub fn judge(&mut self, now: MonoTime, reading: &Reading) {
        match reading.pressure() {
            Some(cause) => {
                self.calm_since = None;
                let since = *self.pressed_since.get_or_insert(now);
                if now.since(since) >= PRESSURE && self.steps.len() < self.steps_max() {
                    self.pressed_since = Some(now);
                    self.lower(now, cause);
                }
            }
            None if reading.is_calm() => {
                self.pressed_since = None;
                let since = *self.calm_since.get_or_insert(now);
                if now.since(since) >= self.wait() {
                    self.calm_since = Some(now);
                    self.raise(now);
                }
            }
            None => (self.pressed_since, self.calm_since) = (None, None),
        }
    }

    /// What holds for each tile.
    pub fn rulings(&self) -> &[Ruling] {
        &self.rulings
    }

    /// How long it must be calm before the next step up.
    fn wait(&self) -> Duration {
        CALM.saturating_mul(1 << self.failures.min(8)).min(CALM_MAX)
    }

    fn lower(&mut self, now: MonoTime, cause: Cause) {
        if let Some(raised) = self.raised_at.take() {
            self.failures = if now.since(raised) <= self.wait() { self.failures + 1 } else { 0 };
        }
        self.steps.push(cause);
        self.rule();
    }

    fn raise(&mut self, now: MonoTime) {
        if self.raised_at.take().is_some() {
            // The step up before this one held.
            self.failures = 0;
        }
        if self.steps.pop().is_some() {
            self.raised_at = Some(now);
            self.rule();
        }
    }

    /// Tiles of a group, and how many groups there are beside the most important tile.
    fn groups(&self) -> (usize, usize) {
        let others = self.areas.len().saturating_sub(1);
        let size = others.div_ceil(GROUPS).max(1);
        (size, others.div_ceil(size))
    }

    /// Each group and the most important tile can give way twice.
    fn steps_max(&self) -> usize {
        if self.areas.is_empty() { 0 } else { 2 * (self.groups().1 + 1) }
    }

    fn rule(&mut self) {
        self.steps.truncate(self.steps_max());
        if self.hidden {
            let cause = Some(Cause { reason: Reason::WindowHidden, value: 0.0 });
            self.rulings = vec![Ruling { mode: TileMode::Paused, cause }; self.areas.len()];
            return;
        }
        let mut order: Vec<usize> = (0..self.areas.len()).collect();
        order.sort_by_key(|&tile| (self.focus == Some(tile), self.areas[tile], Reverse(tile)));
        let (size, groups) = self.groups();
        self.rulings = vec![Ruling::default(); order.len()];
        for (place, &tile) in order.iter().enumerate() {
            // The steps at which this tile gives way.
            let [first, second] = if place + 1 == order.len() {
                [2 * groups, 2 * groups + 1]
            } else {
                [place / size, groups + place / size]
            };
            let (mode, cause) = match (self.steps.get(first), self.steps.get(second)) {
                (_, Some(cause)) => (TileMode::Slow, cause),
                (Some(cause), None) => (TileMode::KeyFrames, cause),
                (None, None) => continue,
            };
            self.rulings[tile] = Ruling { mode, cause: Some(*cause) };
        }
    }
}

/// Lets of one tile's stream through what its mode allows, and never a picture whose predecessor it left out.
#[derive(Debug, Default)]
pub struct Sluice {
    /// Something was left out, or will be: the next one let through is a key picture.
    broken: bool,
    last: Option<MonoTime>,
}

impl Sluice {
    /// Whether this picture, received at `at`, is decoded.
    pub fn admits(&mut self, mode: TileMode, key: bool, at: MonoTime) -> bool {
        // A little less than they say, so that a key picture a second is let through in spite of its jitter.
        let spacing = match mode {
            TileMode::Full => {
                self.broken &= !key;
                return !self.broken;
            }
            TileMode::KeyFrames => Duration::from_millis(900),
            TileMode::Slow => Duration::from_millis(4900),
            TileMode::Paused => Duration::MAX,
        };
        self.broken = true;
        let due = key && mode != TileMode::Paused && self.last.is_none_or(|last| at.since(last) >= spacing);
        if due {
            self.last = Some(at);
        }
        due
    }
}

#[cfg(test)]
mod tests;
