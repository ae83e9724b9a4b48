//! What starts a recording beside the clock: which sources say of which cameras that something moves.

use atalaya_model::camera::CameraId;
use atalaya_model::motion::MotionSource;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The sources that say so now.
#[derive(Default)]
pub(crate) struct Triggers(Mutex<BTreeSet<(CameraId, MotionSource)>>);

impl Triggers {
    /// A source says that something moves, or no longer.
    pub(crate) fn set_motion(&self, camera: CameraId, source: MotionSource, active: bool) {
        let mut moving = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if active {
            moving.insert((camera, source));
        } else {
            moving.remove(&(camera, source));
        }
    }
}
