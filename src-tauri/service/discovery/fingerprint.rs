//! Owns asking a port whether it speaks RTSP: OPTIONS (RFC 2326 §10.1), then DESCRIBE (§10.2), without a login.
//! Must not know ONVIF, nor read what is described: that a stream is there is all that counts here.

use super::banner;
use atalaya_model::address::StreamUrl;
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// For connecting and both questions: what has not answered by then is slow to the point of not being of use.
const DEADLINE: Duration = Duration::from_secs(3);
/// For the first byte of the first answer: who accepts a connection on a LAN and then says nothing for so long speaks
/// another protocol, or waits for the other side to begin one.
pub(super) const SILENCE: Duration = Duration::from_millis(800);
/// The longest head of an answer (S10).
const HEAD_MAX_BYTES: usize = 8 * 1024;

/// What a port showed of RTSP.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rtsp {
    /// It answered OPTIONS, be it with a refusal.
    pub(super) options: bool,
    /// It described the stream, or would for the right login.
    pub(super) describe: bool,
    /// What it calls itself: the server's name and the realm of its login.
    pub(super) banners: BTreeSet<String>,
}

/// Asks the server at `at` for the stream `url`.
pub(super) async fn rtsp(at: SocketAddr, url: &StreamUrl) -> Rtsp {
    let mut seen = Rtsp::default();
    // Whatever was seen before time ran out or the connection broke stands.
    match timeout(DEADLINE, ask(at, url, &mut seen)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::trace!(%at, %error, "no RTSP, or not for long"),
        Err(_) => tracing::trace!(%at, "RTSP timed out"),
    }
    seen
}

async fn ask(at: SocketAddr, url: &StreamUrl, seen: &mut Rtsp) -> io::Result<()> {
    let mut socket = TcpStream::connect(at).await?;
    let Some(head) = request(&mut socket, "OPTIONS", url, 1, "", SILENCE).await? else { return Ok(()) };
    seen.options = true;
    seen.banners.extend(banner::of_head(&head));
    let head = request(&mut socket, "DESCRIBE", url, 2, "Accept: application/sdp\r\n", DEADLINE).await?;
    // 401 is a stream behind a login; 404 is no stream of this name.
    seen.describe = matches!(head.as_deref().and_then(status), Some(200 | 401));
    seen.banners.extend(head.iter().flat_map(|head| banner::of_head(head)));
    Ok(())
}

/// Sends a request; the head of the answer, none when it is not RTSP.
async fn request(
    socket: &mut TcpStream,
    method: &str,
    url: &StreamUrl,
    cseq: u32,
    headers: &str,
    silence: Duration,
) -> io::Result<Option<Vec<u8>>> {
    let request =
        format!("{method} {} RTSP/1.0\r\nCSeq: {cseq}\r\nUser-Agent: Atalaya\r\n{headers}\r\n", url.as_str());
    socket.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < HEAD_MAX_BYTES {
        // What does not begin like an answer never becomes one.
        if !b"RTSP/1.0 ".starts_with(&head[..head.len().min(9)]) {
            return Ok(None);
        }
        let patience = if head.is_empty() { silence } else { DEADLINE };
        match timeout(patience, socket.read(&mut chunk)).await?? {
            0 => break,
            length => head.extend_from_slice(&chunk[..length]),
        }
    }
    Ok(status(&head).is_some().then_some(head))
}

/// The status code of a status line (RFC 2326 §7.1).
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let code = line.strip_prefix(b"RTSP/1.0 ")?.get(..3)?;
    std::str::from_utf8(code).ok()?.parse().ok().filter(|code| (100..600).contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

    /// What is seen of a server that gives these answers, one to each request.
    async fn seen_of(answers: &'static [&'static [u8]]) -> Rtsp {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut server = JoinSet::new();
        server.spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 2048];
            for answer in answers {
                let _ = socket.read(&mut request).await;
                let _ = socket.write_all(answer).await;
            }
        });
        let url = StreamUrl::parse(&format!("rtsp://{at}/")).unwrap();
        rtsp(at, &url).await
    }

    #[tokio::test]
    async fn answers_are_evidence() {
        const OK: &[u8] = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE\r\n\r\n";
        const LOGIN: &[u8] = b"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n\r\n";
        const NAMED: &[u8] = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nserver: Rtsp Server/3.0\r\n\r\n";
        const REALM: &[u8] =
            b"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm=\"ACME cam\", nonce=\"1\"\r\n\r\n";
        const NONE: &[u8] = b"RTSP/1.0 404 Not Found\r\nCSeq: 2\r\n\r\n";
        const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        const ENDLESS: &[u8] = &[b'R'; 100_000];
        let seen = |options, describe| Rtsp { options, describe, ..Rtsp::default() };
        assert_eq!(seen_of(&[OK, OK]).await, seen(true, true));
        assert_eq!(seen_of(&[OK, LOGIN]).await, seen(true, true));
        assert_eq!(seen_of(&[LOGIN, NONE]).await, seen(true, false));
        let named = seen_of(&[NAMED, REALM]).await;
        assert_eq!(Vec::from_iter(named.banners), ["ACME cam", "Rtsp Server/3.0"]);
        assert_eq!(seen_of(&[OK]).await, seen(true, false));
        assert_eq!(seen_of(&[HTTP]).await, seen(false, false));
        assert_eq!(seen_of(&[ENDLESS]).await, seen(false, false));
        assert_eq!(seen_of(&[b"RTSP/1.0 99999"]).await, seen(false, false));
        assert_eq!(seen_of(&[b"RTSP/1.0 x"]).await, seen(false, false));
        assert_eq!(seen_of(&[]).await, seen(false, false));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let url = StreamUrl::parse(&format!("rtsp://{at}/")).unwrap();
        assert_eq!(rtsp(at, &url).await, Rtsp::default());
    }
}
