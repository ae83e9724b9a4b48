//! A timeline, as views show it.

use super::Rfc3339;
use super::coverage::CauseCostVm;
use serde::Serialize;
use ts_rs::TS;

/// What is recorded of cameras over a range.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TimelineVm {
    /// `span`: every unbroken span, for a range of up to two days; `day`: a summary of each day, for longer ones.
    pub resolution: String,
    /// One for each camera, in the order in which they were asked for.
    pub cameras: Vec<CameraTimelineVm>,
}

/// One camera's timeline.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct CameraTimelineVm {
    /// The camera.
    pub camera: String,
    /// With the resolution `span`: what is recorded and what is missing, by start; else empty.
    pub spans: Vec<TimelineSpanVm>,
    /// With the resolution `day`: the days that have footage or a gap, by date; else empty.
    pub days: Vec<TimelineDayVm>,
}

/// An unbroken span, cut to the range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TimelineSpanVm {
    /// First instant.
    pub start: Rfc3339,
    /// First instant after it; now, for a gap that lasts.
    pub end: Rfc3339,
    /// Null where it is recorded, else why it is missing: a gap's cause.
    pub cause: Option<String>,
}

/// One day, cut to the range.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TimelineDayVm {
    /// The date, `YYYY-MM-DD`.
    pub day: String,
    /// Seconds recorded.
    pub recorded_s: f64,
    /// What is missing, by cause.
    pub missing: Vec<CauseCostVm>,
}
