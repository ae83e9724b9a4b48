//! Owns one device opened for work: its clock read before the first login, a session, and where its services are.
//! Must not know what the services are asked.

use super::lens::Lens;
use super::ptz::Drive;
use super::session::Session;
use super::xml::Element;
use atalaya_model::address::StreamUrl;
use atalaya_model::ports::{Clock, OnvifTarget};
use atalaya_model::quirk::{CLOCK_FAR_OFF_MS, OnvifQuirk};
use atalaya_model::{Error, Kind, Result};
use reqwest::Client;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// For one call with its login; slow cameras take two seconds.
pub(super) const CALL_DEADLINE: Duration = Duration::from_secs(5);
/// Services that one device names; more is no device (S9).
const SERVICES_MAX: usize = 32;

/// A device opened.
pub(super) struct Device {
    pub(super) session: Session,
    pub(super) services: Services,
    /// How far its clock is ahead; none when it does not tell without a login.
    pub(super) offsets: Option<Offsets>,
    quirks: Mutex<BTreeSet<OnvifQuirk>>,
    drive: OnceCell<Drive>,
    lens: OnceCell<Lens>,
}

/// How far the device's clock is ahead.
#[derive(Clone, Copy)]
pub(super) struct Offsets {
    /// Of the clock port, in milliseconds.
    pub(super) of_clock_ms: i64,
    /// Of this machine's clock as WS-Security reads it, in seconds.
    pub(super) of_system_s: i64,
}

/// Where a device's services are, as it names them; the transport asks its own host all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Services {
    pub(super) media1: Option<String>,
    pub(super) media2: Option<String>,
    pub(super) ptz: Option<String>,
    pub(super) imaging: Option<String>,
    pub(super) events: Option<String>,
    /// Whether it has a list of services at all.
    pub(super) listed: bool,
    /// Whether any of them is at another host.
    pub(super) foreign: bool,
}

impl Device {
    /// Reads the clock, logs in for it, and asks for the services. A wrong password costs at most two attempts in
    /// all: by WS-Security, and by HTTP Digest where the device asks for that.
    pub(super) async fn open(client: &Client, clock: &dyn Clock, at: &OnvifTarget) -> Result<Self> {
        let open = Session::open(client, &at.device_url, CALL_DEADLINE)?;
        let offsets = clock_offsets(&open, clock).await?;
        let session = match &at.credentials {
            None => open,
            Some(credentials) => {
                // Without knowing its clock, ours is the best guess there is.
                let offset_s = offsets.map_or(0, |offsets| offsets.of_system_s);
                Session::with_login(client, &at.device_url, credentials, offset_s, CALL_DEADLINE)?
            }
        };
        let services = Services::of(&session).await?;
        let far_off = offsets.is_some_and(|offsets| offsets.of_clock_ms.abs() >= CLOCK_FAR_OFF_MS);
        let quirks = [
            (OnvifQuirk::ForeignServiceHost, services.foreign),
            (OnvifQuirk::NoServiceList, !services.listed),
            (OnvifQuirk::ClockBehindLogin, offsets.is_none()),
            (OnvifQuirk::ClockFarOff, far_off),
        ];
        let quirks = quirks.into_iter().filter(|(_, found)| *found).map(|(quirk, _)| quirk).collect();
        let quirks = Mutex::new(quirks);
        Ok(Self { session, services, offsets, quirks, drive: OnceCell::new(), lens: OnceCell::new() })
    }

    /// Its drive, looked for once: a joystick has no time to ask again at every move.
    pub(super) async fn drive(&self) -> Result<&Drive> {
        self.drive.get_or_try_init(|| Drive::of(self)).await
    }

    /// Its lens, looked for once as well.
    pub(super) async fn lens(&self) -> Result<&Lens> {
        self.lens.get_or_try_init(|| Lens::of(self)).await
    }

    /// Takes note of a departure found later.
    pub(super) fn note(&self, quirk: OnvifQuirk) {
        if self.quirks.lock().unwrap_or_else(PoisonError::into_inner).insert(quirk) {
            tracing::debug!(quirk = quirk.code(), device = self.session.device_url(), "departs from ONVIF");
        }
    }

    /// The departures found so far.
    pub(super) fn quirks(&self) -> Vec<OnvifQuirk> {
        self.quirks.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Whether this departure was found.
    pub(super) fn has(&self, quirk: OnvifQuirk) -> bool {
        self.quirks.lock().unwrap_or_else(PoisonError::into_inner).contains(&quirk)
    }
}

/// The address of a service, or that there is none.
pub(super) fn required<'a>(service: Option<&'a String>, name: &'static str) -> Result<&'a str> {
    let absent = || Error::new(Kind::Unsupported, "the device has no such service").with("service", name);
    service.map(String::as_str).ok_or_else(absent)
}

impl Services {
    /// Asks for the services (ONVIF Core §8.1.2.3); devices older than ONVIF 2.0 know GetCapabilities only.
    pub(super) async fn of(session: &Session) -> Result<Self> {
        const GET_SERVICES: &str = "http://www.onvif.org/ver10/device/wsdl/GetServices";
        const GET_CAPABILITIES: &str = "http://www.onvif.org/ver10/device/wsdl/GetCapabilities";
        let body = "<tds:GetServices><tds:IncludeCapability>false</tds:IncludeCapability></tds:GetServices>";
        match session.ask(session.device_url(), GET_SERVICES, body.to_owned()).await {
            Ok(answer) => Self::listed(&answer, session.device_url()),
            Err(error) if matches!(error.kind(), Kind::Protocol | Kind::Unsupported) => {
                let body = "<tds:GetCapabilities><tds:Category>All</tds:Category></tds:GetCapabilities>";
                match session.ask(session.device_url(), GET_CAPABILITIES, body.to_owned()).await {
                    Ok(answer) => Self::of_capabilities(&answer, session.device_url()),
                    // Some have neither, and their media service at the usual place.
                    Err(error) if matches!(error.kind(), Kind::Protocol | Kind::Unsupported) => {
                        Ok(Self::default())
                    }
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn listed(answer: &Element, device: &str) -> Result<Self> {
        if answer.children("Service").count() > SERVICES_MAX {
            return Err(
                Error::new(Kind::Refused, "the device names too many services").with("most", SERVICES_MAX)
            );
        }
        let mut services = Self { listed: true, ..Self::default() };
        for service in answer.children("Service") {
            let (Some(namespace), Some(address)) =
                (service.text_at(&["Namespace"]), service.text_at(&["XAddr"]))
            else {
                continue;
            };
            // Namespaces are identifiers, but some cameras end them with a slash or write them in capitals.
            let slot = match namespace.trim_end_matches('/').to_ascii_lowercase().as_str() {
                "http://www.onvif.org/ver10/media/wsdl" => &mut services.media1,
                "http://www.onvif.org/ver20/media/wsdl" => &mut services.media2,
                "http://www.onvif.org/ver20/ptz/wsdl" => &mut services.ptz,
                "http://www.onvif.org/ver20/imaging/wsdl" => &mut services.imaging,
                "http://www.onvif.org/ver10/events/wsdl" => &mut services.events,
                _ => continue,
            };
            services.foreign |= is_foreign(address, device);
            slot.get_or_insert_with(|| address.to_owned());
        }
        Ok(services)
    }

    pub(super) fn of_capabilities(answer: &Element, device: &str) -> Result<Self> {
        let all = answer.at(&["Capabilities"]).ok_or_else(|| {
            Error::new(Kind::Protocol, "the device's answer is not what ONVIF lays down")
                .with("missing", "Capabilities")
        })?;
        let address = |name: &str| all.text_at(&[name, "XAddr"]).map(str::to_owned);
        let mut services = Self {
            media1: address("Media"),
            ptz: address("PTZ"),
            imaging: address("Imaging"),
            events: address("Events"),
            ..Self::default()
        };
        let named = [&services.media1, &services.ptz, &services.imaging, &services.events];
        services.foreign = named.into_iter().flatten().any(|address| is_foreign(address, device));
        Ok(services)
    }
}

/// Whether an address that a device names is at another host than the device's own.
pub(super) fn is_foreign(named: &str, device: &str) -> bool {
    let host =
        |url: &str| StreamUrl::parse_with_credentials(url.trim()).ok().map(|(url, _)| url.host().to_owned());
    // A relative address is the device's own.
    match (host(named), host(device)) {
        (Some(named), Some(device)) => named != device,
        _ => false,
    }
}

/// Asks the time (ONVIF Core §8.3.9), which needs no login; none when the device does not tell it all the same.
/// The device tells whole seconds, so that the result is right within half a second and half the call's duration.
pub(super) async fn clock_offsets(session: &Session, clock: &dyn Clock) -> Result<Option<Offsets>> {
    let before_ms = clock.wall().as_millis();
    let told = session.time().await;
    let after_ms = clock.wall().as_millis();
    match told {
        Ok(told) => Ok(told.utc_unix.map(|unix_s| Offsets {
            of_clock_ms: unix_s.saturating_mul(1000).saturating_add(500) - i64::midpoint(before_ms, after_ms),
            of_system_s: told.utc_offset_secs(),
        })),
        Err(error)
            if matches!(error.kind(), Kind::Unreachable | Kind::Timeout | Kind::Refused)
                || error.kind().is_certificate() =>
        {
            Err(error)
        }
        Err(error) => {
            tracing::debug!(%error, "a device does not tell its time without a login");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: &str = "http://192.0.2.7/onvif/device_service";

    fn listed(services: &str) -> Result<Services> {
        let answer = format!("<GetServicesResponse>{services}</GetServicesResponse>");
        Services::listed(&Element::parse(&answer).unwrap(), DEVICE)
    }

    fn service(namespace: &str, address: &str) -> String {
        format!("<Service><Namespace>{namespace}</Namespace><XAddr>{address}</XAddr></Service>")
    }

    #[test]
    fn services_are_told_apart_by_their_namespaces() {
        let media2 = service("http://www.onvif.org/ver20/media/wsdl", "http://192.0.2.7/m2");
        let ptz = service("http://www.onvif.org/ver20/PTZ/wsdl/", "http://192.0.2.7/ptz");
        let services = listed(&[media2.clone(), ptz, service("urn:x", "y")].concat()).unwrap();
        assert_eq!(services.media2.as_deref(), Some("http://192.0.2.7/m2"));
        assert_eq!(services.ptz.as_deref(), Some("http://192.0.2.7/ptz"));
        assert!(services.listed && !services.foreign && services.media1.is_none());
        let elsewhere = service("http://www.onvif.org/ver10/media/wsdl", "http://10.0.0.1/m");
        assert!(listed(&elsewhere).unwrap().foreign);
        assert_eq!(listed(&media2.repeat(SERVICES_MAX + 1)).unwrap_err().kind(), Kind::Refused);
        assert!(listed(&media2.repeat(SERVICES_MAX)).is_ok());
    }

    #[test]
    fn old_devices_tell_capabilities() {
        let answer = Element::parse(
            "<r><Capabilities><Media><XAddr>http://192.0.2.7/m</XAddr></Media><PTZ/></Capabilities></r>",
        )
        .unwrap();
        let services = Services::of_capabilities(&answer, DEVICE).unwrap();
        assert_eq!(
            (services.media1.as_deref(), services.ptz, services.listed),
            (Some("http://192.0.2.7/m"), None, false)
        );
        assert!(Services::of_capabilities(&Element::parse("<r/>").unwrap(), DEVICE).is_err());
    }
}
