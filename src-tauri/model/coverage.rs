//! The account of a span of time: what of it is recorded, what is missing, and why.

use crate::recording::{Coverage, Gap, GapCause};
use crate::time::{TimeRange, WallTime};
use alloc::vec::Vec;
use core::time::Duration;

/// How much of a span is there and how much is missing, by cause. Time that is in neither was not to be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// What files cover.
    pub recorded: Duration,
    /// What is missing, the longest first; a cause that cost nothing is not there.
    pub missing: Vec<(GapCause, Duration)>,
}

/// The part of a gap that lies in a span, and was to be recorded. One that lasts goes on until `now`.
pub fn missed(gap: &Gap, span: TimeRange, now: WallTime) -> Option<TimeRange> {
    if gap.cause.is_missed() { gap.inside(span, now) } else { None }
}

impl Account {
    /// The account of a span of which this much is recorded. `gaps` may reach beyond it.
    pub fn of(span: TimeRange, recorded: Duration, gaps: &[Gap], now: WallTime) -> Self {
        let mut account = Self { recorded, missing: Vec::new() };
        for gap in gaps {
            if let Some(missed) = missed(gap, span, now) {
                account.miss(gap.cause, missed.duration());
            }
        }
        account.sort();
        account
    }

    /// Adds another account, as of the next day.
    pub fn add(&mut self, other: &Self) {
        self.recorded += other.recorded;
        for &(cause, length) in &other.missing {
            self.miss(cause, length);
        }
        self.sort();
    }

    /// All that is missing.
    pub fn missing(&self) -> Duration {
        self.missing.iter().map(|&(_, length)| length).sum()
    }

    /// The share that is there of what was to be.
    pub fn coverage(&self) -> Coverage {
        Coverage {
            seconds_expected: (self.recorded + self.missing()).as_secs_f64(),
            seconds_recorded: self.recorded.as_secs_f64(),
        }
    }

    fn miss(&mut self, cause: GapCause, length: Duration) {
        match self.missing.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, sum)) => *sum += length,
            None => self.missing.push((cause, length)),
        }
    }

    fn sort(&mut self) {
        self.missing.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.code().cmp(other.0.code())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::CameraId;
    use alloc::vec;

    const SECOND: i64 = 1_000_000;

    fn gap(from: i64, to: Option<i64>, cause: GapCause) -> Gap {
        let at = |seconds: i64| WallTime(seconds * SECOND);
        Gap { camera: CameraId(uuid::Uuid::nil()), start: at(from), end: to.map(at), cause }
    }

    fn span(from: i64, to: i64) -> TimeRange {
        TimeRange::new(WallTime(from * SECOND), WallTime(to * SECOND)).expect("not empty")
    }

    #[test]
    fn only_what_lies_inside_and_was_wanted_is_missing() {
        let gaps = [
            gap(0, Some(110), GapCause::Offline),
            gap(120, Some(150), GapCause::Paused),
            gap(150, Some(170), GapCause::Loss),
            gap(180, Some(185), GapCause::Offline),
            gap(190, None, GapCause::Disk),
        ];
        let account = Account::of(span(100, 200), Duration::from_secs(35), &gaps, WallTime(195 * SECOND));
        let seconds = Duration::from_secs;
        assert_eq!(
            account.missing,
            vec![
                (GapCause::Loss, seconds(20)),
                (GapCause::Offline, seconds(15)),
                (GapCause::Disk, seconds(5))
            ]
        );
        let coverage = account.coverage();
        assert_eq!((coverage.seconds_expected, coverage.seconds_recorded), (75.0, 35.0));
        let mut month = account.clone();
        month.add(&account);
        assert_eq!((month.missing(), month.recorded), (seconds(80), seconds(70)));
        assert_eq!(month.missing.len(), 3);
    }

    #[test]
    fn a_span_of_nothing_expects_nothing() {
        let paused = [gap(0, None, GapCause::Paused)];
        let account = Account::of(span(100, 200), Duration::ZERO, &paused, WallTime(300 * SECOND));
        assert_eq!(account, Account::default());
        assert!((account.coverage().ratio() - 1.0).abs() < f64::EPSILON);
        // A gap that begins after now, as after a clock was set back, has no length yet.
        let ahead = [gap(150, None, GapCause::Offline)];
        assert_eq!(Account::of(span(100, 200), Duration::ZERO, &ahead, WallTime(0)), Account::default());
    }
}
