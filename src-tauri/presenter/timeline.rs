//! Timelines: a summary of each day over months and years, unbroken spans over a day. Owns which of the two fits a
//! range, and what a day is in a zone. Does not know how footage is found.

use crate::Result;
use crate::engine::Inner;
use crate::vm::timeline::{CameraTimelineVm, TimelineDayVm, TimelineMissingVm, TimelineSpanVm, TimelineVm};
use atalaya_model::recording::{Gap, GapCause};
use atalaya_model::text::excerpt;
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::timeline::{CameraTimeline, Recorded, Resolution};
use atalaya_model::{Error, Kind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;

/// The longest range that is told span by span: two days, one of which may have 25 hours.
const SPANS_MAX: Duration = Duration::from_hours(49);

/// The longest range: ten years and the leap days in them.
const DAYS_MAX: u64 = 3653;

/// Reads timelines.
pub struct Timelines {
    engine: Arc<Inner>,
}

impl Timelines {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// What is recorded of these cameras, or of all, over a range of at most ten years. Days are those of the zone
    /// with this name of the IANA time zone database, or of this computer.
    pub async fn get(
        &self,
        cameras: &[String],
        from: &str,
        to: &str,
        zone: Option<&str>,
    ) -> Result<TimelineVm> {
        let range = TimeRange::new(WallTime::parse(from)?, WallTime::parse(to)?)?;
        let ids = if cameras.is_empty() {
            self.engine.ports.cameras.list().await?.iter().map(|camera| camera.id).collect()
        } else {
            let mut ids = Vec::with_capacity(cameras.len());
            for camera in cameras {
                ids.push(self.engine.find_camera(camera).await?.id);
            }
            ids
        };
        let zone = zone_named(zone)?;
        let days = if range.duration() > SPANS_MAX { Some(days_of(range, &zone)?) } else { None };
        let resolution = days.as_ref().map_or(Resolution::Spans, |days| {
            Resolution::Parts(days.iter().map(|(_, part)| *part).collect())
        });
        let timelines = self.engine.ports.archive.timeline(&ids, range, &resolution).await?;
        let now = self.engine.ports.clock.wall();
        let days = days.unwrap_or_default();
        Ok(TimelineVm {
            resolution: if days.is_empty() { "span" } else { "day" }.to_owned(),
            cameras: timelines.into_iter().map(|timeline| view(&timeline, &days, range, now)).collect(),
        })
    }
}

fn zone_named(name: Option<&str>) -> atalaya_model::Result<TimeZone> {
    name.map_or_else(
        || Ok(TimeZone::system()),
        |name| {
            TimeZone::get(name).map_err(|cause| {
                Error::new(Kind::InvalidInput, "not a time zone, such as Europe/Madrid")
                    .with("zone", excerpt(name, 64))
                    .caused_by(cause)
            })
        },
    )
}

/// The dates of a range, each with its part of it: 23, 24 or 25 hours, less at both ends.
fn days_of(range: TimeRange, zone: &TimeZone) -> atalaya_model::Result<Vec<(String, TimeRange)>> {
    let impossible = |cause: jiff::Error| {
        Error::new(Kind::InvalidInput, "days that no calendar has").with("from", range.start).caused_by(cause)
    };
    if range.duration() > Duration::from_hours(24 * DAYS_MAX) {
        return Err(Error::new(Kind::InvalidInput, "a timeline is of ten years at most")
            .with("from", range.start)
            .with("to", range.end));
    }
    let start = Timestamp::from_microsecond(range.start.0).map_err(impossible)?;
    let mut date = start.to_zoned(zone.clone()).date();
    let mut days = Vec::new();
    let mut from = range.start;
    while from < range.end {
        let tomorrow = date.tomorrow().map_err(impossible)?;
        let midnight = tomorrow.to_zoned(zone.clone()).map_err(impossible)?.timestamp();
        let end = WallTime(midnight.as_microsecond()).min(range.end);
        // A zone may leave a whole date out, as when a country changes sides of the date line.
        if from < end {
            days.push((date.to_string(), TimeRange { start: from, end }));
            from = end;
        }
        date = tomorrow;
    }
    Ok(days)
}

fn view(
    timeline: &CameraTimeline,
    days: &[(String, TimeRange)],
    range: TimeRange,
    now: WallTime,
) -> CameraTimelineVm {
    let gaps: Vec<(TimeRange, GapCause)> =
        timeline.gaps.iter().filter_map(|gap| seen(gap, range, now)).collect();
    let (spans, days) = match &timeline.recorded {
        Recorded::Spans(spans) => (all_spans(spans, &gaps), Vec::new()),
        Recorded::Parts(recorded) => (Vec::new(), all_days(days, recorded, &gaps)),
    };
    CameraTimelineVm { camera: timeline.camera.to_string(), spans, days }
}

/// The part of a gap that lies in the range and is past.
fn seen(gap: &Gap, range: TimeRange, now: WallTime) -> Option<(TimeRange, GapCause)> {
    let whole = TimeRange::new(gap.start, gap.end.unwrap_or(now)).ok()?;
    Some((whole.intersect(range)?, gap.cause))
}

fn all_spans(recorded: &[TimeRange], gaps: &[(TimeRange, GapCause)]) -> Vec<TimelineSpanVm> {
    let recorded = recorded.iter().map(|span| (*span, None));
    let mut all: Vec<_> = recorded.chain(gaps.iter().map(|(span, cause)| (*span, Some(*cause)))).collect();
    all.sort_by_key(|(span, _)| span.start);
    all.into_iter()
        .map(|(span, cause)| TimelineSpanVm {
            start: span.start.to_rfc3339(),
            end: span.end.to_rfc3339(),
            cause: cause.map(|cause| cause.code().to_owned()),
        })
        .collect()
}

fn all_days(
    days: &[(String, TimeRange)],
    recorded: &[Duration],
    gaps: &[(TimeRange, GapCause)],
) -> Vec<TimelineDayVm> {
    // Microseconds for each day and cause; each gap is looked at on its own days only.
    let mut missing = vec![[0_i64; GapCause::ALL.len()]; days.len()];
    for (gap, cause) in gaps {
        let cause = GapCause::ALL.iter().position(|each| each == cause).expect("the list has every cause");
        let first = days.partition_point(|(_, day)| day.end <= gap.start);
        for (sums, (_, day)) in missing.iter_mut().zip(days).skip(first) {
            if day.start >= gap.end {
                break;
            }
            sums[cause] += gap.end.min(day.end).micros_since(gap.start.max(day.start));
        }
    }
    let days = days.iter().zip(recorded).zip(missing);
    days.filter(|((_, recorded), missing)| !recorded.is_zero() || missing.iter().any(|&us| us > 0))
        .map(|(((day, _), recorded), missing)| TimelineDayVm {
            day: day.clone(),
            recorded_s: recorded.as_secs_f64(),
            missing: GapCause::ALL
                .iter()
                .zip(missing)
                .filter(|(_, us)| *us > 0)
                .map(|(cause, us)| TimelineMissingVm {
                    cause: cause.code().to_owned(),
                    seconds: us as f64 / 1e6,
                })
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> TimeRange {
        TimeRange::new(WallTime::parse(from).unwrap(), WallTime::parse(to).unwrap()).unwrap()
    }

    #[test]
    fn days_are_the_zone_s_and_have_the_hours_they_have() {
        let zone = zone_named(Some("Europe/Madrid")).unwrap();
        // The clocks go forward on 29 March 2026 and back on 25 October 2026.
        for (from, to, hours) in [
            ("2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z", [24, 23, 24]),
            ("2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z", [24, 25, 24]),
        ] {
            let days = days_of(range(from, to), &zone).unwrap();
            assert_eq!(
                days.iter().map(|(_, day)| day.duration().as_secs() / 3600).collect::<Vec<_>>(),
                hours
            );
        }
        let days = days_of(range("2026-03-27T12:00:00Z", "2026-03-29T00:00:00Z"), &zone).unwrap();
        assert_eq!(
            days.iter().map(|(day, _)| day.as_str()).collect::<Vec<_>>(),
            ["2026-03-27", "2026-03-28", "2026-03-29"]
        );
        assert_eq!(days[0].1, range("2026-03-27T12:00:00Z", "2026-03-27T23:00:00Z"));
    }

    #[test]
    fn what_is_no_zone_or_too_long_is_refused() {
        assert_eq!(zone_named(Some("Atlantis/Centre")).unwrap_err().kind(), Kind::InvalidInput);
        let centuries = range("1900-01-01T00:00:00Z", "2100-01-01T00:00:00Z");
        assert_eq!(days_of(centuries, &TimeZone::UTC).unwrap_err().kind(), Kind::InvalidInput);
    }

    #[test]
    fn a_gap_over_midnight_counts_on_both_days_and_empty_days_are_left_out() {
        let days = days_of(range("2026-11-01T00:00:00Z", "2026-11-04T00:00:00Z"), &TimeZone::UTC).unwrap();
        let gap = (range("2026-11-02T23:59:00Z", "2026-11-03T00:00:30Z"), GapCause::Offline);
        let seen = all_days(&days, &[Duration::ZERO; 3], &[gap]);
        let told: Vec<_> = seen.iter().map(|day| (day.day.as_str(), day.missing[0].seconds)).collect();
        assert_eq!(told, [("2026-11-02", 60.0), ("2026-11-03", 30.0)]);
    }
}
