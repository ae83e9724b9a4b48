//! Owns asking a device who it is without any login: as much as it tells, refusals included.
//! Must not try passwords (S6).

use super::device::Services;
use super::profiles;
use super::session::Session;
use atalaya_model::address::StreamUrl;
use atalaya_model::discovery::endpoint_reference;
use atalaya_model::ports::DeviceIdentity;
use atalaya_model::text::from_device;
use atalaya_model::{Error, Kind, Result};
use reqwest::Client;
use std::time::Duration;

/// For one call: a scan is in a hurry.
const CALL_DEADLINE: Duration = Duration::from_secs(2);
/// For all calls: a recorder with many channels tells the rest when it is added.
const DEADLINE: Duration = Duration::from_secs(4);

/// What a device told without a login.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Identity {
    /// An HTTP server answered.
    pub(crate) http: bool,
    /// An ONVIF device service answered: with the time (ONVIF Core §8.3.9), or that it wants a login even for that.
    pub(crate) onvif: bool,
    /// The endpoint reference (ONVIF Core §8.3.17), the same as in WS-Discovery.
    pub(crate) endpoint: Option<String>,
    /// Vendor, model and serial number (ONVIF Core §8.3.1).
    pub(crate) information: Option<Information>,
    /// The streams' addresses, pinned to the device's host.
    pub(crate) streams: Vec<StreamUrl>,
}

/// Who made the device, as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Information {
    /// Manufacturer.
    pub(crate) vendor: String,
    /// Model.
    pub(crate) model: String,
    /// Serial number.
    pub(crate) serial: String,
    /// Firmware version.
    pub(crate) firmware: String,
}

/// Asks the device service at `url`. What was told before the time was up counts. `patience` is for the first answer:
/// that there is a service at all may be a guess.
pub(super) async fn identify(client: &Client, url: &StreamUrl, patience: Duration) -> Identity {
    let mut identity = Identity::default();
    // Running out of time leaves what is there.
    let _ = tokio::time::timeout(DEADLINE, ask(client, url, patience, &mut identity)).await;
    identity
}

/// By what the device at `url` is known again. Fails where no device service answers.
pub(super) async fn who(client: &Client, url: &StreamUrl) -> Result<DeviceIdentity> {
    // A session that was refused asks no more, and some refuse even to tell the time.
    let first = Session::open(client, url, CALL_DEADLINE)?;
    let session = Session::open(client, url, CALL_DEADLINE)?;
    let ask = async {
        if let Err(error) = first.time().await
            && !wants_login(&error)
        {
            return Err(error);
        }
        let endpoint = endpoint(&session).await.as_deref().and_then(endpoint_reference);
        let serial = information(&session, url).await.map(|told| told.serial);
        Ok(DeviceIdentity { endpoint, serial: serial.filter(|serial| !serial.is_empty()) })
    };
    tokio::time::timeout(DEADLINE, ask).await.unwrap_or_else(|_| {
        Err(Error::new(Kind::Timeout, "the device took too long to tell who it is").with("url", url))
    })
}

/// A fault that speaks ONVIF's language, unlike the 401 of any other web server.
fn wants_login(error: &Error) -> bool {
    error.fact("fault").is_some() && error.kind() == Kind::Unauthorized
}

async fn endpoint(session: &Session) -> Option<String> {
    let envelope = session.call_plain("GetEndpointReference").await.ok()?;
    envelope.text_at(&["Body", "GetEndpointReferenceResponse", "GUID"]).map(str::to_owned)
}

async fn information(session: &Session, url: &StreamUrl) -> Option<Information> {
    let told = session
        .call("GetDeviceInformation", |onvif| async move { onvif.get_device_info().await })
        .await
        .inspect_err(
            |error| tracing::trace!(%error, %url, "a device does not tell who it is without a login"),
        )
        .ok()?;
    Some(Information {
        vendor: from_device(&told.manufacturer),
        model: from_device(&told.model),
        serial: from_device(&told.serial_number),
        firmware: from_device(&told.firmware_version),
    })
}

async fn ask(client: &Client, url: &StreamUrl, patience: Duration, identity: &mut Identity) {
    let Ok(first) = Session::open(client, url, patience.min(CALL_DEADLINE)) else { return };
    let Ok(session) = Session::open(client, url, CALL_DEADLINE) else { return };
    let time = first.time().await;
    identity.http = first.has_answered();
    identity.onvif = match &time {
        Ok(_) => true,
        Err(error) => wants_login(error),
    };
    if !identity.onvif {
        return;
    }
    identity.endpoint = endpoint(&session).await;
    identity.information = information(&session, url).await;
    let streams = match Services::of(&session).await {
        Ok(services) => profiles::profiles(&session, &services).await,
        Err(error) => Err(error),
    };
    match streams {
        Ok(found) => identity.streams = found.profiles.into_iter().map(|profile| profile.url).collect(),
        Err(error) => tracing::trace!(%error, %url, "a device does not tell its streams without a login"),
    }
}
