//! Owns what the system knows of hosts on its own links (RFC 826, ARP): whether one did not even answer that.
//! Must not know ports. Where the system does not tell, nothing is known of any host.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How old a reading may be: hundreds of hosts ask in the same moment.
const FRESH: Duration = Duration::from_millis(50);

/// The system's table of neighbours.
#[derive(Default)]
pub(super) struct Neighbours {
    read: Mutex<Option<(Instant, BTreeSet<Ipv4Addr>)>>,
}

impl Neighbours {
    /// Whether the host is on a link of this machine and has not answered there although it was called. To be asked
    /// after a connection was tried.
    pub(super) fn are_missing(&self, host: Ipv4Addr) -> bool {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.as_ref().is_none_or(|(at, _)| at.elapsed() > FRESH) {
            *read = Some((Instant::now(), missing()));
        }
        read.as_ref().is_some_and(|(_, missing)| missing.contains(&host))
    }
}

fn missing() -> BTreeSet<Ipv4Addr> {
    if cfg!(target_os = "linux") {
        // A file of the kernel, at most some hundred lines: reading it waits for nothing.
        std::fs::read_to_string("/proc/net/arp").map(|table| incomplete(&table)).unwrap_or_default()
    } else {
        BTreeSet::new()
    }
}

/// The hosts in Linux's table that are called and have not answered: their flags are zero (proc_net(5)).
fn incomplete(table: &str) -> BTreeSet<Ipv4Addr> {
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut columns = line.split_whitespace();
            let host = columns.next()?.parse().ok()?;
            (columns.nth(1)? == "0x0").then_some(host)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_was_called_and_did_not_answer_is_missing() {
        let table = "IP address       HW type     Flags       HW address            Mask     Device\n\
                     192.168.1.1      0x1         0x2         02:00:00:00:00:01     *        eth0\n\
                     192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0\n\
                     nonsense\n";
        assert_eq!(incomplete(table), BTreeSet::from([[192, 168, 1, 9].into()]));
        assert!(!Neighbours::default().are_missing(Ipv4Addr::LOCALHOST));
    }
}
