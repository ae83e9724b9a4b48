//! Owns the WS-Discovery side of a fleet (WS-Discovery 1.0 of April 2005, ONVIF Core §7): Hello, answers to probes, Bye.
//! Must not know what the cameras do. One responder speaks for all cameras of a fleet on one link and in one family of
//! addresses, beside others on the machine. Over IPv6 too it tells the IPv4 address: there the cameras are.

use crate::{
    identity::Identity,
    onvif::DEVICE_PATH,
    xml::{Element, each, escape},
};
use rand::Rng;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6},
    time::Duration,
};
use tokio::{net::UdpSocket, time};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
/// The same over IPv6 (WS-Discovery §2.4), on one link.
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xc);
const PORT: u16 = 3702;
/// APP_MAX_DELAY of WS-Discovery is half a second; a tenth is enough for 64 cameras.
const MAX_DELAY: Duration = Duration::from_millis(100);
/// A probe is a few hundred bytes; the largest datagram we read.
const MAX_PROBE_BYTES: usize = 8 * 1_024;
/// Answers waiting for their random delay at a time; a flood of probes beyond that goes unanswered.
const MAX_PENDING: usize = 256;

const DISCOVERY_NS: &str = "http://schemas.xmlsoap.org/ws/2005/04/discovery";
const ANONYMOUS: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";
const TO_ALL: &str = "urn:schemas-xmlsoap-org:ws:2005:04:discovery";
/// What the cameras are: namespace and local name.
const TYPES: [(&str, &str); 2] = [
    ("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter"),
    ("http://www.onvif.org/ver10/device/wsdl", "Device"),
];

/// The scopes of a camera (Core §7.3.2.2), also told by GetScopes.
pub(crate) fn scopes(name: &str) -> Vec<String> {
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    [
        "type/video_encoder".to_owned(),
        "type/ptz".to_owned(),
        "Profile/Streaming".to_owned(),
        format!("name/{}", encoded.replace('+', "%20")),
        "hardware/Simulated%20camera".to_owned(),
        "location/simulated".to_owned(),
    ]
    .map(|scope| format!("onvif://www.onvif.org/{scope}"))
    .into()
}

/// One camera as discovery tells of it.
#[derive(Clone)]
pub(crate) struct Announced {
    identity: Identity,
    scheme: &'static str,
    http_port: u16,
}

impl Announced {
    /// A camera whose device service is reached by `scheme` at `http_port`.
    pub(crate) fn new(identity: Identity, scheme: &'static str, http_port: u16) -> Self {
        Self { identity, scheme, http_port }
    }

    /// The parts common to Hello and ProbeMatch.
    fn endpoint(&self, address: IpAddr) -> String {
        format!(
            "{}<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types><d:Scopes>{}</d:Scopes>\
             <d:XAddrs>{}://{}{DEVICE_PATH}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>",
            self.reference(),
            escape(&scopes(&self.identity.name).join(" ")),
            self.scheme,
            SocketAddr::new(address, self.http_port),
        )
    }

    fn reference(&self) -> String {
        format!(
            "<a:EndpointReference><a:Address>urn:uuid:{}</a:Address></a:EndpointReference>",
            self.identity.uuid
        )
    }
}

/// How a responder answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Numbers messages (WS-Discovery §7, AppSequence).
    pub(crate) instance: u64,
    /// The most that an answer waits; none for the usual.
    pub(crate) max_delay: Option<Duration>,
    /// Whether the IPv4 group is heard and spoken to. A switch that keeps multicast to itself lets only what is sent to
    /// the camera's own address through.
    pub(crate) in_ipv4_group: bool,
}

/// Speaks for a fleet on the network.
pub(crate) struct Responder {
    cameras: Vec<Announced>,
    /// Where the cameras are.
    bind: Ipv4Addr,
    /// Hears the group; sends Hello and Bye.
    group: UdpSocket,
    /// Where Hello and Bye go.
    group_at: SocketAddr,
    /// Hears probes sent to the address itself; none where the group's socket hears them too.
    direct: Option<UdpSocket>,
    /// Where answers come from.
    from: SocketAddr,
    manner: Manner,
}

impl Responder {
    /// Joins the group on the interface of `bind`.
    ///
    /// # Errors
    /// When port 3702 cannot be shared, or the interface does not do multicast.
    pub(crate) fn join(cameras: Vec<Announced>, bind: Ipv4Addr, manner: Manner) -> io::Result<Self> {
        // On Unix a socket bound to the group hears nothing but the group, so that a second one can hear what is
        // meant for just this address. Windows cannot bind to a group: there one socket hears both.
        let (group_address, direct) =
            if cfg!(unix) { (GROUP, Some(udp((bind, PORT).into())?)) } else { (Ipv4Addr::UNSPECIFIED, None) };
        let group = udp((group_address, PORT).into())?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        group.set_multicast_all_v4(false)?;
        if manner.in_ipv4_group {
            group.join_multicast_v4(&GROUP, &bind)?;
        }
        group.set_multicast_if_v4(&bind)?;
        group.set_multicast_loop_v4(true)?;
        group.set_multicast_ttl_v4(1)?;
        Ok(Self {
            cameras,
            bind,
            group: into_tokio(group)?,
            group_at: (GROUP, PORT).into(),
            direct: direct.map(into_tokio).transpose()?,
            from: (bind, 0).into(),
            manner,
        })
    }

    /// Joins the group of IPv6 on a link, for cameras at `bind`.
    ///
    /// # Errors
    /// As [`Self::join`].
    pub(crate) fn join_link(
        cameras: Vec<Announced>,
        bind: Ipv4Addr,
        link: SocketAddrV6,
        manner: Manner,
    ) -> io::Result<Self> {
        let at = |address| SocketAddr::from(SocketAddrV6::new(address, PORT, 0, link.scope_id()));
        let group = udp(if cfg!(unix) { at(GROUP_V6) } else { at(Ipv6Addr::UNSPECIFIED) })?;
        group.join_multicast_v6(&GROUP_V6, link.scope_id())?;
        group.set_multicast_if_v6(link.scope_id())?;
        group.set_multicast_loop_v6(true)?;
        group.set_multicast_hops_v6(1)?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        group.set_multicast_all_v6(false)?;
        let (group, group_at) = (into_tokio(group)?, at(GROUP_V6));
        let manner = Manner { in_ipv4_group: true, ..manner };
        Ok(Self { cameras, bind, group, group_at, direct: None, from: link.into(), manner })
    }

    /// Announces the cameras, answers probes until cancelled, says goodbye.
    pub(crate) async fn run(self, tracker: TaskTracker, cancel: CancellationToken) {
        self.announce("Hello").await;
        let (mut from_group, mut from_direct) = ([0; MAX_PROBE_BYTES], [0; MAX_PROBE_BYTES]);
        let answers = std::sync::Arc::new(tokio::sync::Semaphore::new(MAX_PENDING));
        loop {
            let (received, buffer) = tokio::select! {
                () = cancel.cancelled() => break,
                received = self.group.recv_from(&mut from_group) => (received, &from_group),
                received = receive(self.direct.as_ref(), &mut from_direct) => (received, &from_direct),
            };
            let Ok((length, peer)) = received else {
                // Windows reports unreachable peers of earlier answers here; nothing is wrong with the socket.
                time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            let Some((answer, place)) = self
                .answer(&buffer[..length], peer)
                .zip(std::sync::Arc::clone(&answers).try_acquire_owned().ok())
            else {
                continue;
            };
            let (delay, cancel) = (
                rand::rng().random_range(Duration::ZERO..=self.manner.max_delay.unwrap_or(MAX_DELAY)),
                cancel.clone(),
            );
            let from = self.from;
            tracker.spawn(async move {
                let sent = async {
                    time::sleep(delay).await;
                    // From a port of its own: the shared one may belong to another fleet as well.
                    UdpSocket::bind(from).await?.send_to(answer.as_bytes(), peer).await
                };
                tokio::select! {
                    () = cancel.cancelled() => {}
                    sent = sent => if let Err(error) = sent {
                        tracing::debug!(%peer, %error, "a probe's answer was not sent");
                    }
                }
                drop(place);
            });
        }
        self.announce("Bye").await;
    }

    /// Sends Hello or Bye for every camera, one message each.
    async fn announce(&self, what: &str) {
        if !self.manner.in_ipv4_group {
            return;
        }
        for camera in &self.cameras {
            let content = match self.address_for(self.group_at) {
                Some(address) if what == "Hello" => camera.endpoint(address),
                _ => camera.reference(),
            };
            let message = self.message(what, TO_ALL, None, &format!("<d:{what}>{content}</d:{what}>"));
            if let Err(error) = self.group.send_to(message.as_bytes(), self.group_at).await {
                tracing::debug!(camera = camera.identity.name, %error, what, "not announced");
            }
        }
    }

    /// The ProbeMatches for a datagram, if it is a probe for such as us.
    fn answer(&self, datagram: &[u8], peer: SocketAddr) -> Option<String> {
        let envelope = Element::parse(std::str::from_utf8(datagram).ok()?).ok()?;
        let probe = envelope.at(&["Body", "Probe"]).filter(|probe| probe.namespace == DISCOVERY_NS)?;
        let message_id = envelope.at(&["Header", "MessageID"])?.text();
        if let Some(types) = probe.child("Types") {
            // Every type asked for has to be one of ours (WS-Discovery §5.1).
            if !types.qualified_names().iter().all(|name| TYPES.contains(name)) {
                return None;
            }
        }
        let wanted: Vec<&str> = probe.child_text("Scopes").unwrap_or_default().split_whitespace().collect();
        let address = self.address_for(peer)?;
        let asked_for = self.cameras.iter().filter(|camera| {
            let has = scopes(&camera.identity.name);
            wanted.iter().all(|wanted| has.iter().any(|scope| scope_matches(wanted, scope)))
        });
        let matches =
            each(asked_for, |camera| format!("<d:ProbeMatch>{}</d:ProbeMatch>", camera.endpoint(address)));
        if matches.is_empty() {
            return None;
        }
        let body = format!("<d:ProbeMatches>{matches}</d:ProbeMatches>");
        Some(self.message("ProbeMatches", ANONYMOUS, Some(message_id), &body))
    }

    /// The address under which `peer` reaches us.
    fn address_for(&self, peer: SocketAddr) -> Option<IpAddr> {
        if !self.bind.is_unspecified() {
            return Some(self.bind.into());
        }
        // Connecting a datagram socket sends nothing; it only asks the system for the way.
        let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
        socket.connect(peer).ok()?;
        socket.local_addr().ok().map(|address| address.ip())
    }

    fn message(&self, action: &str, to: &str, relates_to: Option<&str>, body: &str) -> String {
        let relates_to =
            relates_to.map_or_else(String::new, |id| format!("<a:RelatesTo>{}</a:RelatesTo>", escape(id)));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
             xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" xmlns:d=\"{DISCOVERY_NS}\" \
             xmlns:dn=\"{}\" xmlns:tds=\"{}\"><s:Header>\
             <a:MessageID>urn:uuid:{}</a:MessageID>{relates_to}<a:To>{to}</a:To>\
             <a:Action>{DISCOVERY_NS}/{action}</a:Action>\
             <d:AppSequence InstanceId=\"{}\" MessageNumber=\"1\"/></s:Header><s:Body>{body}</s:Body></s:Envelope>",
            TYPES[0].0,
            TYPES[1].0,
            Uuid::new_v4(),
            self.manner.instance,
        )
    }
}

/// Matching by RFC 2396 (WS-Discovery §5.1): equal, or a prefix that ends where a path segment does.
fn scope_matches(wanted: &str, scope: &str) -> bool {
    let wanted = wanted.strip_suffix('/').unwrap_or(wanted);
    scope.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The links with an IPv6 address of their own on which `bind` is: the same interface's, or every interface's when the
/// cameras are on all. Each with that address of the link and the IPv4 address there.
pub(crate) fn links(bind: Ipv4Addr) -> Vec<(SocketAddrV6, Ipv4Addr)> {
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    let homes = found.iter().filter_map(|interface| match &interface.addr {
        if_addrs::IfAddr::V4(v4) if bind.is_unspecified() || v4.ip == bind => Some((&interface.name, v4.ip)),
        _ => None,
    });
    homes
        .filter_map(|(name, home)| {
            let link =
                found.iter().filter(|interface| interface.name == *name).find_map(
                    |interface| match &interface.addr {
                        if_addrs::IfAddr::V6(v6) if v6.is_link_local() => {
                            Some(SocketAddrV6::new(v6.ip, 0, 0, interface.index?))
                        }
                        _ => None,
                    },
                );
            Some((link?, home))
        })
        .collect()
}

/// A socket that others may share.
fn udp(address: SocketAddr) -> io::Result<Socket> {
    let domain = if address.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 };
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn into_tokio(socket: Socket) -> io::Result<UdpSocket> {
    UdpSocket::from_std(socket.into())
}

async fn receive(socket: Option<&UdpSocket>, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
    match socket {
        Some(socket) => socket.recv_from(buffer).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_match_by_segments() {
        let scope = "onvif://www.onvif.org/location/simulated";
        for wanted in ["onvif://www.onvif.org", "onvif://www.onvif.org/location/", scope] {
            assert!(scope_matches(wanted, scope), "{wanted}");
        }
        for wanted in ["onvif://www.onvif.org/loc", "onvif://www.onvif.org/location/simulated/x", "urn:x"] {
            assert!(!scope_matches(wanted, scope), "{wanted}");
        }
    }

    #[test]
    fn scopes_are_valid_uris() {
        for scope in scopes("Simulated camera 1 (gate, ñ)") {
            assert!(url::Url::parse(&scope).is_ok() && !scope.contains(' '), "{scope}");
        }
    }
}
