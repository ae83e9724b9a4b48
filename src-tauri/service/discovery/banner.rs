//! Owns what servers call themselves: the name in their head, the realm of their login, the title of their page.
//! Must not know brands. Asks for one page without a login, follows nothing, reads a little of it.

use atalaya_model::text::from_device;
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// For connecting and the page: a page that takes longer tells too little to wait for.
const DEADLINE: Duration = Duration::from_millis(1500);
/// The most read of an answer (S10): titles stand at the beginning.
const ANSWER_MAX_BYTES: usize = 16 * 1024;

/// What the web server at `at` calls itself.
pub(super) async fn http(at: SocketAddr) -> BTreeSet<String> {
    let mut answer = Vec::new();
    // Whatever came before time ran out or the connection broke stands.
    match timeout(DEADLINE, ask(at, &mut answer)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::trace!(%at, %error, "no page, or not all of it"),
        Err(_) => tracing::trace!(%at, "the page timed out"),
    }
    if !answer.starts_with(b"HTTP/1.") {
        return BTreeSet::new();
    }
    let (head, body) = split(&answer);
    let mut banners: BTreeSet<String> = of_head(head).into_iter().collect();
    banners.extend(title(body));
    banners
}

async fn ask(at: SocketAddr, answer: &mut Vec<u8>) -> io::Result<()> {
    let mut socket = TcpStream::connect(at).await?;
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {at}\r\nUser-Agent: Atalaya\r\nAccept: text/html\r\n\
         Connection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await?;
    let mut chunk = [0; 2048];
    while answer.len() < ANSWER_MAX_BYTES && title(split(answer).1).is_none() {
        match socket.read(&mut chunk).await? {
            0 => break,
            length => answer.extend_from_slice(&chunk[..length]),
        }
    }
    Ok(())
}

fn split(answer: &[u8]) -> (&[u8], &[u8]) {
    let end = answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap_or(answer.len());
    (&answer[..end], &answer[end..])
}

/// The server's name (RFC 9110 §10.2.4; RFC 2326 §12.36) and the realms of its logins (RFC 9110 §11.5) in a head.
pub(super) fn of_head(head: &[u8]) -> Vec<String> {
    let head = String::from_utf8_lossy(head);
    let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields
        .filter_map(|(name, value)| match name.trim().to_ascii_lowercase().as_str() {
            "server" => Some(from_device(value)),
            "www-authenticate" => realm(value).map(from_device),
            _ => None,
        })
        .filter(|text| !text.is_empty())
        .collect()
}

fn realm(challenge: &str) -> Option<&str> {
    let lower = challenge.to_ascii_lowercase();
    let at = lower.find("realm=\"")? + "realm=\"".len();
    let rest = challenge.get(at..)?;
    rest.split('"').next()
}

/// The text of the first `title` element.
fn title(body: &[u8]) -> Option<String> {
    let body = String::from_utf8_lossy(body);
    // Same length as the body: only ASCII changes.
    let lower = body.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower.get(open..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    Some(from_device(body.get(start..end)?)).filter(|title| !title.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

    async fn banners_of(answer: &'static [u8]) -> Vec<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut server = JoinSet::new();
        server.spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 2048];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(answer).await;
        });
        http(at).await.into_iter().collect()
    }

    #[tokio::test]
    async fn servers_say_what_they_are() {
        const ENDLESS: &[u8] = &[b'x'; 100_000];
        assert_eq!(
            banners_of(
                b"HTTP/1.1 401 Unauthorized\r\nSERVER: App-webs/\r\n\
                  WWW-Authenticate: Basic realm=\"IP Camera(C1)\"\r\n\r\n<html><HEAD><Title lang=en>Gate \xe2\x80\xaecam</title>"
            )
            .await,
            ["App-webs/", "Gate \u{fffd}cam", "IP Camera(C1)"]
        );
        for other in
            [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b"", b"HTTP/1.1 200 OK\r\n\r\n<title></title>", ENDLESS]
        {
            assert_eq!(banners_of(other).await, Vec::<String>::new());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        assert!(http(listener.local_addr().unwrap()).await.is_empty());
    }
}
