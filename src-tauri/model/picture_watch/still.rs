//! Whether a picture repeats. Compares each signature with the first one of its kind, cell by cell.
//!
//! A scene has noise: even where the mean of a cell trembles by no more than sigma 0.1 grey levels, one cell in nine
//! turns over to the next level between two readings, and night, rain and compression tremble far more. A stuck source
//! has none: coded again and again it comes out the same, but for a few means that lie on the edge of two levels.

use super::{CELLS, Reading, Signature, Verdict};
use crate::time::MonoTime;
use core::time::Duration;

/// A picture that has been the same for so long is frozen. Longer than any exposure, and ten key pictures of most
/// cameras.
const FROZEN_AFTER: Duration = Duration::from_secs(20);

/// A minute, so that a clock without seconds has changed, too.
const CLOCK_ONLY_AFTER: Duration = Duration::from_mins(1);

/// So few pictures at least: who sends key pictures only, ten seconds apart, is given the time they take.
const PICTURES_MIN: u32 = 5;

/// Between key pictures an encoder may leave out what changes too little: only key pictures code all of it anew.
const KEYS_MIN: u32 = 2;

/// Cells that may turn over by one level in a picture that repeats: half of what sigma 0.1 of noise does.
const QUIET_CELLS: usize = CELLS / 16;

/// The largest spot that a burnt-in clock's digits take: 2 % of the picture.
const SPOT_CELLS: usize = CELLS / 50;

/// The same picture seen in another size differs by less than this in all cells but those with hard edges.
const RESCALED: u8 = 8;

/// Watches for a picture that repeats.
#[derive(Debug, Default)]
pub(super) struct Stillness {
    first: Option<First>,
    verdict: Option<Verdict>,
}

/// What the readings since are compared with.
#[derive(Debug)]
struct First {
    luma: Signature,
    view: u32,
    at: MonoTime,
    pictures: u32,
    keys: u32,
    /// Cells that have ever differed from it.
    changed: [bool; CELLS],
    /// Whether any of them did by more than one level.
    loud: bool,
}

impl First {
    fn of(reading: &Reading<'_>) -> Self {
        Self {
            luma: *reading.luma,
            view: reading.view,
            at: reading.at,
            pictures: 0,
            keys: 0,
            changed: [false; CELLS],
            loud: false,
        }
    }

    fn steps<'a>(&'a self, luma: &'a Signature) -> impl Iterator<Item = u8> + 'a {
        self.luma.iter().zip(luma).map(|(one, other)| one.abs_diff(*other))
    }
}

impl Stillness {
    pub(super) fn since(&self, verdict: Verdict) -> Option<MonoTime> {
        self.first.as_ref().filter(|_| self.verdict == Some(verdict)).map(|first| first.at)
    }

    pub(super) fn take(&mut self, reading: &Reading<'_>) {
        let goes_on = self.first.as_mut().is_some_and(|first| {
            if first.view == reading.view {
                goes_on(first, &mut self.verdict, reading)
            } else {
                self.verdict.is_some() && is_seen_anew(first, reading)
            }
        });
        if !goes_on {
            *self = Self { first: Some(First::of(reading)), verdict: None };
        }
    }
}

/// Takes a reading of the same view in. Whether it still can be the same picture.
fn goes_on(first: &mut First, verdict: &mut Option<Verdict>, reading: &Reading<'_>) -> bool {
    first.pictures = first.pictures.saturating_add(reading.pictures);
    first.keys = first.keys.saturating_add(reading.keys);
    let loud = first.steps(reading.luma).any(|step| step > 1);
    let differing = first.steps(reading.luma).filter(|step| *step > 0).count();
    if *verdict == Some(Verdict::Frozen) && !loud && differing <= QUIET_CELLS {
        // What is frozen does not add up to a change; only one that is seen at once ends it.
        return true;
    }
    first.loud |= loud;
    for (changed, (one, other)) in first.changed.iter_mut().zip(first.luma.iter().zip(reading.luma)) {
        *changed |= one != other;
    }
    let changed = first.changed.iter().filter(|changed| **changed).count();
    let (kind, after) = if !first.loud && changed <= QUIET_CELLS {
        (Verdict::Frozen, FROZEN_AFTER)
    } else if changed <= SPOT_CELLS {
        (Verdict::ClockOnly, CLOCK_ONLY_AFTER)
    } else {
        return false;
    };
    let is_proven =
        reading.at.since(first.at) >= after && first.pictures >= PICTURES_MIN && first.keys >= KEYS_MIN;
    *verdict = is_proven.then_some(kind);
    true
}

/// Whether the picture is the same, seen in another way; then the next readings are compared with this one.
fn is_seen_anew(first: &mut First, reading: &Reading<'_>) -> bool {
    let is_same = first.steps(reading.luma).filter(|step| *step > RESCALED).count() <= QUIET_CELLS;
    if is_same {
        first.luma = *reading.luma;
        first.view = reading.view;
        first.changed = [false; CELLS];
    }
    is_same
}
