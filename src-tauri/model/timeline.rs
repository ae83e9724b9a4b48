//! A timeline: what is recorded of a camera over a range, as one figure for each of many parts or as unbroken spans,
//! beside what is missing. Knows ranges and sums; not where they are kept, and not what a day is.

use crate::camera::CameraId;
use crate::recording::Gap;
use crate::time::{TimeRange, WallTime};
use alloc::vec::Vec;
use core::time::Duration;

/// A hole in footage shorter than this, in microseconds, is the spacing of pictures and clocks: no gap, and one span.
pub const HOLE_MIN_US: i64 = 500_000;

/// How much of a stretch of time may be in no file and in no gap for it still to count as accounted for, in
/// microseconds: holes too short to be gaps add up, a few a day.
pub const UNACCOUNTED_US: i64 = 2_000_000;

/// How fine a timeline is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// One figure for each of these ranges, which follow one another and do not overlap.
    Parts(Vec<TimeRange>),
    /// Every unbroken span.
    Spans,
}

/// What is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// How much of each part.
    Parts(Vec<Duration>),
    /// The spans, by start.
    Spans(Vec<TimeRange>),
}

/// One camera's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraTimeline {
    /// The camera.
    pub camera: CameraId,
    /// What is recorded, up to a few seconds ago.
    pub recorded: Recorded,
    /// What is missing: the gaps that touch the range, by start.
    pub gaps: Vec<Gap>,
}

/// Footage from lists of all of it, for a range.
pub fn recorded(
    footage: Vec<TimeRange>,
    gaps: &[Gap],
    range: TimeRange,
    resolution: &Resolution,
) -> Recorded {
    let spans: Vec<TimeRange> = without(&joined(footage, HOLE_MIN_US), &missing(gaps))
        .into_iter()
        .filter_map(|span| span.intersect(range))
        .collect();
    match resolution {
        Resolution::Spans => Recorded::Spans(spans),
        Resolution::Parts(parts) => Recorded::Parts(
            parts
                .iter()
                .map(|&part| Duration::from_micros(covered_us(&spans, part).unsigned_abs()))
                .collect(),
        ),
    }
}

/// The time that gaps cover, by start and without overlaps. A gap that lasts has no end.
pub fn missing(gaps: &[Gap]) -> Vec<TimeRange> {
    let ranges =
        gaps.iter().filter_map(|gap| TimeRange::new(gap.start, gap.end.unwrap_or(WallTime::MAX)).ok());
    joined(ranges.collect(), 0)
}

/// Ranges by start, put together where at most `slack_us` lies between them.
pub fn joined(mut ranges: Vec<TimeRange>, slack_us: i64) -> Vec<TimeRange> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<TimeRange> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start.micros_since(last.end) <= slack_us => {
                last.end = last.end.max(range.end);
            }
            _ => joined.push(range),
        }
    }
    joined
}

/// What of these ranges is in none of the holes. Both by start and without overlaps.
pub fn without(ranges: &[TimeRange], holes: &[TimeRange]) -> Vec<TimeRange> {
    let mut left = Vec::with_capacity(ranges.len());
    for &range in ranges {
        let mut rest = range;
        let first = holes.partition_point(|hole| hole.end <= range.start);
        for hole in holes[first..].iter().take_while(|hole| hole.start < range.end) {
            if rest.start < hole.start {
                left.push(TimeRange { start: rest.start, end: hole.start });
            }
            rest.start = hole.end;
        }
        if rest.start < rest.end {
            left.push(rest);
        }
    }
    left
}

/// How much of a part these ranges cover, in microseconds. By start and without overlaps.
pub fn covered_us(ranges: &[TimeRange], part: TimeRange) -> i64 {
    let first = ranges.partition_point(|range| range.end <= part.start);
    ranges[first..]
        .iter()
        .take_while(|range| range.start < part.end)
        .map(|range| range.end.min(part.end).micros_since(range.start.max(part.start)))
        .sum()
}

/// Whether footage and gaps of these lengths fill a stretch of time: then the one is what the other leaves.
pub const fn fills(stretch: TimeRange, recorded_us: i64, missing_us: i64) -> bool {
    recorded_us + missing_us + UNACCOUNTED_US >= stretch.end.micros_since(stretch.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::GapCause;
    use alloc::vec;
    use proptest::prelude::*;

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange { start: WallTime(start * 1_000_000), end: WallTime(end * 1_000_000) }
    }

    fn gap(start: i64, end: Option<i64>) -> Gap {
        let at = |second: i64| WallTime(second * 1_000_000);
        let camera = CameraId(uuid::Uuid::from_u128(1));
        Gap { camera, start: at(start), end: end.map(at), cause: GapCause::Offline }
    }

    #[test]
    fn files_that_follow_one_another_are_one_span() {
        let mut files = vec![range(60, 120), range(0, 60), range(200, 260)];
        files[0].start = WallTime(60_400_000);
        assert_eq!(joined(files, HOLE_MIN_US), [range(0, 120), range(200, 260)]);
    }

    #[test]
    fn spans_and_parts_are_cut_to_the_range_and_gaps_win() {
        let footage = vec![range(0, 60), range(60, 120), range(180, 240)];
        let gaps = [gap(100, Some(110)), gap(120, Some(180)), gap(230, None)];
        let spans = recorded(footage.clone(), &gaps, range(30, 300), &Resolution::Spans);
        assert_eq!(spans, Recorded::Spans(vec![range(30, 100), range(110, 120), range(180, 230)]));
        let parts = Resolution::Parts(vec![range(30, 105), range(105, 200), range(200, 300)]);
        let seconds = [70, 30, 30].map(Duration::from_secs).to_vec();
        assert_eq!(recorded(footage, &gaps, range(30, 300), &parts), Recorded::Parts(seconds));
    }

    #[test]
    fn a_stretch_is_filled_by_what_is_there_and_what_is_missing() {
        assert!(fills(range(0, 86_400), 86_000_000_000, 398_000_000));
        assert!(!fills(range(0, 86_400), 86_000_000_000, 390_000_000));
    }

    proptest! {
        #[test]
        fn what_is_left_and_what_is_taken_away_make_the_whole(
            ranges in prop::collection::vec((0..500_i64, 1..50_i64), 0..20),
            holes in prop::collection::vec((0..500_i64, 1..50_i64), 0..20),
        ) {
            let make = |list: Vec<(i64, i64)>| joined(list.into_iter().map(|(at, len)| range(at, at + len)).collect(), 0);
            let (ranges, holes) = (make(ranges), make(holes));
            let left = without(&ranges, &holes);
            for second in 0..560 {
                let part = range(second, second + 1);
                let inside = |list: &[TimeRange]| covered_us(list, part) == 1_000_000;
                prop_assert_eq!(inside(&left), inside(&ranges) && !inside(&holes), "second {}", second);
            }
        }
    }
}
