//! Ports for programs of others that have to be told one: they cannot say which they were given.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Ports to choose from: below those that the system gives to outgoing connections and to whoever asks for any (Linux:
/// from 32768), so that none of these takes one before the program listens.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port of loopback that nobody has; never the same twice in one test.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Tests, which are processes of their own, begin apart.
    let start = (std::process::id() % u32::from(COUNT)) as u16;
    (0..COUNT)
        .map(|_| FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("one of twelve thousand ports is free")
}
