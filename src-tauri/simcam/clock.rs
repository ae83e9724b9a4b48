//! Owns wall time: the one place that reads it, and its forms on the wire (NTP, ISO 8601, burnt-in text).
//! Must not know cameras, streams or faults; an offset is handed in by the caller.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds from 1900 (the NTP era of RFC 3550 §4) to 1970.
const NTP_TO_UNIX_S: u64 = 2_208_988_800;

/// UTC now, as time since 1970-01-01T00:00:00Z. A host clock before 1970 reads as 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a simulated camera is a device of its own: its clock is the host's, and it has no Clock port"
)]
pub(crate) fn utc_now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Moves `utc` by a signed number of milliseconds; stops at 1970.
pub(crate) fn shifted(utc: Duration, offset_ms: i64) -> Duration {
    let by = Duration::from_millis(offset_ms.unsigned_abs());
    if offset_ms < 0 { utc.saturating_sub(by) } else { utc.saturating_add(by) }
}

/// The 64-bit NTP timestamp (RFC 3550 §4): 32 bits of seconds since 1900, 32 bits of fraction.
pub(crate) fn ntp(utc: Duration) -> u64 {
    let fraction = (u64::from(utc.subsec_nanos()) << 32) / 1_000_000_000;
    ((utc.as_secs() + NTP_TO_UNIX_S) << 32) | fraction
}

/// A UTC date and time of day in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
    pub(crate) hour: u64,
    pub(crate) minute: u64,
    pub(crate) second: u64,
    pub(crate) millisecond: u32,
}

impl Civil {
    /// Splits time since 1970 into calendar fields.
    pub(crate) fn from_utc(utc: Duration) -> Self {
        // Years are counted from March 1st, so that the leap day ends them and needs no special case.
        // 719468 days lie between 0000-03-01 and 1970-01-01; 146097 days make 400 years.
        let seconds = utc.as_secs();
        let days = seconds / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        Self {
            year: year_of_era + era * 400 + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * march_month + 2) / 5 + 1,
            hour: seconds / 3_600 % 24,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            millisecond: utc.subsec_millis(),
        }
    }

    /// `2026-11-21 10:20:31.123Z`, as burnt into the picture.
    pub(crate) fn display(self) -> String {
        self.text(' ')
    }

    /// `2026-11-21T10:20:31.123Z` (xs:dateTime).
    pub(crate) fn iso(self) -> String {
        self.text('T')
    }

    fn text(self, separator: char) -> String {
        let Self { year, month, day, hour, minute, second, millisecond } = self;
        format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
    }
}

/// Reads an xs:dateTime (fraction and zone optional, without zone it is UTC) as time since 1970. WS-Security sends
/// its `Created` so; most clients end it with `Z`, zeep with `+00:00`.
pub(crate) fn parse_iso(text: &str) -> Option<Duration> {
    let (date, time) = text.trim().split_once('T')?;
    let (time, offset_ms) = match (time.strip_suffix('Z'), time.find(['+', '-'])) {
        (Some(time), _) => (time, 0),
        (None, Some(sign)) => {
            let (hours, minutes) = time[sign + 1..].split_once(':')?;
            let minutes = i64::from(hours.parse::<u8>().ok()?.min(14)) * 60
                + i64::from(minutes.parse::<u8>().ok()?.min(59));
            // A zone ahead of UTC shows a later time of day.
            (&time[..sign], minutes * if time[sign..].starts_with('+') { -60_000 } else { 60_000 })
        }
        (None, None) => (time, 0),
    };
    let mut date = date.splitn(3, '-').map(str::parse::<u64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let mut time = time.splitn(3, ':');
    let (hour, minute) = (time.next()?.parse::<u64>().ok()?, time.next()?.parse::<u64>().ok()?);
    let second = time.next()?.parse::<f64>().ok()?;
    if hour > 24 || minute > 59 || !(0.0..61.0).contains(&second) {
        return None;
    }
    let (march_year, march_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_era = 365 * (march_year % 400) + march_year % 400 / 4 - march_year % 400 / 100;
    let days = march_year / 400 * 146_097 + day_of_era + (153 * march_month + 2) / 5 + day - 1 - 719_468;
    let local =
        Duration::from_secs(days * 86_400 + hour * 3_600 + minute * 60) + Duration::from_secs_f64(second);
    Some(shifted(local, offset_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates_are_right_round_leap_days() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            let utc = Duration::from_secs(seconds);
            assert_eq!(Civil::from_utc(utc).iso(), text);
            assert_eq!(parse_iso(text), Some(utc));
        }
    }

    #[test]
    fn milliseconds_are_burnt_in() {
        let utc = Duration::from_millis(1_795_256_431_123);
        assert_eq!(Civil::from_utc(utc).display(), "2026-11-21 10:20:31.123Z");
    }

    #[test]
    fn zones_are_reckoned() {
        let utc = Some(Duration::from_millis(1_795_256_431_500));
        for text in ["2026-11-21T10:20:31.5Z", "2026-11-21T10:20:31.5", "2026-11-21T10:20:31.500000+00:00"] {
            assert_eq!(parse_iso(text), utc, "{text}");
        }
        for text in ["2026-11-21T11:20:31.5+01:00", "2026-11-21T04:50:31.5-05:30"] {
            assert_eq!(parse_iso(text), utc, "{text}");
        }
    }

    #[test]
    fn foreign_dates_are_refused() {
        for text in ["", "2026-11-21", "2026-13-01T00:00:00Z", "2026-01-01T00:00:99Z", "1-1-1T1:1:1Z"] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn ntp_counts_from_1900() {
        assert_eq!(ntp(Duration::from_millis(500)), (2_208_988_800 << 32) | (1 << 31));
    }

    #[test]
    fn an_offset_moves_either_way_and_stops_at_1970() {
        let utc = Duration::from_secs(10);
        assert_eq!(shifted(utc, 1_500), Duration::from_millis(11_500));
        assert_eq!(shifted(utc, -11_000), Duration::ZERO);
    }
}
