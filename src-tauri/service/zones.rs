//! Time zones by jiff: the system's own database, and where it has none the one that comes with the program.

use atalaya_model::text::excerpt;
use atalaya_model::time::WallTime;
use atalaya_model::zone::{Date, Zones};
use atalaya_model::{Error, Kind, Result};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// The zones of the IANA database.
#[derive(Debug, Clone, Copy, Default)]
pub struct JiffZones;

impl Zones for JiffZones {
    fn here(&self) -> String {
        let name = TimeZone::try_system().ok().and_then(|zone| zone.iana_name().map(str::to_owned));
        name.unwrap_or_else(|| "UTC".to_owned())
    }

    fn begins(&self, zone: &str, date: Date) -> Result<WallTime> {
        // Where the clocks go forward at midnight the day begins an hour later, and where they go back at the earlier
        // of both: RFC 5545 §3.3.5, which jiff follows.
        let start = date.to_zoned(time_zone(zone)?).map_err(|cause| {
            Error::new(Kind::InvalidInput, "the calendar ends there").with("day", date).caused_by(cause)
        })?;
        Ok(WallTime(start.timestamp().as_microsecond()))
    }

    fn date(&self, zone: &str, at: WallTime) -> Result<Date> {
        Ok(there(zone, at)?.date())
    }

    fn shows(&self, zone: &str, at: WallTime) -> Result<String> {
        Ok(there(zone, at)?.strftime("%Y-%m-%d %H:%M:%S %:z").to_string())
    }
}

/// An instant as a zone has it.
fn there(zone: &str, at: WallTime) -> Result<Zoned> {
    let zone = time_zone(zone)?;
    let at = Timestamp::from_microsecond(at.0).map_err(|cause| {
        Error::new(Kind::InvalidInput, "the calendar ends there").with("time", at).caused_by(cause)
    })?;
    Ok(at.to_zoned(zone))
}

/// A zone by its name or its offset.
fn time_zone(name: &str) -> Result<TimeZone> {
    let known = match name.as_bytes() {
        b"UTC" | b"Z" => Some(TimeZone::UTC),
        [b'+' | b'-', ..] => fixed(name),
        _ => TimeZone::get(name).ok(),
    };
    known.ok_or_else(|| {
        Error::new(Kind::InvalidInput, "not a time zone, such as Europe/Madrid or +02:00")
            .with("zone", excerpt(name, 64))
    })
}

/// A zone of one offset, `±HH:MM` as in RFC 3339 §5.6.
fn fixed(offset: &str) -> Option<TimeZone> {
    let epoch: Timestamp = format!("1970-01-02T00:00:00{offset}").parse().ok()?;
    let ahead = i32::try_from(86_400 - epoch.as_second()).ok()?;
    Some(TimeZone::fixed(Offset::from_seconds(ahead).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use atalaya_model::time::TimeRange;
    use atalaya_model::zone::{LocalDay, date, days, month, parts};

    fn hours(zone: &str, first: &str, last: &str) -> Vec<u64> {
        let days = days(&JiffZones, zone, date(first).unwrap(), date(last).unwrap()).unwrap();
        days.iter().map(|day| day.range.duration().as_secs() / 3600).collect()
    }

    fn range(from: &str, to: &str) -> TimeRange {
        TimeRange::new(WallTime::parse(from).unwrap(), WallTime::parse(to).unwrap()).unwrap()
    }

    fn parts_of(range: TimeRange, zone: &str) -> Vec<LocalDay> {
        parts(&JiffZones, zone, JiffZones.date(zone, range.start).unwrap(), range).unwrap()
    }

    #[test]
    fn days_are_as_long_as_their_zone_makes_them() {
        assert_eq!(hours("Europe/Madrid", "2026-03-28", "2026-03-30"), [24, 23, 24]);
        assert_eq!(hours("Europe/Madrid", "2026-10-24", "2026-10-26"), [24, 25, 24]);
        assert_eq!(hours("America/New_York", "2026-11-01", "2026-11-01"), [25]);
        // The clocks change at midnight: there is no 00:00.
        assert_eq!(hours("America/Havana", "2026-03-07", "2026-03-09"), [24, 23, 24]);
        // The date line moved: the 30th was skipped.
        assert_eq!(hours("Pacific/Apia", "2011-12-29", "2011-12-31"), [24, 24]);
        assert_eq!(hours("UTC", "2026-03-29", "2026-03-29"), [24]);
        assert_eq!(hours("+05:45", "2026-10-25", "2026-10-25"), [24]);
        let (first, last) = month("2026-10").unwrap();
        let october = days(&JiffZones, "Europe/Madrid", first, last).unwrap();
        assert_eq!(october.len(), 31);
        assert_eq!(october[0].range.start.to_rfc3339(), "2026-09-30T22:00:00.000Z");
        assert!(october.windows(2).all(|two| two[0].range.end == two[1].range.start));
    }

    #[test]
    fn days_are_the_zone_s_and_have_the_hours_they_have() {
        // The clocks go forward on 29 March 2026 and back on 25 October 2026.
        for (from, to, hours) in [
            ("2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z", [24, 23, 24]),
            ("2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z", [24, 25, 24]),
        ] {
            let days = parts_of(range(from, to), "Europe/Madrid");
            assert_eq!(
                days.iter().map(|day| day.range.duration().as_secs() / 3600).collect::<Vec<_>>(),
                hours
            );
        }
        let days = parts_of(range("2026-03-27T12:00:00Z", "2026-03-29T00:00:00Z"), "Europe/Madrid");
        assert_eq!(
            days.iter().map(|day| day.date.to_string()).collect::<Vec<_>>(),
            ["2026-03-27", "2026-03-28", "2026-03-29"]
        );
        assert_eq!(days[0].range, range("2026-03-27T12:00:00Z", "2026-03-27T23:00:00Z"));
        let days = parts_of(range("2026-03-27T12:00:00Z", "2026-03-27T23:00:00Z"), "+02:00");
        assert_eq!(days.iter().map(|day| day.range.duration().as_secs() / 3600).collect::<Vec<_>>(), [10, 1]);
    }

    #[test]
    fn the_repeated_hour_is_told_apart() {
        let shows = |zone: &str, at: &str| JiffZones.shows(zone, WallTime::parse(at).unwrap()).unwrap();
        assert_eq!(shows("Europe/Madrid", "2026-10-25T00:30:00Z"), "2026-10-25 02:30:00 +02:00");
        assert_eq!(shows("Europe/Madrid", "2026-10-25T01:30:00Z"), "2026-10-25 02:30:00 +01:00");
        assert_eq!(shows("-03:30", "2026-10-25T01:30:00Z"), "2026-10-24 22:00:00 -03:30");
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        let long = "x".repeat(10_000);
        for zone in [
            "",
            "Mars/Olympus",
            "Atlantis/Centre",
            "../../etc/passwd",
            "/etc/localtime",
            "+25:99",
            "+",
            "-1",
            long.as_str(),
        ] {
            let error = JiffZones.begins(zone, date("2026-03-29").unwrap()).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidInput, "{zone}");
            let error = JiffZones.date(zone, WallTime(0)).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidInput, "{zone}");
        }
        assert!(!JiffZones.here().is_empty());
    }
}
