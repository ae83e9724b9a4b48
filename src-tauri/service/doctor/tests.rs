//! Tests of the host probe against servers on loopback.

use super::*;
use crate::clock::SystemClock;
use atalaya_model::doctor::Speech;
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A server that gives every connection this answer to whatever it is asked.
async fn server(answer: &'static [u8]) -> (JoinSet<()>, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut question = [0; 2048];
            let _ = socket.read(&mut question).await;
            let _ = socket.write_all(answer).await;
        }
    });
    (tasks, port)
}

#[tokio::test]
async fn ports_are_told_by_what_they_say() {
    let probe = SystemHostProbe::new(Arc::new(SystemClock::new()));
    let look = async |port| probe.port(Ipv4Addr::LOCALHOST.into(), port).await;
    for (answer, speech) in [
        (&b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"[..], Speech::Rtsp),
        (b"HTTP/1.1 400 Bad Request\r\nServer: Webs\r\n\r\n", Speech::Http("Webs".to_owned())),
        (b"SSH-2.0-dropbear\r\n", Speech::Other),
        (b"", Speech::Other),
    ] {
        let (_server, port) = server(answer).await;
        assert_eq!(look(port).await, Port { number: port, state: PortState::Open, speech: Some(speech) });
    }
    // Port 1, tcpmux, is nobody's.
    assert_eq!(look(1).await.state, PortState::Refused);
}

#[tokio::test]
async fn names_have_addresses_or_not() {
    assert_eq!(resolve("192.0.2.7").await.unwrap(), IpAddr::from([192, 0, 2, 7]));
    assert_eq!(resolve("localhost").await.unwrap(), IpAddr::from([127, 0, 0, 1]));
    assert!(resolve("no-such-camera.invalid").await.is_err());
}
