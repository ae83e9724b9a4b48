//! Recording by hand: a camera is recorded now, whatever its mode, for a time or until somebody stops it. An engine that
//! ends forgets it.

use crate::cameras::Cameras;
use crate::{Result, pause};
use atalaya_model::camera::Role;
use atalaya_model::{Error, Kind};
use std::time::Duration;

/// The longest time that can be asked for, in seconds: a day. Who wants more wants another mode, or until stopped.
const LONGEST_S: u32 = 86_400;

impl Cameras {
    /// Records a camera from now on for so many seconds, 1 to 86 400, or until it is stopped.
    pub async fn record_now(&self, camera: &str, seconds: Option<u32>) -> Result<()> {
        let camera = self.engine.find_enabled(camera).await?;
        if !self.engine.options.record {
            return Err(Error::new(Kind::Unsupported, "nothing is recorded by this program").into());
        }
        if let Some(seconds) = seconds.filter(|seconds| !(1..=LONGEST_S).contains(seconds)) {
            return Err(Error::new(Kind::InvalidInput, "a recording by hand lasts a second to a day")
                .with("seconds", seconds)
                .into());
        }
        if !camera.is_recorded() && self.engine.triggers.manual(camera.id).is_none() {
            pause::close(&self.engine, &camera).await?;
        }
        self.engine.triggers.record_now(camera.id, seconds.map(|s| Duration::from_secs(s.into())));
        self.engine.pull(&camera, Role::Main).look_again();
        Ok(())
    }

    /// Ends that. What its mode records goes on.
    pub async fn record_stop(&self, camera: &str) -> Result<()> {
        let camera = self.engine.find_camera(camera).await?;
        self.engine.triggers.stop(camera.id);
        self.engine.pull(&camera, Role::Main).look_again();
        Ok(())
    }
}
