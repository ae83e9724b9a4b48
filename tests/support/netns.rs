//! Network namespaces of our own: several hosts on one machine, with multicast between them.

use crate::process::command;
use std::net::Ipv6Addr;
use std::time::{Duration, Instant};

/// A namespace that goes when it is dropped.
pub struct Netns {
    name: String,
}

impl Netns {
    /// Makes a namespace with one interface `lan0` that has these addresses (with prefix length), and loopback.
    pub fn new(label: &str, addresses: &[&str]) -> Self {
        let netns = Self::bare(label);
        // A dummy interface loops nothing back; a pair of which both ends stay here does.
        netns.exec(&["link", "add", "lan0", "type", "veth", "peer", "name", "lan1"]);
        for address in addresses {
            netns.exec(&["addr", "add", address, "dev", "lan0"]);
        }
        netns.exec(&["link", "set", "lan0", "up"]);
        netns.exec(&["link", "set", "lan1", "up"]);
        netns.exec(&["route", "add", "224.0.0.0/4", "dev", "lan0"]);
        netns
    }

    /// Makes a namespace that has nothing but loopback.
    pub(crate) fn bare(label: &str) -> Self {
        let netns = Self { name: format!("atalaya-{label}-{}", std::process::id()) };
        ip(&["netns", "add", &netns.name]);
        netns.exec(&["link", "set", "lo", "up"]);
        netns
    }

    /// The IPv6 address that `lan0` has on its link, once it may be used (RFC 4862 §5.4); none where the system has no
    /// IPv6, or not in new namespaces.
    pub fn link_local(&self) -> Option<Ipv6Addr> {
        let exec = |args: &[&str]| {
            let output = command("ip").args(["netns", "exec", &self.name]).args(args).output();
            String::from_utf8_lossy(&output.expect("iproute2 is installed").stdout).into_owned()
        };
        if exec(&["cat", "/proc/sys/net/ipv6/conf/lan0/disable_ipv6"]).trim() != "0" {
            return None;
        }
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let shown =
                exec(&["ip", "-6", "-o", "addr", "show", "dev", "lan0", "scope", "link", "-tentative"]);
            let address = shown.split_whitespace().find_map(|word| word.strip_suffix("/64"));
            if let Some(address) = address {
                return Some(address.parse().expect("an address"));
            }
            assert!(Instant::now() < deadline, "lan0 has no address of its link: {shown:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Its name, for `ip netns exec`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Waits until a bridge of this namespace passes on what comes at one of its ports.
    pub(crate) fn wait_for_forwarding(&self, port: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let shown = command("ip").args(["-n", &self.name, "-d", "link", "show", "dev", port]).output();
            let shown = shown.expect("iproute2 is installed").stdout;
            let shown = String::from_utf8_lossy(&shown);
            if shown.contains("state forwarding") {
                return;
            }
            assert!(Instant::now() < deadline, "{port} passes nothing on: {shown}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn exec(&self, args: &[&str]) {
        let mut all = vec!["-n", &self.name];
        all.extend(args);
        ip(&all);
    }
}

impl Drop for Netns {
    fn drop(&mut self) {
        let _ = command("ip").args(["netns", "delete", &self.name]).status();
    }
}

fn ip(args: &[&str]) {
    let status = command("ip").args(args).status().expect("iproute2 is installed");
    assert!(status.success(), "ip {args:?} failed: network namespaces need root");
}
