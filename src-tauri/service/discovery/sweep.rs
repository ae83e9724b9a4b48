//! Owns finding open TCP ports of many hosts at once by connecting.
//! Must not know what answers on them.

use super::stalls::Stalls;
use crate::neighbours::Neighbours;
use futures_util::StreamExt;
use futures_util::stream::{self, FuturesUnordered};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep_until, timeout};

/// On a LAN an answer takes milliseconds; this leaves time for a camera that wakes its Wi-Fi.
const CONNECT_DEADLINE: Duration = Duration::from_millis(400);
/// Ports that nearly every camera has, by which a host shows that it is there.
const FIRST_PORTS: usize = 2;
/// Hosts under way at a time; each has at most as many connections open as there are ports (S23).
const HOSTS_MAX: usize = 512;
/// Connections being made at a time, where the system allows that many.
const CONNECTIONS_MAX: usize = 1024;
/// On a wire everybody answers the link's call within milliseconds. Over Wi-Fi the call, a broadcast, waits for the
/// access point's next beacon (0.1 to 0.3 s) and gets lost at times: whoever needs longer than this shows such a link.
/// Not counted is what this program itself kept an answer waiting, which is as long when it calls 254 hosts at once.
const BRISK: Duration = Duration::from_millis(40);
/// On such a link, hosts that have not answered are looked at once more this long after they were called: Linux repeats
/// the call after a second (arp(7), retrans_time_ms), and the answer may again wait for a beacon.
const SECOND_LOOK: Duration = Duration::from_millis(1350);

/// A cap on connections under way, for all sweeps of a scan together.
pub(super) struct Sweeper {
    connections: Semaphore,
    neighbours: Neighbours,
    /// Somebody answered the first call late.
    is_slow: AtomicBool,
}

/// What connecting showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    Open,
    /// Somebody is there and says no.
    Refused,
    Silent,
}

/// How a port answered.
struct Answer {
    number: u16,
    port: Port,
    /// How long the host took, without what this program added to that.
    took: Duration,
}

impl Sweeper {
    pub(super) fn new() -> Self {
        Self {
            connections: Semaphore::new(connections_allowed()),
            neighbours: Neighbours::default(),
            is_slow: AtomicBool::new(false),
        }
    }

    /// The hardware address of a host that answered.
    pub(super) fn hardware_address(&self, host: Ipv4Addr) -> Option<String> {
        self.neighbours.hardware_address(host)
    }

    /// Connects to every port of every host and hands over those that are open.
    pub(super) async fn sweep(
        &self,
        hosts: impl IntoIterator<Item = Ipv4Addr>,
        ports: &[u16],
        open: &Sender<SocketAddr>,
    ) {
        let stalls = Stalls::default();
        tokio::select! {
            biased;
            never = stalls.watch() => match never {},
            () = self.sweep_watched(hosts, ports, open, &stalls) => {}
        }
    }

    async fn sweep_watched(
        &self,
        hosts: impl IntoIterator<Item = Ipv4Addr>,
        ports: &[u16],
        open: &Sender<SocketAddr>,
        stalls: &Stalls,
    ) {
        let last_called = Mutex::new(Instant::now());
        let missing: Vec<Ipv4Addr> = stream::iter(hosts)
            .map(|host| {
                let last_called = &last_called;
                async move {
                    *last_called.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
                    (!self.sweep_host(host, ports, open, stalls).await).then_some(host)
                }
            })
            .buffer_unordered(HOSTS_MAX)
            .filter_map(async |missing| missing)
            .collect()
            .await;
        if missing.is_empty() || !self.is_slow.load(Ordering::Relaxed) {
            return;
        }
        let last_called = *last_called.lock().unwrap_or_else(PoisonError::into_inner);
        sleep_until(last_called + SECOND_LOOK).await;
        let late = missing.into_iter().filter(|host| !self.neighbours.are_missing(*host));
        stream::iter(late)
            .for_each_concurrent(HOSTS_MAX, async |host| {
                self.sweep_host(host, ports, open, stalls).await;
            })
            .await;
    }

    /// Sweeps one host; false when it was left because the link says that it is not there.
    async fn sweep_host(
        &self,
        host: Ipv4Addr,
        ports: &[u16],
        open: &Sender<SocketAddr>,
        stalls: &Stalls,
    ) -> bool {
        let (first, rest) = ports.split_at(ports.len().min(FIRST_PORTS));
        let answers = self.connect_all(host, first, open, stalls).await;
        let answered = |answers: &[Answer]| answers.iter().any(|answer| answer.port != Port::Silent);
        if answers.iter().any(|answer| answer.port != Port::Silent && answer.took > BRISK) {
            self.is_slow.store(true, Ordering::Relaxed);
        }
        if !answered(&answers) && self.neighbours.are_missing(host) {
            return false;
        }
        let more = self.connect_all(host, rest, open, stalls).await;
        if answered(&answers) || answered(&more) {
            // The host is there: what was silent is behind a filter, or a packet was lost.
            let silent: Vec<u16> = answers
                .iter()
                .chain(&more)
                .filter(|answer| answer.port == Port::Silent)
                .map(|answer| answer.number)
                .collect();
            self.connect_all(host, &silent, open, stalls).await;
        }
        true
    }

    async fn connect_all(
        &self,
        host: Ipv4Addr,
        ports: &[u16],
        open: &Sender<SocketAddr>,
        stalls: &Stalls,
    ) -> Vec<Answer> {
        let tries = ports.iter().map(|number| async move {
            let at = SocketAddr::new(IpAddr::V4(host), *number);
            let (port, took) = self.connect(at, stalls).await;
            if port == Port::Open {
                // Nobody listens any more when the scan is over; then this ends as well.
                let _ = open.send(at).await;
            }
            Answer { number: *number, port, took }
        });
        tries.collect::<FuturesUnordered<_>>().collect().await
    }

    async fn connect(&self, at: SocketAddr, stalls: &Stalls) -> (Port, Duration) {
        let _place = self.connections.acquire().await.expect("the semaphore is never closed");
        let (started, stalled) = (Instant::now(), stalls.so_far());
        let port = match timeout(CONNECT_DEADLINE, TcpStream::connect(at)).await {
            Ok(Ok(_)) => Port::Open,
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Port::Refused,
            Ok(Err(error)) => {
                tracing::trace!(%at, %error, "not connected");
                Port::Silent
            }
            Err(_) => Port::Silent,
        };
        (port, started.elapsed().saturating_sub(stalls.so_far().saturating_sub(stalled)))
    }
}

/// Half of the descriptors this process may have, as others need some too.
fn connections_allowed() -> usize {
    #[cfg(unix)]
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile)
        .current
        .map_or(CONNECTIONS_MAX, |limit| usize::try_from(limit / 2).unwrap_or(CONNECTIONS_MAX));
    #[cfg(not(unix))]
    let limit = CONNECTIONS_MAX;
    limit.clamp(16, CONNECTIONS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn open_ports_are_found_and_closed_ones_cost_no_time() {
        let listeners = [
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
            TcpListener::bind("127.0.0.2:0").await.unwrap(),
        ];
        let at: Vec<SocketAddr> = listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
        // Port 1, tcpmux, is nobody's.
        let ports = [1, at[0].port(), at[1].port(), at[2].port()];
        let (open, mut found) = mpsc::channel(64);
        let hosts = (1..=254).map(|last| Ipv4Addr::new(127, 0, 0, last));
        let swept = timeout(Duration::from_secs(30), Sweeper::new().sweep(hosts, &ports, &open)).await;
        swept.expect("nobody is waited for who says no");
        drop(open);
        let mut all = BTreeSet::new();
        while let Some(at) = found.recv().await {
            all.insert(at);
        }
        assert_eq!(all, at.into_iter().collect());
    }

    #[tokio::test]
    async fn a_busy_program_makes_no_link_slow() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ports = [listener.local_addr().unwrap().port()];
        let (open, mut found) = mpsc::channel(8);
        let sweeper = Sweeper::new();
        // Three times as long as an answer may take on a brisk link, in the turn in which the answer comes.
        let busy = async {
            std::thread::sleep(BRISK * 3);
        };
        tokio::join!(sweeper.sweep([Ipv4Addr::LOCALHOST], &ports, &open), busy);
        assert_eq!(found.recv().await, listener.local_addr().ok());
        assert!(!sweeper.is_slow.load(Ordering::Relaxed));
    }
}
