//! Owns what was heard over IPv6 during a scan until it is known what to do about it: a device that IPv4 finds too is
//! that device; one that says it has an address in the networks scanned is asked there; and what is left is shown at its
//! address on the link, so that a camera whose IPv4 address is wrong is not missed.
//! Must not know sockets. Nothing is asked of an address that a reply merely names, but by a probe (S3).

use super::merge::Ledger;
use super::probe_match::Announcement;
use atalaya_model::discovery::Subnet;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// Devices kept; beyond that somebody makes them up.
const DEVICES_MAX: usize = 1024;

/// What answered over IPv6.
#[derive(Default)]
pub(super) struct Overheard(Vec<Announcement>);

impl Overheard {
    /// Whether an announcement is one to be kept here.
    pub(super) fn is_one(announcement: &Announcement) -> bool {
        matches!(announcement.host, IpAddr::V6(host) if host.is_unicast_link_local())
    }

    /// Keeps an announcement. One without an endpoint reference cannot be told from the same device's over IPv4.
    pub(super) fn keep(&mut self, announcement: Announcement) {
        let is_known = self.0.iter().any(|known| known.endpoint == announcement.endpoint);
        if announcement.endpoint.is_some() && !is_known && self.0.len() < DEVICES_MAX {
            self.0.push(announcement);
        }
    }

    /// Where to ask for those that IPv4 has not found: addresses in the networks scanned, each once.
    pub(super) fn to_ask(&self, ledger: &Ledger, scanned: &[Subnet]) -> BTreeSet<Ipv4Addr> {
        let is_scanned = |address: &Ipv4Addr| scanned.iter().any(|subnet| subnet.contains(*address));
        self.missed(ledger).flat_map(|it| &it.says_it_is_at).copied().filter(is_scanned).collect()
    }

    /// Those that nothing is known of but this. Whoever was met where one says it is, is taken for it.
    pub(super) fn left(&self, ledger: &Ledger) -> Vec<Announcement> {
        let met = |address: &Ipv4Addr| ledger.has_met(IpAddr::V4(*address));
        self.missed(ledger).filter(|it| !it.says_it_is_at.iter().any(met)).cloned().collect()
    }

    fn missed<'a>(&'a self, ledger: &'a Ledger) -> impl Iterator<Item = &'a Announcement> {
        self.0.iter().filter(|it| it.endpoint.as_ref().is_some_and(|endpoint| !ledger.knows(endpoint)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::merge::Fact;
    use super::*;

    fn heard(number: u32, says: &[&str]) -> Announcement {
        Announcement {
            host: format!("fe80::{number}").parse().unwrap(),
            endpoint: Some(format!("urn:uuid:00000000-0000-0000-0000-{number:012}")),
            urls: Vec::new(),
            says_it_is_at: says.iter().map(|address| address.parse().unwrap()).collect(),
            name: None,
            hardware: None,
            vendor: None,
            records: false,
        }
    }

    #[test]
    fn only_who_ipv4_does_not_find_is_asked_or_shown() {
        let mut overheard = Overheard::default();
        for announcement in [
            heard(1, &["192.0.2.1"]),
            heard(2, &["192.0.2.2", "10.0.0.2"]),
            heard(3, &["192.168.1.108"]),
            heard(3, &["192.0.2.3"]),
            heard(4, &[]),
            Announcement { endpoint: None, ..heard(5, &["192.0.2.5"]) },
        ] {
            assert!(Overheard::is_one(&announcement));
            overheard.keep(announcement);
        }
        let mut ledger = Ledger::default();
        // The first one answered over IPv4 as well.
        let over_ipv4 = Announcement { host: "192.0.2.1".parse().unwrap(), ..heard(1, &[]) };
        assert!(!Overheard::is_one(&over_ipv4));
        ledger.add(Fact::Announced(over_ipv4));
        ledger.news("192.0.2.1".parse().unwrap(), true);
        let scanned = ["192.0.2.0/24".parse().unwrap()];
        assert_eq!(overheard.to_ask(&ledger, &scanned), ["192.0.2.2".parse().unwrap()].into());
        let left =
            |ledger: &Ledger| overheard.left(ledger).iter().map(|it| it.host.to_string()).collect::<Vec<_>>();
        assert_eq!(left(&ledger), ["fe80::2", "fe80::3", "fe80::4"]);
        // Something is there, which does not tell its endpoint reference.
        ledger.add(Fact::Open("192.0.2.2:80".parse().unwrap()));
        assert_eq!(left(&ledger), ["fe80::3", "fe80::4"]);
    }
}
