//! Owns reading a device: who it is, its streams, and what can be set on it.
//! Must not know the media services' versions.

use super::device::Device;
use super::{care, encoder, profiles};
use atalaya_model::ports::{Clock, DeviceFacts, DeviceProfile, OnvifTarget};
use atalaya_model::quirk::OnvifQuirk;
use atalaya_model::text::from_device;
use atalaya_model::{Error, Kind, Result};
use reqwest::Client;
use std::time::Duration;

/// For all calls: a device that is this slow cannot be worked with.
const READ_DEADLINE: Duration = Duration::from_secs(30);

/// Who a device is and its streams.
pub(super) async fn read(client: &Client, clock: &dyn Clock, at: &OnvifTarget) -> Result<DeviceFacts> {
    in_time(at, async { Ok(facts(&Device::open(client, clock, at).await?).await?.0) }).await
}

/// The same, with what can be set on it.
pub(super) async fn profile(device: &Device, at: &OnvifTarget) -> Result<DeviceProfile> {
    in_time(at, async {
        let (facts, media_version) = facts(device).await?;
        let encoders = match encoder::encoders(device).await {
            Ok(encoders) => encoders,
            Err(error) if matches!(error.kind(), Kind::Unsupported | Kind::Protocol) => Vec::new(),
            Err(error) => return Err(error),
        };
        let services = &device.services;
        let others = [("ptz", &services.ptz), ("imaging", &services.imaging), ("events", &services.events)];
        Ok(DeviceProfile {
            facts,
            media_version,
            services: others.into_iter().filter(|(_, at)| at.is_some()).map(|(name, _)| name).collect(),
            encoders,
            users: care::users(device).await,
            quirks: device.quirks(),
        })
    })
    .await
}

async fn in_time<T>(at: &OnvifTarget, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(READ_DEADLINE, work).await.unwrap_or_else(|_| {
        Err(Error::new(Kind::Timeout, "the device took too long to tell of itself")
            .with("url", &at.device_url))
    })
}

async fn facts(device: &Device) -> Result<(DeviceFacts, u8)> {
    let session = &device.session;
    let told =
        session.call("GetDeviceInformation", |onvif| async move { onvif.get_device_info().await }).await?;
    let found = profiles::profiles(session, &device.services).await?;
    let snapshot_url = match found.profiles.first() {
        Some(first) => found
            .media
            .snapshot(session, &first.token)
            .await
            .inspect_err(|error| tracing::debug!(%error, "a device names no still picture"))
            .ok(),
        None => None,
    };
    if found.foreign {
        device.note(OnvifQuirk::ForeignMediaHost);
    }
    let facts = DeviceFacts {
        vendor: from_device(&told.manufacturer),
        model: from_device(&told.model),
        firmware: from_device(&told.firmware_version),
        serial: from_device(&told.serial_number),
        clock_offset_ms: device.offsets.map(|offsets| offsets.of_clock_ms),
        profiles: found.profiles,
        snapshot_url,
    };
    Ok((facts, found.media.number()))
}
