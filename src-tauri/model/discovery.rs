//! What a scan of the network is asked for and what it finds: devices with evidence and a confidence.

use crate::address::StreamUrl;
use crate::error::{Error, Kind, Result};
use crate::text::from_device;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use core::str::FromStr;
use core::time::Duration;
use uuid::Uuid;

/// An IPv4 network in CIDR notation (RFC 4632), at most a /16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subnet {
    base: Ipv4Addr,
    prefix: u8,
}

/// The shortest prefix swept: 65,534 hosts.
const PREFIX_MIN: u8 = 16;

impl Subnet {
    /// The network of `prefix` bits that `address` lies in.
    pub fn new(address: Ipv4Addr, prefix: u8) -> Result<Self> {
        if !(PREFIX_MIN..=32).contains(&prefix) {
            return Err(
                Error::new(Kind::InvalidInput, "a subnet's prefix is /16 to /32").with("prefix", prefix)
            );
        }
        // The prefix is at least 16, so the shift is at most 16.
        let mask = u32::MAX << (32 - prefix);
        Ok(Self { base: Ipv4Addr::from(u32::from(address) & mask), prefix })
    }

    /// Every address that may be a host's: without the network's own and the broadcast address, except in a /31
    /// (RFC 3021) and a /32.
    pub fn hosts(self) -> impl Iterator<Item = Ipv4Addr> {
        let first = u32::from(self.base);
        let last = first | u32::MAX.checked_shr(u32::from(self.prefix)).unwrap_or(0);
        let edge = u32::from(self.prefix < 31);
        (first + edge..=last - edge).map(Ipv4Addr::from)
    }

    /// Whether the address lies in it.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        Self::new(address, self.prefix).is_ok_and(|subnet| subnet == self)
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

impl FromStr for Subnet {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let bad = || {
            Error::new(Kind::InvalidInput, "not an IPv4 network, such as 192.168.1.0/24")
                .with("subnet", crate::text::excerpt(text, 64))
        };
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        Self::new(address.parse().map_err(|_| bad())?, prefix.parse().map_err(|_| bad())?)
    }
}

/// What to scan.
#[derive(Debug, Clone, Default)]
pub struct ScanRequest {
    /// Names or addresses of the interfaces to probe on; all when empty.
    pub interfaces: Vec<String>,
    /// Networks to sweep for open ports, besides the multicast probe; when empty, the interfaces' own up to a /24.
    pub subnets: Vec<Subnet>,
    /// When to stop.
    pub timeout: Duration,
}

/// The ports on which cameras answer.
pub const CAMERA_PORTS: [u16; 10] = [554, 80, 8080, 8000, 2020, 8554, 8899, 5543, 443, 10554];

/// What kind of device answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// A camera.
    Camera,
    /// A network video recorder, which serves many cameras' streams.
    Recorder,
    /// Something else that has one of a camera's ports open.
    Other,
}

impl DeviceKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Camera, Self::Recorder, Self::Other];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Recorder => "recorder",
            Self::Other => "other",
        }
    }
}

/// One thing learned about a device. Together they form the ladder from "a port is open" to "it told its serial".
///
/// The rungs, weakest first, with how sure each alone makes us that the device is a camera:
///
/// | rung | sure | why not more, or less |
/// |---|---|---|
/// | `open_port` | 0.05 | printers, routers and computers have these ports open as well |
/// | `http` | 0.02 | nearly everything has a web page |
/// | `brand` | 0.3 | makers of cameras make switches, intercoms and doorbells too |
/// | `rtsp_options` | 0.6 | media players and televisions speak RTSP |
/// | `rtsp_describe` | 0.8 | there is a stream; it may be a recorder's or a relay's |
/// | `ws_discovery` | 0.85 | it says that it is a video device, but one datagram is easily forged |
/// | `onvif_time` | 0.9 | an ONVIF service answers; access control and recorders have one too |
/// | `onvif_device_information` | 0.95 | it told vendor, model and serial number |
///
/// [`Device::confidence`] combines them as independent; from `rtsp_options` up a device is shown as a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// A TCP port that cameras use accepted a connection.
    OpenPort,
    /// An HTTP server answered.
    Http,
    /// Its web page, a server header or the maker of its network card names a brand of cameras.
    Brand,
    /// An RTSP server answered OPTIONS (RFC 2326 §10.1).
    RtspOptions,
    /// A stream was described (RFC 2326 §10.2), or refused only for want of a login.
    RtspDescribe,
    /// It answered the WS-Discovery probe (ONVIF Core §7).
    WsDiscovery,
    /// Its ONVIF device service told the time without a login (ONVIF Core §8.3.9).
    OnvifTime,
    /// Its ONVIF device service told vendor, model and serial (ONVIF Core §8.3.1).
    OnvifDeviceInformation,
}

impl Evidence {
    /// All of them, weakest first.
    pub const ALL: [Self; 8] = [
        Self::OpenPort,
        Self::Http,
        Self::Brand,
        Self::RtspOptions,
        Self::RtspDescribe,
        Self::WsDiscovery,
        Self::OnvifTime,
        Self::OnvifDeviceInformation,
    ];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OpenPort => "open_port",
            Self::Http => "http",
            Self::Brand => "brand",
            Self::RtspOptions => "rtsp_options",
            Self::RtspDescribe => "rtsp_describe",
            Self::WsDiscovery => "ws_discovery",
            Self::OnvifTime => "onvif_time",
            Self::OnvifDeviceInformation => "onvif_device_information",
        }
    }

    /// How sure this piece alone makes us that the device is a camera, 0 to 1.
    const fn weight(self) -> f64 {
        match self {
            Self::OpenPort => 0.05,
            Self::Http => 0.02,
            Self::Brand => 0.3,
            Self::RtspOptions => 0.6,
            Self::RtspDescribe => 0.8,
            Self::WsDiscovery => 0.85,
            Self::OnvifTime => 0.9,
            Self::OnvifDeviceInformation => 0.95,
        }
    }
}

/// A device as known so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// What keeps it apart from others: its ONVIF endpoint reference where it told one, else host and port.
    pub key: String,
    /// The address that answered.
    pub host: IpAddr,
    /// Ports found open or named by the device, ascending.
    pub ports: BTreeSet<u16>,
    /// What it is.
    pub kind: DeviceKind,
    /// What was learned.
    pub evidence: BTreeSet<Evidence>,
    /// Manufacturer, as the device says.
    pub vendor: Option<String>,
    /// Model, as the device says.
    pub model: Option<String>,
    /// Name, as the device says.
    pub name: Option<String>,
    /// Serial number, as the device says.
    pub serial: Option<String>,
    /// Its ONVIF device service.
    pub onvif_url: Option<StreamUrl>,
    /// Firmware version, as the device says.
    pub firmware: Option<String>,
    /// Hardware address of its network card, six hexadecimal pairs with colons in lower case, where the system tells.
    pub mac: Option<String>,
    /// Streams it told without a login.
    pub rtsp_urls: Vec<StreamUrl>,
    /// The brand it seems to be of, when it does not tell its vendor.
    pub brand: Option<String>,
    /// Addresses that devices of its brand have. Nobody has tried them.
    pub guesses: Vec<Guess>,
}

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GuessUse {
    /// The full picture over RTSP.
    Main,
    /// The small picture over RTSP.
    Sub,
    /// A still picture over HTTP.
    Snapshot,
    /// Motion JPEG over HTTP.
    Mjpeg,
}

impl GuessUse {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Main, Self::Sub, Self::Snapshot, Self::Mjpeg];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Sub => "sub",
            Self::Snapshot => "snapshot",
            Self::Mjpeg => "mjpeg",
        }
    }
}

/// An address that a device may have because others of its brand do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// What it would be for.
    pub purpose: GuessUse,
    /// The address, at the device's host.
    pub url: StreamUrl,
}

/// What comes out of a scan.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A device, or one better known than before (same `key`).
    Device(Box<Device>),
    /// The scan is over. Comes last, and not at all when the scan is dropped.
    Finished(Coverage),
}

/// Where a scan has looked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The networks swept.
    pub subnets: Vec<Subnet>,
    /// Everything was asked and had its time to answer; false when the scan ran into its timeout. Only then does not
    /// having met a device mean anything.
    pub complete: bool,
}

impl Coverage {
    /// Whether a device at this address would have been met.
    pub fn reaches(&self, host: IpAddr) -> bool {
        match host {
            IpAddr::V4(host) => self.complete && self.subnets.iter().any(|subnet| subnet.contains(host)),
            IpAddr::V6(_) => false,
        }
    }
}

/// What a device says unasked (WS-Discovery §4).
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    /// It joins the network.
    Hello(Box<Device>),
    /// Whoever has this key leaves it, as somebody at this address says.
    Bye(String, IpAddr),
}

impl Device {
    /// A device of which nothing is known but its address.
    pub fn at(key: String, host: IpAddr) -> Self {
        Self {
            key,
            host,
            ports: BTreeSet::new(),
            kind: DeviceKind::Other,
            evidence: BTreeSet::new(),
            vendor: None,
            model: None,
            name: None,
            serial: None,
            onvif_url: None,
            firmware: None,
            mac: None,
            rtsp_urls: Vec::new(),
            brand: None,
            guesses: Vec::new(),
        }
    }

    /// How sure it is that this is a camera or recorder, 0 to 1: independent pieces of evidence combined.
    pub fn confidence(&self) -> f64 {
        1.0 - self.evidence.iter().map(|evidence| 1.0 - evidence.weight()).product::<f64>()
    }
}

/// An endpoint reference (WS-Addressing, ONVIF Core §7.3.1) as it is compared: `urn:uuid:` and the UUID in lower case, or
/// as it is when it is none.
pub fn endpoint_reference(told: &str) -> Option<String> {
    match uuid_in(told) {
        Some(uuid) if uuid.is_nil() => None,
        Some(uuid) => Some(format!("urn:uuid:{uuid}")),
        None => Some(from_device(told)).filter(|told| !told.is_empty()),
    }
}

/// The UUID in `urn:uuid:…`, `uuid:…` or by itself: devices write all three.
pub fn uuid_in(text: &str) -> Option<Uuid> {
    let text = text.trim();
    Uuid::try_parse(text.get(text.len().checked_sub(36)?..)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn subnets() {
        let hosts = |text: &str| {
            let all: Vec<_> = text.parse::<Subnet>().expect(text).hosts().map(|h| h.to_string()).collect();
            (all.len(), all.first().cloned(), all.last().cloned())
        };
        let is = |n, first: &str, last: &str| (n, Some(first.to_string()), Some(last.to_string()));
        assert_eq!(hosts("192.168.1.77/24"), is(254, "192.168.1.1", "192.168.1.254"));
        assert_eq!(hosts("10.0.0.5"), is(1, "10.0.0.5", "10.0.0.5"));
        assert_eq!(hosts("10.0.0.4/31"), is(2, "10.0.0.4", "10.0.0.5"));
        assert_eq!(hosts("255.255.255.0/24"), is(254, "255.255.255.1", "255.255.255.254"));
        for bad in ["10.0.0.0/8", "10.0.0.0/33", "x/24", "10.0.0.0/", "::1/64", ""] {
            assert!(bad.parse::<Subnet>().is_err(), "{bad}");
        }
    }

    #[test]
    fn confidence_rises_with_evidence() {
        let mut device = Device::at("k".into(), IpAddr::from([192, 0, 2, 1]));
        assert!(device.confidence().abs() < 1e-9);
        device.evidence.extend([Evidence::OpenPort, Evidence::Http]);
        assert!(device.confidence() < 0.1);
        device.evidence.insert(Evidence::RtspOptions);
        assert!(device.confidence() > 0.6);
        device.evidence.extend([Evidence::WsDiscovery, Evidence::OnvifDeviceInformation]);
        assert!(device.confidence() > 0.99 && device.confidence() <= 1.0);
    }
}
