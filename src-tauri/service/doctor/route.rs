//! Owns the way to a host: by which address and interface packets leave, and whether a router stands between. Asked of
//! the system by connecting a UDP socket, which sends nothing; Linux also tells the router's address.

use atalaya_model::doctor::{Route, Via};
use atalaya_model::{Error, Kind, Result};
use if_addrs::{IfAddr, Interface};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::UdpSocket;

/// The discard port (RFC 863): named, never sent to.
const ANY_PORT: u16 = 9;

/// Networks told at most.
const NETWORKS_MAX: usize = 6;

pub(super) async fn to(host: IpAddr) -> Result<Route> {
    let interfaces = if_addrs::get_if_addrs().map_err(|cause| {
        Error::new(Kind::Unsupported, "the network interfaces cannot be listed").caused_by(cause)
    })?;
    let networks =
        interfaces.iter().filter(|it| !it.is_loopback()).filter_map(network).take(NETWORKS_MAX).collect();
    let source = match source(host).await {
        Ok(source) => source,
        Err(error) if is_no_way(&error) => {
            return Ok(Route { via: Via::Nowhere, interface: None, source: None, networks });
        }
        Err(cause) => {
            return Err(Error::new(Kind::Unsupported, "the system does not tell the way").caused_by(cause));
        }
    };
    let leaves_by = interfaces.iter().find(|interface| interface.ip() == source);
    let via = if interfaces.iter().any(|interface| interface.ip() == host) || host.is_loopback() {
        Via::Local
    } else if let Some(told) = told_by_linux(host) {
        told
    } else if leaves_by.is_some_and(|interface| is_on_link(interface, host)) {
        Via::Link
    } else {
        Via::Gateway(None)
    };
    Ok(Route { via, interface: leaves_by.map(|it| it.name.clone()), source: Some(source), networks })
}

async fn source(host: IpAddr) -> io::Result<IpAddr> {
    let any: IpAddr =
        if host.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(SocketAddr::new(host, ANY_PORT)).await?;
    Ok(socket.local_addr()?.ip())
}

fn is_no_way(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::AddrNotAvailable
    )
}

fn network(interface: &Interface) -> Option<String> {
    match &interface.addr {
        IfAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(v4.prefixlen.min(32))).unwrap_or(0);
            Some(format!("{}/{}", Ipv4Addr::from(u32::from(v4.ip) & mask), v4.prefixlen))
        }
        IfAddr::V6(_) => None,
    }
}

fn is_on_link(interface: &Interface, host: IpAddr) -> bool {
    match (&interface.addr, host) {
        (IfAddr::V4(v4), IpAddr::V4(host)) => {
            let shift = 32 - u32::from(v4.prefixlen.min(32));
            let bits = |address: Ipv4Addr| u32::from(address).checked_shr(shift).unwrap_or(0);
            bits(v4.ip) == bits(host)
        }
        (IfAddr::V6(v6), IpAddr::V6(host)) => {
            let shift = 128 - u32::from(v6.prefixlen.min(128));
            let bits = |address: Ipv6Addr| u128::from(address).checked_shr(shift).unwrap_or(0);
            bits(v6.ip) == bits(host)
        }
        _ => false,
    }
}

/// Where packets go first, as Linux tells for IPv4.
fn told_by_linux(host: IpAddr) -> Option<Via> {
    let IpAddr::V4(host) = host else { return None };
    if !cfg!(target_os = "linux") {
        return None;
    }
    let table = std::fs::read_to_string("/proc/net/route").ok()?;
    let gateway = longest(&table, host)?;
    Some(if gateway.is_unspecified() { Via::Link } else { Via::Gateway(Some(gateway.into())) })
}

/// The gateway of the most specific line of Linux's table that covers the host; of equals that of the lowest metric.
/// Addresses stand there in hexadecimal digits of this machine's byte order (proc_net(5)).
fn longest(table: &str, host: Ipv4Addr) -> Option<Ipv4Addr> {
    let address =
        |text: &str| u32::from_str_radix(text, 16).ok().map(|bits| Ipv4Addr::from(bits.to_ne_bytes()));
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let (to, gateway) = (address(columns.get(1)?)?, address(columns.get(2)?)?);
            let (metric, mask) = (columns.get(6)?.parse::<u32>().ok()?, address(columns.get(7)?)?);
            let covers = u32::from(host) & u32::from(mask) == u32::from(to);
            covers.then_some(((u32::from(mask), u32::MAX - metric), gateway))
        })
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, gateway)| gateway)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn the_most_specific_route_counts() {
        let table = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
                     eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
                     wlan0\t00000000\tFE01A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
                     eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n\
                     nonsense\n";
        let via = |host: [u8; 4]| longest(table, host.into());
        assert_eq!(via([192, 168, 1, 64]), Some(Ipv4Addr::UNSPECIFIED));
        assert_eq!(via([192, 168, 2, 64]), Some([192, 168, 1, 1].into()));
        assert_eq!(longest("", [10, 0, 0, 1].into()), None);
    }

    #[tokio::test]
    async fn this_computer_is_reached_without_a_way() {
        let route = to(Ipv4Addr::LOCALHOST.into()).await.unwrap();
        assert_eq!(route.via, Via::Local);
        assert_eq!(route.source, Some(Ipv4Addr::LOCALHOST.into()));
    }
}
