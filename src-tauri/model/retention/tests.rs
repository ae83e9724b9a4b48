//! The rules by tables, and what must hold for any footage by properties.

use super::*;
use crate::timeline::joined;
use alloc::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

const DAY: i64 = DAY_US;

fn id(n: u128) -> CameraId {
    CameraId(Uuid::from_u128(n))
}

/// One segment a day on volume 1, of 100 bytes, from day 0.
fn days(n: i64) -> Vec<OldSegment> {
    (0..n).map(|day| segment(day, day * DAY, (day + 1) * DAY, 100, 1)).collect()
}

fn segment(id: i64, start: i64, end: i64, bytes: u64, volume: i64) -> OldSegment {
    let range = TimeRange { start: WallTime(start), end: WallTime(end) };
    OldSegment { id: SegmentId(id), volume, range, bytes }
}

fn footage(n: u128, segments: &[OldSegment], limits: Limits, protected: Vec<TimeRange>) -> Footage {
    let touched = |segment: &&OldSegment| protected.iter().any(|one| one.intersect(segment.range).is_some());
    Footage {
        camera: id(n),
        bytes: segments.iter().map(|segment| segment.bytes).sum(),
        protected_bytes: segments.iter().filter(touched).map(|segment| segment.bytes).sum(),
        limits,
        protected,
    }
}

/// Carries a planner's questions to the segments of the cameras. Also how many segments were read.
fn planned(mut planner: Planner, all: &BTreeMap<CameraId, Vec<OldSegment>>) -> (Plan, usize) {
    let mut read = 0;
    while let Some(page) = planner.wants() {
        let found: Vec<OldSegment> = all[&page.camera]
            .iter()
            .filter(|segment| page.after.is_none_or(|after| segment.place() > after))
            .filter(|segment| page.volume.is_none_or(|volume| volume == segment.volume))
            .take(Page::LEN)
            .copied()
            .collect();
        read += found.len();
        planner.give(found);
    }
    (planner.finish(), read)
}

/// What goes of one camera with ten days, by day, and why.
fn gone(
    limits: Limits,
    protected: &[(i64, i64)],
    room: Option<(u64, u64)>,
    now: i64,
    all: bool,
) -> Vec<(i64, Rule)> {
    let segments = days(10);
    let range = |&(from, to): &(i64, i64)| TimeRange { start: WallTime(from * DAY), end: WallTime(to * DAY) };
    let footage = footage(1, &segments, limits, protected.iter().map(range).collect());
    let rooms = room.map(|(free_bytes, reserve_bytes)| Shortage { volume: 1, free_bytes, reserve_bytes });
    let planner = Planner::new(vec![footage], rooms.as_slice(), Some(WallTime(now)), all);
    let (plan, _) = planned(planner, &BTreeMap::from([(id(1), segments)]));
    plan.doomed.iter().map(|one| (one.id.0, one.rule)).collect()
}

fn limits(days: Option<u32>, bytes: Option<u64>) -> Limits {
    Limits { days, bytes }
}

#[test]
fn age_then_quota_then_reserve() {
    use Rule::{Age, Quota, Reserve};
    let now = 10 * DAY;
    let none = limits(None, None);
    assert!(gone(none, &[], None, now, true).is_empty());
    assert_eq!(gone(limits(Some(7), None), &[], None, now, true), [(0, Age), (1, Age), (2, Age)]);
    assert_eq!(gone(limits(None, Some(850)), &[], None, now, true), [(0, Quota), (1, Quota)]);
    assert_eq!(gone(limits(Some(9), Some(850)), &[], None, now, true), [(0, Age), (1, Quota)]);
    assert_eq!(gone(none, &[], Some((50, 200)), now, true), [(0, Reserve), (1, Reserve)]);
    assert_eq!(gone(limits(Some(9), None), &[], Some((50, 200)), now, true), [(0, Age), (1, Reserve)]);
    assert!(gone(none, &[], Some((200, 200)), now, true).is_empty());
}

#[test]
fn a_pass_takes_a_tenth_unless_all_is_asked_for() {
    assert_eq!(gone(limits(Some(3), None), &[], None, 10 * DAY, false), [(0, Rule::Age)]);
    assert_eq!(gone(limits(Some(3), None), &[], None, 10 * DAY, true).len(), 7);
}

#[test]
fn what_is_protected_stays_and_is_not_counted() {
    let days_of = |gone: Vec<(i64, Rule)>| gone.into_iter().map(|(day, _)| day).collect::<Vec<_>>();
    let protected = [(1, 2), (3, 5)];
    assert_eq!(days_of(gone(limits(Some(5), None), &protected, None, 10 * DAY, true)), [0, 2]);
    // 700 bytes count.
    assert_eq!(days_of(gone(limits(None, Some(450)), &protected, None, 10 * DAY, true)), [0, 2, 5]);
    assert_eq!(days_of(gone(limits(None, None), &[(0, 10)], Some((0, 500)), 10 * DAY, true)), [0_i64; 0]);
}

#[test]
fn a_clock_that_is_not_believed_deletes_nothing_by_age() {
    let segments = days(10);
    let one = footage(1, &segments, limits(Some(1), None), Vec::new());
    let (plan, _) = planned(Planner::new(vec![one], &[], None, true), &BTreeMap::from([(id(1), segments)]));
    assert!(plan.doomed.is_empty());
}

#[test]
fn a_clock_that_jumps_ahead_is_not_believed_for_a_day() {
    let day = ClockTrust::DAY;
    let wall = |days: i64| WallTime(days * DAY);
    let mut trust = ClockTrust::default();
    assert!(trust.look(wall(100), MonoTime(0), wall(99)));
    assert!(trust.look(wall(101), MonoTime(0) + day, wall(99)));
    assert!(!trust.look(wall(466), MonoTime(0) + day, wall(99)), "a year ahead");
    assert!(!trust.look(wall(466), MonoTime(0) + day * 3 / 2, wall(466)));
    assert!(trust.look(wall(467), MonoTime(0) + day * 2, wall(467)));
    assert!(trust.look(wall(102), MonoTime(0) + day * 2, wall(467)), "back is no jump ahead");
    let mut late = ClockTrust::default();
    assert!(!late.look(wall(100), MonoTime(0), wall(90)), "nothing was recorded for ten days");
}

#[test]
fn the_reserve_takes_the_oldest_of_all_cameras_and_passes_over_who_lost_enough() {
    // The second camera's footage begins three days later.
    let one = days(40);
    let two: Vec<_> =
        (0..40).map(|day| segment(100 + day, (day + 3) * DAY, (day + 4) * DAY, 100, 1)).collect();
    let rooms = [Shortage { volume: 1, free_bytes: 0, reserve_bytes: 700 }];
    let both = vec![
        footage(1, &one, Limits::default(), Vec::new()),
        footage(2, &two, Limits::default(), Vec::new()),
    ];
    let all = BTreeMap::from([(id(1), one), (id(2), two)]);
    let (plan, _) = planned(Planner::new(both.clone(), &rooms, None, true), &all);
    let ids: Vec<i64> = plan.doomed.iter().map(|one| one.id.0).collect();
    assert_eq!(ids, [0, 1, 2, 3, 100, 4, 101]);
    assert!(!plan.held_back && !plan.starved);
    let (plan, _) = planned(Planner::new(both, &rooms, None, false), &all);
    let ids: Vec<i64> = plan.doomed.iter().map(|one| one.id.0).collect();
    assert_eq!(ids, [0, 1, 2, 3, 100, 101, 102], "four are a tenth of the first camera");
    assert!(plan.held_back);
}

#[test]
fn the_reserve_of_a_volume_takes_only_what_is_on_it() {
    let mixed: Vec<_> = (0..20).map(|n| segment(n, n * DAY, (n + 1) * DAY, 100, 1 + n % 2)).collect();
    let rooms = [
        Shortage { volume: 1, free_bytes: 500, reserve_bytes: 500 },
        Shortage { volume: 2, free_bytes: 0, reserve_bytes: 150 },
    ];
    let one = footage(1, &mixed, limits(None, Some(1800)), Vec::new());
    let (plan, _) = planned(Planner::new(vec![one], &rooms, None, true), &BTreeMap::from([(id(1), mixed)]));
    let gone: Vec<_> = plan.doomed.iter().map(|one| (one.id.0, one.rule)).collect();
    assert_eq!(gone, [(0, Rule::Quota), (1, Rule::Quota), (3, Rule::Reserve)]);
}

#[test]
fn nothing_left_to_delete_is_starving() {
    let segments = days(10);
    let whole = TimeRange { start: WallTime(0), end: WallTime(10 * DAY) };
    let rooms = [Shortage { volume: 1, free_bytes: 0, reserve_bytes: 1 }];
    let one = footage(1, &segments, Limits::default(), vec![whole]);
    let (plan, _) =
        planned(Planner::new(vec![one], &rooms, None, false), &BTreeMap::from([(id(1), segments)]));
    assert!(plan.starved && plan.doomed.is_empty());
}

#[test]
fn a_long_archive_is_not_read_through() {
    let minutes: Vec<_> =
        (0..100_000).map(|n| segment(n, n * 60_000_000, (n + 1) * 60_000_000, 100, 1)).collect();
    let newest = minutes[99_999].range.end;
    let one = footage(1, &minutes, limits(Some(69), None), Vec::new());
    let all = BTreeMap::from([(id(1), minutes)]);
    let (plan, read) = planned(Planner::new(vec![one], &[], Some(newest), false), &all);
    assert_eq!(plan.doomed.len(), 100_000 - 69 * 1440);
    assert!(read <= plan.doomed.len() + Page::LEN, "{read}");
}

#[test]
fn reserves() {
    const GIB: u64 = 1 << 30;
    let cases = [(100, 5), (10, 2), (4000, 50), (4, 1)];
    for (total, reserve) in cases {
        assert_eq!(default_reserve(total * GIB), reserve * GIB, "{total} GiB");
    }
    assert_eq!(default_reserve(0), 0);
}

#[test]
fn ranges_are_joined() {
    let range = |start, end| TimeRange { start: WallTime(start), end: WallTime(end) };
    let joined = joined([range(5, 7), range(1, 3), range(3, 4), range(6, 6), range(9, 10)].into(), 0);
    assert_eq!(joined, [range(1, 4), range(5, 7), range(9, 10)]);
}

/// A camera's segments: lengths in minutes, bytes, and which of two volumes each is on.
fn any_segments() -> impl Strategy<Value = Vec<(i64, u64, i64)>> {
    prop::collection::vec((1_i64..3_000, 1_u64..5_000, 1_i64..=2), 0..60)
}

proptest! {
    #[test]
    fn whatever_there_is(
        cameras in prop::collection::vec(
            (any_segments(), prop::option::of(0_u32..20), prop::option::of(0_u64..100_000), (0_i64..30_000, 0_i64..20_000)),
            1..4,
        ),
        free in (0_u64..50_000, 0_u64..50_000),
        reserve in 0_u64..100_000,
    ) {
        let mut all = BTreeMap::new();
        let mut known = Vec::new();
        let mut number = 0;
        for (n, (segments, days, bytes, (from, long))) in (1..).zip(cameras) {
            let mut start = 0;
            let segments: Vec<OldSegment> = segments
                .into_iter()
                .map(|(minutes, bytes, volume)| {
                    let end = start + minutes * 60_000_000;
                    number += 1;
                    let made = segment(number, start, end, bytes, volume);
                    start = end;
                    made
                })
                .collect();
            let protected = TimeRange::new(WallTime(from * 60_000_000), WallTime((from + long) * 60_000_000));
            known.push(footage(n, &segments, limits(days, bytes), protected.into_iter().collect()));
            all.insert(id(n), segments);
        }
        let newest = all.values().flatten().map(|segment| segment.range.end).max();
        let mut free = [free.0, free.1];
        // Every pass takes something until nothing is held back.
        for _ in 0..2_000 {
            let rooms = [1, 2].map(|volume| Shortage {
                volume,
                free_bytes: free[volume as usize - 1],
                reserve_bytes: reserve,
            });
            let (plan, _) = planned(Planner::new(known.clone(), &rooms, newest, false), &all);
            for footage in &mut known {
                let segments = all.get_mut(&footage.camera).unwrap();
                let mine: Vec<&Doomed> = plan.doomed.iter().filter(|one| one.camera == footage.camera).collect();
                let bytes: u64 = mine.iter().map(|one| one.bytes).sum();
                prop_assert!(bytes <= footage.bytes / 10 || mine.len() == 1, "more than a tenth");
                let is_protected = |range: TimeRange| footage.protected.iter().any(|one| one.intersect(range).is_some());
                prop_assert!(!mine.iter().any(|one| is_protected(one.range)), "protected footage goes");
                for volume in [1, 2] {
                    let on = |id: SegmentId| segments.iter().any(|s| s.id == id && s.volume == volume);
                    let last = mine.iter().filter(|one| on(one.id)).map(|one| one.range.start).max();
                    let older_stays = segments.iter().any(|segment| {
                        segment.volume == volume
                            && last.is_some_and(|last| segment.range.start < last)
                            && !is_protected(segment.range)
                            && !mine.iter().any(|one| one.id == segment.id)
                    });
                    prop_assert!(!older_stays, "newer footage goes before older");
                }
                for segment in segments.iter() {
                    if mine.iter().any(|one| one.id == segment.id) {
                        free[segment.volume as usize - 1] += segment.bytes;
                    }
                }
                segments.retain(|segment| !mine.iter().any(|one| one.id == segment.id));
                footage.bytes -= bytes;
            }
            prop_assert!(!plan.doomed.is_empty() || !plan.held_back, "a pass that is held back and takes nothing");
            if plan.doomed.is_empty() {
                let deletable = |volume: i64| known.iter().any(|footage| {
                    all[&footage.camera].iter().any(|segment| {
                        segment.volume == volume
                            && !footage.protected.iter().any(|one| one.intersect(segment.range).is_some())
                    })
                });
                for (volume, free) in [(1, free[0]), (2, free[1])] {
                    prop_assert!(free >= reserve || !deletable(volume), "the reserve is not kept");
                }
                return Ok(());
            }
        }
        prop_assert!(known.is_empty(), "the rules never end");
    }
}
