//! Owns listening to devices that say hello and goodbye (WS-Discovery §4) on every interface.
//! Must not send anything: a probe that somebody sends, or forges, is never answered (S12).

use super::interfaces;
use super::merge;
use super::probe_match::{self, Notice};
use atalaya_model::discovery::Presence;
use atalaya_model::{Error, Kind, Result};
use futures_util::{Stream, stream};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep, sleep_until};

/// WS-Discovery §2.4.
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
const PORT: u16 = 3702;
/// Interfaces come and go (docks, Wi-Fi, VPNs): the group is joined on new ones this often.
const JOIN_EVERY: Duration = Duration::from_secs(30);
/// Multicast is repeated up to four times within a second or two (SOAP-over-UDP §4): said again within this is said once.
const SAME_WITHIN: Duration = Duration::from_secs(3);
/// Notices remembered for that; a flood beyond it is not told twice, but not at all.
const REMEMBERED_MAX: usize = 512;
/// No Hello is longer.
const DATAGRAM_MAX_BYTES: usize = 16 * 1024;

/// Hears who comes and goes, until it is dropped. An error is the last item: nothing can be heard.
pub(super) fn listen() -> impl Stream<Item = Result<Presence>> + Send {
    stream::unfold(State::Start, |state| async move {
        let mut ear = match state {
            State::Start => match Ear::open() {
                Ok(ear) => ear,
                Err(cause) => {
                    let error = Error::new(Kind::Unreachable, "devices that come and go cannot be heard")
                        .caused_by(cause);
                    return Some((Err(error), State::End));
                }
            },
            State::Listening(ear) => *ear,
            State::End => return None,
        };
        let presence = ear.next().await;
        Some((Ok(presence), State::Listening(Box::new(ear))))
    })
}

enum State {
    Start,
    Listening(Box<Ear>),
    End,
}

struct Ear {
    socket: UdpSocket,
    joined: BTreeSet<Ipv4Addr>,
    join_at: Instant,
    heard: BTreeMap<(bool, String, IpAddr), Instant>,
    datagram: Vec<u8>,
}

impl Ear {
    fn open() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        // Simulated cameras, and other programs that listen, share the port.
        socket.set_reuse_address(true)?;
        #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
        socket.set_reuse_port(true)?;
        // A socket bound to the group hears nothing else; Windows cannot bind to one.
        let address = if cfg!(unix) { GROUP } else { Ipv4Addr::UNSPECIFIED };
        #[cfg(any(target_os = "linux", target_os = "android"))]
        socket.set_multicast_all_v4(false)?;
        socket.bind(&SocketAddr::from((address, PORT)).into())?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket: UdpSocket::from_std(socket.into())?,
            joined: BTreeSet::new(),
            join_at: Instant::now(),
            heard: BTreeMap::new(),
            datagram: vec![0; DATAGRAM_MAX_BYTES],
        })
    }

    async fn next(&mut self) -> Presence {
        loop {
            tokio::select! {
                () = sleep_until(self.join_at) => self.join(),
                received = self.socket.recv_from(&mut self.datagram) => match received {
                    Ok((length, peer)) => {
                        if let Some(presence) = self.understand(length, peer.ip()) {
                            return presence;
                        }
                    }
                    Err(error) => {
                        tracing::trace!(%error, "nothing was heard");
                        sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
    }

    /// Joins the group on interfaces that are new.
    fn join(&mut self) {
        self.join_at = Instant::now() + JOIN_EVERY;
        let up: BTreeSet<Ipv4Addr> = match interfaces::all() {
            Ok(ways) => ways.interfaces.into_iter().map(|interface| interface.address).collect(),
            Err(error) => return tracing::debug!(%error, "no interfaces to listen on"),
        };
        // An address that comes back has to be joined anew.
        self.joined.retain(|address| up.contains(address));
        for address in up {
            if !self.joined.contains(&address) {
                match self.socket.join_multicast_v4(GROUP, address) {
                    Ok(()) => {
                        self.joined.insert(address);
                    }
                    // The second address of an interface: joined already, which is what is wanted.
                    Err(error) => tracing::trace!(%address, %error, "not joined"),
                }
            }
        }
    }

    fn understand(&mut self, length: usize, host: IpAddr) -> Option<Presence> {
        let presence = match probe_match::notice(&self.datagram[..length], host) {
            Ok(Some(Notice::Hello(announcement))) => {
                Presence::Hello(Box::new(merge::of_announcement(&announcement)))
            }
            Ok(Some(Notice::Bye(key))) => Presence::Bye(key, host),
            // Probes of others, and replies.
            Ok(None) => return None,
            Err(error) => {
                tracing::trace!(%host, %error, "a datagram was dropped");
                return None;
            }
        };
        let now = Instant::now();
        self.heard.retain(|_, at| *at + SAME_WITHIN > now);
        let said = match &presence {
            Presence::Hello(device) => (true, device.key.clone(), host),
            Presence::Bye(key, _) => (false, key.clone(), host),
        };
        (self.heard.len() < REMEMBERED_MAX && self.heard.insert(said, now).is_none()).then_some(presence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use atalaya_model::address::StreamUrl;
    use atalaya_model::discovery::{Device, DeviceKind};
    use atalaya_simcam::{Fleet, FleetOptions};
    use futures_util::StreamExt;

    #[tokio::test(flavor = "multi_thread")]
    async fn cameras_are_heard_to_come_and_go() {
        // From here on the group is heard: the system keeps what comes.
        let mut ear = Ear::open().unwrap();
        ear.join();
        let fleet = Fleet::start(FleetOptions::default()).await.unwrap();
        let camera = fleet.cameras()[0].clone();
        let key = format!("urn:uuid:{}", camera.uuid);
        let mut heard = Box::pin(stream::unfold(ear, |mut ear| async move {
            let presence = ear.next().await;
            Some((presence, ear))
        }));
        let mut all: Vec<Presence> = Vec::new();
        // Other tests on this machine have cameras that come and go as well.
        let mut hear = async |wanted: &dyn Fn(&Presence) -> bool, patience: Duration| {
            tokio::time::timeout(patience, async {
                loop {
                    all.push(heard.next().await.expect("an ear has no end"));
                    if wanted(&all[all.len() - 1]) {
                        return;
                    }
                }
            })
            .await
            .is_ok()
        };
        let patience = Duration::from_mins(1);
        let hello = |it: &Presence| matches!(it, Presence::Hello(device) if device.key == key);
        let bye = |it: &Presence| matches!(it, Presence::Bye(gone, _) if *gone == key);
        assert!(hear(&hello, patience).await, "it was not heard to come");
        fleet.stop().await.unwrap();
        assert!(hear(&bye, patience).await, "it was not heard to go");
        assert!(!hear(&|it: &Presence| hello(it) || bye(it), Duration::from_secs(2)).await, "told once");
        let hellos: Vec<&Device> = all
            .iter()
            .filter_map(|presence| match presence {
                Presence::Hello(device) if device.key == key => Some(&**device),
                _ => None,
            })
            .collect();
        assert_eq!(hellos.len(), 1, "{all:?}");
        assert_eq!(hellos[0].kind, DeviceKind::Camera);
        assert_eq!(hellos[0].onvif_url.as_ref().map(StreamUrl::as_str), Some(&*camera.onvif_url));
    }
}
