//! What the pictures on windows say about their cameras: one watch a camera, and an event at every change.
//!
//! Cameras are watched only while a window shows them. A camera that is not shown, is shown in part only or is not
//! live is unknown, which is told as the end of what was said: its mark would else stand beside pictures that nobody
//! has looked at.

use crate::engine::Inner;
use crate::notices;
use crate::vm::capability::NoticeVm;
use crate::vm::event::EventVm;
use atalaya_model::camera::CameraId;
use atalaya_model::picture_watch::{PictureWatch, Reading, Signature, Verdict};
use atalaya_model::time::MonoTime;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A window that has said nothing for so long gives way to another one that shows the same camera. A stream of which
/// only key pictures are shown has one in ten seconds.
const GIVES_WAY: Duration = Duration::from_secs(15);

/// A camera without a new picture for so long is not watched any more.
const FORGOTTEN: Duration = Duration::from_secs(30);

/// How often it is looked for cameras that are not watched any more.
const LOOK: Duration = Duration::from_secs(2);

/// The cameras that are watched.
#[derive(Default)]
pub(crate) struct PictureWatches {
    cameras: Mutex<HashMap<CameraId, Watched>>,
    sessions: AtomicU64,
}

struct Watched {
    watch: PictureWatch,
    /// Whose readings count: of two windows that show a camera, the first one.
    eye: Eye,
    /// How many eyes there were.
    view: u32,
    read: MonoTime,
}

/// One tile of one grid of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Eye {
    pub(crate) session: u64,
    pub(crate) grid: u32,
    pub(crate) tile: usize,
}

/// What an eye saw.
pub(crate) struct Sight<'a> {
    /// Pictures painted since it said so before; one at least.
    pub(crate) pictures: u32,
    /// Key pictures received since.
    pub(crate) keys: u32,
    pub(crate) luma: &'a Signature,
}

/// A verdict that begins, with its time, or ends.
type Change = (Verdict, Option<MonoTime>);

impl PictureWatches {
    /// A number for a window's session.
    pub(crate) fn session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }

    fn cameras(&self) -> MutexGuard<'_, HashMap<CameraId, Watched>> {
        self.cameras.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn of(eye: Eye, now: MonoTime) -> Self {
        Self { watch: PictureWatch::default(), eye, view: 0, read: now }
    }

    fn take(&mut self, eye: Eye, sight: &Sight<'_>, at: MonoTime) -> Vec<Change> {
        if self.eye != eye {
            let is_the_next_grid = self.eye.session == eye.session && self.eye.grid != eye.grid;
            if !is_the_next_grid && at.since(self.read) < GIVES_WAY {
                return Vec::new();
            }
            self.eye = eye;
            self.view = self.view.wrapping_add(1);
        }
        self.read = at;
        let state = |watch: &PictureWatch| Verdict::ALL.map(|verdict| watch.since(verdict));
        let before = state(&self.watch);
        let Sight { pictures, keys, luma } = *sight;
        self.watch.take(&Reading { at, view: self.view, pictures, keys, luma });
        let both = Verdict::ALL.into_iter().zip(before.into_iter().zip(state(&self.watch)));
        both.filter(|(_, (before, after))| before.is_some() != after.is_some())
            .map(|(verdict, (_, after))| (verdict, after))
            .collect()
    }
}

/// Takes in what a window saw of a camera.
pub(crate) fn take(engine: &Inner, camera: CameraId, eye: Eye, sight: &Sight<'_>) {
    let now = engine.ports.clock.mono();
    let changes = {
        let mut cameras = engine.pictures.cameras();
        cameras.entry(camera).or_insert_with(|| Watched::of(eye, now)).take(eye, sight, now)
    };
    tell(engine, camera, &changes);
}

/// What is said of cameras' pictures now.
pub(crate) fn active(engine: &Inner) -> Vec<NoticeVm> {
    let cameras = engine.pictures.cameras();
    let of = |(camera, watched): (&CameraId, &Watched)| {
        let vm = |verdict: Verdict| {
            watched.watch.since(verdict).map(|since| NoticeVm {
                camera: camera.to_string(),
                notice: verdict.code().to_owned(),
                since: Some(wall(engine, since)),
            })
        };
        Verdict::ALL.into_iter().filter_map(vm).collect::<Vec<_>>()
    };
    cameras.iter().flat_map(of).collect()
}

/// Forgets cameras that nobody sees any more, until the engine ends.
pub(crate) async fn forget(engine: Arc<Inner>) {
    loop {
        tokio::select! {
            () = engine.ports.clock.sleep(LOOK) => {}
            () = engine.cancel.cancelled() => return,
        }
        let now = engine.ports.clock.mono();
        let unseen: Vec<_> = {
            let mut cameras = engine.pictures.cameras();
            let is_unseen = |camera: &CameraId, watched: &mut Watched| {
                now.since(watched.read) >= FORGOTTEN || !notices::plays(&engine, *camera)
            };
            cameras.extract_if(is_unseen).collect()
        };
        for (camera, watched) in unseen {
            let said = Verdict::ALL.into_iter().filter(|verdict| watched.watch.since(*verdict).is_some());
            tell(&engine, camera, &said.map(|verdict| (verdict, None)).collect::<Vec<_>>());
        }
    }
}

fn tell(engine: &Inner, camera: CameraId, changes: &[Change]) {
    for (verdict, since) in changes {
        tracing::info!(%camera, verdict = verdict.code(), active = since.is_some(), "the picture shown");
        engine.emit(EventVm::CameraNoticed {
            camera: camera.to_string(),
            notice: verdict.code().to_owned(),
            active: since.is_some(),
            at: wall(engine, since.unwrap_or_else(|| engine.ports.clock.mono())),
        });
    }
}

/// What the clock on the wall said then, as it goes now.
fn wall(engine: &Inner, then: MonoTime) -> String {
    let clock = &engine.ports.clock;
    (clock.wall() - clock.mono().since(then)).to_rfc3339()
}
