//! Owns what the system's table of neighbours says of a host (RFC 826). Must not send anything.
//! Linux tells of IPv4 in a file; of IPv6, and on other systems, nothing is said rather than guessed.

use atalaya_model::doctor::Neighbour;
use atalaya_model::text::from_device;
use std::net::IpAddr;

pub(super) fn of(host: IpAddr) -> Neighbour {
    if !cfg!(target_os = "linux") {
        return Neighbour::Unknown;
    }
    // A file of the kernel, at most some hundred lines: reading it waits for nothing.
    std::fs::read_to_string("/proc/net/arp").map_or(Neighbour::Unknown, |table| entry(&table, host))
}

/// The host's line in Linux's table: address, type, flags, hardware address (proc_net(5)). Flag 2 is a full entry.
fn entry(table: &str, host: IpAddr) -> Neighbour {
    let of_host = table.lines().skip(1).find_map(|line| {
        let mut columns = line.split_whitespace();
        let same = columns.next()?.parse() == Ok(host);
        let (flags, mac) = (columns.nth(1)?, columns.next()?);
        same.then_some((flags, mac))
    });
    match of_host {
        Some(("0x0", _)) => Neighbour::Missing,
        Some((_, mac)) => Neighbour::Present(from_device(mac)),
        None => Neighbour::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let table = "IP address       HW type     Flags       HW address            Mask     Device\n\
                     192.168.1.1      0x1         0x2         02:00:00:00:00:01     *        eth0\n\
                     192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0\n\
                     nonsense\n";
        let of = |host: [u8; 4]| entry(table, host.into());
        assert_eq!(of([192, 168, 1, 1]), Neighbour::Present("02:00:00:00:00:01".to_owned()));
        assert_eq!(of([192, 168, 1, 9]), Neighbour::Missing);
        assert_eq!(of([192, 168, 1, 2]), Neighbour::Unknown);
    }
}
