//! Owns finding out what speaks on an open port: RTSP, HTTP, TLS or something else. Asks each in turn on a connection
//! of its own, without a login. Must not know what it is good for.

use super::connect;
use crate::tls;
use atalaya_model::doctor::{Speech, Tls};
use atalaya_model::text::from_device;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// For one question; a server that is there answers in milliseconds, a busy camera in one second.
const ANSWER_DEADLINE: Duration = Duration::from_millis(1500);
/// For a TLS handshake: a slow camera's key exchange takes a second or two.
const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(4);
/// The longest head of an answer (S10).
const HEAD_MAX_BYTES: usize = 8 * 1024;
/// Ports where TLS is so usual that anything else is asked only after it.
const TLS_PORTS: [u16; 3] = [443, 8443, 322];

pub(super) async fn of(socket: TcpStream, at: SocketAddr) -> Speech {
    if TLS_PORTS.contains(&at.port())
        && let Some(tls) = tls(at).await
    {
        return Speech::Tls(tls);
    }
    let options = format!("OPTIONS rtsp://{at}/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Atalaya\r\n\r\n");
    let head = ask(socket, &options).await;
    if head.starts_with(b"RTSP/1.") {
        return Speech::Rtsp;
    }
    if let Some(server) = http_server(&head) {
        return Speech::Http(server);
    }
    if let Ok(socket) = connect(at).await {
        let get = format!("GET / HTTP/1.1\r\nHost: {at}\r\nUser-Agent: Atalaya\r\nConnection: close\r\n\r\n");
        if let Some(server) = http_server(&ask(socket, &get).await) {
            return Speech::Http(server);
        }
    }
    tls(at).await.map_or(Speech::Other, Speech::Tls)
}

/// The head of what comes back; nothing when that is too late.
async fn ask(mut socket: TcpStream, question: &str) -> Vec<u8> {
    let mut head = Vec::new();
    let exchange = async {
        socket.write_all(question.as_bytes()).await?;
        let mut chunk = [0; 1024];
        while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < HEAD_MAX_BYTES {
            match socket.read(&mut chunk).await? {
                0 => break,
                length => head.extend_from_slice(&chunk[..length]),
            }
        }
        std::io::Result::Ok(())
    };
    // What came before time ran out or the connection broke stands.
    if !matches!(timeout(ANSWER_DEADLINE, exchange).await, Ok(Ok(()))) {
        tracing::trace!("an answer did not come whole");
    }
    head
}

/// The name that an HTTP server gives itself (RFC 9110 §10.2.4), empty when it gives none; none when it is not HTTP.
fn http_server(head: &[u8]) -> Option<String> {
    // A TLS server that is spoken to in the clear says so in plain HTTP, as nginx does: that is no web server of use.
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    lines.next().filter(|line| line.starts_with("HTTP/1."))?;
    if text.contains("plain HTTP request was sent to HTTPS") {
        return None;
    }
    let server = lines.take_while(|line| !line.is_empty()).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("server").then(|| from_device(value))
    });
    Some(server.unwrap_or_default())
}

/// Whether TLS is spoken, and with which certificate.
async fn tls(at: SocketAddr) -> Option<Tls> {
    let socket = connect(at).await.ok()?;
    let shown = timeout(HANDSHAKE_DEADLINE, tls::shown(socket, &at.ip().to_string())).await.ok()??;
    let (fingerprint, trusted) = shown;
    Some(Tls { trusted, fingerprint })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_their_first_line() {
        assert_eq!(
            http_server(b"HTTP/1.1 200 OK\r\nserver: App-webs/\r\n\r\n"),
            Some("App-webs/".to_owned())
        );
        assert_eq!(http_server(b"HTTP/1.0 400 Bad\r\n\r\nServer: no"), Some(String::new()));
        assert_eq!(http_server(b"SSH-2.0-dropbear\r\n"), None);
        assert_eq!(http_server(b"RTSP/1.0 200 OK\r\nServer: x\r\n\r\n"), None);
        assert_eq!(http_server(b"\x15\x03\x01\x00\x02\x02\x16"), None);
        assert_eq!(http_server(b""), None);
    }
}
