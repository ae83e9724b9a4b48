//! Timelines: a summary of each day over months and years, unbroken spans over a day. Owns which of the two fits a
//! range. Does not know how footage is found, nor what a day is in a zone.

use crate::Result;
use crate::engine::Inner;
use crate::vm::coverage::CauseCostVm;
use crate::vm::timeline::{CameraTimelineVm, TimelineDayVm, TimelineSpanVm, TimelineVm};
use atalaya_model::recording::GapCause;
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::timeline::{CameraTimeline, Recorded, Resolution};
use atalaya_model::zone::{self, LocalDay};
use atalaya_model::{Error, Kind};
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

    /// What is recorded of these cameras, or of all, over a range of at most ten years. Days are those of this
    /// zone, which is an IANA name or an offset such as `+02:00`, or of this computer's.
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
        let zones = &*self.engine.ports.zones;
        let zone = zone.map_or_else(|| zones.here(), str::to_owned);
        // What is no zone is refused where no days are told, too.
        let first = zones.date(&zone, range.start)?;
        let days = if range.duration() > SPANS_MAX {
            Some(zone::parts(zones, &zone, first, ten_years_at_most(range)?)?)
        } else {
            None
        };
        let resolution = days
            .as_ref()
            .map_or(Resolution::Spans, |days| Resolution::Parts(days.iter().map(|day| day.range).collect()));
        let timelines = self.engine.ports.archive.timeline(&ids, range, &resolution).await?;
        let now = self.engine.ports.clock.wall();
        let days = days.unwrap_or_default();
        Ok(TimelineVm {
            resolution: if days.is_empty() { "span" } else { "day" }.to_owned(),
            cameras: timelines.into_iter().map(|timeline| view(&timeline, &days, range, now)).collect(),
        })
    }
}

/// A range that is not too long to be told by days.
fn ten_years_at_most(range: TimeRange) -> atalaya_model::Result<TimeRange> {
    if range.duration() > Duration::from_hours(24 * DAYS_MAX) {
        return Err(Error::new(Kind::InvalidInput, "a timeline is of ten years at most")
            .with("from", range.start)
            .with("to", range.end));
    }
    Ok(range)
}

fn view(timeline: &CameraTimeline, days: &[LocalDay], range: TimeRange, now: WallTime) -> CameraTimelineVm {
    let gaps: Vec<(TimeRange, GapCause)> =
        timeline.gaps.iter().filter_map(|gap| Some((gap.inside(range, now)?, gap.cause))).collect();
    let (spans, days) = match &timeline.recorded {
        Recorded::Spans(spans) => (all_spans(spans, &gaps), Vec::new()),
        Recorded::Parts(recorded) => (Vec::new(), all_days(days, recorded, &gaps)),
    };
    CameraTimelineVm { camera: timeline.camera.to_string(), spans, days }
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

fn all_days(days: &[LocalDay], recorded: &[Duration], gaps: &[(TimeRange, GapCause)]) -> Vec<TimelineDayVm> {
    // Microseconds for each day and cause; each gap is looked at on its own days only.
    let mut missing = vec![[0_i64; GapCause::ALL.len()]; days.len()];
    for (gap, cause) in gaps {
        let cause = GapCause::ALL.iter().position(|each| each == cause).expect("the list has every cause");
        let first = days.partition_point(|day| day.range.end <= gap.start);
        for (sums, LocalDay { range, .. }) in missing.iter_mut().zip(days).skip(first) {
            if range.start >= gap.end {
                break;
            }
            sums[cause] += gap.end.min(range.end).micros_since(gap.start.max(range.start));
        }
    }
    let days = days.iter().zip(recorded).zip(missing);
    days.filter(|((_, recorded), missing)| !recorded.is_zero() || missing.iter().any(|&us| us > 0))
        .map(|((day, recorded), missing)| TimelineDayVm {
            day: day.date.to_string(),
            recorded_s: recorded.as_secs_f64(),
            missing: GapCause::ALL
                .iter()
                .zip(missing)
                .filter(|(_, us)| *us > 0)
                .map(|(cause, us)| CauseCostVm { cause: cause.code().to_owned(), seconds: us as f64 / 1e6 })
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

    fn midnights(from: &str, to: &str) -> TimeRange {
        range(&format!("{from}T00:00:00Z"), &format!("{to}T00:00:00Z"))
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let centuries = range("1900-01-01T00:00:00Z", "2100-01-01T00:00:00Z");
        assert_eq!(ten_years_at_most(centuries).unwrap_err().kind(), Kind::InvalidInput);
    }

    #[test]
    fn a_gap_over_midnight_counts_on_both_days_and_empty_days_are_left_out() {
        let day = |from, to| LocalDay { date: zone::date(from).unwrap(), range: midnights(from, to) };
        let days = [
            day("2026-11-01", "2026-11-02"),
            day("2026-11-02", "2026-11-03"),
            day("2026-11-03", "2026-11-04"),
        ];
        let gap = (range("2026-11-02T23:59:00Z", "2026-11-03T00:00:30Z"), GapCause::Offline);
        let seen = all_days(&days, &[Duration::ZERO; 3], &[gap]);
        let told: Vec<_> = seen.iter().map(|day| (day.day.as_str(), day.missing[0].seconds)).collect();
        assert_eq!(told, [("2026-11-02", 60.0), ("2026-11-03", 30.0)]);
    }
}
