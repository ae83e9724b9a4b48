//! Owns the sockets of WS-Discovery: one per interface and family, on a port of its own, asking and listening for a while.
//! Must not know what the messages say. It answers nobody (S12).

use super::interfaces::Link;
use super::probe_match::{self, Announcement, Wanted};
use atalaya_model::{Error, Kind, Result};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

/// WS-Discovery §2.4.
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
/// The same over IPv6, on one link.
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xc);
const PORT: u16 = 3702;
/// Discovery is a matter of one link.
const TTL: u32 = 1;
/// When probes go out, after the start. The second is the first again (SOAP-over-UDP §4: multicast gets lost); the third
/// is a new one, so that devices answer it whose first reply was lost.
const ROUNDS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(100), Duration::from_millis(200)];
/// By how much devices may delay their reply, so that not all speak at once (WS-Discovery §2.4, APP_MAX_DELAY).
const APP_MAX_DELAY: Duration = Duration::from_millis(500);
/// What the network and the device's own work may add to that.
const MARGIN: Duration = Duration::from_millis(150);
/// Where a device is later than it may be, others are: then replies are waited for up to this long after the last
/// probe.
const LISTEN_MAX: Duration = Duration::from_millis(1500);
/// No datagram is longer.
const DATAGRAM_MAX_BYTES: usize = 64 * 1024;
/// Devices told of by one socket; beyond that somebody makes them up.
const DEVICES_MAX: usize = 1024;
/// Hosts asked by themselves from one socket.
const HOSTS_MAX: usize = 4096;

/// Probes all on the link of the interface with this address and hands over every device as it answers, each once.
///
/// Ends when every device has had its time: APP_MAX_DELAY and a margin after the last probe. A reply that comes later
/// than it may shows that this link is slow; then the wait goes on for as long again, up to [`LISTEN_MAX`]. So it does
/// where this computer itself was held up.
pub(super) async fn probe(from: Ipv4Addr, found: Sender<Announcement>) -> Result<()> {
    // A program that answers for simulated cameras may hear only what is sent to itself.
    let targets = if from.is_loopback() { vec![GROUP, from] } else { vec![GROUP] };
    let targets: Vec<_> = targets.into_iter().map(|target| SocketAddr::from((target, PORT))).collect();
    let socket = open(from, true).map_err(|cause| unsent(from.into(), cause))?;
    ask_group(&socket, &targets, &found).await;
    Ok(())
}

/// The same over IPv6: every device on the link hears it, whatever IPv4 address it has.
pub(super) async fn probe_link(link: Link, found: Sender<Announcement>) -> Result<()> {
    let socket = open_v6(&link).map_err(|cause| unsent(link.address.into(), cause))?;
    let group = SocketAddrV6::new(GROUP_V6, PORT, 0, link.index).into();
    ask_group(&socket, &[group], &found).await;
    Ok(())
}

async fn ask_group(socket: &UdpSocket, targets: &[SocketAddr], found: &Sender<Announcement>) {
    let asked = Asked::default();
    let first = [Wanted::Transmitter, Wanted::Device].map(|wanted| (Uuid::new_v4(), wanted));
    let last = [Wanted::Transmitter, Wanted::Device, Wanted::Anything].map(|wanted| (Uuid::new_v4(), wanted));
    let started = Instant::now();
    let ask = async {
        for (round, after) in ROUNDS.iter().enumerate() {
            sleep_until(started + *after).await;
            let probes: &[_] = if round + 1 < ROUNDS.len() { &first } else { &last };
            for target in targets {
                send(socket, probes, *target, &asked).await;
            }
        }
        asked.all_had_their_time().await;
    };
    tokio::select! {
        biased;
        // First, so that what has come is read before the time is up.
        () = listen(socket, &asked, found) => {}
        () = ask => {}
    }
}

/// Probes hosts by themselves, as they are named, and hands over every device as it answers: many networks carry no
/// multicast to their cameras. Ends when no more hosts are named and those asked have had their time.
pub(super) async fn probe_hosts(hosts: Receiver<Ipv4Addr>, found: Sender<Announcement>) -> Result<()> {
    probe_hosts_at(hosts, PORT, found).await
}

async fn probe_hosts_at(mut hosts: Receiver<Ipv4Addr>, port: u16, found: Sender<Announcement>) -> Result<()> {
    let from = Ipv4Addr::UNSPECIFIED;
    let socket = open(from, false).map_err(|cause| unsent(from.into(), cause))?;
    let asked = Asked::default();
    let probes = [Wanted::Transmitter, Wanted::Device].map(|wanted| (Uuid::new_v4(), wanted));
    let ask = async {
        let mut known = BTreeSet::new();
        while let Some(host) = hosts.recv().await {
            if known.len() < HOSTS_MAX && known.insert(host) {
                send(&socket, &probes, (host, port).into(), &asked).await;
            }
        }
        if !known.is_empty() {
            asked.all_had_their_time().await;
        }
    };
    tokio::select! {
        biased;
        // First, so that what has come is read before the time is up.
        () = listen(&socket, &asked, &found) => {}
        () = ask => {}
    }
    Ok(())
}

fn unsent(from: IpAddr, cause: io::Error) -> Error {
    Error::new(Kind::Unreachable, "no probe can be sent from this address")
        .with("from", from)
        .caused_by(cause)
}

/// The probes sent, and until when their replies are waited for.
#[derive(Default)]
struct Asked {
    sent: Mutex<BTreeMap<Uuid, Instant>>,
    late: Mutex<Option<Instant>>,
}

impl Asked {
    fn note(&self, probe: Uuid) {
        lock(&self.sent).insert(probe, Instant::now());
    }

    fn ids(&self) -> Vec<Uuid> {
        lock(&self.sent).keys().copied().collect()
    }

    /// A reply to a probe came.
    fn answered(&self, probe: Uuid) {
        let now = Instant::now();
        let sent = lock(&self.sent).get(&probe).copied();
        if sent.is_some_and(|sent| now > sent + APP_MAX_DELAY + MARGIN) {
            *lock(&self.late) = Some(now);
        }
    }

    /// When nothing more is to be expected, as far as is known now.
    fn end(&self) -> Instant {
        let last = lock(&self.sent).values().max().copied().unwrap_or_else(Instant::now);
        let in_time = last + APP_MAX_DELAY + MARGIN;
        let late = lock(&self.late).map_or(in_time, |late| late + APP_MAX_DELAY);
        late.min(last + LISTEN_MAX).max(in_time)
    }

    async fn all_had_their_time(&self) {
        loop {
            let end = self.end();
            sleep_until(end).await;
            if end.elapsed() > MARGIN {
                // This computer was held up: nobody knows how much of the time the devices had, nor whether those that
                // are simulated here stood still as well. They get it anew, once.
                sleep(APP_MAX_DELAY).await;
                return;
            }
            if self.end() <= end {
                return;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn send(socket: &UdpSocket, probes: &[(Uuid, Wanted)], to: SocketAddr, asked: &Asked) {
    for (id, wanted) in probes {
        asked.note(*id);
        if let Err(error) = socket.send_to(probe_match::probe(*id, *wanted).as_bytes(), to).await {
            tracing::debug!(%to, %error, "a probe was not sent");
        }
    }
}

/// Hands over who answers until nobody wants to know.
async fn listen(socket: &UdpSocket, asked: &Asked, found: &Sender<Announcement>) {
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
        let (probe, announcements) = match probe_match::parse(&datagram[..length], peer.ip(), &asked.ids()) {
            Ok(parsed) => parsed,
            Err(error) => {
                tracing::debug!(%peer, %error, "a reply was dropped");
                continue;
            }
        };
        asked.answered(probe);
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
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket.into())
}

fn open_v6(link: &Link) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_only_v6(true)?;
    socket.set_multicast_if_v6(link.index)?;
    socket.set_multicast_hops_v6(TTL)?;
    socket.set_multicast_loop_v6(true)?;
    socket.bind(&SocketAddr::from(SocketAddrV6::new(link.address, 0, 0, link.index)).into())?;
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
        let (name, hosts) = mpsc::channel(4);
        name.send(Ipv4Addr::LOCALHOST).await.unwrap();
        name.send(Ipv4Addr::LOCALHOST).await.unwrap();
        drop(name);
        let ended = tokio::time::timeout(LISTEN_MAX * 20, probe_hosts_at(hosts, port, found)).await;
        ended.expect("it ends by itself").unwrap();
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
        let error = probe([192, 0, 2, 1].into(), found).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unreachable);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_late_gives_everybody_more_time() {
        let (asked, probe) = (Asked::default(), Uuid::new_v4());
        asked.note(probe);
        let sent = Instant::now();
        let in_time = sent + APP_MAX_DELAY + MARGIN;
        assert_eq!(asked.end(), in_time);
        tokio::time::advance(APP_MAX_DELAY).await;
        asked.answered(probe);
        asked.answered(Uuid::new_v4());
        assert_eq!(asked.end(), in_time, "the last moment is in time");
        tokio::time::advance(Duration::from_millis(300)).await;
        asked.answered(probe);
        assert_eq!(asked.end(), sent + Duration::from_millis(1300));
        tokio::time::advance(Duration::from_millis(600)).await;
        asked.answered(probe);
        assert_eq!(asked.end(), sent + LISTEN_MAX, "somebody who never stops holds up nobody");
    }
}
