//! Watches one camera's picture: a viewer of its small stream, an eye that decodes it, and the detector.
//!
//! The viewer is emptied whatever the decoder does, so that who watches for motion is never one who is behind.

use super::{Motions, Sight, is_wanted, tell};
use crate::engine::Inner;
use atalaya_model::camera::{Camera, CameraId, Role};
use atalaya_model::motion::{
    Effort, LumaGrid, LumaSample, MotionDetector, MotionSettings, MotionSource, MotionState,
};
use atalaya_model::ports::OpenEye;
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The pause after a stream has ended.
const PAUSE: Duration = Duration::from_secs(2);

/// Without a picture for so long nothing is known of motion any more. Most cameras send a key picture as often.
const NO_PICTURE: Duration = Duration::from_secs(10);

/// Runs until it is cancelled, or at once where nothing is to be watched.
pub(super) async fn run(engine: Arc<Inner>, camera: Camera, cancel: CancellationToken) {
    let settings = engine.ports.motion.settings(camera.id).await.unwrap_or_else(|error| {
        tracing::warn!(%error, camera = %camera.id, "the motion settings cannot be read; the usual ones hold");
        MotionSettings::default()
    });
    let mut watch = Watch { engine: &engine, camera: camera.id, cancel: &cancel, active: false, peak: 0 };
    engine.motions.change(camera.id, &cancel, |watched| watched.settings = Some(settings.clone()));
    if !is_wanted(&camera, &settings) {
        return;
    }
    while !cancel.is_cancelled() {
        watch.blind();
        watch.stream(&camera, &settings).await;
        watch.blind();
        tokio::select! {
            () = engine.ports.clock.sleep(PAUSE) => {}
            () = cancel.cancelled() => {}
        }
    }
}

struct Watch<'a> {
    engine: &'a Arc<Inner>,
    camera: CameraId,
    cancel: &'a CancellationToken,
    active: bool,
    /// The highest level of the motion that goes on.
    peak: u8,
}

impl Watch<'_> {
    /// Watches the stream until it ends.
    async fn stream(&mut self, camera: &Camera, settings: &MotionSettings) {
        let mut viewer = self.engine.pull(camera, Role::Sub).watch().await;
        let OpenEye { mut feed, mut looks } = self.engine.ports.eyes.open();
        let mut detector = MotionDetector::new(settings);
        let mut effort = Effort::default();
        let mut too_long = self.engine.ports.clock.sleep(NO_PICTURE);
        loop {
            tokio::select! {
                () = self.cancel.cancelled() => return,
                unit = viewer.recv() => {
                    let Some(unit) = unit else { return };
                    let at = unit.received;
                    if effort.admits(unit.key, at) && !feed.feed(unit) {
                        effort.left_out(at);
                    }
                }
                look = looks.next() => {
                    let Some(LumaSample { at, cells }) = look else { return };
                    let state = detector.take(LumaGrid { cells: &cells }, at);
                    self.take(state, effort.is_keys_only());
                    too_long = self.engine.ports.clock.sleep(NO_PICTURE);
                }
                () = &mut too_long => {
                    self.blind();
                    too_long = self.engine.ports.clock.sleep(NO_PICTURE);
                }
            }
        }
    }

    fn take(&mut self, state: MotionState, keys_only: bool) {
        let sight = match (state.learning, keys_only) {
            (true, _) => Sight::Learning,
            (false, true) => Sight::KeysOnly,
            (false, false) => Sight::Watching,
        };
        if state.active || self.active {
            self.peak = self.peak.max(state.level);
        }
        self.say(sight, Some(state.level), state.active);
    }

    /// Nothing is seen; whether anything moves is not known.
    fn blind(&mut self) {
        self.say(Sight::Waiting, None, false);
    }

    fn say(&mut self, sight: Sight, level: Option<u8>, active: bool) {
        let motions: &Motions = &self.engine.motions;
        let changed = motions.change(self.camera, self.cancel, |watched| {
            if watched.sight != sight {
                tracing::info!(camera = %self.camera, sight = sight.code(), "watching for motion");
            }
            (watched.sight, watched.level) = (sight, level);
            watched.set(MotionSource::Own, active)
        });
        self.active = active;
        if changed == Some(true) {
            tell(self.engine, self.camera, MotionSource::Own, active, Some(self.peak));
            if !active {
                self.peak = 0;
            }
        }
    }
}
