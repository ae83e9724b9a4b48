//! Owns what the way to a host, its ports and its ONVIF service say of it. Must not know streams.

use super::{Cause, Finding, Found, State, Step, Subject};
use crate::address::StreamUrl;
use crate::certificate::CertificateFingerprint;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

/// How packets to a host leave this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where they go first.
    pub via: Via,
    /// The interface they leave by, where the system tells.
    pub interface: Option<String>,
    /// The address they bear.
    pub source: Option<IpAddr>,
    /// This computer's networks, such as `192.168.1.0/24`, without loopback.
    pub networks: Vec<String>,
}

/// Where packets go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// Nowhere: the host is this computer.
    Local,
    /// To the host itself.
    Link,
    /// To a router, whose address the system may tell.
    Gateway(Option<IpAddr>),
    /// No way leads there.
    Nowhere,
}

/// What the link knows of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Neighbour {
    /// It answered, with this hardware address.
    Present(String),
    /// It was called and did not answer.
    Missing,
    /// The system does not tell.
    Unknown,
}

/// What connecting to a TCP port showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortState {
    /// It accepted.
    Open,
    /// The host said no (RST).
    Refused,
    /// Nothing came back.
    Silent,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Whether this computer's authorities vouch for it.
    pub trusted: bool,
    /// Which it is.
    pub fingerprint: CertificateFingerprint,
}

/// What speaks on an open port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speech {
    /// RTSP (RFC 2326).
    Rtsp,
    /// HTTP, with the name it gives itself.
    Http(String),
    /// TLS.
    Tls(Tls),
    /// Something else, or nothing.
    Other,
}

/// One TCP port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// What connecting showed.
    pub state: PortState,
    /// What speaks there, when it is open.
    pub speech: Option<Speech>,
}

impl Port {
    /// Whether an RTSP server is there.
    pub fn is_rtsp(&self) -> bool {
        self.speech == Some(Speech::Rtsp)
    }
}

/// What the ONVIF device service said without a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Onvif {
    /// It told its time, or that it wants a login even for that.
    Answers {
        /// Its address.
        url: StreamUrl,
        /// Its clock minus ours, in milliseconds, where told.
        clock_offset_ms: Option<i64>,
    },
    /// It is where ONVIF says and answers otherwise.
    Faulty(String),
    /// There is none.
    Absent,
}

/// How the device answered discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// To what was asked of all on the link.
    pub multicast: bool,
    /// To what was asked of it alone.
    pub unicast: bool,
}

/// What came of a name that has no address.
pub fn name_unknown(host: &str) -> Finding {
    Finding::new(Step::Route, State::Failed, Found::NameUnknown).with("host", host).advise(Cause::NameUnknown)
}

/// What the route says.
pub fn route(route: Option<&Route>) -> Finding {
    let finding = |state, found| Finding::new(Step::Route, state, found);
    let Some(route) = route else { return finding(State::Unknown, Found::RouteUnknown) };
    let source = route.source.map_or_else(String::new, |source| source.to_string());
    let interface = route.interface.clone().unwrap_or_default();
    match route.via {
        Via::Local => finding(State::Passed, Found::RouteLocal),
        Via::Link => {
            finding(State::Passed, Found::RouteDirect).with("source", source).with("interface", interface)
        }
        Via::Gateway(gateway) => finding(State::Passed, Found::RouteGateway)
            .with("source", source)
            .with("interface", interface)
            .with("gateway", gateway.map_or_else(|| "?".to_string(), |gateway| gateway.to_string())),
        Via::Nowhere => finding(State::Failed, Found::RouteNone)
            .with(
                "networks",
                if route.networks.is_empty() { "–".to_string() } else { route.networks.join(", ") },
            )
            .advise(Cause::OtherSubnet),
    }
}

/// What the link says. A port that answered is stronger than any table.
pub fn neighbour(via: Option<Via>, neighbour: &Neighbour, ports: &[Port]) -> Finding {
    let answered = ports.iter().any(|port| port.state != PortState::Silent);
    let finding = |state, found| Finding::new(Step::Neighbour, state, found);
    match (via, neighbour) {
        (Some(Via::Local | Via::Gateway(_)), _) => finding(State::Unknown, Found::NeighbourNotOnLink),
        (_, Neighbour::Present(mac)) => finding(State::Passed, Found::NeighbourPresent).with("mac", mac),
        (_, Neighbour::Missing) if !answered => {
            finding(State::Failed, Found::NeighbourMissing).advise(Cause::HostGone)
        }
        _ => finding(State::Unknown, Found::NeighbourUnknown),
    }
}

/// What the ports say.
pub fn ports(subject: &Subject, via: Option<Via>, ports: &[Port]) -> Finding {
    let finding = |state, found| Finding::new(Step::Ports, state, found);
    let open: Vec<String> = ports
        .iter()
        .filter(|port| port.state == PortState::Open)
        .map(|port| port.number.to_string())
        .collect();
    let refused = ports.iter().filter(|port| port.state == PortState::Refused).count();
    if open.is_empty() && refused == 0 {
        // Beyond a router nobody can tell a dead host from a network that is not connected.
        let cause = if matches!(via, Some(Via::Gateway(_))) { Cause::OtherSubnet } else { Cause::HostSilent };
        return finding(State::Failed, Found::PortsSilent).advise(cause);
    }
    if open.is_empty() {
        return finding(State::Failed, Found::PortsClosed)
            .with("refused", refused)
            .advise(Cause::NoCameraPort);
    }
    let named = subject.port.and_then(|named| ports.iter().find(|port| port.number == named));
    let elsewhere = ports.iter().find(|port| port.is_rtsp());
    if let (Some(named), Some(elsewhere)) = (named, elsewhere)
        && named.state != PortState::Open
    {
        return finding(State::Failed, Found::PortElsewhere)
            .with("port", named.number)
            .with("found", elsewhere.number)
            .advise(Cause::WrongPort);
    }
    finding(State::Passed, Found::PortsOpen).with("open", open.join(", "))
}

/// What the web servers say. A certificate matters where there is no way in without it; `accepted` is the one that the
/// user accepted for the camera.
pub fn web(ports: &[Port], accepted: Option<CertificateFingerprint>) -> Finding {
    let finding = |state, found| Finding::new(Step::Web, state, found);
    let plain = ports.iter().find_map(|port| match &port.speech {
        Some(Speech::Http(server)) => Some((port.number, server)),
        _ => None,
    });
    let tls = ports.iter().find_map(|port| match &port.speech {
        Some(Speech::Tls(tls)) => Some((port.number, tls)),
        _ => None,
    });
    match (plain, tls) {
        (Some((number, server)), _) => finding(State::Passed, Found::WebServer)
            .with("server", if server.is_empty() { "HTTP" } else { server.as_str() })
            .with("port", number),
        (None, Some((number, tls))) if accepted == Some(tls.fingerprint) => {
            finding(State::Passed, Found::WebTlsAccepted)
                .with("port", number)
                .with("fingerprint", tls.fingerprint)
        }
        (None, Some((number, tls))) if !tls.trusted || accepted.is_some() => {
            let found = if accepted.is_some() { Found::WebTlsChanged } else { Found::WebTlsUnknown };
            finding(State::Warning, found)
                .with("port", number)
                .with("fingerprint", tls.fingerprint)
                .advise(Cause::TlsUnknown)
        }
        (None, Some((number, _))) => {
            finding(State::Passed, Found::WebServer).with("server", "HTTPS").with("port", number)
        }
        (None, None) => finding(State::Unknown, Found::WebNone),
    }
}

/// What the ONVIF service says, and with it whether this is a camera at all. One that is known to stream over HTTP
/// or TLS needs neither ONVIF nor plain RTSP.
pub fn onvif(subject: &Subject, onvif: &Onvif, ports: &[Port]) -> Finding {
    let finding = |state, found| Finding::new(Step::Onvif, state, found);
    match onvif {
        Onvif::Answers { url, .. } => finding(State::Passed, Found::OnvifAnswers).with("url", url),
        Onvif::Faulty(reason) => {
            finding(State::Warning, Found::OnvifFaulty).with("reason", reason).advise(Cause::OnvifFault)
        }
        Onvif::Absent if ports.iter().any(Port::is_rtsp) => {
            finding(State::Warning, Found::OnvifAbsent).advise(Cause::OnvifDisabled)
        }
        Onvif::Absent if subject.streams.iter().any(|(_, url)| url.scheme() != "rtsp") => {
            finding(State::Unknown, Found::OnvifAbsent)
        }
        Onvif::Absent => finding(State::Failed, Found::NoCamera).advise(Cause::NotACamera),
    }
}

/// What discovery says. Only of a device that speaks ONVIF an answer can be expected.
pub fn multicast(via: Option<Via>, heard: Heard, onvif: &Onvif) -> Finding {
    let finding = |state, found| Finding::new(Step::Multicast, state, found);
    match via {
        _ if heard.multicast => finding(State::Passed, Found::MulticastHeard),
        Some(Via::Link) if heard.unicast => {
            finding(State::Warning, Found::MulticastBlocked).advise(Cause::MulticastBlocked)
        }
        Some(Via::Link) if matches!(onvif, Onvif::Answers { .. }) => {
            finding(State::Warning, Found::DiscoverySilent).advise(Cause::DiscoveryOff)
        }
        Some(Via::Link) => finding(State::Unknown, Found::DiscoverySilent),
        _ => finding(State::Unknown, Found::MulticastNotOnLink),
    }
}

/// A clock off by more than this is wrong: WS-Security's tokens are commonly refused after five minutes, and footage
/// is found by its time.
const CLOCK_TOLERANCE_MS: u64 = 60_000;

/// What the device's clock says.
pub fn clock(onvif: &Onvif) -> Finding {
    let finding = |state, found| Finding::new(Step::Clock, state, found);
    match onvif {
        Onvif::Answers { clock_offset_ms: Some(offset_ms), .. } => {
            let offset = offset_text(*offset_ms);
            if offset_ms.unsigned_abs() > CLOCK_TOLERANCE_MS {
                finding(State::Warning, Found::ClockOff).with("offset", offset).advise(Cause::ClockWrong)
            } else {
                finding(State::Passed, Found::ClockRight).with("offset", offset)
            }
        }
        _ => finding(State::Unknown, Found::ClockUnknown),
    }
}

/// `+1 d 0 h`, `-3 h 20 min`, `+2 min 5 s` or `+0.4 s`: two units at most, which are the same in every language here.
fn offset_text(offset_ms: i64) -> String {
    let sign = if offset_ms < 0 { "-" } else { "+" };
    let ms = offset_ms.unsigned_abs();
    // Read to a whole second: a camera tells no more.
    let seconds = (ms + 500) / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    if days > 0 {
        format!("{sign}{days} d {hours} h")
    } else if hours > 0 {
        format!("{sign}{hours} h {minutes} min")
    } else if minutes > 0 {
        format!("{sign}{minutes} min {} s", seconds % 60)
    } else {
        format!("{sign}{}.{} s", ms / 1000, ms / 100 % 10)
    }
}
