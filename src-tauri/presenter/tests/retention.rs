//! Passes of the retention rules, protections and forecasts, over footage that is only listed.

use super::fakes::{Behaviour, Bench, Hands, START, World, camera};
use crate::vm::event::EventVm;
use crate::vm::retention::{QuotaVm, WhatIfVm};
use atalaya_model::camera::{Camera, CameraId, RecordMode};
use atalaya_model::ports::{BoxFuture, Clock, RetentionStore};
use atalaya_model::recording::SegmentId;
use atalaya_model::retention::{
    Author, DAY_US, Deletion, DeletionOrder, Holding, OldSegment, Page, ProtectedId, ProtectedRange, Room,
    Rule, Sweep,
};
use atalaya_model::time::{MonoTime, TimeRange, WallTime};
use atalaya_model::{Error, Kind, Result};
use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);
const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

/// Footage as the rules see it, and what they did.
#[derive(Default)]
pub(super) struct Keeping {
    segments: Mutex<Vec<(CameraId, OldSegment)>>,
    rooms: Mutex<Vec<Room>>,
    protected: Mutex<Vec<ProtectedRange>>,
    /// When so many segments were deleted, and how.
    retired: Mutex<Vec<(MonoTime, usize, DeletionOrder)>>,
    swept: Mutex<Vec<MonoTime>>,
}

impl Keeping {
    /// Seconds since the start and numbers of segments.
    fn retired(&self) -> Vec<(u64, usize)> {
        self.retired.lock().unwrap().iter().map(|(at, count, _)| (at.0 / 1_000_000, *count)).collect()
    }

    fn orders(&self) -> Vec<(Rule, Author)> {
        self.retired.lock().unwrap().iter().map(|(.., order)| (order.rule, order.author)).collect()
    }

    fn left(&self) -> usize {
        self.segments.lock().unwrap().len()
    }
}

impl RetentionStore for Hands {
    fn holdings(&self, recent: Range<i64>) -> BoxFuture<'_, Result<Vec<Holding>>> {
        Box::pin(async move {
            let segments = self.world.keeping.segments.lock().unwrap();
            let mut out: Vec<Holding> = Vec::new();
            for (camera, segment) in segments.iter() {
                let day = segment.range.start.0.div_euclid(DAY_US);
                if out.last().is_none_or(|holding| holding.camera != *camera) {
                    let (newest, recent) = (segment.range.end, Vec::new());
                    out.push(Holding { camera: *camera, bytes: 0, newest, first_day: day, recent });
                }
                let holding = out.last_mut().unwrap();
                holding.bytes += segment.bytes;
                holding.newest = holding.newest.max(segment.range.end);
                if recent.contains(&day) {
                    holding.recent.push((day, segment.bytes));
                }
            }
            Ok(out)
        })
    }
    fn oldest(&self, page: Page) -> BoxFuture<'_, Result<Vec<OldSegment>>> {
        let segments = self.world.keeping.segments.lock().unwrap();
        let found: Vec<OldSegment> = segments
            .iter()
            .filter(|(camera, _)| *camera == page.camera)
            .map(|(_, segment)| *segment)
            .filter(|segment| page.volume.is_none_or(|volume| volume == segment.volume))
            .filter(|segment| page.after.is_none_or(|after| segment.place() > after))
            .take(Page::LEN)
            .collect();
        Box::pin(async { Ok(found) })
    }
    fn bytes_in(&self, of: CameraId, range: TimeRange) -> BoxFuture<'_, Result<u64>> {
        let segments = self.world.keeping.segments.lock().unwrap();
        let inside = segments
            .iter()
            .filter(|(camera, segment)| *camera == of && segment.range.intersect(range).is_some());
        let bytes: u64 = inside.map(|(_, segment)| segment.bytes).sum();
        Box::pin(async move { Ok(bytes) })
    }
    fn rooms(&self) -> BoxFuture<'_, Result<Vec<Room>>> {
        Box::pin(async { Ok(self.world.keeping.rooms.lock().unwrap().clone()) })
    }
    fn retire<'a>(&'a self, ids: &'a [SegmentId], order: DeletionOrder) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let keeping = &self.world.keeping;
            let mut segments = keeping.segments.lock().unwrap();
            for (_, gone) in segments.iter().filter(|(_, segment)| ids.contains(&segment.id)) {
                for room in keeping.rooms.lock().unwrap().iter_mut() {
                    room.free_bytes += gone.bytes;
                }
            }
            segments.retain(|(_, segment)| !ids.contains(&segment.id));
            keeping.retired.lock().unwrap().push((self.clock.mono(), ids.len(), order));
            Ok(ids.len() as u64)
        })
    }
    fn deletions(&self, _: u32) -> BoxFuture<'_, Result<Vec<Deletion>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn protected(&self) -> BoxFuture<'_, Result<Vec<ProtectedRange>>> {
        Box::pin(async { Ok(self.world.keeping.protected.lock().unwrap().clone()) })
    }
    fn protect<'a>(&'a self, range: &'a ProtectedRange) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.world.keeping.protected.lock().unwrap().push(range.clone());
            Ok(())
        })
    }
    fn unprotect(&self, id: ProtectedId) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let mut ranges = self.world.keeping.protected.lock().unwrap();
            let place = ranges.iter().position(|range| range.id == id);
            ranges.remove(place.ok_or_else(|| Error::new(Kind::NotFound, "no such protected range"))?);
            Ok(())
        })
    }
    fn sweep<'a>(&'a self, after: Option<&'a str>) -> BoxFuture<'a, Result<Sweep>> {
        Box::pin(async move {
            let folder = format!("{}x", after.unwrap_or_default());
            let mut swept = self.world.keeping.swept.lock().unwrap();
            assert_eq!(folder.len(), swept.len() + 1, "the sweep goes on where it was");
            swept.push(self.clock.mono());
            Ok(Sweep { folder: Some(folder), adopted: 0, lost: 0 })
        })
    }
}

/// A camera with so many segments of an hour and 100 MiB, the last of which ends at the start of the test; the disk
/// has 100 GiB, so that 5 GiB are the reserve.
async fn bench(days: Option<u32>, segments: i64, free_bytes: u64) -> (Bench, Camera) {
    let mut one = camera(1, RecordMode::Off);
    one.record.retention_days = days;
    let world = World::default();
    let hour = DAY_US / 24;
    *world.keeping.segments.lock().unwrap() = (0..segments)
        .map(|n| {
            let start = START.plus_micros((n - segments) * hour);
            let range = TimeRange { start, end: start.plus_micros(hour) };
            (one.id, OldSegment { id: SegmentId(n), volume: 1, range, bytes: 100 * MIB })
        })
        .collect();
    *world.keeping.rooms.lock().unwrap() = [Room { volume: 1, free_bytes, total_bytes: 100 * GIB }].into();
    (Bench::start_in(world, vec![one.clone()], Behaviour::Plays).await, one)
}

fn at(hours: i64) -> String {
    START.plus_micros(hours * DAY_US / 24).to_rfc3339()
}

#[tokio::test(start_paused = true)]
async fn a_pass_every_five_minutes_takes_a_tenth() {
    let (bench, _) = bench(Some(2), 100, 50 * GIB).await;
    bench.pass(MINUTE * 11).await;
    let keeping = &bench.world.keeping;
    // 52 hours are too old.
    assert_eq!(keeping.retired(), [(10, 10), (310, 9), (610, 8)]);
    assert_eq!(keeping.swept.lock().unwrap().len(), 3);
    bench.pass(MINUTE * 60).await;
    assert_eq!(keeping.left(), 48);
    assert!(keeping.orders().iter().all(|&order| order == (Rule::Age, Author::Rule)));
}

#[tokio::test(start_paused = true)]
async fn below_half_of_the_reserve_passes_are_ten_seconds_apart() {
    let (bench, _) = bench(None, 200, 0).await;
    bench.pass(MINUTE * 4).await;
    assert_eq!(bench.world.keeping.retired(), [(10, 20), (20, 18), (30, 14)]);
    bench.pass(MINUTE * 20).await;
    assert_eq!(bench.world.keeping.retired().len(), 3, "the reserve is free");
    assert_eq!(bench.world.keeping.orders()[0], (Rule::Reserve, Author::Rule));
}

#[tokio::test(start_paused = true)]
async fn a_user_sees_the_next_pass_and_may_ask_for_all() {
    let (bench, one) = bench(Some(2), 100, 50 * GIB).await;
    let retention = bench.engine.retention();
    let plan = retention.plan().await.unwrap();
    assert!(plan.held_back && bench.world.keeping.left() == 100);
    let [next] = &plan.cameras[..] else { panic!("{plan:?}") };
    assert_eq!((next.camera.as_str(), next.segments), (one.id.to_string().as_str(), 10));
    assert!((next.share - 0.1).abs() < 1e-9 && next.until == at(-90), "{next:?}");
    assert_eq!(retention.run(false).await.unwrap(), plan);
    let all = retention.run(true).await.unwrap();
    assert_eq!((all.cameras[0].segments, all.held_back), (42, false));
    assert!(bench.world.keeping.orders().iter().all(|&order| order == (Rule::Age, Author::User)));
    assert!(retention.plan().await.unwrap().cameras.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_protected_stays_until_its_expiry() {
    let (bench, one) = bench(Some(1), 48, 50 * GIB).await;
    // Recording goes on, so that time is believed to go on.
    let range = TimeRange { start: START, end: START.plus_micros(DAY_US) };
    let last = OldSegment { id: SegmentId(99), volume: 1, range, bytes: 1 };
    bench.world.keeping.segments.lock().unwrap().push((one.id, last));
    let protections = bench.engine.protections();
    let add = async |reason: &str, expires: &str| {
        protections.add("camera 1", &at(-48), &at(0), reason, Some(expires)).await
    };
    assert_eq!(add("  ", &at(1)).await.unwrap_err().code, "INVALID_INPUT");
    assert_eq!(add("a theft", &at(0)).await.unwrap_err().code, "INVALID_INPUT");
    let added = add("a theft", &at(1)).await.unwrap();
    assert_eq!(added.bytes, 48 * 100 * MIB);
    bench.pass(MINUTE * 59).await;
    assert!(bench.world.keeping.retired().is_empty());
    bench.pass(MINUTE * 10).await;
    assert!(bench.world.keeping.left() < 49);
    assert_eq!(protections.list(Some("camera 1")).await.unwrap().len(), 1);
    protections.remove(&added.id).await.unwrap();
    assert_eq!(protections.remove(&added.id).await.unwrap_err().code, "NOT_FOUND");
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_a_year_ahead_deletes_nothing_by_age() {
    let (bench, one) = bench(Some(30), 48, 50 * GIB).await;
    bench.pass(MINUTE).await;
    let year = Duration::from_hours(24 * 365);
    bench.clock.step(year);
    // What is recorded from then on carries the wrong time.
    let start = START + year;
    let range = TimeRange { start, end: start.plus_micros(DAY_US) };
    let wrong = OldSegment { id: SegmentId(99), volume: 1, range, bytes: 1 };
    bench.world.keeping.segments.lock().unwrap().push((one.id, wrong));
    bench.pass(Duration::from_hours(23)).await;
    assert!(bench.world.keeping.retired().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_storage_without_room_is_told_once_an_hour() {
    let (bench, _) = bench(None, 48, 0).await;
    bench.engine.protections().add("camera 1", &at(-48), &at(0), "all of it", None).await.unwrap();
    let mut events = bench.engine.subscribe();
    let mut told = || {
        std::iter::from_fn(|| events.try_recv().ok())
            .filter(|event| matches!(event, EventVm::StorageLow { .. }))
            .count()
    };
    let mut count = 0;
    // Figures come twice a second, and the oldest events are given up.
    for _ in 0..10 {
        bench.pass(MINUTE * 5).await;
        count += told();
    }
    assert_eq!(count, 1);
    for _ in 0..4 {
        bench.pass(MINUTE * 5).await;
        count += told();
    }
    assert_eq!(count, 2);
    assert_eq!(bench.world.keeping.left(), 48);
}

#[tokio::test(start_paused = true)]
async fn the_forecast_tells_what_goes_first_and_what_would() {
    const GB: u64 = 1_000_000_000;
    let one = camera(1, RecordMode::Continuous);
    let world = World::default();
    let today = START.0.div_euclid(DAY_US);
    *world.keeping.segments.lock().unwrap() = (-10..0)
        .map(|day| {
            let start = WallTime((today + day) * DAY_US);
            let range = TimeRange { start, end: start.plus_micros(DAY_US) };
            (one.id, OldSegment { id: SegmentId(day), volume: 1, range, bytes: 10 * GB })
        })
        .collect();
    *world.keeping.rooms.lock().unwrap() =
        [Room { volume: 1, free_bytes: 150 * GB, total_bytes: 1000 * GB }].into();
    let bench = Bench::start_in(world, vec![one.clone()], Behaviour::Refuses).await;
    let forecasts = bench.engine.forecasts();
    let told = forecasts.storage(None).await.unwrap();
    assert_eq!((told.free_bytes, told.reserve_bytes), (150 * GB, 50 * GB));
    assert_eq!(told.full_at, Some(at(240)));
    let camera = &told.cameras[0];
    assert_eq!((camera.bytes_per_day, camera.keeps_days), (Some(10e9), Some(20.0)));
    assert_eq!((camera.rule.as_deref(), &camera.first_deletion), (Some("reserve"), &told.full_at));
    assert_eq!(camera.goes, Some(WallTime((today - 10) * DAY_US).to_rfc3339()));
    let quotas = vec![QuotaVm { camera: one.id.to_string(), quota_bytes: Some(50 * GB) }];
    let what_if = WhatIfVm { quotas, ..WhatIfVm::default() };
    let tried = forecasts.storage(Some(what_if)).await.unwrap();
    let camera = &tried.cameras[0];
    assert_eq!((camera.rule.as_deref(), camera.keeps_days), (Some("quota"), Some(5.0)));
    assert_eq!((&camera.first_deletion, &tried.full_at), (&Some(at(0)), &None));
    let more = WhatIfVm { reserve_bytes: Some(0), ..WhatIfVm::default() };
    assert_eq!(forecasts.storage(Some(more)).await.unwrap().full_at, Some(at(360)));
    bench.engine.retention().set_reserve(Some(140 * GB)).await.unwrap();
    assert_eq!(forecasts.storage(None).await.unwrap().full_at, Some(at(24)));
}
