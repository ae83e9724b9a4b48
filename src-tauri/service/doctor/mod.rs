//! Owns looking at one host for the doctor: its addresses, the way to it, the link, its ports and what speaks there.
//! Must not know logins, nor what any of it means. Every question has a deadline, every answer a cap.

mod onvif_time;
mod route;
mod speech;

use crate::neighbours;
use atalaya_model::address::StreamUrl;
use atalaya_model::doctor::{Neighbour, Onvif, Port, PortState, Route};
use atalaya_model::ports::{BoxFuture, Clock, HostProbe};
use atalaya_model::text::{excerpt, from_device};
use atalaya_model::{Error, Kind, Result};
use reqwest::{Client, redirect};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// For a name server: what is slower than this would make every connection slow.
const RESOLVE_DEADLINE: Duration = Duration::from_secs(5);
/// For a connection: twice what a LAN host that answers at all needs for a lost packet's repetition.
const CONNECT_DEADLINE: Duration = Duration::from_millis(2200);
/// For one HTTP exchange.
const HTTP_DEADLINE: Duration = Duration::from_secs(4);

/// Looks at hosts with the system's own means.
pub struct SystemHostProbe {
    clock: Arc<dyn Clock>,
    /// Believes every certificate, since cameras sign their own and no login is sent.
    client: Client,
}

impl SystemHostProbe {
    /// `clock` is what devices' clocks are compared with.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, client: client() }
    }
}

fn client() -> Client {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .tls_danger_accept_invalid_certs(true)
        .timeout(HTTP_DEADLINE)
        .pool_max_idle_per_host(0)
        .user_agent(crate::USER_AGENT)
        .build()
        .expect("the options are constant and no file is read")
}

/// What the system's table says of a host. It tells of IPv4 alone.
fn neighbour(host: IpAddr) -> Neighbour {
    let IpAddr::V4(host) = host else { return Neighbour::Unknown };
    match neighbours::table().remove(&host) {
        Some(Some(hardware)) => Neighbour::Present(from_device(&hardware)),
        Some(None) => Neighbour::Missing,
        None => Neighbour::Unknown,
    }
}

async fn resolve(host: &str) -> Result<IpAddr> {
    if let Ok(address) = host.parse() {
        return Ok(address);
    }
    let unknown = || Error::new(Kind::NotFound, "the name has no address").with("host", excerpt(host, 64));
    let found = timeout(RESOLVE_DEADLINE, lookup_host((host, 0)))
        .await
        .map_err(|_| Error::new(Kind::Timeout, "the name server did not answer"))?;
    let addresses: Vec<IpAddr> =
        found.map_err(|cause| unknown().caused_by(cause))?.map(|at| at.ip()).collect();
    // Cameras and what is known of links are of IPv4 where a name has both.
    let v4 = addresses.iter().find(|address| address.is_ipv4());
    v4.or(addresses.first()).copied().ok_or_else(unknown)
}

/// Connects; the connection, or what came instead.
async fn connect(at: SocketAddr) -> std::result::Result<TcpStream, PortState> {
    match timeout(CONNECT_DEADLINE, TcpStream::connect(at)).await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Err(PortState::Refused),
        Ok(Err(error)) => {
            tracing::trace!(%at, %error, "not connected");
            Err(PortState::Silent)
        }
        Err(_) => Err(PortState::Silent),
    }
}

impl HostProbe for SystemHostProbe {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<IpAddr>> {
        Box::pin(resolve(host))
    }

    fn route(&self, host: IpAddr) -> BoxFuture<'_, Result<Route>> {
        Box::pin(route::to(host))
    }

    fn neighbour(&self, host: IpAddr) -> BoxFuture<'_, Neighbour> {
        Box::pin(async move { neighbour(host) })
    }

    fn port(&self, host: IpAddr, number: u16) -> BoxFuture<'_, Port> {
        Box::pin(async move {
            let at = SocketAddr::new(host, number);
            match connect(at).await {
                Err(state) => Port { number, state, speech: None },
                Ok(socket) => {
                    let speech = speech::of(socket, at).await;
                    Port { number, state: PortState::Open, speech: Some(speech) }
                }
            }
        })
    }

    fn onvif<'a>(&'a self, url: &'a StreamUrl) -> BoxFuture<'a, Onvif> {
        Box::pin(onvif_time::ask(&self.client, &*self.clock, url))
    }
}

#[cfg(test)]
mod tests;
