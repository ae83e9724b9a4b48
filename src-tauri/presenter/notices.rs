//! What cameras notice by themselves: one listener a camera, its last state, and an event at every change.
//!
//! A listener waits until a stream of its camera plays, so that a login that is refused is never tried from here first
//! (S6), and ends for good at a refusal or where the camera has no such service, until the camera is changed.

use crate::engine::Inner;
use crate::vm::capability::NoticeVm;
use crate::vm::event::EventVm;
use crate::{motion, picture_watch};
use atalaya_model::Kind;
use atalaya_model::camera::{Camera, CameraId};
use atalaya_model::device_event::{DeviceEvent, Notice, Notices};
use atalaya_model::pull::PullState;
use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a listener looks whether its camera plays.
const LOOK: Duration = Duration::from_secs(2);
/// The first pause after a failure; it doubles up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_secs(5);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_mins(2);
/// A subscription that held as long was a good one: the next pause is the first again.
const GOOD: Duration = Duration::from_mins(1);

/// The listeners and what their cameras notice.
#[derive(Default)]
pub(crate) struct Watchers(Mutex<HashMap<CameraId, Watcher>>);

struct Watcher {
    camera: Camera,
    cancel: CancellationToken,
    notices: Notices,
    hearing: Hearing,
}

/// How a listener fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    /// No stream of the camera plays yet.
    Waiting,
    /// The camera is listened to.
    Listening,
    /// It broke off and is tried again.
    Broken,
    /// It is not tried again before the camera is changed.
    Refused,
}

impl Watchers {
    fn all(&self) -> MutexGuard<'_, HashMap<CameraId, Watcher>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a camera's listener fares; `off` without one.
    pub(crate) fn hearing(&self, id: CameraId) -> &'static str {
        self.all().get(&id).map_or("off", |watcher| match watcher.hearing {
            Hearing::Waiting => "waiting",
            Hearing::Listening => "listening",
            Hearing::Broken => "broken",
            Hearing::Refused => "refused",
        })
    }

    fn hears(&self, id: CameraId, cancel: &CancellationToken, hearing: Hearing) {
        if let Some(watcher) = self.all().get_mut(&id).filter(|_| !cancel.is_cancelled()) {
            watcher.hearing = hearing;
        }
    }

    /// Ends a camera's listener; a change of the camera, such as of its login, starts another.
    pub(crate) fn end(&self, id: CameraId) {
        if let Some(watcher) = self.all().remove(&id) {
            watcher.cancel.cancel();
        }
    }
}

/// What cameras notice now.
pub struct NoticeBoard {
    engine: Arc<Inner>,
}

impl NoticeBoard {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// Every notice that is active, and what is said of the pictures shown.
    pub fn active(&self) -> Vec<NoticeVm> {
        let watchers = self.engine.watchers.all();
        let of = |(id, watcher): (&CameraId, &Watcher)| {
            let camera = id.to_string();
            let vm = |notice: &'static str| NoticeVm {
                camera: camera.clone(),
                notice: notice.to_owned(),
                since: None,
            };
            watcher.notices.active().map(|notice| vm(notice.code())).collect::<Vec<_>>()
        };
        let seen = picture_watch::active(&self.engine);
        watchers.iter().flat_map(of).chain(seen).chain(motion::active(&self.engine)).collect()
    }
}

/// Starts a camera's listener, or a new one when what it stands on has changed.
pub(crate) fn watch(engine: &Arc<Inner>, camera: &Camera) {
    if camera.onvif_url.is_none() {
        return;
    }
    let mut watchers = engine.watchers.all();
    // A new name is no reason to subscribe again.
    let same = |old: &Watcher| old.camera.onvif_url == camera.onvif_url && !old.cancel.is_cancelled();
    if watchers.get(&camera.id).is_some_and(same) {
        return;
    }
    let cancel = engine.cancel.child_token();
    let fresh = Watcher {
        camera: camera.clone(),
        cancel: cancel.clone(),
        notices: Notices::default(),
        hearing: Hearing::Waiting,
    };
    if let Some(old) = watchers.insert(camera.id, fresh) {
        old.cancel.cancel();
        motion::heard(engine, camera.id, false);
    }
    engine.tasks.spawn(run(engine.clone(), camera.clone(), cancel));
}

async fn run(engine: Arc<Inner>, camera: Camera, cancel: CancellationToken) {
    let mut pause = PAUSE;
    loop {
        let clock = &engine.ports.clock;
        while !plays(&engine, camera.id) {
            tokio::select! {
                () = clock.sleep(LOOK) => {}
                () = cancel.cancelled() => return,
            }
        }
        let started = clock.mono();
        engine.watchers.hears(camera.id, &cancel, Hearing::Listening);
        let until = Box::pin(cancel.cancelled());
        let heard = Box::new(|event: DeviceEvent| take(&engine, camera.id, &cancel, &event));
        let listened = match engine.onvif_target_of(&camera).await {
            Ok(at) => engine.ports.device_events.listen(&at, until, heard).await,
            Err(error) => Err(error),
        };
        // Nobody would say that it is over.
        forget(&engine, camera.id, &cancel);
        let Err(error) = listened else { return };
        if cancel.is_cancelled() {
            return;
        }
        let for_good = matches!(error.kind(), Kind::Unauthorized | Kind::Unsupported | Kind::Refused);
        if for_good || error.kind().is_certificate() {
            engine.watchers.hears(camera.id, &cancel, Hearing::Refused);
            tracing::info!(%error, camera = %camera.id, "the camera's own events cannot be had");
            return;
        }
        engine.watchers.hears(camera.id, &cancel, Hearing::Broken);
        tracing::debug!(%error, camera = %camera.id, "the camera's own events broke off");
        if clock.mono().since(started) >= GOOD {
            pause = PAUSE;
        }
        tokio::select! {
            () = clock.sleep(pause) => {}
            () = cancel.cancelled() => return,
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// Whether any stream of the camera plays, by which its login is proven.
pub(crate) fn plays(engine: &Inner, camera: CameraId) -> bool {
    let is_live = |pull: &crate::pull::PullHandle| {
        let report = pull.report();
        report.camera.id == camera && matches!(report.state, PullState::Live { .. })
    };
    engine.all_pulls().iter().any(is_live)
}

fn take(engine: &Inner, camera: CameraId, cancel: &CancellationToken, event: &DeviceEvent) {
    let changed = {
        let mut watchers = engine.watchers.all();
        // What an ended listener still hands over belongs to nobody.
        let watcher = watchers.get_mut(&camera).filter(|_| !cancel.is_cancelled());
        watcher.and_then(|watcher| watcher.notices.take(event))
    };
    if let Some(active) = changed {
        tell(engine, camera, event.notice, active);
    }
}

/// What a listener heard last is no longer known.
fn forget(engine: &Inner, camera: CameraId, cancel: &CancellationToken) {
    let active: Vec<_> = {
        let mut watchers = engine.watchers.all();
        let watcher = watchers.get_mut(&camera).filter(|_| !cancel.is_cancelled());
        watcher.map(|watcher| mem::take(&mut watcher.notices).active().collect()).unwrap_or_default()
    };
    for notice in active {
        tell(engine, camera, notice, false);
    }
}

fn tell(engine: &Inner, camera: CameraId, notice: Notice, active: bool) {
    if notice == Notice::Motion {
        motion::heard(engine, camera, active);
    }
    engine.emit(EventVm::CameraNoticed {
        camera: camera.to_string(),
        notice: notice.code().to_owned(),
        active,
        at: engine.ports.clock.wall().to_rfc3339(),
    });
}
