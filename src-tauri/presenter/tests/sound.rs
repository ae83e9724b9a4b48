//! Live sound: who gets it, from which stream, and what becomes of a listener that does not keep up.

use super::fakes::{Behaviour, Bench, START, World, camera};
use crate::{LivePacket, LiveSession};
use atalaya_model::camera::{Camera, RecordMode, Role, StreamFacts};
use atalaya_model::live::{Grid, Tile, TileRect, WebviewAbility};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

async fn bench(cameras: &[&Camera], audible: &[Role]) -> Bench {
    let world = World::default();
    *world.audible.lock().unwrap() = audible.to_vec();
    Bench::start_in(world, cameras.iter().map(|&camera| camera.clone()).collect(), Behaviour::Plays).await
}

async fn session(bench: &Bench, cameras: &[&Camera], role: Role) -> LiveSession {
    let mut session = bench.engine.live().open(WebviewAbility { decodes_h264: true, has_gpu: true }).await;
    session.set_grid(grid(cameras, role)).await.unwrap();
    session
}

fn grid(cameras: &[&Camera], role: Role) -> Grid {
    let rect = TileRect { x: 0, y: 0, width: 320, height: 180 };
    let tiles = cameras.iter().map(|camera| Tile { camera: camera.id, role, rect }).collect();
    Grid { width: 320, height: 180, tiles }
}

/// What came of one kind or another.
#[derive(Default)]
struct Came {
    pictures: usize,
    /// From media time to reception, of the last picture in microseconds.
    line: i64,
    formats: Vec<usize>,
    /// Tile, media time in microseconds, and the moment in microseconds since the start.
    sound: Vec<(usize, i64, i64)>,
    silent: Vec<(usize, Option<String>)>,
}

async fn came(session: &mut LiveSession, time: Duration) -> Came {
    let mut came = Came::default();
    let deadline = tokio::time::Instant::now() + time;
    while let Ok(packet) = tokio::time::timeout_at(deadline, session.next()).await {
        match packet {
            LivePacket::Unit { unit, .. } => {
                came.pictures += 1;
                came.line = unit.received_wall.micros_since(START) - unit.micros();
            }
            LivePacket::AudioFormat { tile, .. } => came.formats.push(tile),
            LivePacket::Audio { tile, unit, moment, .. } => {
                came.sound.push((tile, unit.micros(), moment.micros_since(START)));
            }
            LivePacket::NoAudio { tile, note, .. } => {
                came.silent.push((tile, note.as_deref().map(str::to_owned)));
            }
            _ => {}
        }
    }
    came
}

#[tokio::test(start_paused = true)]
async fn sound_reaches_who_listens_and_nobody_else() {
    let (one, two) = (camera(1, RecordMode::Continuous), camera(2, RecordMode::Off));
    let bench = bench(&[&one, &two], &[Role::Main, Role::Sub]).await;
    let mut deaf = session(&bench, &[&one], Role::Main).await;
    let mut hears = session(&bench, &[&one, &two], Role::Main).await;
    hears.listen(&[1, 1, 9]).await.unwrap();
    let (quiet, heard) = tokio::join!(came(&mut deaf, SECOND * 10), came(&mut hears, SECOND * 10));
    assert!(quiet.pictures.abs_diff(150) < 5 && quiet.sound.is_empty() && quiet.formats.is_empty());
    assert!(heard.pictures.abs_diff(300) < 10, "{}", heard.pictures);
    assert_eq!(heard.formats, [1]);
    assert!(heard.sound.len().abs_diff(150) < 5, "{}", heard.sound.len());
    assert!(heard.sound.iter().all(|&(tile, ..)| tile == 1));
    assert_eq!((bench.world.calls_of(one.id), bench.world.calls_of(two.id)), (1, 1));

    // Another tile beside it: the first goes on without its format being told again.
    hears.listen(&[0, 1]).await.unwrap();
    let both = came(&mut hears, SECOND * 2).await;
    assert_eq!(both.formats, [0]);
    assert!(both.sound.iter().filter(|&&(tile, ..)| tile == 1).count() > 25);
    // A change of the decoding path keeps it; a new grid is silent.
    hears.stalled().await.unwrap();
    assert!(came(&mut hears, SECOND).await.sound.len() > 25);
    hears.set_grid(grid(&[&one], Role::Main)).await.unwrap();
    let after = came(&mut hears, SECOND).await;
    assert!(after.sound.is_empty() && after.silent.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_sub_stream_without_sound_is_heard_on_the_main_stream() {
    let unknown = camera(1, RecordMode::Off);
    let mut tested = camera(2, RecordMode::Off);
    tested.streams[1].found = Some(StreamFacts {
        codec: "h264".to_owned(),
        width: 640,
        height: 360,
        fps_milli: 15_000,
        audio: None,
    });
    let bench = bench(&[&unknown, &tested], &[Role::Main]).await;
    let mut session = session(&bench, &[&unknown, &tested], Role::Sub).await;
    session.listen(&[0, 1]).await.unwrap();
    let heard = came(&mut session, SECOND * 5).await;
    assert!(heard.silent.is_empty());
    for tile in [0, 1] {
        assert!(heard.sound.iter().filter(|sound| sound.0 == tile).count() > 60);
    }
    assert_eq!((bench.world.calls_of(unknown.id), bench.world.calls_of(tested.id)), (2, 2));
    // Nobody wants the main streams any more: they are let go, the pictures' are not.
    session.listen(&[]).await.unwrap();
    assert!(came(&mut session, SECOND * 20).await.sound.is_empty());
    let states: Vec<_> = bench
        .engine
        .inner
        .all_pulls()
        .iter()
        .map(|pull| (pull.report().role, pull.report().state.code()))
        .collect();
    for (role, state) in states {
        assert_eq!(state, if role == Role::Main { "idle" } else { "live" });
    }
}

#[tokio::test(start_paused = true)]
async fn a_camera_whose_sound_cannot_be_had_says_why() {
    let one = camera(1, RecordMode::Off);
    let bench = bench(&[&one], &[]).await;
    let mut session = session(&bench, &[&one], Role::Sub).await;
    session.listen(&[0]).await.unwrap();
    let heard = came(&mut session, SECOND * 5).await;
    assert_eq!(heard.silent, [(0, Some("left out: G726-32".to_owned()))]);
    assert!(heard.sound.is_empty() && heard.pictures > 60);
    // It is asked again, of a stream that plays already.
    session.listen(&[0]).await.unwrap();
    assert_eq!(came(&mut session, SECOND).await.silent.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_listener_loses_old_sound_and_no_picture() {
    let one = camera(1, RecordMode::Off);
    let bench = bench(&[&one], &[Role::Main]).await;
    let mut session = session(&bench, &[&one], Role::Main).await;
    session.listen(&[0]).await.unwrap();
    came(&mut session, SECOND * 2).await;
    // Forty-five pictures wait, and of as many packets of sound the newest.
    bench.pass(SECOND * 3).await;
    let now = bench.engine.inner.ports.clock.wall().micros_since(START);
    let late = came(&mut session, Duration::from_millis(1)).await;
    assert!(late.pictures.abs_diff(45) < 3, "{}", late.pictures);
    // One more may come while they are counted.
    assert!((32..=33).contains(&late.sound.len()), "{}", late.sound.len());
    assert!(late.sound.last().is_some_and(|&(_, _, moment)| now - moment < 200_000));
    assert_eq!(bench.engine.inner.all_pulls()[0].report().metrics.dropped, 0);
}

/// A packet begins a fifteenth of a second before the picture with which it comes.
#[tokio::test(start_paused = true)]
async fn sound_is_dated_by_the_pictures_of_its_moment() {
    let one = camera(1, RecordMode::Off);
    let bench = bench(&[&one], &[Role::Main]).await;
    let mut session = session(&bench, &[&one], Role::Main).await;
    session.listen(&[0]).await.unwrap();
    let heard = came(&mut session, SECOND * 5).await;
    assert!(heard.sound.len() > 60);
    for (_, media, moment) in heard.sound {
        assert!((moment - media).abs_diff(heard.line) < 3_000, "{moment} {media} {}", heard.line);
    }
}
