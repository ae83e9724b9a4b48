//! The decode governor: pressure, recovery, a hidden window, and a recorder that notices nothing of it.

use super::fakes::{Behaviour, Bench, camera};
use crate::vm::event::EventVm;
use crate::vm::system::SettingsVm;
use crate::{LivePacket, LiveSession};
use atalaya_model::camera::{Camera, RecordMode, Role};
use atalaya_model::governor::{Reason, TileMode};
use atalaya_model::live::{Grid, Tile, TileRect, WebviewAbility};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
/// Begins what a test does between two readings of the load, which come with the full second.
const HALF: Duration = Duration::from_millis(500);
const WEBVIEW: WebviewAbility = WebviewAbility { decodes_h264: true, has_gpu: true };
const NO_GPU: WebviewAbility = WebviewAbility { decodes_h264: true, has_gpu: false };

/// A wide tile and a narrow one.
fn grid(cameras: &[&Camera], role: Role) -> Grid {
    let tiles = cameras.iter().zip([320, 160]).map(|(camera, width)| Tile {
        camera: camera.id,
        role,
        rect: TileRect { x: 0, y: 0, width, height: 180 },
    });
    Grid { width: 320, height: 180, tiles: tiles.collect() }
}

/// Tile, mode, reason of those not in full.
type Told = Vec<(usize, TileMode, Reason)>;

/// What came in a while.
#[derive(Debug, Default, PartialEq)]
struct Came {
    /// For each of two tiles, key pictures and all.
    units: [(usize, usize); 2],
    composed: u32,
    told: Vec<Told>,
}

async fn comes(session: &mut LiveSession, time: Duration) -> Came {
    let deadline = Instant::now() + time;
    let mut came = Came::default();
    while let Ok(packet) = tokio::time::timeout_at(deadline, session.next()).await {
        match packet {
            LivePacket::Unit { tile, unit, .. } => {
                came.units[tile].0 += usize::from(unit.key);
                came.units[tile].1 += 1;
            }
            LivePacket::Composed { composed, .. } => came.composed += composed.decoded[0],
            LivePacket::Governor { tiles, .. } => {
                let told = tiles.iter().map(|(tile, ruling)| {
                    (*tile, ruling.mode, ruling.cause.expect("not in full for a reason").reason)
                });
                came.told.push(told.collect());
            }
            _ => {}
        }
    }
    came
}

fn busy(bench: &Bench, percent: u64) {
    bench.world.processor.store(percent, Ordering::Relaxed);
}

fn dropped(bench: &Bench) -> u64 {
    bench.engine.inner.all_pulls().iter().map(|pull| pull.report().metrics.dropped).sum()
}

#[tokio::test(start_paused = true)]
async fn a_busy_processor_costs_the_smaller_tile_its_pictures_and_the_recorder_none() {
    let (one, two) = (camera(1, RecordMode::Continuous), camera(2, RecordMode::Continuous));
    let bench = Bench::start(vec![one.clone(), two.clone()], Behaviour::Plays).await;
    let mut session = bench.engine.live().open(WEBVIEW).await;
    session.set_grid(grid(&[&one, &two], Role::Main)).await.unwrap();
    busy(&bench, 50);
    let calm = comes(&mut session, SECOND * 20 + HALF).await;
    assert!(calm.told.is_empty() && calm.units.iter().all(|units| units.1 >= 290), "{calm:?}");

    busy(&bench, 97);
    let pressed = comes(&mut session, SECOND * 4).await;
    let narrow = |mode| vec![(1, mode, Reason::ProcessorBusy)];
    assert_eq!(pressed.told, [narrow(TileMode::KeyFrames)]);
    // Neither worse nor better: between the limit and calm.
    busy(&bench, 85);
    let held = comes(&mut session, SECOND * 20).await;
    assert!(held.told.is_empty() && held.units[0].1 >= 290, "{held:?}");
    assert!(held.units[1].0 == held.units[1].1 && held.units[1].0.abs_diff(10) <= 1, "{held:?}");

    busy(&bench, 97);
    let slow = comes(&mut session, SECOND * 4).await;
    assert_eq!(slow.told, [narrow(TileMode::Slow)]);
    busy(&bench, 85);
    let held = comes(&mut session, SECOND * 60).await;
    assert!((9..=12).contains(&held.units[1].1) && held.units[0].1 >= 890, "{held:?}");

    busy(&bench, 40);
    let back = comes(&mut session, SECOND * 30).await;
    assert_eq!(back.told, [narrow(TileMode::KeyFrames), Told::new()]);
    let full = comes(&mut session, SECOND * 10).await;
    assert!(full.units[1].1 >= 145, "{full:?}");

    let decided: Vec<_> = bench
        .engine
        .live()
        .decisions()
        .into_iter()
        .map(|decision| (decision.camera == two.id.to_string(), decision.mode, decision.reason))
        .collect();
    let expected = [
        ("key_frames", Some("processor_busy")),
        ("slow", Some("processor_busy")),
        ("key_frames", Some("processor_busy")),
        ("full", None),
    ];
    assert_eq!(decided, expected.map(|(mode, why)| (true, mode.to_owned(), why.map(str::to_owned))));
    assert_eq!(dropped(&bench), 0, "what the governor leaves out is no loss");
    bench.engine.shutdown().await;
    for camera in [&one, &two] {
        assert!(bench.world.gaps_of(camera.id).is_empty());
        assert_eq!(bench.world.calls_of(camera.id), 1);
        let recorded: u128 = bench.world.files_of(camera.id).iter().sum();
        assert!(recorded >= 148_000, "{recorded} ms of 148.5 s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_composed_grid_is_fed_key_pictures_only() {
    let one = camera(1, RecordMode::Off);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let mut session = bench.engine.live().open(NO_GPU).await;
    session.set_grid(grid(&[&one], Role::Sub)).await.unwrap();
    assert!(comes(&mut session, SECOND * 10 + HALF).await.composed >= 145);
    busy(&bench, 97);
    let pressed = comes(&mut session, SECOND * 4).await;
    assert_eq!(pressed.told, [[(0, TileMode::KeyFrames, Reason::ProcessorBusy)]]);
    busy(&bench, 85);
    let keys = comes(&mut session, SECOND * 20).await.composed;
    assert!((9..=11).contains(&keys), "{keys}");
    assert_eq!(dropped(&bench), 0);
}

#[tokio::test(start_paused = true)]
async fn decoding_that_is_behind_gives_way_and_what_a_new_grid_misses_does_not_count() {
    let one = camera(1, RecordMode::Off);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let mut session = bench.engine.live().open(NO_GPU).await;
    session.set_grid(grid(&[&one], Role::Sub)).await.unwrap();
    bench.world.decodes_half.store(true, Ordering::Relaxed);
    let came = comes(&mut session, SECOND * 2).await;
    assert!(came.told.is_empty(), "{came:?}");
    let came = comes(&mut session, SECOND * 4).await;
    assert_eq!(came.told, [[(0, TileMode::KeyFrames, Reason::DecoderBehind)]]);
}

#[tokio::test(start_paused = true)]
async fn a_window_that_falls_behind_gives_way() {
    let one = camera(1, RecordMode::Off);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let mut session = bench.engine.live().open(WEBVIEW).await;
    session.set_grid(grid(&[&one], Role::Sub)).await.unwrap();
    comes(&mut session, SECOND * 5 + HALF).await;
    let mut told = Vec::new();
    for _ in 0..4 {
        session.behind(5);
        told.extend(comes(&mut session, SECOND).await.told);
    }
    assert_eq!(told, [[(0, TileMode::KeyFrames, Reason::DecoderBehind)]]);
}

#[tokio::test(start_paused = true)]
async fn the_focused_tile_is_spared_and_a_limit_of_a_hundred_is_never() {
    let (one, two) = (camera(1, RecordMode::Off), camera(2, RecordMode::Off));
    let bench = Bench::start(vec![one.clone(), two.clone()], Behaviour::Plays).await;
    let mut session = bench.engine.live().open(WEBVIEW).await;
    session.set_grid(grid(&[&one, &two], Role::Sub)).await.unwrap();
    session.set_focus(Some(1));
    let limit = async |percent| {
        let settings = SettingsVm { processor_limit: percent, ..SettingsVm::default() };
        bench.engine.settings().set(settings).await
    };
    limit(100).await.unwrap();
    busy(&bench, 100);
    assert!(comes(&mut session, SECOND * 20 + HALF).await.told.is_empty());
    limit(50).await.unwrap();
    busy(&bench, 60);
    let came = comes(&mut session, SECOND * 4).await;
    assert_eq!(came.told, [[(0, TileMode::KeyFrames, Reason::ProcessorBusy)]]);
    for percent in [49, 101] {
        assert_eq!(limit(percent).await.unwrap_err().code, "INVALID_INPUT");
    }
    assert_eq!(bench.engine.settings().get().await.unwrap().processor_limit, 50);
}

#[tokio::test(start_paused = true)]
async fn a_hidden_window_is_sent_nothing_and_its_streams_are_let_go() {
    let (recorded, watched) = (camera(1, RecordMode::Continuous), camera(2, RecordMode::Off));
    let bench = Bench::start(vec![recorded.clone(), watched.clone()], Behaviour::Plays).await;
    for (ability, role) in [(WEBVIEW, Role::Main), (NO_GPU, Role::Main)] {
        let mut session = bench.engine.live().open(ability).await;
        session.set_grid(grid(&[&recorded, &watched], role)).await.unwrap();
        comes(&mut session, SECOND * 10).await;
        session.set_hidden(true).await.unwrap();
        let hidden = comes(&mut session, SECOND * 30).await;
        let paused = [0, 1].map(|tile| (tile, TileMode::Paused, Reason::WindowHidden));
        assert_eq!(hidden, Came { told: vec![paused.into()], ..Came::default() }, "{ability:?}");
        let wanted: Vec<_> = bench
            .engine
            .inner
            .all_pulls()
            .iter()
            .map(crate::pull::PullHandle::report)
            .filter(|report| report.wanted)
            .map(|report| report.camera.id)
            .collect();
        assert_eq!(wanted, [recorded.id]);
        // A grid that changes while it is hidden stays without streams too.
        session.set_grid(grid(&[&recorded, &watched], role)).await.unwrap();
        assert_eq!(comes(&mut session, SECOND * 5).await.told, [paused]);

        session.set_hidden(false).await.unwrap();
        let back = comes(&mut session, Duration::from_millis(100)).await;
        assert_eq!(back.told, [Told::new()]);
        // What is recorded is there at once, out of the GOP cache.
        assert!(back.units[0].0 == 1 || back.composed >= 1, "{back:?}");
        let back = comes(&mut session, SECOND * 10).await;
        assert!(back.units.iter().all(|units| units.1 >= 130) || back.composed >= 260, "{back:?}");
    }
    assert_eq!(bench.world.calls_of(recorded.id), 1);
    assert_eq!(dropped(&bench), 0);
    bench.engine.shutdown().await;
    assert!(bench.world.gaps_of(recorded.id).is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_load_is_told_while_somebody_listens() {
    let bench = Bench::start(vec![camera(1, RecordMode::Off)], Behaviour::Plays).await;
    bench.pass(SECOND * 3).await;
    assert_eq!(bench.engine.inner.machine.load(), None);
    busy(&bench, 40);
    let mut events = bench.engine.subscribe();
    bench.pass(SECOND * 3).await;
    let told = std::iter::from_fn(|| events.try_recv().ok()).filter_map(|event| match event {
        EventVm::Metrics { status, .. } => status.machine,
        _ => None,
    });
    let last = told.last().expect("the load");
    assert_eq!((last.processor, last.processor_own, last.cores), (0.4, 0.2, 4));
    drop(events);
    bench.pass(SECOND * 2).await;
    assert_eq!(bench.engine.inner.machine.load(), None);
}
