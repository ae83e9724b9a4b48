//! When of a week a camera is recorded: half hours of the clock on the wall where the computer is.
//!
//! Knows no time zone: how far that clock is from UTC at an instant comes as an argument. So a day on which the clocks
//! change is right by itself: its half hour that comes twice is recorded twice, and one that is left out never comes.

use crate::error::{Error, Kind, Result};
use crate::text;
use crate::time::WallTime;
use core::fmt;
use core::str::FromStr;

/// Days of a week; Monday is the first.
pub const DAYS: usize = 7;
/// Half hours of a day.
pub const SLOTS: usize = 48;

const SECOND_US: i64 = 1_000_000;
const DAY_S: i64 = 86_400;
/// Every offset from UTC in use, and every instant at which one changes, is a multiple of this.
const QUARTER_US: i64 = 900 * SECOND_US;

/// What is recorded in one half hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SlotMode {
    /// Nothing.
    #[default]
    Off,
    /// Everything.
    Continuous,
    /// What moves, with what comes before and after.
    Motion,
}

impl SlotMode {
    const ALL: [Self; 3] = [Self::Off, Self::Continuous, Self::Motion];

    /// The letter in a schedule's text.
    pub const fn letter(self) -> char {
        match self {
            Self::Off => '-',
            Self::Continuous => 'C',
            Self::Motion => 'M',
        }
    }
}

/// A week of half hours. Its text is seven groups of 48 letters, Monday first, each letter a [`SlotMode::letter`]; a
/// semicolon or a line break stands between two days.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WeeklySchedule([[SlotMode; SLOTS]; DAYS]);

impl WeeklySchedule {
    /// A week of one mode.
    pub const fn all(mode: SlotMode) -> Self {
        Self([[mode; SLOTS]; DAYS])
    }

    /// Whether a half hour of the week is of this mode.
    pub fn has(&self, mode: SlotMode) -> bool {
        self.0.iter().flatten().any(|slot| *slot == mode)
    }

    /// What is recorded at an instant at which the clock on the wall is so many seconds ahead of UTC.
    pub const fn at(&self, at: WallTime, offset_s: i32) -> SlotMode {
        let local_s = at.0.div_euclid(SECOND_US) + offset_s as i64;
        // 1970-01-01 was a Thursday, three days after a Monday.
        let day = (local_s.div_euclid(DAY_S) + 3).rem_euclid(DAYS as i64) as usize;
        let slot = (local_s.rem_euclid(DAY_S) / 1800) as usize;
        self.0[day][slot]
    }

    /// The first instant after `from` at which something else is recorded; none in a week that is the same throughout.
    pub fn next_change(&self, from: WallTime, offset_s: impl Fn(WallTime) -> i32) -> Option<WallTime> {
        let now = self.at(from, offset_s(from));
        let first = (from.0.div_euclid(QUARTER_US) + 1).saturating_mul(QUARTER_US);
        // A week and the hours by which clocks change.
        let quarters = (DAYS as i64 + 1) * DAY_S * SECOND_US / QUARTER_US;
        (0..quarters)
            .map(|n| WallTime(first).plus_micros(n * QUARTER_US))
            .find(|&at| self.at(at, offset_s(at)) != now)
    }
}

impl fmt::Display for WeeklySchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for (n, day) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_char(';')?;
            }
            for slot in day {
                f.write_char(slot.letter())?;
            }
        }
        Ok(())
    }
}

impl FromStr for WeeklySchedule {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::new(Kind::InvalidInput, "a schedule is seven groups of 48 letters, each of them -, C or M")
                .with("schedule", text::excerpt(text, 64))
        };
        let mut week = Self::all(SlotMode::Off);
        let mut days = text.split([';', '\n']).map(str::trim).filter(|day| !day.is_empty());
        for slots in &mut week.0 {
            let mut letters = days.next().ok_or_else(wrong)?.chars();
            for slot in slots {
                let letter = letters.next().ok_or_else(wrong)?;
                *slot = SlotMode::ALL.into_iter().find(|mode| mode.letter() == letter).ok_or_else(wrong)?;
            }
            if letters.next().is_some() {
                return Err(wrong());
            }
        }
        if days.next().is_some() {
            return Err(wrong());
        }
        Ok(week)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    fn time(text: &str) -> WallTime {
        WallTime::parse(text).expect("a time")
    }

    /// Central Europe in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    fn madrid(at: WallTime) -> i32 {
        let summer = time("2026-03-29T01:00:00Z")..time("2026-10-25T01:00:00Z");
        if summer.contains(&at) { 7200 } else { 3600 }
    }

    /// A week in which these half hours of Sunday are recorded.
    fn sunday(from: usize, to: usize) -> WeeklySchedule {
        let mut week = WeeklySchedule::all(SlotMode::Off);
        week.0[6][from..to].fill(SlotMode::Continuous);
        week
    }

    fn is_recorded(week: &WeeklySchedule, at: &str) -> bool {
        week.at(time(at), madrid(time(at))) == SlotMode::Continuous
    }

    #[test]
    fn a_week_begins_on_monday_by_the_clock_on_the_wall() {
        let mut week = WeeklySchedule::all(SlotMode::Off);
        week.0[0][0] = SlotMode::Motion;
        // 2026-11-23 is a Monday; in Madrid it begins an hour before UTC's.
        for (at, mode) in [
            ("2026-11-22T22:59:59.999Z", SlotMode::Off),
            ("2026-11-22T23:00:00Z", SlotMode::Motion),
            ("2026-11-22T23:29:59.999Z", SlotMode::Motion),
            ("2026-11-22T23:30:00Z", SlotMode::Off),
        ] {
            assert_eq!(week.at(time(at), madrid(time(at))), mode, "{at}");
        }
        assert_eq!(week.at(time("1969-12-29T00:10:00Z"), 0), SlotMode::Motion, "before 1970 too");
        assert_eq!(week.at(time("2026-11-22T18:31:00Z"), 19_800), SlotMode::Motion, "India is 5.5 h ahead");
    }

    #[test]
    fn an_hour_that_comes_twice_is_recorded_twice() {
        // 2026-10-25, a Sunday: 02:00 to 03:00 comes twice, from 00:00 to 02:00 UTC.
        let week = sunday(4, 6);
        for (at, recorded) in [
            ("2026-10-24T23:59:59Z", false),
            ("2026-10-25T00:00:00Z", true),
            ("2026-10-25T00:59:59Z", true),
            ("2026-10-25T01:00:00Z", true),
            ("2026-10-25T01:59:59Z", true),
            ("2026-10-25T02:00:00Z", false),
        ] {
            assert_eq!(is_recorded(&week, at), recorded, "{at}");
        }
        let begin = week.next_change(time("2026-10-24T12:00:00Z"), madrid).expect("it changes");
        assert_eq!(begin, time("2026-10-25T00:00:00Z"));
        assert_eq!(week.next_change(begin, madrid), Some(time("2026-10-25T02:00:00Z")));
    }

    #[test]
    fn an_hour_that_is_left_out_is_not_recorded_elsewhere() {
        // 2026-03-29, a Sunday: 02:00 to 03:00 never comes.
        let never = sunday(4, 6);
        let begin = never.next_change(time("2026-03-28T12:00:00Z"), madrid);
        assert_eq!(begin, Some(time("2026-04-05T00:00:00Z")), "a week later");
        // 01:30 to 03:30 is one hour long.
        let across = sunday(3, 7);
        let begin = across.next_change(time("2026-03-28T12:00:00Z"), madrid).expect("it changes");
        assert_eq!(begin, time("2026-03-29T00:30:00Z"));
        assert_eq!(across.next_change(begin, madrid), Some(time("2026-03-29T01:30:00Z")));
    }

    #[test]
    fn days_of_23_and_25_hours_are_whole() {
        let week = sunday(0, 48);
        for (day, begin, hours) in
            [("spring", "2026-03-28T23:00:00Z", 23), ("autumn", "2026-10-24T22:00:00Z", 25)]
        {
            let begin = time(begin);
            assert_eq!(week.next_change(begin.plus_micros(-SECOND_US), madrid), Some(begin), "{day}");
            let end = begin.plus_micros(hours * 3600 * SECOND_US);
            assert_eq!(week.next_change(begin, madrid), Some(end), "{day}");
        }
    }

    #[test]
    fn a_week_that_is_the_same_throughout_never_changes() {
        let week = WeeklySchedule::all(SlotMode::Motion);
        assert_eq!(week.next_change(time("2026-03-28T12:00:00Z"), madrid), None);
    }

    #[test]
    fn reads_what_it_writes_and_refuses_the_rest() {
        let day: String = "C".repeat(16) + &"M".repeat(16) + &"-".repeat(16);
        let days: Vec<&str> = (0..7).map(|_| day.as_str()).collect();
        let text = days.join(";");
        let week: WeeklySchedule = text.parse().expect("a schedule");
        assert_eq!(week.to_string(), text);
        assert_eq!((days.join("\r\n") + "\n").parse::<WeeklySchedule>().expect("a schedule"), week);
        for wrong in [
            String::new(),
            days[..6].join(";"),
            text.clone() + ";" + &day,
            text.replacen('C', "c", 1),
            text.replacen('C', "", 1),
            text.replacen('C', "CC", 1),
        ] {
            assert_eq!(wrong.parse::<WeeklySchedule>().expect_err(&wrong).kind(), Kind::InvalidInput);
        }
    }
}
