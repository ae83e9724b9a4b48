//! Owns the judgement whether something moves: what each cell usually looks like, which cells do not, and whether those
//! hang together. Must not know where grids come from.
//!
//! Each cell keeps a background (a slow mean) and its noise (how far it usually is from that). Before a grid is judged
//! the background follows the light of the whole picture, a gain and an offset fitted to the cells that agree: a dawn, an
//! exposure that is corrected and a pulse at key pictures change all cells by one rule, which an object does not. What
//! is left over and beyond the noise counts where it
//!
//! - fills at least a block of two by two cells, which rain and flicker hardly do,
//! - hangs together over enough cells,
//! - has changed within about a second, which what was put down or taken away has not,
//! - and is seen twice in three looks.

use super::zones::watched;
use super::{CELLS, COLUMNS, LumaCells, LumaGrid, MotionSettings, ROWS};
use crate::time::MonoTime;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

/// How long after the first look nothing is said: the noise is being learnt.
const LEARNING: Duration = Duration::from_secs(4);
/// The same after the light changed: the camera's exposure follows it for a while.
const SETTLING: Duration = Duration::from_secs(2);
/// Motion is over when none was seen for so long.
const HOLD: Duration = Duration::from_secs(3);
/// Looks of which [`LOOKS_NEEDED`] must show motion, as a mask of that many bits.
const LOOKS: u32 = 0b111;
/// How many of them.
const LOOKS_NEEDED: u32 = 2;
/// When more of the picture than this changes by the same way, the light has changed.
const LIGHT_SHARE: f32 = 0.5;
/// How much of that change must be to the same side.
const LIGHT_SAME: f32 = 0.85;
/// When more of the picture than this changes anyhow, it is another picture: the camera turned or sees by infrared.
const OTHER_SHARE: f32 = 0.7;
/// Luma beyond which cells are clipped and tell nothing of the light.
const CLIPPED: (f32, f32) = (6.0, 249.0);
/// Noise of a cell, in levels of luma: before anything is known, at least, at most. The last one keeps a cell that
/// flickers, such as of a burnt-in clock, quiet without making it blind.
const NOISE: (f32, f32, f32) = (2.0, 0.5, 24.0);
/// The largest difference from which noise is learnt.
const NOISE_STEP_MAX: f32 = 60.0;

/// Time constants in seconds, of cells that look as usual and of cells that do not.
const FOLLOW_S: (f32, f32) = (8.0, 30.0);
const NOISE_S: (f32, f32) = (6.0, 40.0);
/// Of what a cell looked like a moment ago.
const RECENT_S: f32 = 1.0;
/// Shares of the difference taken over by one look while learning.
const LEARN: (f32, f32) = (0.4, 0.2);

/// What is asked of a change, by the sensitivity.
#[derive(Debug, Clone, Copy)]
struct Needs {
    /// Levels of luma by which a cell must differ at least.
    levels: f32,
    /// How many times its noise.
    noises: f32,
    /// Cells that must hang together.
    cells: f32,
}

impl Needs {
    /// At the default one object of a hundredth of the picture is seen where it covers cells whole or in part; at the
    /// lowest one it takes four hundredths, at the highest a block of two by two cells.
    const LOW: Self = Self { levels: 32.0, noises: 8.0, cells: 92.0 };
    const MIDDLE: Self = Self { levels: 12.0, noises: 5.0, cells: 12.0 };
    const HIGH: Self = Self { levels: 5.0, noises: 3.5, cells: 4.0 };

    fn of(sensitivity: u8) -> Self {
        let (from, to, share) = match sensitivity {
            0..=50 => (Self::LOW, Self::MIDDLE, f32::from(sensitivity) / 50.0),
            _ => (Self::MIDDLE, Self::HIGH, (f32::from(sensitivity.min(100)) - 50.0) / 50.0),
        };
        let between = |from: f32, to: f32| from + (to - from) * share;
        Self {
            levels: between(from.levels, to.levels),
            noises: between(from.noises, to.noises),
            cells: between(from.cells, to.cells),
        }
    }
}

/// What the detector says after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MotionState {
    /// Whether something moves.
    pub active: bool,
    /// The largest change that hangs together: 0 to 100, where 50 is as large as is needed and 100 twice as large or more.
    pub level: u8,
    /// Whether it is still learning what the picture usually looks like, and says nothing.
    pub learning: bool,
}

/// Sees motion in one stream's picture. Begins knowing nothing.
#[derive(Debug)]
pub struct MotionDetector {
    needs: Needs,
    watched: Vec<bool>,
    seen: Option<Seen>,
    active: bool,
    /// The last looks, the newest as the lowest bit: whether they showed motion.
    looks: u32,
    moved: MonoTime,
}

/// What is known of the picture.
#[derive(Debug)]
struct Seen {
    cells: Vec<Cell>,
    at: MonoTime,
    learns_until: MonoTime,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    usual: f32,
    noise: f32,
    recent: f32,
}

/// Cells that do not look as usual.
struct Changes {
    changed: Vec<bool>,
    /// Which of the cells changed within about a second.
    fresh: Vec<bool>,
}

impl MotionDetector {
    /// A detector with a camera's settings; whether they are `enabled` is its owner's affair.
    pub fn new(settings: &MotionSettings) -> Self {
        let watched = watched(&settings.zones);
        let mut needs = Needs::of(settings.sensitivity);
        // In a small zone an object cannot be larger than the zone.
        let room = watched.iter().filter(|is| **is).count() as f32;
        needs.cells = needs.cells.min(room / 3.0).max(Needs::HIGH.cells);
        Self { needs, watched, seen: None, active: false, looks: 0, moved: MonoTime::default() }
    }

    /// Takes a look in. Looks come about five times a second; fewer are late, not wrong.
    pub fn take(&mut self, luma: LumaGrid<'_>, at: MonoTime) -> MotionState {
        let Some(seen) = &mut self.seen else {
            self.seen = Some(Seen::first(luma.cells, at));
            return MotionState { learning: true, ..MotionState::default() };
        };
        let learning = at < seen.learns_until;
        let (area, anew) = if seen.is_another_light(luma.cells, self.needs) {
            seen.restart(luma.cells, at);
            (0, true)
        } else {
            let changes = seen.take(luma.cells, at, self.needs);
            (largest(changes, &self.watched), false)
        };
        let is_motion = area as f32 >= self.needs.cells && !learning && !anew;
        self.looks = ((self.looks << 1) | u32::from(is_motion)) & LOOKS;
        if is_motion {
            self.moved = at;
        }
        self.active = self.looks.count_ones() >= LOOKS_NEEDED || (self.active && at.since(self.moved) < HOLD);
        let level = (area as f32 / self.needs.cells * 50.0).min(100.0) as u8;
        MotionState { active: self.active, level, learning: learning || anew }
    }
}

impl Seen {
    fn first(luma: &LumaCells, at: MonoTime) -> Self {
        let cell = |luma: &u8| {
            let luma = f32::from(*luma);
            Cell { usual: luma, noise: NOISE.0, recent: luma }
        };
        Self { cells: luma.iter().map(cell).collect(), at, learns_until: at + LEARNING }
    }

    /// The picture is another one from now on; how noisy it is stays known.
    fn restart(&mut self, luma: &LumaCells, at: MonoTime) {
        for (cell, luma) in self.cells.iter_mut().zip(luma) {
            (cell.usual, cell.recent) = (f32::from(*luma), f32::from(*luma));
        }
        self.at = at;
        self.learns_until = self.learns_until.max(at + SETTLING);
    }

    /// Whether nearly all of the picture has changed at once.
    fn is_another_light(&self, luma: &LumaCells, needs: Needs) -> bool {
        let differences =
            self.cells.iter().zip(luma).map(|(cell, luma)| (cell, f32::from(*luma) - cell.usual));
        let (mut brighter, mut darker) = (0_u16, 0_u16);
        for (cell, difference) in differences {
            if difference.abs() > cell.limit(needs) {
                *(if difference > 0.0 { &mut brighter } else { &mut darker }) += 1;
            }
        }
        let changed = f32::from(brighter + darker);
        changed > OTHER_SHARE * CELLS as f32
            || (changed > LIGHT_SHARE * CELLS as f32
                && f32::from(brighter.max(darker)) > LIGHT_SAME * changed)
    }

    fn take(&mut self, luma: &LumaCells, at: MonoTime, needs: Needs) -> Changes {
        let seconds = at.since(self.at).as_secs_f32().clamp(0.02, 5.0);
        let learning = at < self.learns_until;
        let (gain, offset) = self.light(luma);
        self.at = at;
        let share = |constant: f32| seconds / (constant + seconds);
        let mut changes = Changes { changed: vec![false; CELLS], fresh: vec![false; CELLS] };
        for (i, (cell, luma)) in self.cells.iter_mut().zip(luma).enumerate() {
            let luma = f32::from(*luma);
            cell.usual = gain * cell.usual + offset;
            cell.recent = gain * cell.recent + offset;
            let (difference, limit) = (luma - cell.usual, cell.limit(needs));
            let changed = difference.abs() > limit;
            changes.changed[i] = changed;
            changes.fresh[i] = (luma - cell.recent).abs() > limit * 0.5;
            let (follow, noise) = match (learning, changed) {
                (true, _) => LEARN,
                (false, false) => (share(FOLLOW_S.0), share(NOISE_S.0)),
                (false, true) => (share(FOLLOW_S.1), share(NOISE_S.1)),
            };
            cell.usual += difference * follow;
            cell.recent += (luma - cell.recent) * share(RECENT_S);
            cell.noise += (difference.abs().min(NOISE_STEP_MAX) - cell.noise) * noise;
            cell.noise = cell.noise.clamp(NOISE.1, NOISE.2);
        }
        changes
    }

    /// By which gain and offset the light of the whole picture has changed: a line through what cells look like over
    /// what they usually do, fitted three times, the last two times without those that are far from it. `(1, 0)` where
    /// fewer than half of the cells agree.
    fn light(&self, luma: &LumaCells) -> (f32, f32) {
        let (mut gain, mut offset) = (1.0_f32, 0.0_f32);
        for reach in [24.0, 10.0, 10.0] {
            let agreeing = self.cells.iter().zip(luma).map(|(cell, luma)| (cell.usual, f32::from(*luma)));
            let agreeing = agreeing.filter(|(usual, luma)| {
                (luma - (gain * usual + offset)).abs() <= reach && (CLIPPED.0..=CLIPPED.1).contains(luma)
            });
            let (mut n, mut x, mut y, mut xx, mut xy) = (0.0_f32, 0.0, 0.0, 0.0, 0.0);
            for (usual, luma) in agreeing {
                n += 1.0;
                x += usual;
                y += luma;
                xx += usual * usual;
                xy += usual * luma;
            }
            if n < CELLS as f32 / 2.0 {
                return (1.0, 0.0);
            }
            let (mean_x, mean_y) = (x / n, y / n);
            let variance = xx / n - mean_x * mean_x;
            // A flat picture has no gain.
            gain =
                if variance > 16.0 { ((xy / n - mean_x * mean_y) / variance).clamp(0.5, 2.0) } else { 1.0 };
            offset = mean_y - gain * mean_x;
        }
        (gain, offset)
    }
}

impl Cell {
    /// By how many levels it must differ to count as changed.
    fn limit(&self, needs: Needs) -> f32 {
        needs.levels.max(needs.noises * self.noise)
    }
}

/// The largest number of changed cells that hang together by their sides, in blocks, where they are watched and fresh
/// enough.
fn largest(changes: Changes, watched: &[bool]) -> usize {
    let Changes { changed, fresh } = changes;
    let mut left = in_blocks(&changed, watched);
    let mut waiting = Vec::new();
    let mut largest = 0;
    for start in 0..CELLS {
        if !left[start] {
            continue;
        }
        left[start] = false;
        waiting.push(start);
        let (mut area, mut fresh_area) = (0, 0);
        while let Some(cell) = waiting.pop() {
            area += 1;
            fresh_area += usize::from(fresh[cell]);
            for beside in beside(cell) {
                if left[beside] {
                    left[beside] = false;
                    waiting.push(beside);
                }
            }
        }
        if fresh_area >= (area / 8).max(2) {
            largest = largest.max(area);
        }
    }
    largest
}

/// Those of the changed and watched cells that lie in a block of two by two of them.
fn in_blocks(changed: &[bool], watched: &[bool]) -> Vec<bool> {
    let mut kept = vec![false; CELLS];
    for row in 0..ROWS - 1 {
        for column in 0..COLUMNS - 1 {
            let corner = row * COLUMNS + column;
            let block = [corner, corner + 1, corner + COLUMNS, corner + COLUMNS + 1];
            if block.iter().all(|cell| changed[*cell] && watched[*cell]) {
                for cell in block {
                    kept[cell] = true;
                }
            }
        }
    }
    kept
}

/// The cells that have a side in common with this one.
fn beside(cell: usize) -> impl Iterator<Item = usize> {
    let column = cell % COLUMNS;
    let sides = [
        (column > 0).then(|| cell - 1),
        (column + 1 < COLUMNS).then_some(cell + 1),
        cell.checked_sub(COLUMNS),
        (cell + COLUMNS < CELLS).then_some(cell + COLUMNS),
    ];
    sides.into_iter().flatten()
}
