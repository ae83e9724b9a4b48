//! Local days: where each begins in a time zone, and that not all of them have 24 hours.
//!
//! What zones there are and when their clocks change is asked of [`Zones`]; here are the days between two dates
//! and those of a range.

use crate::error::{Error, Kind, Result};
use crate::text::excerpt;
use crate::time::{TimeRange, WallTime};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A date of the civil calendar; written `YYYY-MM-DD`.
pub use jiff::civil::Date;

/// The most local days that are asked for at once: a year, and the rest of its last month.
pub const DAYS_MAX: usize = 400;

/// Knows time zones.
pub trait Zones: Send + Sync {
    /// This computer's zone by its IANA name; `UTC` where that cannot be told.
    fn here(&self) -> String;
    /// The first instant of a date in a zone, which is an IANA name or an offset such as `+02:00`. `InvalidInput`.
    fn begins(&self, zone: &str, date: Date) -> Result<WallTime>;
    /// The date that a calendar there shows at an instant. `InvalidInput`.
    fn date(&self, zone: &str, at: WallTime) -> Result<Date>;
    /// What a clock on the wall shows there, with its offset from UTC: `2026-10-25 02:30:00 +01:00`. `InvalidInput`.
    fn shows(&self, zone: &str, at: WallTime) -> Result<String>;
}

/// A date and the time that it lasts in a zone, or a part of that: 23 or 25 hours where the clocks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalDay {
    /// The date.
    pub date: Date,
    /// From its first instant to that of the next date; of [`parts`] cut to the range.
    pub range: TimeRange,
}

/// The local days from one date to another, both with them. A date that a zone skipped (as Samoa did 2011-12-30) is
/// not among them. `InvalidInput` when the order is wrong or there are more than [`DAYS_MAX`].
pub fn days(zones: &dyn Zones, zone: &str, first: Date, last: Date) -> Result<Vec<LocalDay>> {
    let count = first.duration_until(last).as_hours() / 24 + 1;
    if !(1..=DAYS_MAX as i64).contains(&count) {
        return Err(Error::new(Kind::InvalidInput, "not a span of one to 400 days")
            .with("from", first)
            .with("to", last));
    }
    let mut found = Vec::with_capacity(count as usize);
    let mut start = zones.begins(zone, first)?;
    let mut date = first;
    while date <= last {
        let next = date.tomorrow().map_err(|cause| out_of_calendar(&date.to_string(), &cause))?;
        let end = zones.begins(zone, next)?;
        if let Ok(range) = TimeRange::new(start, end) {
            found.push(LocalDay { date, range });
        }
        (date, start) = (next, end);
    }
    Ok(found)
}

/// The dates of a range, each with its part of it; `first` is the date of its start. A date that a zone skipped is not
/// among them. `InvalidInput` when the calendar ends before the range.
pub fn parts(zones: &dyn Zones, zone: &str, first: Date, range: TimeRange) -> Result<Vec<LocalDay>> {
    let mut found = Vec::new();
    let (mut date, mut start) = (first, range.start);
    while start < range.end {
        let next = date.tomorrow().map_err(|cause| out_of_calendar(&date.to_string(), &cause))?;
        let end = zones.begins(zone, next)?.min(range.end);
        if start < end {
            found.push(LocalDay { date, range: TimeRange { start, end } });
            start = end;
        }
        date = next;
    }
    Ok(found)
}

/// Reads `YYYY-MM-DD`. `InvalidInput`.
pub fn date(text: &str) -> Result<Date> {
    let shape = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let parsed = if shape { text.parse::<Date>().ok() } else { None };
    parsed.ok_or_else(|| {
        Error::new(Kind::InvalidInput, "not a date, such as 2026-11-21").with("day", excerpt(text, 32))
    })
}

/// The first and the last date of a month, which is `YYYY-MM`. `InvalidInput`.
pub fn month(text: &str) -> Result<(Date, Date)> {
    let first = date(&alloc::format!("{text}-01")).map_err(|_| {
        Error::new(Kind::InvalidInput, "not a month, such as 2026-11").with("month", excerpt(text, 32))
    })?;
    Ok((first, first.last_of_month()))
}

fn out_of_calendar(date: &str, cause: &jiff::Error) -> Error {
    Error::new(Kind::InvalidInput, "the calendar ends there").with("day", date).caused_by(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use core::time::Duration;

    /// A zone in which clocks go forward at the end of the first date, and that skips the third.
    struct Odd;

    impl Zones for Odd {
        fn here(&self) -> String {
            "Odd".into()
        }
        fn begins(&self, _: &str, date: Date) -> Result<WallTime> {
            let hours = match date.day() {
                ..=1 => 0,
                2 => 23,
                // The third has no length.
                3 | 4 => 47,
                day => 47 + 24 * (i64::from(day) - 4),
            };
            Ok(WallTime(hours * 3_600_000_000))
        }
        fn date(&self, _: &str, at: WallTime) -> Result<Date> {
            let day = match at.0.div_euclid(3_600_000_000) {
                ..=22 => 1,
                23..=46 => 2,
                hours => 4 + (hours - 47) / 24,
            };
            Ok(Date::constant(2026, 3, day as i8))
        }
        fn shows(&self, _: &str, at: WallTime) -> Result<String> {
            Ok(at.to_rfc3339())
        }
    }

    #[test]
    fn days_have_their_own_lengths() {
        let at = |text| date(text).expect("a date");
        let found = days(&Odd, "", at("2026-03-01"), at("2026-03-05")).expect("days");
        let hours: Vec<(i8, u64)> =
            found.iter().map(|day| (day.date.day(), day.range.duration().as_secs() / 3600)).collect();
        assert_eq!(hours, vec![(1, 23), (2, 24), (4, 24), (5, 24)]);
        assert_eq!(found[0].range.duration(), Duration::from_hours(23));
        for (from, to) in [("2026-03-02", "2026-03-01"), ("2026-01-01", "2027-03-01")] {
            let error = days(&Odd, "", at(from), at(to)).expect_err("no such span");
            assert_eq!(error.kind(), Kind::InvalidInput);
        }
    }

    #[test]
    fn a_range_is_told_by_the_parts_of_its_dates() {
        let hour = |hours: i64| WallTime(hours * 3_600_000_000);
        let range = TimeRange::new(hour(22), hour(49)).expect("not empty");
        let first = Odd.date("", range.start).expect("a date");
        let found = parts(&Odd, "", first, range).expect("parts");
        let hours: Vec<(i8, u64)> =
            found.iter().map(|part| (part.date.day(), part.range.duration().as_secs() / 3600)).collect();
        assert_eq!(hours, vec![(1, 1), (2, 24), (4, 2)]);
        assert!(found.windows(2).all(|two| two[0].range.end == two[1].range.start));
    }

    #[test]
    fn dates_and_months_are_read_strictly() {
        assert_eq!(date("2026-03-29").expect("a date").to_string(), "2026-03-29");
        let (first, last) = month("2028-02").expect("a month");
        assert_eq!((first.to_string(), last.to_string()), ("2028-02-01".into(), "2028-02-29".into()));
        for bad in
            ["2026-3-29", "20260329", "2026-03-29T00:00", "2026-02-30", "", "../../../x", "2026-03-29Z"]
        {
            assert!(date(bad).is_err(), "{bad}");
        }
        for bad in ["2026-13", "2026", "2026-3", "", "2026-03-01"] {
            assert!(month(bad).is_err(), "{bad}");
        }
    }
}
