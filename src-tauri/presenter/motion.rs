//! Motion: what is said of it by our own detector and by cameras, who is told, and its settings.
//!
//! One task a camera whose picture is to be watched (`motion/watch.rs`), in the engine that records. Whatever changes
//! is told in one place: to the triggers, to the views, and to the book of events (`motion/journal.rs`).

mod journal;
mod watch;

pub(crate) use journal::{Journal, keep};

use crate::Result;
use crate::engine::Inner;
use crate::vm::capability::NoticeVm;
use crate::vm::event::EventVm;
use crate::vm::motion::{MotionEventVm, MotionSettingsVm, MotionStatusVm};
use atalaya_model::camera::{Camera, CameraId};
use atalaya_model::motion::{MotionSettings, MotionSource};
use atalaya_model::time::{TimeRange, WallTime};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// The notice that stands for motion which our own detector sees.
const MOVING: &str = "moving";

/// What is known of cameras' motion.
#[derive(Default)]
pub(crate) struct Motions {
    cameras: Mutex<HashMap<CameraId, Watched>>,
    pub(crate) journal: Journal,
}

struct Watched {
    cancel: CancellationToken,
    /// What of the camera decides whether it is watched.
    basis: (bool, bool),
    /// None before they were read.
    settings: Option<MotionSettings>,
    sight: Sight,
    level: Option<u8>,
    active: BTreeSet<MotionSource>,
}

/// How well our own detector sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// It does not look.
    Off,
    /// No picture comes.
    Waiting,
    /// It learns what the picture usually looks like.
    Learning,
    /// It looks.
    Watching,
    /// It looks at key pictures only, since the processor does not keep up.
    KeysOnly,
}

impl Sight {
    const fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Waiting => "waiting",
            Self::Learning => "learning",
            Self::Watching => "watching",
            Self::KeysOnly => "keys_only",
        }
    }
}

impl Motions {
    fn cameras(&self) -> MutexGuard<'_, HashMap<CameraId, Watched>> {
        self.cameras.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is known of a camera, unless the watcher that asks is an ended one.
    fn change<T>(
        &self,
        id: CameraId,
        cancel: &CancellationToken,
        change: impl FnOnce(&mut Watched) -> T,
    ) -> Option<T> {
        if cancel.is_cancelled() {
            return None;
        }
        self.cameras().get_mut(&id).map(change)
    }
}

impl Watched {
    /// Whether that is a change.
    fn set(&mut self, source: MotionSource, active: bool) -> bool {
        if active { self.active.insert(source) } else { self.active.remove(&source) }
    }
}

/// Whether a camera's picture is to be watched.
fn is_wanted(camera: &Camera, settings: &MotionSettings) -> bool {
    camera.enabled && (settings.enabled || camera.waits_for_motion())
}

/// Watches a camera, or no longer, as it is set now. What stays as it was goes on.
pub(crate) fn watch(engine: &Arc<Inner>, camera: &Camera) {
    let basis = (camera.enabled, camera.waits_for_motion());
    if engine.motions.cameras().get(&camera.id).is_some_and(|watched| watched.basis == basis) {
        return;
    }
    end(engine, camera.id);
    let cancel = engine.cancel.child_token();
    let watched = Watched {
        cancel: cancel.clone(),
        basis,
        settings: None,
        sight: Sight::Off,
        level: None,
        active: BTreeSet::new(),
    };
    engine.motions.cameras().insert(camera.id, watched);
    engine.tasks.spawn(watch::run(engine.clone(), camera.clone(), cancel));
}

/// Watches a camera no more; what moved is over.
pub(crate) fn end(engine: &Inner, id: CameraId) {
    let watched = engine.motions.cameras().remove(&id);
    if let Some(watched) = watched {
        watched.cancel.cancel();
        for source in watched.active {
            tell(engine, id, source, false, None);
        }
    }
}

/// Takes in what a camera says of motion itself.
pub(crate) fn heard(engine: &Inner, id: CameraId, active: bool) {
    let changed = {
        let mut cameras = engine.motions.cameras();
        cameras.get_mut(&id).and_then(|watched| {
            let active = active && watched.settings.as_ref().is_none_or(|settings| settings.onvif);
            watched.set(MotionSource::Onvif, active).then_some(active)
        })
    };
    if let Some(active) = changed {
        tell(engine, id, MotionSource::Onvif, active, None);
    }
}

/// What our own detector sees now, as notices.
pub(crate) fn active(engine: &Inner) -> Vec<NoticeVm> {
    let cameras = engine.motions.cameras();
    let moving = cameras.iter().filter(|(_, watched)| watched.active.contains(&MotionSource::Own));
    moving
        .map(|(id, _)| NoticeVm { camera: id.to_string(), notice: MOVING.to_owned(), since: None })
        .collect()
}

fn tell(engine: &Inner, camera: CameraId, source: MotionSource, active: bool, peak: Option<u8>) {
    let at = engine.ports.clock.wall();
    tracing::debug!(%camera, source = source.code(), active, "motion");
    engine.triggers.set_motion(camera, source, active);
    engine.motions.journal.take(camera, source, active, at, peak);
    engine.emit(EventVm::MotionChanged {
        camera: camera.to_string(),
        active,
        source: source.code().to_owned(),
        at: at.to_rfc3339(),
    });
}

/// How motion is looked for, and when it was seen.
pub struct Motion {
    engine: Arc<Inner>,
}

impl Motion {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// A camera's settings.
    pub async fn settings(&self, camera: &str) -> Result<MotionSettingsVm> {
        let camera = self.engine.find_camera(camera).await?;
        Ok((&self.engine.ports.motion.settings(camera.id).await?).into())
    }

    /// Changes them; what is watched follows at once.
    pub async fn set(&self, camera: &str, settings: MotionSettingsVm) -> Result<MotionSettingsVm> {
        let settings = MotionSettings::try_from(settings)?;
        let camera = self.engine.find_camera(camera).await?;
        self.engine.ports.motion.set_settings(camera.id, &settings).await?;
        if self.engine.options.record {
            // What the camera itself says goes on, if it counts.
            let was_heard = self.status_of(&camera).onvif_moving && settings.onvif;
            end(&self.engine, camera.id);
            watch(&self.engine, &camera);
            if was_heard {
                heard(&self.engine, camera.id, true);
            }
        }
        Ok((&settings).into())
    }

    /// When motion was seen, of what touches the range.
    pub async fn events(&self, camera: &str, from: &str, to: &str) -> Result<Vec<MotionEventVm>> {
        let range = TimeRange::new(WallTime::parse(from)?, WallTime::parse(to)?)?;
        let camera = self.engine.find_camera(camera).await?;
        let events = self.engine.ports.motion.events(camera.id, range).await?;
        Ok(events.iter().map(MotionEventVm::from).collect())
    }

    /// How well motion is seen now, and how much of it there is.
    pub async fn status(&self, camera: &str) -> Result<MotionStatusVm> {
        let camera = self.engine.find_camera(camera).await?;
        Ok(self.status_of(&camera))
    }

    fn status_of(&self, camera: &Camera) -> MotionStatusVm {
        let hearing = match &camera.onvif_url {
            None => "none",
            Some(_) => self.engine.watchers.hearing(camera.id),
        };
        let cameras = self.engine.motions.cameras();
        let watched = cameras.get(&camera.id);
        let moves = |source| watched.is_some_and(|watched| watched.active.contains(&source));
        MotionStatusVm {
            camera: camera.id.to_string(),
            sight: watched.map_or(Sight::Off, |watched| watched.sight).code().to_owned(),
            level: watched.and_then(|watched| watched.level),
            moving: moves(MotionSource::Own),
            hearing: hearing.to_owned(),
            onvif_moving: moves(MotionSource::Onvif),
        }
    }
}
