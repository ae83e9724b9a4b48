//! The gap ledger by local days and months: what of each is recorded, what is missing and why, and the monthly report.

use crate::Result;
use crate::engine::Inner;
use crate::vm::coverage::{CameraCoverageVm, CauseCostVm, CoverageDayVm, CoverageReportVm};
use crate::vm::recording::GapVm;
use atalaya_model::camera::Camera;
use atalaya_model::coverage::{Account, missed};
use atalaya_model::coverage_report::{CameraMonth, DayCell, LongGap, MonthReport, html};
use atalaya_model::recording::Gap;
use atalaya_model::report::Language;
use atalaya_model::time::{TimeRange, WallTime};
use atalaya_model::zone::{self, LocalDay};
use std::cmp::Reverse;
use std::sync::Arc;

/// Gaps of a camera that a report lists one by one.
const LONGEST: usize = 10;

/// Accounts for every second of days and months.
pub struct Ledger {
    engine: Arc<Inner>,
}

/// A camera's days with their accounts.
struct Reckoned {
    days: Vec<(LocalDay, Account)>,
    /// The sum of the days.
    total: Account,
    /// Gaps that count, as they were noted, the longest within the days first.
    gaps: Vec<Gap>,
}

impl Ledger {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// This computer's time zone by its IANA name.
    pub fn zone(&self) -> String {
        self.engine.ports.zones.here()
    }

    /// A camera's local days from one date to another, both with them (`YYYY-MM-DD`). `zone` is an IANA name or an
    /// offset such as `+02:00`.
    pub async fn days(&self, camera: &str, from: &str, to: &str, zone: &str) -> Result<Vec<CoverageDayVm>> {
        let camera = self.engine.find_camera(camera).await?;
        let days = zone::days(&*self.engine.ports.zones, zone, zone::date(from)?, zone::date(to)?)?;
        let reckoned = self.reckon(&camera, &days).await?;
        Ok(reckoned.days.iter().map(|(day, account)| CoverageDayVm::new(day, account)).collect())
    }

    /// The month (`YYYY-MM`) of all cameras, or of the one with this id.
    pub async fn month(&self, month: &str, zone: &str, only: Option<&str>) -> Result<CoverageReportVm> {
        let days = self.days_of(month, zone)?;
        let mut cameras = Vec::new();
        for camera in self.engine.ports.cameras.list().await? {
            if only.is_some_and(|id| id != camera.id.to_string()) {
                continue;
            }
            let Reckoned { days, total, gaps } = self.reckon(&camera, &days).await?;
            let coverage = total.coverage();
            cameras.push(CameraCoverageVm {
                camera: camera.id.to_string(),
                name: camera.name,
                expected_s: coverage.seconds_expected,
                recorded_s: coverage.seconds_recorded,
                missing_s: total.missing().as_secs_f64(),
                coverage: coverage.ratio(),
                causes: total.missing.iter().map(CauseCostVm::from).collect(),
                gaps: u32::try_from(gaps.len()).unwrap_or(u32::MAX),
                longest: gaps.iter().take(LONGEST).map(GapVm::from).collect(),
                days: days.iter().map(|(day, account)| CoverageDayVm::new(day, account)).collect(),
            });
        }
        Ok(CoverageReportVm {
            month: month.to_owned(),
            zone: zone.to_owned(),
            made_at: self.engine.ports.clock.wall().to_rfc3339(),
            cameras,
        })
    }

    /// The same as a page to print, which needs nothing beside it. `version` is the program's.
    pub async fn page(
        &self,
        month: &str,
        zone: &str,
        language: Language,
        version: &'static str,
    ) -> Result<String> {
        let days = self.days_of(month, zone)?;
        let mut cameras = Vec::new();
        for camera in self.engine.ports.cameras.list().await? {
            let Reckoned { days, total, gaps } = self.reckon(&camera, &days).await?;
            let mut longest = Vec::new();
            for gap in gaps.iter().take(LONGEST) {
                longest.push(self.long_gap(gap, zone)?);
            }
            cameras.push(CameraMonth {
                name: camera.name,
                total,
                gaps: gaps.len(),
                longest,
                days: days
                    .into_iter()
                    .map(|(day, account)| DayCell {
                        date: day.date,
                        hours: day.range.duration().as_secs_f64() / 3600.0,
                        account,
                    })
                    .collect(),
            });
        }
        let report = MonthReport {
            month: month.to_owned(),
            zone: zone.to_owned(),
            made_at: self.engine.ports.zones.shows(zone, self.engine.ports.clock.wall())?,
            version,
            cameras,
        };
        Ok(html(&report, language))
    }

    fn long_gap(&self, gap: &Gap, zone: &str) -> atalaya_model::Result<LongGap> {
        let shows = |at: WallTime| self.engine.ports.zones.shows(zone, at);
        let end = gap.end.unwrap_or_else(|| self.engine.ports.clock.wall());
        Ok(LongGap {
            start: shows(gap.start)?,
            end: gap.end.map(shows).transpose()?,
            length: TimeRange::new(gap.start, end)?.duration(),
            cause: gap.cause,
        })
    }

    fn days_of(&self, month: &str, zone: &str) -> Result<Vec<LocalDay>> {
        let (first, last) = zone::month(month)?;
        Ok(zone::days(&*self.engine.ports.zones, zone, first, last)?)
    }

    async fn reckon(&self, camera: &Camera, days: &[LocalDay]) -> Result<Reckoned> {
        let mut reckoned = Reckoned { days: Vec::new(), total: Account::default(), gaps: Vec::new() };
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(reckoned) };
        let whole = TimeRange::new(first.range.start, last.range.end)?;
        let archive = &self.engine.ports.archive;
        let ranges: Vec<TimeRange> = days.iter().map(|day| day.range).collect();
        let recorded = archive.recorded(camera.id, &ranges).await?;
        let mut gaps = archive.gaps(camera.id, whole).await?;
        let now = self.engine.ports.clock.wall();
        gaps.retain(|gap| missed(gap, whole, now).is_some());
        for (day, recorded) in days.iter().zip(recorded) {
            let account = Account::of(day.range, recorded, &gaps, now);
            reckoned.total.add(&account);
            reckoned.days.push((*day, account));
        }
        gaps.sort_by_key(|gap| Reverse(missed(gap, whole, now).map(TimeRange::duration)));
        reckoned.gaps = gaps;
        Ok(reckoned)
    }
}
