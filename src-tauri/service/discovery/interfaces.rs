//! Owns which of this machine's addresses a scan leaves from: IPv4 ones with the networks around them, and the links that
//! IPv6 reaches without any network.
//! Must not know what is sent.

use atalaya_model::discovery::Subnet;
use atalaya_model::{Error, Kind, Result};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The largest network swept unasked: a bigger one is a company's, and takes minutes.
const SWEPT_PREFIX_MIN: u8 = 24;

/// One IPv4 address of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    /// The interface's name, such as `eth0`.
    pub(super) name: String,
    /// The address.
    pub(super) address: Ipv4Addr,
    /// The bits of its network.
    pub(super) prefix: u8,
}

impl Interface {
    /// The network to sweep around it: its own up to a /24, or where every address is this machine's, just the one.
    pub(super) fn subnet(&self) -> Result<Subnet> {
        let prefix = if self.address.is_loopback() { 32 } else { self.prefix.max(SWEPT_PREFIX_MIN) };
        Subnet::new(self.address, prefix)
    }
}

/// One link with an IPv6 address that counts on it alone (RFC 4291 §2.5.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// The interface's name.
    pub(super) name: String,
    /// The system's number for it: the scope of its addresses (RFC 4007 §11).
    pub(super) index: u32,
    /// The address.
    pub(super) address: Ipv6Addr,
}

/// What a scan leaves from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ways {
    pub(super) interfaces: Vec<Interface>,
    pub(super) links: Vec<Link>,
}

/// What is up, loopback included: simulated cameras live there.
pub(super) fn all() -> Result<Ways> {
    let found = if_addrs::get_if_addrs().map_err(|cause| {
        Error::new(Kind::Internal, "the network interfaces cannot be listed").caused_by(cause)
    })?;
    let mut ways = Ways::default();
    for interface in found.into_iter().filter(if_addrs::Interface::is_oper_up) {
        match (interface.addr, interface.index) {
            (if_addrs::IfAddr::V4(v4), _) => {
                ways.interfaces.push(Interface {
                    name: interface.name,
                    address: v4.ip,
                    prefix: v4.prefixlen,
                });
            }
            (if_addrs::IfAddr::V6(v6), Some(index)) if v6.is_link_local() => {
                ways.links.push(Link { name: interface.name, index, address: v6.ip });
            }
            (if_addrs::IfAddr::V6(_), _) => {}
        }
    }
    Ok(ways)
}

/// Those asked for by name or address (all when none is), and an error for each name that is none's. An interface that
/// is asked for by one of its addresses is asked for as a link too.
pub(super) fn choose(all: Ways, wanted: &[String]) -> (Ways, Vec<Error>) {
    if wanted.is_empty() {
        return (all, Vec::new());
    }
    let Ways { interfaces, links } = all;
    let is = |interface: &Interface, wanted: &String| {
        interface.name == *wanted || wanted.parse() == Ok(interface.address)
    };
    let is_link = |link: &Link, wanted: &String| link.name == *wanted || wanted.parse() == Ok(link.address);
    let is_known = |wanted: &String| {
        interfaces.iter().any(|interface| is(interface, wanted))
            || links.iter().any(|link| is_link(link, wanted))
    };
    let unknown = wanted.iter().filter(|wanted| !is_known(wanted)).map(|wanted| {
        Error::new(Kind::NotFound, "no network interface of this name or address is up")
            .with("interface", atalaya_model::text::excerpt(wanted, 64))
    });
    let unknown = unknown.collect();
    let interfaces: Vec<_> = interfaces
        .into_iter()
        .filter(|interface| wanted.iter().any(|wanted| is(interface, wanted)))
        .collect();
    let is_chosen = |link: &Link| {
        wanted.iter().any(|wanted| is_link(link, wanted))
            || interfaces.iter().any(|interface| interface.name == link.name)
    };
    let links = links.into_iter().filter(is_chosen).collect();
    (Ways { interfaces, links }, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Interface> {
        [("lo", [127, 0, 0, 1], 8), ("eth0", [10, 1, 2, 3], 16), ("eth0", [192, 168, 1, 9], 26)]
            .map(|(name, address, prefix)| Interface { name: name.into(), address: address.into(), prefix })
            .into()
    }

    #[test]
    fn networks_are_swept_up_to_a_24() {
        let subnets: Vec<_> = some().iter().map(|it| it.subnet().unwrap().to_string()).collect();
        assert_eq!(subnets, ["127.0.0.1/32", "10.1.2.0/24", "192.168.1.0/26"]);
    }

    #[test]
    fn interfaces_are_chosen_by_name_or_address() {
        let link = |name: &str, index: u32| Link {
            name: name.into(),
            index,
            address: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 7),
        };
        let chosen = |wanted: &[&str]| {
            let wanted: Vec<_> = wanted.iter().map(ToString::to_string).collect();
            let all = Ways { interfaces: some(), links: vec![link("eth0", 2), link("wlan0", 3)] };
            let (chosen, unknown) = choose(all, &wanted);
            let addresses: Vec<_> = chosen.interfaces.iter().map(|it| it.address.octets()[0]).collect();
            (addresses, chosen.links.iter().map(|it| it.index).collect::<Vec<_>>(), unknown.len())
        };
        assert_eq!(chosen(&[]), (vec![127, 10, 192], vec![2, 3], 0));
        assert_eq!(chosen(&["eth0"]), (vec![10, 192], vec![2], 0));
        assert_eq!(chosen(&["192.168.1.9", "lo"]), (vec![127, 192], vec![2], 0));
        assert_eq!(chosen(&["wlan0"]), (vec![], vec![3], 0), "a link without IPv4 is one too");
        assert_eq!(chosen(&["fe80::7"]), (vec![], vec![2, 3], 0), "the same on every link");
        assert_eq!(chosen(&["wlan7"]), (vec![], vec![], 1));
    }

    #[test]
    fn this_machine_has_loopback() {
        assert!(all().unwrap().interfaces.iter().any(|interface| interface.address.is_loopback()));
    }
}
