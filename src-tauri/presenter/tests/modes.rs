//! Recording modes: what is recorded around a motion, by a schedule and by hand, and what of the rest is missed.

use super::fakes::{Behaviour, Bench, START, World, camera};
use crate::vm::recording::RecordVm;
use atalaya_model::camera::{Camera, RecordMode, Role};
use atalaya_model::motion::MotionSource;
use atalaya_model::recording::{Gap, GapCause, Segment, SegmentId};
use atalaya_model::time::{TimeRange, WallTime};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// The key pictures of the cameras here are two seconds apart.
const GOP_MS: i64 = 2_000;

fn moves(bench: &Bench, camera: &Camera, active: bool) {
    bench.engine.inner.triggers.set_motion(camera.id, MotionSource::Own, active);
}

async fn set(bench: &Bench, record: RecordVm) {
    bench.engine.cameras().set_record("camera 1", &record).await.unwrap();
}

fn mode(mode: &str) -> RecordVm {
    RecordVm { mode: mode.to_owned(), ..RecordVm::default() }
}

/// A week in which these half hours of Saturday, the day of the tests, have this letter.
fn saturday(from: usize, to: usize, letter: &str) -> String {
    let other = "-".repeat(48);
    let day = "-".repeat(from) + &letter.repeat(to - from) + &"-".repeat(48 - to);
    [other.as_str(), &other, &other, &other, &other, &day, &other].join(";")
}

fn scheduled(schedule: &str) -> Camera {
    let mut one = camera(1, RecordMode::Schedule);
    one.schedule = Some(Box::new(schedule.parse().unwrap()));
    one
}

/// The camera's main stream: what is wanted of it, and whether it is proven that it is recorded.
fn shown(bench: &Bench) -> (String, bool) {
    let now = bench.engine.inner.ports.clock.mono();
    let pulls = bench.engine.inner.all_pulls();
    let main = pulls.iter().find(|pull| pull.report().role == Role::Main).unwrap();
    let metrics = main.metrics(now);
    (metrics.record_demand, metrics.recording)
}

#[tokio::test(start_paused = true)]
async fn a_motion_is_recorded_with_what_comes_before_and_after() {
    let one = camera(1, RecordMode::Motion);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 20).await;
    assert!(bench.world.files_of(one.id).is_empty());
    assert_eq!(shown(&bench), ("motion".to_owned(), false));
    moves(&bench, &one, true);
    bench.pass(SECOND * 5).await;
    assert_eq!(shown(&bench), ("now".to_owned(), true));
    moves(&bench, &one, false);
    bench.pass(SECOND * 35).await;
    // 5 s before the motion begins at 20 s, 15 s after its end at 25 s, to whole GOPs.
    let gaps = bench.world.gaps_of(one.id);
    let [(0, Some(begin), GapCause::Idle), (end, None, GapCause::Idle)] = gaps[..] else {
        panic!("{gaps:?}")
    };
    assert!((15_000 - GOP_MS..=15_000).contains(&begin), "{gaps:?}");
    assert!((40_000..=40_000 + GOP_MS + 100).contains(&end), "{gaps:?}");
    let files = bench.world.files_of(one.id);
    assert_eq!(files.len(), 1, "{files:?}");
    assert!((files[0] as i64 - (end - begin)).abs() < 10, "nothing of it is missing: {files:?}");
    let at = |seconds| (START + SECOND * seconds).to_rfc3339();
    let coverage = bench.engine.recordings().coverage("camera 1", &at(0), &at(60)).await.unwrap();
    assert!(coverage.coverage > 0.999, "nobody misses the rest: {coverage:?}");
    bench.engine.shutdown().await;
    let gaps = bench.world.gaps_of(one.id);
    assert!(gaps.iter().all(|gap| gap.1.is_some()), "what comes after the engine is not idle: {gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_motion_just_after_another_leaves_no_gap() {
    let one = camera(1, RecordMode::Motion);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 20).await;
    for _ in 0..5 {
        moves(&bench, &one, true);
        bench.pass(SECOND).await;
        moves(&bench, &one, false);
        // What is recorded after one ends before the next begins, and reaches what is recorded before that.
        bench.pass(SECOND * 18).await;
    }
    bench.pass(SECOND * 30).await;
    let gaps = bench.world.gaps_of(one.id);
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    let recorded: u128 = bench.world.files_of(one.id).iter().sum();
    assert!((recorded as i64 - (gaps[1].0 - gaps[0].1.unwrap())).abs() < 10, "{recorded} of {gaps:?}");

    moves(&bench, &one, true);
    bench.pass(SECOND * 10).await;
    let gaps = bench.world.gaps_of(one.id);
    assert!(gaps.len() == 2 && gaps[1].1.is_some(), "the next begins a new one: {gaps:?}");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn half_a_minute_from_before_a_motion_passes_at_once() {
    let mut one = camera(1, RecordMode::Motion);
    one.record.pre_seconds = 30;
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 61).await;
    moves(&bench, &one, true);
    bench.pass(SECOND * 10).await;
    let gaps = bench.world.gaps_of(one.id);
    let [(0, Some(begin), GapCause::Idle)] = gaps[..] else { panic!("{gaps:?}") };
    assert!((31_000 - GOP_MS..=31_000).contains(&begin), "{gaps:?}");
    let dropped = bench.engine.inner.all_pulls()[0].report().metrics.dropped;
    assert_eq!(dropped, 0);
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_is_gone_is_missed_while_a_motion_is_waited_for() {
    let one = camera(1, RecordMode::Motion);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 20).await;
    bench.world.behave(one.id, Behaviour::Refuses);
    bench.pass(SECOND * 20).await;
    bench.world.behave(one.id, Behaviour::Plays);
    bench.pass(SECOND * 60).await;
    let gaps = bench.world.gaps_of(one.id);
    let [
        (0, Some(lost), GapCause::Idle),
        (since, Some(back), GapCause::Offline),
        (again, None, GapCause::Idle),
    ] = gaps[..]
    else {
        panic!("{gaps:?}")
    };
    assert!(lost == since && (19_900..=20_100).contains(&lost), "{gaps:?}");
    assert!(back == again && (40_000..=45_100).contains(&back), "{gaps:?}");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn another_mode_restarts_nothing_and_loses_nothing() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 9).await;
    moves(&bench, &one, true);
    set(&bench, mode("motion")).await;
    bench.pass(SECOND * 6).await;
    let all_day = RecordVm { schedule: Some(saturday(0, 48, "C")), ..mode("schedule") };
    set(&bench, all_day).await;
    bench.pass(SECOND * 6).await;
    // A mode is told alone: the schedule is kept.
    set(&bench, mode("motion")).await;
    set(&bench, mode("schedule")).await;
    bench.pass(SECOND * 6).await;
    bench.engine.shutdown().await;
    assert_eq!(bench.world.main_calls_of(one.id), 1);
    assert!(bench.world.gaps_of(one.id).is_empty(), "{:?}", bench.world.gaps_of(one.id));
    let files = bench.world.files_of(one.id);
    assert!(files.len() == 1 && files[0] >= 26_500, "{files:?}");
}

#[tokio::test(start_paused = true)]
async fn a_schedule_is_kept_to_without_a_lost_fragment() {
    // 10:30 to 11:00; it is 10:00.
    let one = scheduled(&saturday(21, 22, "C"));
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let minute = Duration::from_mins(1);
    bench.pass(minute * 29).await;
    assert_eq!(bench.world.main_calls_of(one.id), 0, "the camera rests");
    assert_eq!(shown(&bench).0, "nothing");
    bench.pass(minute * 33).await;
    assert_eq!(shown(&bench).0, "nothing");
    let gaps = bench.world.gaps_of(one.id);
    let [(0, Some(begin), GapCause::Idle), (end, None, GapCause::Idle)] = gaps[..] else {
        panic!("{gaps:?}")
    };
    assert!((1_800_000 - GOP_MS..=1_800_100).contains(&begin), "{gaps:?}");
    assert!((3_600_000..=3_600_000 + GOP_MS + 600).contains(&end), "{gaps:?}");
    let recorded: u128 = bench.world.files_of(one.id).iter().sum();
    assert!((recorded as i64 - (end - begin)).abs() < 600, "{recorded} of {gaps:?}");
    assert_eq!(bench.world.main_calls_of(one.id), 1);
    bench.pass(minute * 30).await;
    assert_eq!(bench.world.main_calls_of(one.id), 1, "it rests again");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_is_gone_is_missed_in_the_hours_of_its_schedule_only() {
    let one = scheduled(&saturday(21, 22, "C"));
    let bench = Bench::start(vec![one.clone()], Behaviour::Refuses).await;
    bench.pass(Duration::from_mins(90)).await;
    let gaps = bench.world.gaps_of(one.id);
    let [
        (0, Some(begin), GapCause::Idle),
        (since, Some(end), GapCause::Offline),
        (rest, None, GapCause::Idle),
    ] = gaps[..]
    else {
        panic!("{gaps:?}")
    };
    assert!(begin == since && (1_800_000..=1_800_600).contains(&begin), "{gaps:?}");
    assert!(end == rest && (3_600_000..=3_660_000).contains(&end), "{gaps:?}");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn by_hand_is_beside_any_mode() {
    let one = camera(1, RecordMode::Off);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let cameras = bench.engine.cameras();
    bench.pass(SECOND * 10).await;
    assert_eq!(cameras.record_now("camera 1", Some(0)).await.unwrap_err().code, "INVALID_INPUT");
    cameras.record_now("camera 1", Some(20)).await.unwrap();
    bench.pass(SECOND * 10).await;
    assert_eq!(shown(&bench), ("now".to_owned(), true));
    bench.pass(SECOND * 20).await;
    assert_eq!(shown(&bench).0, "off");
    let recorded: u128 = bench.world.files_of(one.id).iter().sum();
    assert!((19_000..=22_000).contains(&recorded), "{recorded}");
    let gaps = bench.world.gaps_of(one.id);
    let [(paused, None, GapCause::Paused)] = gaps[..] else { panic!("{gaps:?}") };
    assert!((29_000..=32_000).contains(&paused), "{gaps:?}");

    // Until it is stopped, while a motion is waited for.
    set(&bench, mode("motion")).await;
    bench.pass(SECOND * 20).await;
    cameras.record_now("camera 1", None).await.unwrap();
    bench.pass(SECOND * 40).await;
    assert_eq!(shown(&bench), ("now".to_owned(), true));
    cameras.record_stop("camera 1").await.unwrap();
    bench.pass(SECOND).await;
    assert_eq!(shown(&bench).0, "motion");
    bench.pass(SECOND * 20).await;
    let more: u128 = bench.world.files_of(one.id).iter().sum::<u128>() - recorded;
    assert!((39_000..=45_000).contains(&more), "{more}");
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_schedule_left_out_was_not_missed_while_no_engine_ran() {
    // 08:00 to 09:00; it is 10:00, and was recorded until 07:30.
    let one = scheduled(&saturday(16, 18, "M"));
    let world = World::default();
    let ended = START - Duration::from_mins(150);
    world.segments.lock().unwrap().push(segment(&one, ended));
    let bench = Bench::start_in(world, vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 10).await;
    let (h8, h9) = (-7_200_000, -3_600_000);
    assert_eq!(
        bench.world.gaps_of(one.id),
        [
            (-9_000_000, Some(h8), GapCause::Idle),
            (h8, Some(h9), GapCause::AppClosed),
            (h9, Some(0), GapCause::Idle),
            (0, None, GapCause::Idle),
        ]
    );
    bench.engine.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_was_killed_while_nothing_moved_is_missed_since() {
    let one = camera(1, RecordMode::Motion);
    let world = World::default();
    let at = |minutes| START - Duration::from_mins(minutes);
    let idle = Gap { camera: one.id, start: at(60), end: None, cause: GapCause::Idle };
    world.gaps.lock().unwrap().push(idle);
    let alive = at(30).0.to_string();
    world.settings.lock().unwrap().insert("engine_alive_us".to_owned(), alive);
    let bench = Bench::start_in(world, vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 20).await;
    let gaps = bench.world.gaps_of(one.id);
    let [(-3_600_000, Some(-1_800_000), GapCause::Idle), (-1_800_000, Some(back), GapCause::AppClosed), last] =
        gaps[..]
    else {
        panic!("{gaps:?}")
    };
    assert!((0..=1_000).contains(&back) && last == (back, None, GapCause::Idle), "{gaps:?}");
    bench.engine.shutdown().await;
}

fn segment(camera: &Camera, end: WallTime) -> Segment {
    Segment {
        id: SegmentId(1),
        camera: camera.id,
        role: Role::Main,
        range: TimeRange { start: end - SECOND, end },
        bytes: 1,
        codec: "h264".to_owned(),
        width: 640,
        height: 360,
        audio: None,
        place: atalaya_model::storage::Place::default(),
        path: String::new(),
        open: false,
    }
}
