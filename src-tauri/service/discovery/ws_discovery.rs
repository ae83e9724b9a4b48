//! Owns the sockets of WS-Discovery: one per interface, on a port of its own, asking and listening for a while.
//! Must not know what the messages say. It answers nobody (S12).

use super::probe_match::{self, Announcement, Wanted};
use atalaya_model::{Error, Kind, Result};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

/// WS-Discovery §2.4.
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
const PORT: u16 = 3702;
/// Discovery is a matter of one link.
const TTL: u32 = 1;
/// When probes go out, after the start. The second is the first again (SOAP-over-UDP §4: multicast gets lost); the third
/// is a new one, so that devices answer it whose first reply was lost.
const ROUNDS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(150), Duration::from_millis(500)];
/// How long replies are waited for after the last probe: devices delay theirs by up to half a second (WS-Discovery
/// §2.4, APP_MAX_DELAY) and slow ones need as long again.
const LISTEN: Duration = Duration::from_millis(1500);
/// No datagram is longer.
const DATAGRAM_MAX_BYTES: usize = 64 * 1024;
/// Devices told of by one socket; beyond that somebody makes them up.
const DEVICES_MAX: usize = 1024;

/// Whom to ask from an address.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    /// All on the link of the interface with this address.
    Link(Ipv4Addr),
    /// These hosts, wherever they are.
    Hosts(Vec<Ipv4Addr>),
}

/// Probes and hands over every device as it answers, each once. Ends by itself two seconds after the start.
pub(super) async fn probe(asked: Asked, found: Sender<Announcement>) -> Result<()> {
    probe_at(asked, PORT, found).await
}

async fn probe_at(asked: Asked, port: u16, found: Sender<Announcement>) -> Result<()> {
    let (from, targets) = match &asked {
        // A program that answers for simulated cameras may hear only what is sent to itself.
        Asked::Link(address) if address.is_loopback() => (*address, vec![GROUP, *address]),
        Asked::Link(address) => (*address, vec![GROUP]),
        Asked::Hosts(hosts) => (Ipv4Addr::UNSPECIFIED, hosts.clone()),
    };
    let socket = open(from, matches!(asked, Asked::Link(_))).map_err(|cause| {
        Error::new(Kind::Unreachable, "no probe can be sent from this address")
            .with("from", from)
            .caused_by(cause)
    })?;
    let first = [(Uuid::new_v4(), Wanted::Transmitter), (Uuid::new_v4(), Wanted::Device)];
    let last = [
        (Uuid::new_v4(), Wanted::Transmitter),
        (Uuid::new_v4(), Wanted::Device),
        (Uuid::new_v4(), Wanted::Anything),
    ];
    let ids: Vec<Uuid> = first.iter().chain(&last).map(|(id, _)| *id).collect();
    let started = Instant::now();
    let ask = async {
        for (round, after) in ROUNDS.iter().enumerate() {
            sleep_until(started + *after).await;
            let probes: &[_] = if round + 1 < ROUNDS.len() { &first } else { &last };
            for (id, wanted) in probes {
                let probe = probe_match::probe(*id, *wanted);
                for target in &targets {
                    if let Err(error) = socket.send_to(probe.as_bytes(), (*target, port)).await {
                        tracing::debug!(%from, %target, %error, "a probe was not sent");
                    }
                }
            }
        }
        sleep(LISTEN).await;
    };
    tokio::select! {
        () = ask => {}
        () = listen(&socket, &ids, &found) => {}
    }
    Ok(())
}

/// Hands over who answers until nobody wants to know.
async fn listen(socket: &UdpSocket, ids: &[Uuid], found: &Sender<Announcement>) {
    let mut datagram = vec![0; DATAGRAM_MAX_BYTES];
    let mut told = BTreeSet::new();
    loop {
        let (length, peer) = match socket.recv_from(&mut datagram).await {
            Ok(received) => received,
            // Windows tells of unreachable targets here; the socket is as good as before.
            Err(error) => {
                tracing::trace!(%error, "no reply");
                sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        let announcements = match probe_match::parse(&datagram[..length], peer.ip(), ids) {
            Ok(announcements) => announcements,
            Err(error) => {
                tracing::debug!(%peer, %error, "a reply was dropped");
                continue;
            }
        };
        for announcement in announcements {
            let name = (
                announcement.host,
                announcement.endpoint.clone(),
                announcement.urls.first().map(ToString::to_string),
            );
            if told.len() < DEVICES_MAX && told.insert(name) && found.send(announcement).await.is_err() {
                return;
            }
        }
    }
}

/// A socket on a port that the system chooses (S12): replies come to it alone.
fn open(from: Ipv4Addr, multicast: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    if multicast {
        socket.set_multicast_if_v4(&from)?;
        socket.set_multicast_ttl_v4(TTL)?;
        // Simulated cameras may be on this machine.
        socket.set_multicast_loop_v4(true)?;
    }
    socket.bind(&SocketAddr::V4(SocketAddrV4::new(from, 0)).into())?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onvif::xml::Element;
    use tokio::sync::mpsc;
    use tokio::task::JoinSet;

    fn reply(relates_to: &str, number: u32) -> String {
        format!(
            "<E><Header><RelatesTo>{relates_to}</RelatesTo></Header><Body><ProbeMatches><ProbeMatch>\
             <EndpointReference><Address>urn:uuid:00000000-0000-0000-0000-{number:012}</Address></EndpointReference>\
             <Types>dn:NetworkVideoTransmitter</Types><XAddrs>http://127.0.0.1:80/{number}</XAddrs>\
             </ProbeMatch></ProbeMatches></Body></E>"
        )
    }

    #[tokio::test]
    async fn devices_are_told_once_and_spoofed_replies_never() {
        let responder = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = responder.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut probe = vec![0; 4096];
            loop {
                let (length, peer) = responder.recv_from(&mut probe).await.unwrap();
                assert_ne!(peer.port(), PORT, "probes leave from a port of their own");
                let id = Element::parse(std::str::from_utf8(&probe[..length]).unwrap()).unwrap();
                let id = id.text_at(&["Header", "MessageID"]).unwrap().to_owned();
                let spoofed = reply("urn:uuid:11111111-1111-1111-1111-111111111111", 66);
                for answer in [
                    &b"\xff\xfe"[..],
                    spoofed.as_bytes(),
                    &[],
                    reply(&id, 1).as_bytes(),
                    reply(&id, 2).as_bytes(),
                ] {
                    responder.send_to(answer, peer).await.unwrap();
                }
            }
        });
        let (found, mut told) = mpsc::channel(16);
        let started = Instant::now();
        probe_at(Asked::Hosts(vec![Ipv4Addr::LOCALHOST]), port, found).await.unwrap();
        assert!(started.elapsed() < Duration::from_millis(2500));
        let mut endpoints = Vec::new();
        while let Some(announcement) = told.recv().await {
            endpoints.push(announcement.endpoint.unwrap());
        }
        assert_eq!(
            endpoints,
            [
                "urn:uuid:00000000-0000-0000-0000-000000000001",
                "urn:uuid:00000000-0000-0000-0000-000000000002"
            ]
        );
    }

    #[tokio::test]
    async fn an_address_of_somebody_else_cannot_be_probed_from() {
        let (found, _told) = mpsc::channel(1);
        let error = probe(Asked::Link([192, 0, 2, 1].into()), found).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unreachable);
    }
}
