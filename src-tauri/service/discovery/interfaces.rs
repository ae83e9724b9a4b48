//! Owns which of this machine's IPv4 addresses a scan leaves from, and the networks around them.
//! Must not know what is sent.

use atalaya_model::discovery::Subnet;
use atalaya_model::{Error, Kind, Result};
use std::net::Ipv4Addr;

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

/// The interfaces that are up and have an IPv4 address, loopback included: simulated cameras live there.
pub(super) fn all() -> Result<Vec<Interface>> {
    let found = if_addrs::get_if_addrs().map_err(|cause| {
        Error::new(Kind::Internal, "the network interfaces cannot be listed").caused_by(cause)
    })?;
    Ok(found
        .into_iter()
        .filter(if_addrs::Interface::is_oper_up)
        .filter_map(|interface| match interface.addr {
            if_addrs::IfAddr::V4(v4) => {
                Some(Interface { name: interface.name, address: v4.ip, prefix: v4.prefixlen })
            }
            if_addrs::IfAddr::V6(_) => None,
        })
        .collect())
}

/// Those asked for by name or address (all when none is), and an error for each name that is none's.
pub(super) fn choose(all: Vec<Interface>, wanted: &[String]) -> (Vec<Interface>, Vec<Error>) {
    if wanted.is_empty() {
        return (all, Vec::new());
    }
    let is = |interface: &Interface, wanted: &String| {
        interface.name == *wanted || wanted.parse() == Ok(interface.address)
    };
    let unknown = wanted
        .iter()
        .filter(|wanted| !all.iter().any(|interface| is(interface, wanted)))
        .map(|wanted| {
            Error::new(Kind::NotFound, "no network interface of this name or address is up")
                .with("interface", atalaya_model::text::excerpt(wanted, 64))
        })
        .collect();
    let chosen =
        all.into_iter().filter(|interface| wanted.iter().any(|wanted| is(interface, wanted))).collect();
    (chosen, unknown)
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
        let chosen = |wanted: &[&str]| {
            let wanted: Vec<_> = wanted.iter().map(ToString::to_string).collect();
            let (chosen, unknown) = choose(some(), &wanted);
            (chosen.iter().map(|it| it.address.octets()[0]).collect::<Vec<_>>(), unknown.len())
        };
        assert_eq!(chosen(&[]), (vec![127, 10, 192], 0));
        assert_eq!(chosen(&["eth0"]), (vec![10, 192], 0));
        assert_eq!(chosen(&["192.168.1.9", "lo"]), (vec![127, 192], 0));
        assert_eq!(chosen(&["wlan7"]), (vec![], 1));
    }

    #[test]
    fn this_machine_has_loopback() {
        assert!(all().unwrap().iter().any(|interface| interface.address.is_loopback()));
    }
}
