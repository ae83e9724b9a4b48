//! Several computers on one switch, each a network namespace of its own.

use crate::netns::Netns;

/// A switch and the computers on it; they go when it is dropped.
pub struct Switch {
    hosts: Vec<Netns>,
    switch: Netns,
}

impl Switch {
    /// Makes a computer with one interface `lan0` for each of these addresses (with prefix length).
    pub fn new(label: &str, addresses: &[&str]) -> Self {
        let switch = Netns::bare(&format!("{label}-switch"));
        // Without snooping it passes multicast on to everybody, as simple switches do.
        switch.exec(&["link", "add", "br0", "type", "bridge", "mcast_snooping", "0"]);
        switch.exec(&["link", "set", "br0", "up"]);
        let hosts = addresses.iter().enumerate().map(|(number, address)| {
            let host = Netns::bare(&format!("{label}-{number}"));
            let port = format!("port{number}");
            let pair = ["type", "veth", "peer", "name", &port, "netns", switch.name()];
            host.exec(&[&["link", "add", "lan0"][..], &pair].concat());
            host.exec(&["addr", "add", address, "dev", "lan0"]);
            host.exec(&["link", "set", "lan0", "up"]);
            switch.exec(&["link", "set", &port, "master", "br0"]);
            switch.exec(&["link", "set", &port, "up"]);
            switch.wait_for_forwarding(&port);
            host
        });
        Self { hosts: hosts.collect(), switch }
    }

    /// The name of a computer's namespace.
    pub fn host(&self, number: usize) -> &str {
        self.hosts[number].name()
    }

    /// From now on the switch keeps multicast from this computer, as access points with client isolation do.
    pub fn keep_multicast_from(&self, number: usize) {
        let port = format!("port{number}");
        self.switch.exec(&["link", "set", &port, "type", "bridge_slave", "mcast_flood", "off"]);
    }
}
