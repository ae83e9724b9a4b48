//! Devices' settings: what a device can do and is set to, what a user should know about it, and changing it.

use crate::Result;
use crate::engine::Inner;
use crate::vm::camera::StreamVm;
use crate::vm::capability::{
    CapabilityVm, DeviceUserVm, EncoderChangeVm, EncoderVm, ImagingChangeVm, ImagingVm, MeasuredVm, ProfileVm,
};
use atalaya_model::camera::Camera;
use atalaya_model::encoder::GOP_LONG_S;
use atalaya_model::ports::DeviceProfile;
use atalaya_model::pull::PullState;
use atalaya_model::quirk::CLOCK_WRONG_MS;
use std::sync::Arc;

/// Reads and changes devices' settings.
pub struct Devices {
    engine: Arc<Inner>,
}

impl Devices {
    pub(crate) fn new(engine: Arc<Inner>) -> Self {
        Self { engine }
    }

    /// What the camera's device is and can do, and what was measured of its streams.
    pub async fn capability(&self, camera: &str) -> Result<CapabilityVm> {
        let (camera, at) = self.engine.onvif_target(camera).await?;
        let profile = self.engine.ports.device_settings.profile(&at).await?;
        Ok(capability(profile, self.measured(&camera)))
    }

    fn measured(&self, camera: &Camera) -> Vec<MeasuredVm> {
        let pulls = self.engine.all_pulls();
        let measure = |stream: &atalaya_model::camera::StreamConfig| {
            let report = pulls.iter().map(crate::pull::PullHandle::report).find(|report| {
                report.camera.id == camera.id
                    && report.role == stream.role
                    && matches!(report.state, PullState::Live { .. })
            });
            let metrics = report.map(|report| report.metrics);
            MeasuredVm {
                role: stream.role.code().to_owned(),
                stream: StreamVm::from(stream),
                fps: metrics.map(|metrics| (metrics.fps * 10.0).round() / 10.0),
                bitrate_bps: metrics.map(|metrics| metrics.bitrate_bps),
                gop_ms: metrics.and_then(|metrics| metrics.gop_ms),
                b_frames: metrics.map(|metrics| metrics.reordered),
            }
        };
        camera.streams.iter().map(measure).collect()
    }

    /// Changes an encoder of the camera; what it is set to then.
    pub async fn set_encoder(&self, camera: &str, token: &str, change: EncoderChangeVm) -> Result<EncoderVm> {
        let (_, at) = self.engine.onvif_target(camera).await?;
        let set = self.engine.ports.device_settings.set_encoder(&at, token, &change.try_into()?).await?;
        Ok(EncoderVm::from(&set))
    }

    /// How the camera makes its picture.
    pub async fn imaging(&self, camera: &str) -> Result<ImagingVm> {
        let (_, at) = self.engine.onvif_target(camera).await?;
        Ok(self.engine.ports.device_settings.imaging(&at).await?.into())
    }

    /// Changes how the camera makes its picture; how it does then.
    pub async fn set_imaging(&self, camera: &str, change: ImagingChangeVm) -> Result<ImagingVm> {
        let (_, at) = self.engine.onvif_target(camera).await?;
        Ok(self.engine.ports.device_settings.set_imaging(&at, change.try_into()?).await?.into())
    }

    /// Sets the camera's clock to ours; how far off it is then, in milliseconds.
    pub async fn set_time(&self, camera: &str) -> Result<i64> {
        let (_, at) = self.engine.onvif_target(camera).await?;
        Ok(self.engine.ports.device_settings.set_time(&at).await?)
    }

    /// Starts the camera anew; what it says about it.
    pub async fn reboot(&self, camera: &str) -> Result<String> {
        let (_, at) = self.engine.onvif_target(camera).await?;
        Ok(self.engine.ports.device_settings.reboot(&at).await?)
    }
}

fn capability(profile: DeviceProfile, measured: Vec<MeasuredVm>) -> CapabilityVm {
    let long = |ms: u64| ms > u64::from(GOP_LONG_S) * 1000;
    let gop_long = measured.iter().any(|it| it.gop_ms.is_some_and(|ms| long(ms.into())))
        || profile.encoders.iter().any(|encoder| encoder.settings.gop_ms().is_some_and(long));
    let offset = profile.facts.clock_offset_ms;
    let warnings = [
        ("gop_long", gop_long),
        ("b_frames", measured.iter().any(|it| it.b_frames == Some(true))),
        ("clock_wrong", offset.is_some_and(|ms| ms.abs() > CLOCK_WRONG_MS)),
        ("clock_unknown", offset.is_none()),
    ];
    let facts = profile.facts;
    let profile_vm = |it: &atalaya_model::ports::ProfileFacts| ProfileVm {
        token: it.token.clone(),
        codec: it.encoding.clone(),
        width: it.width,
        height: it.height,
        fps: Some(it.fps_milli).filter(|&milli| milli > 0).map(|milli| f64::from(milli) / 1000.0),
    };
    CapabilityVm {
        vendor: facts.vendor,
        model: facts.model,
        firmware: facts.firmware,
        serial: facts.serial,
        clock_offset_ms: offset,
        media_version: profile.media_version,
        services: profile.services.into_iter().map(str::to_owned).collect(),
        profiles: facts.profiles.iter().map(profile_vm).collect(),
        encoders: profile.encoders.iter().map(EncoderVm::from).collect(),
        users: profile
            .users
            .map(|users| users.into_iter().map(|(name, level)| DeviceUserVm { name, level }).collect()),
        quirks: profile.quirks.into_iter().map(|quirk| quirk.code().to_owned()).collect(),
        measured,
        warnings: warnings.into_iter().filter(|(_, is)| *is).map(|(name, _)| name.to_owned()).collect(),
    }
}
