//! Moving cameras: joystick, presets with their pictures, home. What is not said again is stopped by `drives.rs`.

use crate::Result;
use crate::drives;
use crate::engine::Inner;
use crate::vm::ptz::{PresetVm, PtzStatusVm, PtzVectorVm, PtzVm};
use atalaya_model::camera::Camera;
use atalaya_model::ports::OnvifTarget;
use atalaya_model::ptz::{PtzGoal, PtzMove, PtzPreset, PtzVector, validate_preset_name};
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// How long a preset's picture may take to come; a preset without one is a preset all the same.
const PICTURE: Duration = Duration::from_secs(6);

/// Moves cameras.
pub struct Ptz {
    engine: Arc<Inner>,
}

impl Ptz {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// What the camera's drive can do, where it points, and its presets with their pictures as far as they are kept.
    pub async fn get(&self, camera: &str) -> Result<PtzVm> {
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let ptz = &self.engine.ports.ptz;
        let ability = ptz.ability(&at).await?;
        let presets = if ability.presets_max > 0 { ptz.presets(&at).await? } else { Vec::new() };
        // A drive that does not tell where it is can be moved all the same.
        let status = ptz.status(&at).await.map(PtzStatusVm::from).ok();
        let mut shown = Vec::new();
        for preset in presets {
            shown.push(self.with_picture(&camera, preset).await);
        }
        Ok(PtzVm::new(ability, status, shown))
    }

    /// Where the camera points.
    pub async fn status(&self, camera: &str) -> Result<PtzStatusVm> {
        let (_, at) = self.engine.onvif_target(camera).await?;
        Ok(self.engine.ports.ptz.status(&at).await?.into())
    }

    /// The camera's presets.
    pub async fn presets(&self, camera: &str) -> Result<Vec<PresetVm>> {
        let (_, at) = self.engine.onvif_target(camera).await?;
        Ok(self.engine.ports.ptz.presets(&at).await?.into_iter().map(PresetVm::from).collect())
    }

    /// Moves at a speed, for [`MOVE_MAX`](atalaya_model::ptz::MOVE_MAX) at most unless it is said again. No speed at all stops.
    pub async fn drive(&self, camera: &str, speed: PtzVectorVm) -> Result<()> {
        let speed = PtzVector::from(speed);
        if speed.is_still() {
            return self.stop(camera).await;
        }
        let movement = PtzMove::Continuous(speed).validated()?;
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let drive = self.engine.drives.of(camera.id);
        let (ptz, place) = (self.engine.ports.ptz.clone(), at.clone());
        let _turn = drive.turn_until_stopped(&self.engine, async move { ptz.stop(&place).await }).await;
        Ok(self.engine.ports.ptz.drive(&at, movement).await?)
    }

    /// Moves at a speed for a time and stops.
    pub async fn drive_for(&self, camera: &str, speed: PtzVectorVm, time: Duration) -> Result<()> {
        let clock = &*self.engine.ports.clock;
        drives::keep_up(clock, time, || self.drive(camera, speed), self.stop(camera)).await
    }

    /// Moves by a distance.
    pub async fn move_by(&self, camera: &str, distance: PtzVectorVm) -> Result<()> {
        self.settle(camera, PtzMove::Relative(distance.into())).await
    }

    /// Moves to a place.
    pub async fn move_to(&self, camera: &str, place: PtzVectorVm) -> Result<()> {
        self.settle(camera, PtzMove::Absolute(place.into())).await
    }

    async fn settle(&self, camera: &str, movement: PtzMove) -> Result<()> {
        let movement = movement.validated()?;
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let drive = self.engine.drives.of(camera.id);
        let _turn = drive.next_turn().await;
        Ok(self.engine.ports.ptz.drive(&at, movement).await?)
    }

    /// Stops.
    pub async fn stop(&self, camera: &str) -> Result<()> {
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let drive = self.engine.drives.of(camera.id);
        let _turn = drive.next_turn().await;
        Ok(self.engine.ports.ptz.stop(&at).await?)
    }

    /// Goes to a preset, by its token or its unique name; without one, home.
    pub async fn go_to(&self, camera: &str, preset: Option<&str>) -> Result<()> {
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let goal = match preset {
            Some(preset) => PtzGoal::Preset(self.find(&at, preset).await?.token),
            None => PtzGoal::Home,
        };
        let drive = self.engine.drives.of(camera.id);
        let _turn = drive.next_turn().await;
        Ok(self.engine.ports.ptz.go_to(&at, &goal).await?)
    }

    /// Keeps the place where the camera points as a preset, with a picture of what it sees there.
    pub async fn set_preset(&self, camera: &str, name: &str) -> Result<PresetVm> {
        validate_preset_name(name)?;
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let token = self.engine.ports.ptz.set_preset(&at, name).await?;
        match self.picture(&camera).await {
            Ok(jpeg) => self.engine.ports.preset_pictures.keep(camera.id, &token, Some(jpeg)).await?,
            Err(error) => tracing::warn!(%error, camera = %camera.id, "a preset has no picture"),
        }
        let preset = PtzPreset { token, name: name.to_owned(), place: None };
        Ok(self.with_picture(&camera, preset).await)
    }

    /// Forgets a preset, by its token or its unique name, and its picture.
    pub async fn remove_preset(&self, camera: &str, preset: &str) -> Result<()> {
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let token = self.find(&at, preset).await?.token;
        self.engine.ports.ptz.remove_preset(&at, &token).await?;
        Ok(self.engine.ports.preset_pictures.keep(camera.id, &token, None).await?)
    }

    /// Makes the place where the camera points its home place.
    pub async fn set_home(&self, camera: &str) -> Result<()> {
        let (_, at) = self.engine.onvif_target(camera).await?;
        Ok(self.engine.ports.ptz.set_home(&at).await?)
    }

    async fn find(&self, at: &OnvifTarget, wanted: &str) -> atalaya_model::Result<PtzPreset> {
        let presets = self.engine.ports.ptz.presets(at).await?;
        let unknown = || {
            Error::new(Kind::NotFound, "the camera has no such preset").with("preset", excerpt(wanted, 64))
        };
        if let Some(preset) = presets.iter().find(|preset| preset.token == wanted) {
            return Ok(preset.clone());
        }
        let mut named = presets.into_iter().filter(|preset| preset.name == wanted);
        let first = named.next().ok_or_else(unknown)?;
        if named.next().is_some() {
            return Err(Error::new(Kind::Conflict, "several presets have this name: give a token")
                .with("preset", excerpt(wanted, 64)));
        }
        Ok(first)
    }

    async fn with_picture(&self, camera: &Camera, preset: PtzPreset) -> PresetVm {
        let kept = self.engine.ports.preset_pictures.load(camera.id, &preset.token).await;
        let kept = kept.inspect_err(|error| tracing::warn!(%error, "a preset's picture"));
        let picture = kept.ok().flatten().map(|jpeg| crate::stills::data_url(&jpeg));
        PresetVm { picture, ..PresetVm::from(preset) }
    }

    /// A small picture taken from now on.
    async fn picture(&self, camera: &Camera) -> atalaya_model::Result<Bytes> {
        tokio::select! {
            taken = crate::stills::small_from_now(&self.engine, camera) => taken,
            () = self.engine.ports.clock.sleep(PICTURE) => {
                Err(Error::new(Kind::Timeout, "no picture came in time"))
            }
        }
    }
}
