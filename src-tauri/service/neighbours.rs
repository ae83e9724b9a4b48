//! Owns what the system knows of hosts on its own links (RFC 826, ARP): their hardware addresses, and whether one did
//! not even answer that call.
//! Must not know ports. Where the system does not tell, nothing is known of any host.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How old a reading may be: hundreds of hosts ask in the same moment.
const FRESH: Duration = Duration::from_millis(50);

/// The system's table of neighbours.
#[derive(Default)]
pub(crate) struct Neighbours {
    read: Mutex<Option<(Instant, Table)>>,
}

/// By address: the hardware address in lower case; none of a host that was called and has not answered.
pub(crate) type Table = BTreeMap<Ipv4Addr, Option<String>>;

impl Neighbours {
    /// Whether the host is on a link of this machine and has not answered there although it was called. To be asked
    /// after a connection was tried.
    pub(crate) fn are_missing(&self, host: Ipv4Addr) -> bool {
        self.look(|table| matches!(table.get(&host), Some(None)))
    }

    /// The hardware address of a host on a link of this machine.
    pub(crate) fn hardware_address(&self, host: Ipv4Addr) -> Option<String> {
        self.look(|table| table.get(&host).cloned().flatten())
    }

    fn look<T>(&self, at: impl FnOnce(&Table) -> T) -> T {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.as_ref().is_none_or(|(when, _)| when.elapsed() > FRESH) {
            *read = None;
        }
        let (_, table) = read.get_or_insert_with(|| (Instant::now(), table()));
        at(table)
    }
}

/// What the system knows of hosts on its own links at this moment.
pub(crate) fn table() -> Table {
    if cfg!(target_os = "linux") {
        // A file of the kernel, at most some hundred lines: reading it waits for nothing.
        std::fs::read_to_string("/proc/net/arp").map(|table| parsed(&table)).unwrap_or_default()
    } else {
        Table::new()
    }
}

/// Linux's table; the flags of a host that is called and has not answered are zero (proc_net(5)).
fn parsed(table: &str) -> Table {
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut columns = line.split_whitespace();
            let host = columns.next()?.parse().ok()?;
            let answered = columns.nth(1)? != "0x0";
            let hardware = columns.next().filter(|_| answered).map(str::to_ascii_lowercase);
            Some((host, hardware))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_was_called_and_did_not_answer_is_missing() {
        let table = "IP address       HW type     Flags       HW address            Mask     Device\n\
                     192.168.1.1      0x1         0x2         02:00:00:00:00:0A     *        eth0\n\
                     192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0\n\
                     nonsense\n";
        let expected = [([192, 168, 1, 1], Some("02:00:00:00:00:0a".to_owned())), ([192, 168, 1, 9], None)];
        assert_eq!(parsed(table), expected.map(|(host, hardware)| (host.into(), hardware)).into());
        let now = Neighbours::default();
        assert!(!now.are_missing(Ipv4Addr::LOCALHOST) && now.hardware_address(Ipv4Addr::LOCALHOST).is_none());
    }
}
