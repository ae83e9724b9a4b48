//! Wall time and monotonic time as two types that cannot be mixed up.
//!
//! Reading a clock is I/O: both come from the [`crate::ports::Clock`].

use crate::error::{Error, Kind, Result};
use alloc::string::{String, ToString};
use core::fmt;
use core::ops::{Add, Sub};
use core::time::Duration;
use jiff::Timestamp;

/// Microseconds since 1970-01-01T00:00:00 UTC, without leap seconds (POSIX time).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WallTime(pub i64);

impl WallTime {
    /// The end of the last but one day that RFC 3339 can write with four digits of year, so that every zone can show it.
    pub const MAX: Self = Self(253_402_128_000_000_000);

    /// Reads an RFC 3339 time; the offset or `Z` is required (RFC 3339 §5.6).
    pub fn parse(text: &str) -> Result<Self> {
        text.parse::<Timestamp>().map(|t| Self(t.as_microsecond())).map_err(|cause| {
            Error::new(Kind::InvalidInput, "not an RFC 3339 time, such as 2026-11-21T10:05:00Z")
                .with("time", crate::text::excerpt(text, 64))
                .caused_by(cause.to_string())
        })
    }

    /// This time as RFC 3339 in UTC with milliseconds.
    pub fn to_rfc3339(self) -> String {
        match Timestamp::from_microsecond(self.0.div_euclid(1000).saturating_mul(1000)) {
            Ok(t) => alloc::format!("{t:.3}"),
            Err(_) => "out of range".to_string(),
        }
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The signed distance from `earlier` to this, in microseconds.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This time moved by signed microseconds.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }
}

impl Add<Duration> for WallTime {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        self.plus_micros(i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
    }
}

impl Sub<Duration> for WallTime {
    type Output = Self;
    fn sub(self, by: Duration) -> Self {
        self.plus_micros(-i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
    }
}

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// Microseconds on a clock that never steps, counted from an arbitrary start (the program's).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MonoTime(pub u64);

impl MonoTime {
    /// The time from `earlier` to this, zero if this is earlier.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for MonoTime {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)))
    }
}

/// A half-open span of wall time, `start <= t < end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// The first instant inside.
    pub start: WallTime,
    /// The first instant after it.
    pub end: WallTime,
}

impl TimeRange {
    /// A range, which must not be empty.
    pub fn new(start: WallTime, end: WallTime) -> Result<Self> {
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(Error::new(Kind::InvalidInput, "the range's end is not after its start")
                .with("from", start)
                .with("to", end))
        }
    }

    /// The length.
    pub fn duration(self) -> Duration {
        Duration::from_micros(u64::try_from(self.end.micros_since(self.start)).unwrap_or(0))
    }

    /// The part that lies in both.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let both = Self { start: self.start.max(other.start), end: self.end.min(other.end) };
        (both.start < both.end).then_some(both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc3339() {
        let t = WallTime::parse("2026-11-21T11:05:00.250+01:00").expect("valid");
        assert_eq!(t.to_rfc3339(), "2026-11-21T10:05:00.250Z");
        assert!(WallTime::parse("2026-11-21 10:05").is_err());
        assert_eq!(WallTime::MAX.to_rfc3339(), "9999-12-30T00:00:00.000Z");
        assert_eq!(WallTime(i64::MIN).to_rfc3339(), "out of range");
    }

    #[test]
    fn an_empty_range_is_refused() {
        let t = WallTime(5);
        assert_eq!(TimeRange::new(t, t).expect_err("empty").kind(), Kind::InvalidInput);
    }
}
