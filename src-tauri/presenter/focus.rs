//! Moving a camera's focus by hand, and giving it back to the camera. ONVIF knows no time limit for that, so that what is
//! not said again is stopped by `drives.rs`.

use crate::Result;
use crate::drives;
use crate::engine::Inner;
use crate::vm::capability::{ImagingChangeVm, ImagingVm};
use crate::vm::focus::FocusStatusVm;
use atalaya_model::focus::FocusMove;
use std::sync::Arc;
use std::time::Duration;

/// Moves cameras' focus. Far is positive.
pub struct Focus {
    engine: Arc<Inner>,
}

impl Focus {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// Moves at a speed of -1 to 1, for a second at most unless it is said again. Zero stops.
    pub async fn drive(&self, camera: &str, speed: f32) -> Result<()> {
        if speed == 0.0 {
            return self.stop(camera).await;
        }
        let movement = FocusMove::Continuous(speed).validated()?;
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let lens = self.engine.lenses.of(camera.id);
        let (settings, place) = (self.engine.ports.device_settings.clone(), at.clone());
        let stop = async move { settings.stop_focus(&place).await };
        let _turn = lens.turn_until_stopped(&self.engine, stop).await;
        Ok(self.engine.ports.device_settings.focus(&at, movement).await?)
    }

    /// Moves at a speed for a time and stops.
    pub async fn drive_for(&self, camera: &str, speed: f32, time: Duration) -> Result<()> {
        let clock = &*self.engine.ports.clock;
        drives::keep_up(clock, time, || self.drive(camera, speed), self.stop(camera)).await
    }

    /// Moves by a distance of -1 to 1.
    pub async fn move_by(&self, camera: &str, distance: f32) -> Result<()> {
        self.settle(camera, FocusMove::Relative(distance)).await
    }

    /// Moves to a place, 0 (nearest) to 1 (farthest).
    pub async fn move_to(&self, camera: &str, place: f32) -> Result<()> {
        self.settle(camera, FocusMove::Absolute(place)).await
    }

    async fn settle(&self, camera: &str, movement: FocusMove) -> Result<()> {
        let movement = movement.validated()?;
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let lens = self.engine.lenses.of(camera.id);
        let _turn = lens.next_turn().await;
        Ok(self.engine.ports.device_settings.focus(&at, movement).await?)
    }

    /// Stops.
    pub async fn stop(&self, camera: &str) -> Result<()> {
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let lens = self.engine.lenses.of(camera.id);
        let _turn = lens.next_turn().await;
        Ok(self.engine.ports.device_settings.stop_focus(&at).await?)
    }

    /// Lets the camera focus by itself, or leaves the focus where it is; how it makes its picture then.
    pub async fn set_auto(&self, camera: &str, auto: bool) -> Result<ImagingVm> {
        let change = ImagingChangeVm { auto_focus: Some(auto), ..ImagingChangeVm::default() }.try_into()?;
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let lens = self.engine.lenses.of(camera.id);
        let _turn = lens.next_turn().await;
        Ok(self.engine.ports.device_settings.set_imaging(&at, change).await?.into())
    }

    /// Where the focus is and whether it moves.
    pub async fn status(&self, camera: &str) -> Result<FocusStatusVm> {
        let (_, at) = self.engine.onvif_target(camera).await?;
        Ok(self.engine.ports.device_settings.focus_status(&at).await?.into())
    }
}
