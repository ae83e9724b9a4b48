//! Owns reading a device: its clock first, then who it is and its streams.
//! Must not know the media services' versions.

use super::profiles;
use super::session::Session;
use atalaya_model::address::StreamUrl;
use atalaya_model::ports::{Clock, DeviceFacts};
use atalaya_model::secret::Credentials;
use atalaya_model::text::from_device;
use atalaya_model::{Error, Kind, Result};
use reqwest::Client;
use std::time::Duration;

/// For one call with its login; slow cameras take two seconds.
const CALL_DEADLINE: Duration = Duration::from_secs(5);
/// For all calls: a device that is this slow cannot be worked with.
const READ_DEADLINE: Duration = Duration::from_secs(30);

/// Everything a device tells of itself that is of use here. A wrong password costs at most two attempts in all: by
/// WS-Security, and by HTTP Digest where the device asks for that.
pub(super) async fn read(
    client: &Client,
    clock: &dyn Clock,
    device_url: &StreamUrl,
    credentials: Option<&Credentials>,
) -> Result<DeviceFacts> {
    tokio::time::timeout(READ_DEADLINE, read_all(client, clock, device_url, credentials))
        .await
        .unwrap_or_else(|_| {
            Err(Error::new(Kind::Timeout, "the device took too long to tell of itself")
                .with("url", device_url))
        })
}

async fn read_all(
    client: &Client,
    clock: &dyn Clock,
    device_url: &StreamUrl,
    credentials: Option<&Credentials>,
) -> Result<DeviceFacts> {
    let open = Session::open(client, device_url, CALL_DEADLINE)?;
    let offsets = clock_offsets(&open, clock).await?;
    let session = match credentials {
        None => open,
        Some(credentials) => {
            // Without knowing its clock, ours is the best guess there is.
            let offset_s = offsets.map_or(0, |offsets| offsets.of_system_s);
            Session::with_login(client, device_url, credentials, offset_s, CALL_DEADLINE)?
        }
    };
    let told =
        session.call("GetDeviceInformation", |onvif| async move { onvif.get_device_info().await }).await?;
    let (profiles, media) = profiles::profiles(&session).await?;
    let snapshot_url = match profiles.first() {
        Some(first) => media
            .snapshot(&session, &first.token)
            .await
            .inspect_err(|error| tracing::debug!(%error, "a device names no still picture"))
            .ok(),
        None => None,
    };
    Ok(DeviceFacts {
        vendor: from_device(&told.manufacturer),
        model: from_device(&told.model),
        firmware: from_device(&told.firmware_version),
        serial: from_device(&told.serial_number),
        clock_offset_ms: offsets.map(|offsets| offsets.of_clock_ms),
        profiles,
        snapshot_url,
    })
}

/// How far the device's clock is ahead.
#[derive(Clone, Copy)]
struct Offsets {
    /// Of the clock port, in milliseconds.
    of_clock_ms: i64,
    /// Of this machine's clock as oxvif reads it for WS-Security, in seconds.
    of_system_s: i64,
}

/// Asks the time (ONVIF Core §8.3.9), which needs no login; none when the device does not tell it all the same.
/// The device tells whole seconds, so that the result is right within half a second and half the call's duration.
async fn clock_offsets(session: &Session, clock: &dyn Clock) -> Result<Option<Offsets>> {
    let before_ms = clock.wall().as_millis();
    let told = session
        .call("GetSystemDateAndTime", |onvif| async move { onvif.get_system_date_and_time().await })
        .await;
    let after_ms = clock.wall().as_millis();
    match told {
        Ok(told) => Ok(told.utc_unix.map(|unix_s| Offsets {
            of_clock_ms: unix_s.saturating_mul(1000).saturating_add(500) - i64::midpoint(before_ms, after_ms),
            of_system_s: told.utc_offset_secs(),
        })),
        Err(error) if matches!(error.kind(), Kind::Unreachable | Kind::Timeout | Kind::Refused) => Err(error),
        Err(error) => {
            tracing::debug!(%error, "a device does not tell its time without a login");
            Ok(None)
        }
    }
}
