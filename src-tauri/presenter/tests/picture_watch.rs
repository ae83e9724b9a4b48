//! What windows see of cameras, in virtual time: whose readings count, and when it is told.

use super::fakes::{Behaviour, Bench, START, camera};
use crate::vm::event::EventVm;
use crate::{LiveSession, TileSignature};
use atalaya_model::camera::{Camera, RecordMode, Role};
use atalaya_model::live::{Grid, Tile, TileRect, WebviewAbility};
use atalaya_model::picture_watch::{CELLS, Signature};
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

const TURN: Duration = Duration::from_secs(2);

struct Window {
    session: LiveSession,
    grid: u32,
}

impl Window {
    async fn open(bench: &Bench, one: &Camera) -> Self {
        let ability = WebviewAbility { decodes_h264: true, has_gpu: true };
        let mut window = Self { session: bench.engine.live().open(ability).await, grid: 0 };
        window.show(one).await;
        window
    }

    async fn show(&mut self, one: &Camera) {
        let rect = TileRect { x: 0, y: 0, width: 320, height: 180 };
        let tiles = vec![Tile { camera: one.id, role: Role::Sub, rect }];
        self.session.set_grid(Grid { width: 320, height: 180, tiles }).await.unwrap();
        self.grid += 1;
    }

    /// Takes pictures for two seconds, then says what they looked like.
    async fn look(&mut self, luma: &Signature) {
        let until = tokio::time::Instant::now() + TURN;
        while tokio::time::timeout_at(until, self.session.next()).await.is_ok() {}
        self.say(self.grid, luma);
    }

    fn say(&mut self, grid: u32, luma: &Signature) {
        self.session.take_signatures(grid, [TileSignature { tile: 0, pictures: 30, luma }]);
    }
}

/// A scene; another one for another number.
fn scene(n: usize) -> Signature {
    std::array::from_fn(|cell| 40 + ((cell * 37 + n * 11) % 150) as u8)
}

/// What was told of pictures: what, whether, and the second that it tells.
fn told(events: &mut Receiver<EventVm>) -> Vec<(String, bool, i64)> {
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let EventVm::CameraNoticed { notice, active, at, .. } = event {
            let at = atalaya_model::time::WallTime::parse(&at).unwrap();
            told.push((notice, active, at.micros_since(START) / 1_000_000));
        }
    }
    told
}

async fn bench() -> (Bench, Camera, Receiver<EventVm>) {
    let one = camera(1, RecordMode::Off);
    let bench = Bench::start(vec![one.clone()], Behaviour::Plays).await;
    let events = bench.engine.subscribe();
    (bench, one, events)
}

#[tokio::test(start_paused = true)]
async fn a_frozen_picture_is_told_until_it_changes() {
    let (bench, one, mut events) = bench().await;
    let mut window = Window::open(&bench, &one).await;
    for _ in 0..15 {
        window.look(&scene(0)).await;
    }
    // First seen after two seconds.
    assert_eq!(told(&mut events), [("frozen".to_owned(), true, 2)]);
    let notices = bench.engine.notices().active();
    assert_eq!((notices.len(), notices[0].notice.as_str()), (1, "frozen"));
    assert!(notices[0].since.as_ref().unwrap().starts_with("2026-11-21T10:00:02."), "{notices:?}");
    window.look(&scene(1)).await;
    assert_eq!(told(&mut events), [("frozen".to_owned(), false, 32)]);
    assert!(bench.engine.notices().active().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_told_of_what_nobody_sees() {
    let (bench, one, mut events) = bench().await;
    let mut window = Window::open(&bench, &one).await;
    for _ in 0..12 {
        window.look(&scene(0)).await;
    }
    drop(window);
    assert_eq!(told(&mut events).len(), 1);
    bench.pass(Duration::from_mins(1)).await;
    let after = told(&mut events);
    // When the stream is let go, at the latest half a minute after the last look.
    assert!(matches!(&after[..], [(_, false, 25..=56)]), "{after:?}");
    assert!(bench.engine.notices().active().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_goes_offline_is_no_longer_frozen() {
    let (bench, one, mut events) = bench().await;
    let mut window = Window::open(&bench, &one).await;
    for _ in 0..12 {
        window.look(&scene(0)).await;
    }
    assert_eq!(told(&mut events).len(), 1);
    bench.world.behave(one.id, Behaviour::Refuses);
    bench.pass(Duration::from_secs(20)).await;
    let after = told(&mut events);
    assert!(matches!(&after[..], [(_, false, 24..=26)]), "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn two_windows_do_not_confuse_it_and_one_takes_over() {
    let (bench, one, mut events) = bench().await;
    let mut first = Window::open(&bench, &one).await;
    let mut second = Window::open(&bench, &one).await;
    // The same camera in another size: every cell is a little different.
    let larger = scene(0).map(|luma| luma + 2);
    for _ in 0..8 {
        first.look(&scene(0)).await;
        second.say(second.grid, &larger);
    }
    first.look(&scene(0)).await;
    first.look(&scene(0)).await;
    first.look(&scene(0)).await;
    assert_eq!(told(&mut events), [("frozen".to_owned(), true, 2)]);
    // The next grid of a window goes on at once, another window when the first one is gone; it is the same picture.
    first.show(&one).await;
    first.look(&larger).await;
    drop(first);
    for _ in 0..20 {
        second.look(&scene(0)).await;
    }
    assert_eq!(told(&mut events), []);
    second.look(&scene(1)).await;
    assert_eq!(told(&mut events).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_another_grid_or_tile_is_left_out() {
    let (bench, one, mut events) = bench().await;
    let mut window = Window::open(&bench, &one).await;
    window.show(&one).await;
    for turn in 0..12 {
        window.look(&scene(0)).await;
        window.say(1, &scene(turn));
        let luma = &[0; CELLS];
        window.session.take_signatures(2, [TileSignature { tile: 1, pictures: 30, luma }]);
        window.session.take_signatures(2, [TileSignature { tile: 0, pictures: 0, luma }]);
    }
    assert_eq!(told(&mut events), [("frozen".to_owned(), true, 2)]);
}
