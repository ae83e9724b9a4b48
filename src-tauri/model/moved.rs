//! Knowing a camera's device again at another address.
//!
//! What a device says of itself can be said by anybody: endpoint references go over the network in the clear, and many
//! cameras tell their serial number to whoever asks. It tells cameras apart, and does not keep an attacker out. What does
//! stands in the presenter that follows.

use crate::camera::Camera;
use crate::discovery::Device;
use crate::ports::DeviceIdentity;
use core::net::IpAddr;

/// The shortest serial number that is taken for one, in bytes: some devices say `0` or `none`.
const SERIAL_MIN: usize = 5;

/// What a device's word is worth, held against what is known of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// It says all that the camera's device said.
    Same,
    /// It says nothing else, but does not tell its serial number without a login.
    Unsaid,
    /// It says something else, or there is no serial number to know it by.
    Other,
}

/// The camera's serial number, where it has one that tells anything.
fn serial(camera: &Camera) -> Option<&str> {
    camera.device_identity.as_deref().filter(|serial| serial.len() >= SERIAL_MIN)
}

/// Whether a device that was met seems to be a camera's, at another address than the camera's. A camera kept by a DNS name
/// is none that moves: its name is looked up at each connection.
pub fn seems_moved(camera: &Camera, met: &Device) -> bool {
    let Ok(host) = camera.host.parse::<IpAddr>() else { return false };
    let same = match &camera.endpoint {
        Some(endpoint) => *endpoint == met.key,
        None => serial(camera).is_some() && serial(camera) == met.serial.as_deref(),
    };
    same && host != met.host && met.onvif_url.is_some() && camera.onvif_url.is_some()
}

/// How like a camera's device the one is that says this without a login.
pub fn likeness(camera: &Camera, said: &DeviceIdentity) -> Likeness {
    let Some(serial) = serial(camera) else { return Likeness::Other };
    if camera.endpoint.is_some() && camera.endpoint != said.endpoint {
        return Likeness::Other;
    }
    match said.serial.as_deref() {
        None => Likeness::Unsaid,
        Some(said) if said == serial => Likeness::Same,
        Some(_) => Likeness::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::StreamUrl;
    use crate::camera::{CameraId, RecordPolicy, Role, StreamConfig, Transport};
    use crate::time::WallTime;
    use alloc::string::ToString;
    use alloc::vec;
    use uuid::Uuid;

    const ENDPOINT: &str = "urn:uuid:00000000-0000-0000-0000-000000000007";

    fn camera(endpoint: Option<&str>, serial: Option<&str>) -> Camera {
        let url = |text: &str| StreamUrl::parse(text).expect("a URL");
        let main = StreamConfig {
            role: Role::Main,
            url: url("rtsp://192.0.2.7/main"),
            transport: Transport::Tcp,
            poll: None,
            found: None,
        };
        Camera {
            id: CameraId(Uuid::from_u128(7)),
            name: "Gate".to_string(),
            host: "192.0.2.7".to_string(),
            onvif_url: Some(url("http://192.0.2.7/onvif/device_service")),
            snapshot_url: None,
            device_identity: serial.map(Into::into),
            endpoint: endpoint.map(Into::into),
            streams: vec![main],
            record: RecordPolicy::default(),
            schedule: None,
            enabled: true,
            group: None,
            credential_set: None,
            allow_basic: false,
            tls_fingerprint: None,
            simulated: false,
            created_at: WallTime(0),
        }
    }

    fn met(key: &str, last: u8, serial: Option<&str>) -> Device {
        let mut device = Device::at(key.to_string(), IpAddr::from([192, 0, 2, last]));
        device.serial = serial.map(Into::into);
        device.onvif_url = StreamUrl::parse(&std::format!("http://192.0.2.{last}/onvif/device_service")).ok();
        device
    }

    #[test]
    fn a_device_is_known_again_elsewhere_only() {
        let by_both = camera(Some(ENDPOINT), Some("AB-12345"));
        assert!(seems_moved(&by_both, &met(ENDPOINT, 8, None)));
        assert!(!seems_moved(&by_both, &met(ENDPOINT, 7, None)), "it is where it was");
        assert!(!seems_moved(&by_both, &met("urn:uuid:x", 8, Some("AB-12345"))), "another endpoint");
        let by_serial = camera(None, Some("AB-12345"));
        assert!(seems_moved(&by_serial, &met("192.0.2.8:80", 8, Some("AB-12345"))));
        assert!(!seems_moved(&by_serial, &met("192.0.2.8:80", 8, None)));
        assert!(!seems_moved(&camera(None, Some("0")), &met("x", 8, Some("0"))), "no serial number at all");
        let by_name = Camera { host: "gate.lan".to_string(), ..by_both };
        assert!(!seems_moved(&by_name, &met(ENDPOINT, 8, None)));
    }

    #[test]
    fn every_mark_must_be_the_same() {
        let said = |endpoint: Option<&str>, serial: Option<&str>| DeviceIdentity {
            endpoint: endpoint.map(Into::into),
            serial: serial.map(Into::into),
        };
        let both = camera(Some(ENDPOINT), Some("AB-12345"));
        assert_eq!(likeness(&both, &said(Some(ENDPOINT), Some("AB-12345"))), Likeness::Same);
        assert_eq!(likeness(&both, &said(Some(ENDPOINT), None)), Likeness::Unsaid);
        for (endpoint, serial) in [(None, Some("AB-12345")), (Some(ENDPOINT), Some("AB-12346")), (None, None)]
        {
            assert_eq!(likeness(&both, &said(endpoint, serial)), Likeness::Other);
        }
        let serial = camera(None, Some("AB-12345"));
        assert_eq!(likeness(&serial, &said(Some("x"), Some("AB-12345"))), Likeness::Same);
        let endpoint = camera(Some(ENDPOINT), None);
        assert_eq!(likeness(&endpoint, &said(Some(ENDPOINT), Some("AB-12345"))), Likeness::Other);
    }
}
