//! Whether a picture has lost its detail, compared with what is usual for its camera.
//!
//! Detail is how much neighbouring cells differ beyond an even slope, so that a hand's shading counts as none. It is
//! looked for in the middle rows only: above and below cameras burn in clocks and names, which nothing covers.

use super::{COLUMNS, ROWS, Reading, Signature};
use crate::time::MonoTime;
use core::ops::Range;
use core::time::Duration;

/// Longer than a camera takes to get used to a lamp that goes out or to its infrared light.
const COVERED_AFTER: Duration = Duration::from_secs(10);

/// What is usual is known after a minute, and follows at this pace: dusk, which takes the contrast away over the better
/// part of an hour, becomes usual by itself, a hand does not.
const KNOWN_AFTER: Duration = Duration::from_mins(1);
const LEARNED_IN: Duration = Duration::from_mins(5);

/// A pause between readings teaches no more than this.
const STEP_MAX: Duration = Duration::from_secs(10);

/// Less than this share of the usual detail is too little.
const LOST: f32 = 0.25;

/// A camera that looks at less detail than this cannot lose it: noise alone has as much.
const USUAL_MIN: f32 = 3.0;

/// Without anything usual to compare with: a picture as flat as this, in detail and from its darkest to its brightest
/// cell, shows nothing. Where dusk ends in black it is said as well, since it is so.
const FLAT_DETAIL: f32 = 1.5;
const FLAT_SPREAD: f32 = 10.0;

/// What is covered stays so up to so many times these limits: noise must not take it back and forth.
const SLACK: f32 = 1.4;

/// Rows with neighbours clear of what is burnt in.
const MIDDLE: Range<usize> = 5..ROWS - 2;

/// One cell counts no more than this: a few hard edges, such as a logo's, are not a scene.
const CELL_MAX: u32 = 32;

/// Watches for lost detail.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// The camera's usual detail, kept while there is too little of it.
    usual: f32,
    /// How long it has been learned.
    learned: Duration,
    read: Option<MonoTime>,
    poor_since: Option<MonoTime>,
    covered: bool,
}

impl Coverage {
    pub(super) fn since(&self) -> Option<MonoTime> {
        self.poor_since.filter(|_| self.covered)
    }

    pub(super) fn take(&mut self, reading: &Reading<'_>) {
        let step = self.read.map_or(Duration::ZERO, |read| reading.at.since(read)).min(STEP_MAX);
        self.read = Some(reading.at);
        let (detail, spread) = measure(reading.luma);
        let slack = if self.covered { SLACK } else { 1.0 };
        let is_flat = detail <= FLAT_DETAIL * slack && f32::from(spread) <= FLAT_SPREAD * slack;
        let is_known = self.learned >= KNOWN_AFTER && self.usual >= USUAL_MIN;
        if is_flat || (is_known && detail < self.usual * LOST * slack) {
            let since = *self.poor_since.get_or_insert(reading.at);
            self.covered |= reading.at.since(since) >= COVERED_AFTER;
        } else {
            self.poor_since = None;
            self.covered = false;
            self.learn(detail, step);
        }
    }

    /// The plain mean at first, then one that forgets.
    fn learn(&mut self, detail: f32, step: Duration) {
        self.learned = self.learned.saturating_add(step);
        let span = self.learned.min(LEARNED_IN);
        let weight = if span.is_zero() { 1.0 } else { step.as_secs_f32() / span.as_secs_f32() };
        self.usual += (detail - self.usual) * weight;
    }
}

/// The detail of the middle in grey levels a cell, and the distance from its darkest to its brightest cell.
fn measure(luma: &Signature) -> (f32, u8) {
    let (mut sum, mut darkest, mut brightest) = (0, u8::MAX, u8::MIN);
    for row in MIDDLE {
        for column in 1..COLUMNS - 1 {
            let at = row * COLUMNS + column;
            let beyond_slope = |step: usize| {
                let around = i32::from(luma[at - step]) + i32::from(luma[at + step]);
                (2 * i32::from(luma[at]) - around).unsigned_abs()
            };
            sum += (beyond_slope(1) + beyond_slope(COLUMNS)).min(CELL_MAX);
            darkest = darkest.min(luma[at]);
            brightest = brightest.max(luma[at]);
        }
    }
    (sum as f32 / (MIDDLE.len() * (COLUMNS - 2)) as f32, brightest - darkest)
}
