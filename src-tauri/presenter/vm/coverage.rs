//! What of each local day is recorded and what is missing, as views show it.

use super::Rfc3339;
use super::recording::GapVm;
use atalaya_model::coverage::Account;
use atalaya_model::recording::GapCause;
use atalaya_model::zone::LocalDay;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// What one cause cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CauseCostVm {
    /// As in a gap, such as `offline`.
    pub cause: String,
    /// Seconds missing for it.
    pub seconds: f64,
}

impl From<&(GapCause, Duration)> for CauseCostVm {
    fn from((cause, length): &(GapCause, Duration)) -> Self {
        Self { cause: cause.code().to_owned(), seconds: length.as_secs_f64() }
    }
}

/// One local day of one camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CoverageDayVm {
    /// Its date, `YYYY-MM-DD`.
    pub day: String,
    /// Its first instant.
    pub start: Rfc3339,
    /// How long it is in seconds: 86400, or 82800 and 90000 where the clocks change.
    pub length_s: u32,
    /// Seconds in which recording was wanted.
    pub expected_s: f64,
    /// Seconds that are there.
    pub recorded_s: f64,
    /// Seconds that are missing.
    pub missing_s: f64,
    /// What they are missing for, the costliest first.
    pub causes: Vec<CauseCostVm>,
}

impl CoverageDayVm {
    pub(crate) fn new(day: &LocalDay, account: &Account) -> Self {
        Self {
            day: day.date.to_string(),
            start: day.range.start.to_rfc3339(),
            length_s: day.range.duration().as_secs() as u32,
            expected_s: account.coverage().seconds_expected,
            recorded_s: account.recorded.as_secs_f64(),
            missing_s: account.missing().as_secs_f64(),
            causes: account.missing.iter().map(CauseCostVm::from).collect(),
        }
    }
}

/// One camera's month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CameraCoverageVm {
    /// The camera.
    pub camera: String,
    /// Its name.
    pub name: String,
    /// Seconds in which recording was wanted.
    pub expected_s: f64,
    /// Seconds that are there.
    pub recorded_s: f64,
    /// Seconds that are missing.
    pub missing_s: f64,
    /// The share that is there, 0 to 1; 1 when nothing was expected.
    pub coverage: f64,
    /// What the month is missing for, the costliest first.
    pub causes: Vec<CauseCostVm>,
    /// How many gaps touch the month and count.
    pub gaps: u32,
    /// The longest of them, the longest first.
    pub longest: Vec<GapVm>,
    /// Its days.
    pub days: Vec<CoverageDayVm>,
}

/// All cameras' month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CoverageReportVm {
    /// The month, `YYYY-MM`.
    pub month: String,
    /// The time zone whose days these are: an IANA name, or an offset.
    pub zone: String,
    /// When the report was made: what was missing then.
    pub made_at: Rfc3339,
    /// The cameras, by name.
    pub cameras: Vec<CameraCoverageVm>,
}
