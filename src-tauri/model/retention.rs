//! Which segments to delete: those older than the camera's days, and the oldest of those over its quota.
//!
//! Ages are measured against the newest footage's end, not only the clock: a clock set a year ahead deletes nothing
//! (R13).

use crate::camera::RecordPolicy;
use crate::recording::{Segment, SegmentId};
use crate::time::WallTime;
use alloc::vec::Vec;
use core::time::Duration;

/// Chooses from one camera's closed segments, sorted by start, those to delete under its policy.
pub fn expired(segments: &[Segment], policy: &RecordPolicy, now: WallTime) -> Vec<SegmentId> {
    let Some(newest) = segments.iter().map(|segment| segment.range.end).max() else {
        return Vec::new();
    };
    let horizon =
        policy.retention_days.map(|days| now.min(newest) - Duration::from_secs(u64::from(days) * 86_400));
    let mut over_quota = policy
        .quota_bytes
        .map_or(0, |quota| segments.iter().map(|segment| segment.bytes).sum::<u64>().saturating_sub(quota));
    let mut out = Vec::new();
    for segment in segments.iter().filter(|segment| !segment.open) {
        let too_old = horizon.is_some_and(|horizon| segment.range.end <= horizon);
        if !too_old && over_quota == 0 {
            break;
        }
        over_quota = over_quota.saturating_sub(segment.bytes);
        out.push(segment.id);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::{CameraId, RecordMode, Role};
    use crate::time::TimeRange;

    const DAY: i64 = 86_400_000_000;

    fn days(n: i64) -> Vec<Segment> {
        (0..n)
            .map(|day| Segment {
                id: SegmentId(day),
                camera: CameraId(uuid::Uuid::nil()),
                role: Role::Main,
                range: TimeRange { start: WallTime(day * DAY), end: WallTime((day + 1) * DAY) },
                bytes: 100,
                codec: "h264".into(),
                width: 1,
                height: 1,
                audio: None,
                path: "x".into(),
                open: false,
            })
            .collect()
    }

    fn chosen(policy: RecordPolicy, now: i64) -> Vec<i64> {
        expired(&days(10), &policy, WallTime(now)).into_iter().map(|id| id.0).collect()
    }

    #[test]
    fn age_and_quota() {
        let policy = RecordPolicy { mode: RecordMode::Continuous, ..RecordPolicy::default() };
        assert!(chosen(policy, 10 * DAY).is_empty());
        assert_eq!(chosen(RecordPolicy { retention_days: Some(7), ..policy }, 10 * DAY), [0, 1, 2]);
        assert_eq!(chosen(RecordPolicy { quota_bytes: Some(850), ..policy }, 10 * DAY), [0, 1]);
        let both = RecordPolicy { retention_days: Some(9), quota_bytes: Some(850), ..policy };
        assert_eq!(chosen(both, 10 * DAY), [0, 1]);
    }

    #[test]
    fn a_clock_set_ahead_deletes_nothing_more() {
        let mode = RecordMode::Continuous;
        let policy = RecordPolicy { mode, retention_days: Some(7), ..RecordPolicy::default() };
        assert_eq!(chosen(policy, 375 * DAY), chosen(policy, 10 * DAY));
    }
}
