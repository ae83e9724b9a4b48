//! When the storage asks for room: how much a camera records in a day, when which rule first deletes footage of it,
//! and how long its footage will be kept. Estimates; protections count as lasting.
//!
//! Must not know: segments and pages. One pass of the rules is planned in `retention/planner.rs`.

use crate::camera::CameraId;
use crate::retention::{DAY_US, Holding, Limits, Rule};
use crate::time::{TimeRange, WallTime};
use alloc::vec::Vec;
use core::ops::Range;

/// Beyond so many days nothing is foretold: by then nobody records with these settings.
const DAYS_MAX: f64 = 36_500.0;

/// What is known of one camera.
#[derive(Debug, Clone, Copy)]
pub struct Outlook {
    /// The camera.
    pub camera: CameraId,
    /// Bytes that the rules may delete.
    pub free_to_go: u64,
    /// What it records in a day, zero when it is not recorded; none when that is not known yet.
    pub bytes_per_day: Option<f64>,
    /// Its oldest segment that the rules may delete.
    pub oldest: Option<TimeRange>,
    /// Its own rules.
    pub limits: Limits,
}

impl Outlook {
    fn rate(&self) -> f64 {
        self.bytes_per_day.unwrap_or(0.0)
    }

    /// Days of footage that its own rules leave; infinite without any.
    fn own_days(&self) -> f64 {
        let by_age = self.limits.days.map_or(f64::INFINITY, f64::from);
        let by_quota = match self.limits.bytes {
            Some(quota) if self.rate() > 0.0 => quota as f64 / self.rate(),
            _ => f64::INFINITY,
        };
        by_age.min(by_quota)
    }

    /// In how many days its own rules first delete something, and which.
    fn own_first(&self, now: WallTime) -> Option<(f64, Rule)> {
        let age = self.limits.days.zip(self.oldest).map(|(days, oldest)| {
            let due = oldest.end.plus_micros(i64::from(days) * DAY_US);
            ((due.micros_since(now) as f64 / DAY_US as f64).max(0.0), Rule::Age)
        });
        let quota = self.limits.bytes.and_then(|quota| {
            let room = quota as f64 - self.free_to_go as f64;
            if room <= 0.0 {
                return self.oldest.map(|_| (0.0, Rule::Quota));
            }
            (self.rate() > 0.0).then(|| (room / self.rate(), Rule::Quota))
        });
        sooner(age, quota)
    }
}

/// What is foretold of one camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraForecast {
    /// The camera.
    pub camera: CameraId,
    /// Days of footage that there will be; none without a rule that ends it, or when nothing is known.
    pub keeps_days: Option<f64>,
    /// When a rule first deletes something, and which.
    pub first: Option<(WallTime, Rule)>,
}

/// What is foretold.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Of each camera, in the order in which they were given.
    pub cameras: Vec<CameraForecast>,
    /// When no more than the reserve is free; none when the other rules keep it from that, or when nothing is known.
    pub full_at: Option<WallTime>,
}

/// What a camera records in a day: the mean of those of the last full days on which it recorded. Its first day counts
/// as not full. None when there is no such day.
pub fn daily_bytes(holding: &Holding, full_days: &Range<i64>) -> Option<f64> {
    let days = holding
        .recent
        .iter()
        .filter(|&&(day, bytes)| full_days.contains(&day) && day > holding.first_day && bytes > 0);
    let (count, sum) = days.fold((0_u32, 0_u64), |(count, sum), &(_, bytes)| (count + 1, sum + bytes));
    (count > 0).then(|| sum as f64 / f64::from(count))
}

/// Foretells. `free` and `reserve` are bytes of all volumes.
pub fn forecast(cameras: &[Outlook], free: u64, reserve: u64, now: WallTime) -> Forecast {
    let own: Vec<Option<(f64, Rule)>> = cameras.iter().map(|camera| camera.own_first(now)).collect();
    let spare = free as f64 - reserve as f64;
    let (full_in, growth) = days_until_full(cameras, &own, spare);
    let shared = shared_days(cameras, spare);
    let of = |(camera, own): (&Outlook, &Option<(f64, Rule)>)| {
        let reserve = full_in.zip(camera.oldest).and_then(|(full_in, oldest)| {
            // What is older goes before it: first what is missing already, then as fast as the storage fills.
            let before = (older_bytes(cameras, oldest.start) - (-spare).max(0.0)).max(0.0);
            let wait = if before > 0.0 { before / growth } else { 0.0 };
            wait.is_finite().then_some((full_in + wait, Rule::Reserve))
        });
        let keeps = camera.own_days().min(if camera.rate() > 0.0 { shared } else { f64::INFINITY });
        CameraForecast {
            camera: camera.camera,
            keeps_days: (keeps <= DAYS_MAX).then_some(keeps),
            first: sooner(*own, reserve).and_then(|(days, rule)| Some((in_days(now, days)?, rule))),
        }
    };
    Forecast {
        cameras: cameras.iter().zip(&own).map(of).collect(),
        full_at: full_in.and_then(|days| in_days(now, days)),
    }
}

/// In how many days nothing is spare any more, and how fast the storage fills then, in bytes a day. A camera whose own
/// rules delete takes no more room than it gives back.
fn days_until_full(cameras: &[Outlook], own: &[Option<(f64, Rule)>], spare: f64) -> (Option<f64>, f64) {
    let mut grows: Vec<(f64, f64)> = cameras
        .iter()
        .zip(own)
        .map(|(camera, own)| (own.map_or(f64::INFINITY, |(days, _)| days), camera.rate()))
        .filter(|&(until, rate)| rate > 0.0 && until > 0.0)
        .collect();
    grows.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut growth: f64 = grows.iter().map(|&(_, rate)| rate).sum();
    if spare <= 0.0 {
        return (Some(0.0), growth);
    }
    let (mut day, mut left) = (0.0, spare);
    for &(until, rate) in &grows {
        let full = day + left / growth;
        if full <= until {
            return (Some(full), growth);
        }
        left -= growth * (until - day);
        day = until;
        growth -= rate;
    }
    (None, 0.0)
}

/// Bytes that the rules may delete and that were recorded before this.
fn older_bytes(cameras: &[Outlook], start: WallTime) -> f64 {
    let older = |camera: &Outlook| {
        let span = camera.oldest.map_or(0, |oldest| start.micros_since(oldest.start)).max(0);
        (span as f64 / DAY_US as f64 * camera.rate()).min(camera.free_to_go as f64)
    };
    cameras.iter().map(older).sum()
}

/// How many days of all cameras fit in what they hold and what is spare, where each keeps no more than its own rules
/// leave; infinite when that is all.
fn shared_days(cameras: &[Outlook], spare: f64) -> f64 {
    let mut wants: Vec<(f64, f64)> = cameras
        .iter()
        .filter(|camera| camera.rate() > 0.0)
        .map(|camera| (camera.own_days(), camera.rate()))
        .collect();
    wants.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut room = cameras.iter().map(|camera| camera.free_to_go as f64).sum::<f64>() + spare;
    let mut rate: f64 = wants.iter().map(|&(_, rate)| rate).sum();
    for &(days, own) in &wants {
        let fits = (room / rate).max(0.0);
        if fits <= days {
            return fits;
        }
        room -= days * own;
        rate -= own;
    }
    f64::INFINITY
}

fn sooner(one: Option<(f64, Rule)>, other: Option<(f64, Rule)>) -> Option<(f64, Rule)> {
    match (one, other) {
        (Some(one), Some(other)) if other.0 < one.0 => Some(other),
        (None, other) => other,
        (one, _) => one,
    }
}

fn in_days(now: WallTime, days: f64) -> Option<WallTime> {
    (days <= DAYS_MAX).then(|| now.plus_micros((days * DAY_US as f64) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const GB: u64 = 1_000_000_000;
    const NOW: WallTime = WallTime(20_000 * DAY_US);

    fn days_ago(days: i64) -> WallTime {
        NOW.plus_micros(-days * DAY_US)
    }

    /// A camera with 10 GB a day of so many days.
    fn camera(n: u128, days: i64, limits: Limits) -> Outlook {
        Outlook {
            camera: CameraId(Uuid::from_u128(n)),
            free_to_go: days as u64 * 10 * GB,
            bytes_per_day: Some(10e9),
            oldest: (days > 0).then(|| TimeRange { start: days_ago(days), end: days_ago(days) }),
            limits,
        }
    }

    fn limits(days: Option<u32>, gb: Option<u64>) -> Limits {
        Limits { days, bytes: gb.map(|gb| gb * GB) }
    }

    /// In how many days something is deleted first and by which rule, and the days kept.
    type Told = (Option<(i64, &'static str)>, Option<i64>);

    fn told(cameras: &[Outlook], free_gb: u64) -> Vec<Told> {
        let told = forecast(cameras, free_gb * GB, 0, NOW);
        let days = |at: WallTime| (at.micros_since(NOW) + DAY_US / 2) / DAY_US;
        told.cameras
            .iter()
            .map(|one| {
                (
                    one.first.map(|(at, rule)| (days(at), rule.code())),
                    one.keeps_days.map(|d| (d + 0.5) as i64),
                )
            })
            .collect()
    }

    #[test]
    fn the_first_rule_to_delete_is_told() {
        let cases = [
            (limits(None, None), 100, Some((10, "reserve")), Some(15)),
            (limits(Some(9), None), 100, Some((4, "age")), Some(9)),
            (limits(Some(3), None), 100, Some((0, "age")), Some(3)),
            (limits(None, Some(80)), 100, Some((3, "quota")), Some(8)),
            (limits(None, Some(20)), 100, Some((0, "quota")), Some(2)),
            (limits(Some(9), Some(80)), 100, Some((3, "quota")), Some(8)),
            (limits(Some(400), Some(9_000)), 20, Some((2, "reserve")), Some(7)),
        ];
        for (limits, free, first, keeps) in cases {
            assert_eq!(told(&[camera(1, 5, limits)], free), [(first, keeps)], "{limits:?} {free}");
        }
    }

    #[test]
    fn nothing_known_foretells_nothing() {
        let unknown = Outlook { bytes_per_day: None, ..camera(1, 5, limits(None, Some(80))) };
        assert_eq!(told(&[unknown], 100), [(None, None)]);
        assert!(told(&[], 0).is_empty());
        let off = Outlook { bytes_per_day: Some(0.0), ..camera(1, 5, limits(Some(9), None)) };
        assert_eq!(told(&[off], 100), [(Some((4, "age")), Some(9))]);
        assert_eq!(forecast(&[off], 100 * GB, 0, NOW).full_at, None);
    }

    #[test]
    fn a_camera_at_its_quota_fills_nothing_more() {
        // 20 GB a day for three days, then 10 GB a day: 100 GB are full after 3 + 4 days.
        let cameras = [camera(1, 5, limits(None, Some(80))), camera(2, 5, limits(None, None))];
        let full_at = forecast(&cameras, 100 * GB, 0, NOW).full_at;
        assert_eq!(full_at, Some(NOW.plus_micros(7 * DAY_US)));
        let both = [camera(1, 5, limits(Some(6), None)), camera(2, 5, limits(None, Some(60)))];
        assert_eq!(forecast(&both, 100 * GB, 0, NOW).full_at, None);
    }

    #[test]
    fn the_reserve_takes_the_oldest_of_all_first() {
        // 40 GB fill in two days; then five days of the first camera, 50 GB, go before any of the second.
        let cameras = [camera(1, 10, limits(None, None)), camera(2, 5, limits(None, None))];
        assert_eq!(
            told(&cameras, 40),
            [(Some((2, "reserve")), Some(10)), (Some((5, "reserve")), Some(10))],
            "150 GB of footage and 40 GB free, 20 GB a day, and the second camera waits 50 GB at 20 GB a day"
        );
    }

    #[test]
    fn the_mean_is_of_full_days() {
        let holding = Holding {
            camera: CameraId(Uuid::nil()),
            bytes: 0,
            newest: NOW,
            first_day: 10,
            recent: [(10, 1), (11, 100), (13, 200), (17, 7)].into(),
        };
        assert_eq!(daily_bytes(&holding, &(10..17)), Some(150.0));
        assert_eq!(daily_bytes(&holding, &(12..13)), None);
    }
}
