//! Pulls: one connection for all, retries within the rules, lag, panics.

use super::fakes::{Behaviour, Bench, camera};
use crate::vm::camera::{EditCamera, Password};
use crate::{LivePacket, LiveSession};
use atalaya_model::camera::{Camera, RecordMode, Role};
use atalaya_model::live::{Grid, Tile, TileRect, WebviewAbility};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const WEBVIEW: WebviewAbility = WebviewAbility { decodes_h264: true, has_gpu: true };
const NO_GPU: WebviewAbility = WebviewAbility { decodes_h264: true, has_gpu: false };

fn grid(cameras: &[&Camera], role: Role) -> Grid {
    let rect = TileRect { x: 0, y: 0, width: 320, height: 180 };
    let tiles = cameras.iter().map(|camera| Tile { camera: camera.id, role, rect }).collect();
    Grid { width: 320, height: 180, tiles }
}

/// Units that come within `time`: key units, and all.
async fn units(session: &mut LiveSession, time: Duration) -> (usize, usize) {
    let (mut keys, mut all) = (0, 0);
    let deadline = tokio::time::sleep(time);
    tokio::pin!(deadline);
    loop {
        tokio::select! {
            packet = session.next() => if let LivePacket::Unit { unit, .. } = packet {
                keys += usize::from(unit.key);
                all += 1;
            },
            () = &mut deadline => return (keys, all),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn viewers_and_recorder_share_one_connection() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let mut first = bench.engine.live().open(WEBVIEW).await;
    first.set_grid(grid(&[&one], Role::Main)).await.unwrap();
    let mut second = bench.engine.live().open(WEBVIEW).await;
    second.set_grid(grid(&[&one, &one], Role::Main)).await.unwrap();
    let (_, all) = units(&mut first, SECOND * 10).await;
    assert!(all.abs_diff(150) < 5, "{all}");
    assert_eq!(bench.world.calls_of(one.id), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_viewer_gets_the_current_gop_at_once() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(Duration::from_millis(1500)).await;
    let mut session = bench.engine.live().open(WEBVIEW).await;
    session.set_grid(grid(&[&one], Role::Main)).await.unwrap();
    let (keys, all) = units(&mut session, Duration::from_millis(50)).await;
    assert_eq!(keys, 1);
    assert!(all >= 20, "{all}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_nobody_wants_is_let_go() {
    let one = camera(1, RecordMode::Off);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 5).await;
    assert_eq!(bench.world.calls_of(one.id), 0);
    let mut session = bench.engine.live().open(WEBVIEW).await;
    session.set_grid(grid(&[&one], Role::Sub)).await.unwrap();
    assert!(units(&mut session, SECOND * 3).await.1 > 30);
    drop(session);
    bench.pass(SECOND * 20).await;
    assert!(bench.engine.inner.all_pulls().iter().all(|pull| pull.report().state.code() == "idle"));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_costs_two_logins_a_day() {
    let cameras: Vec<_> = (1..=16).map(|n| camera(n, RecordMode::Continuous)).collect();
    let bench = Bench::start(cameras.clone(), Behaviour::WrongPassword).await;
    let mut session = bench.engine.live().open(WEBVIEW).await;
    session.set_grid(grid(&cameras.iter().collect::<Vec<_>>(), Role::Sub)).await.unwrap();
    bench.pass(HOUR * 24).await;
    let calls: Vec<_> = cameras.iter().map(|camera| bench.world.calls_of(camera.id)).collect();
    println!(
        "R9, S6: {} cameras, two streams each, 24 h with a wrong password: {} logins at most a camera, {} in all",
        cameras.len(),
        calls.iter().max().unwrap_or(&0),
        calls.iter().sum::<usize>()
    );
    assert!(calls.iter().all(|calls| (1..=2).contains(calls)), "{calls:?} logins with a wrong password");
    // R9: the right password is live within two seconds.
    for camera in &cameras {
        bench.world.behave(camera.id, Behaviour::Plays);
        let changes = EditCamera {
            user: Some("admin".to_owned()),
            password: Some(Password::new("right".to_owned())),
            ..EditCamera::default()
        };
        bench.engine.cameras().edit(&camera.id.to_string(), changes).await.unwrap();
    }
    bench.pass(SECOND * 2).await;
    let states: Vec<_> =
        bench.engine.inner.all_pulls().iter().map(|pull| pull.report().state.code()).collect();
    assert_eq!(states, ["live"; 32]);
}

#[tokio::test(start_paused = true)]
async fn sixty_four_cameras_that_return_are_not_called_at_once() {
    let cameras: Vec<_> = (1..=64).map(|n| camera(n, RecordMode::Continuous)).collect();
    let bench = Bench::start(cameras.clone(), Behaviour::Refuses).await;
    bench.pass(SECOND * 90).await;
    for camera in &cameras {
        bench.world.behave(camera.id, Behaviour::Plays);
    }
    bench.pass(SECOND * 62).await;
    let calls: Vec<_> = bench.world.calls.lock().unwrap().iter().map(|call| call.0).collect();
    let busiest = calls
        .iter()
        .map(|&from| {
            calls.iter().filter(|&&at| at >= from && at.since(from) < Duration::from_millis(250)).count()
        })
        .max();
    assert!(busiest <= Some(8), "{busiest:?} connects in 250 ms");
    assert!(bench.engine.inner.all_pulls().iter().all(|pull| pull.report().state.code() == "live"));
}

#[tokio::test(start_paused = true)]
async fn a_panic_restarts_only_its_camera() {
    let (good, bad) = (camera(1, RecordMode::Continuous), camera(2, RecordMode::Continuous));
    let bench = Bench::start(vec![good.clone(), bad.clone()], Behaviour::Plays).await;
    bench.world.behave(bad.id, Behaviour::Panics);
    let panics = 200;
    bench.pass(SECOND * 3 * (panics + 1)).await;
    assert_eq!(bench.world.calls_of(good.id), 1);
    let calls: Vec<_> =
        bench.world.calls.lock().unwrap().iter().copied().filter(|call| call.1 == bad.id).collect();
    assert!(calls.len() > panics as usize, "{} calls", calls.len());
    // It plays for two seconds, panics, and is called again within two more (R21).
    let longest = calls.windows(2).map(|pair| pair[1].0.since(pair[0].0)).max().unwrap();
    println!("R21: {} panics, called again {:?} after the call before at most", calls.len() - 1, longest);
    assert!(longest <= SECOND * 4, "{longest:?}");
    assert!(bench.world.gaps_of(good.id).is_empty());
}

/// R15, its subscriptions: 100,000 with `ATALAYA_TURNS=100000`, a thousand without.
#[tokio::test(start_paused = true)]
async fn watching_and_leaving_leaves_nothing_behind() {
    let turns = std::env::var("ATALAYA_TURNS").ok().and_then(|turns| turns.parse().ok()).unwrap_or(1000);
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    bench.pass(SECOND * 5).await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let (alone, mut warm) = (tasks(), 0);
    for turn in 0..turns {
        if turn == turns / 10 {
            warm = resident_bytes();
        }
        let mut session = bench.engine.live().open(WEBVIEW).await;
        session.set_grid(grid(&[&one], Role::Main)).await.unwrap();
        assert!(units(&mut session, Duration::from_millis(1)).await.1 > 0);
    }
    bench.pass(SECOND * 20).await;
    let grown = resident_bytes().saturating_sub(warm);
    println!("R15: {turns} subscriptions, {alone} tasks before, {} after, {grown} bytes more", tasks());
    assert_eq!(tasks(), alone);
    assert!(grown < 4 << 20, "{grown} bytes more");
    assert_eq!(bench.world.calls_of(one.id), 1);
}

/// What of this process is in memory (proc(5), statm); 0 where no system tells.
fn resident_bytes() -> u64 {
    let told = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    told.split_ascii_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0) * 4096
}

#[tokio::test(start_paused = true)]
async fn a_slow_viewer_skips_to_a_key_unit_and_the_recorder_does_not_notice() {
    let one = camera(1, RecordMode::Continuous);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let mut session = bench.engine.live().open(WEBVIEW).await;
    session.set_grid(grid(&[&one], Role::Main)).await.unwrap();
    assert!(units(&mut session, SECOND * 4).await.1 > 50);
    bench.pass(SECOND * 60).await;
    let dropped = bench.engine.inner.all_pulls()[0].report().metrics.dropped;
    assert!(dropped > 600, "{dropped}");
    // What had been queued comes first; then a key unit, and from there every picture.
    units(&mut session, Duration::from_millis(1)).await;
    let (keys, all) = units(&mut session, SECOND * 10).await;
    assert!(keys >= 4 && all >= 120, "{keys} {all}");
    bench.engine.shutdown().await;
    assert!(bench.world.gaps_of(one.id).is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_a_graphics_processor_the_grid_comes_composed() {
    let one = camera(1, RecordMode::Off);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let mut session = bench.engine.live().open(NO_GPU).await;
    session.set_grid(grid(&[&one], Role::Sub)).await.unwrap();
    let mut decoded = 0;
    let deadline = tokio::time::Instant::now() + SECOND * 10;
    while let Ok(packet) = tokio::time::timeout_at(deadline, session.next()).await {
        match packet {
            LivePacket::Composed { composed, grid } => {
                assert_eq!(grid, 1);
                decoded += composed.decoded[0];
            }
            LivePacket::Path(path, reason) => assert_eq!((path.code(), reason.code()), ("native", "no_gpu")),
            other => panic!("{other:?} on the native path"),
        }
    }
    assert!(decoded.abs_diff(150) < 6, "{decoded}");
}

#[tokio::test(start_paused = true)]
async fn a_stalled_webview_is_relieved() {
    let one = camera(1, RecordMode::Off);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let mut session = bench.engine.live().open(WEBVIEW).await;
    session.set_grid(grid(&[&one], Role::Sub)).await.unwrap();
    assert!(units(&mut session, SECOND * 2).await.1 > 20);
    session.stalled().await.unwrap();
    assert_eq!(units(&mut session, SECOND * 2).await.1, 0);
    let composed = loop {
        if let LivePacket::Composed { grid, composed } = session.next().await {
            break (grid, composed.decoded.len());
        }
    };
    assert_eq!(composed, (1, 1));
    assert_eq!(bench.world.calls_of(one.id), 1);
}
