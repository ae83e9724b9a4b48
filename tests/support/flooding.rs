//! A camera that answers RTSP as a tame one up to one request, and then sends whatever its script says until it is
//! cut off. It counts the bytes that somebody took from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// What a flooding camera does.
#[derive(Clone)]
pub struct Script {
    /// The description it answers DESCRIBE with, when it gets as far.
    pub sdp: String,
    /// The request that opens the gates.
    pub at: &'static str,
    /// What it sends first then; `{cseq}` stands for the request's number.
    pub first: String,
    /// The piece with this number of what follows; without it each such request gets the first answer again.
    pub next: Option<fn(u64) -> Vec<u8>>,
    /// From one piece to the next.
    pub every: Duration,
}

/// A running camera; dropping it closes its connections.
pub struct FloodingCamera {
    /// Its stream.
    pub url: String,
    taken: Arc<AtomicU64>,
    _server: JoinSet<()>,
}

impl FloodingCamera {
    /// Listens on a free port of 127.0.0.1.
    pub fn start(script: Script) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        // What lies in the kernel counts as taken: little of it, so that the figure says something.
        socket.set_send_buffer_size(64 << 10).expect("a buffer size");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let listener = socket.listen(16).expect("listens");
        let url = format!("rtsp://{}/live", listener.local_addr().expect("bound"));
        let taken = Arc::new(AtomicU64::new(0));
        let (count, script) = (Arc::clone(&taken), Arc::new(script));
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                connections.spawn(serve(socket, Arc::clone(&script), Arc::clone(&count)));
            }
        });
        Self { url, taken, _server: server }
    }

    /// The bytes of the flood that were taken, those in the kernel's buffers included.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

async fn serve(mut socket: TcpStream, script: Arc<Script>, taken: Arc<AtomicU64>) {
    let mut buffer = [0; 4096];
    let mut unread = String::new();
    while let Ok(length @ 1..) = socket.read(&mut buffer).await {
        unread.push_str(&String::from_utf8_lossy(&buffer[..length]));
        while let Some((head, rest)) = unread.split_once("\r\n\r\n") {
            let cseq = head.lines().find_map(|line| line.strip_prefix("CSeq: ")).unwrap_or("0").to_owned();
            let method = head.split(' ').next().unwrap_or_default().to_owned();
            unread = rest.to_owned();
            let gates_open = method == script.at;
            let answer = if gates_open {
                script.first.replace("{cseq}", &cseq)
            } else {
                tame(&method, &cseq, &script.sdp)
            };
            if socket.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
            if gates_open && let Some(next) = script.next {
                // Until it is cut off.
                let _ = flood(&mut socket, next, script.every, &taken).await;
                return;
            }
        }
    }
}

async fn flood(
    socket: &mut TcpStream,
    next: fn(u64) -> Vec<u8>,
    every: Duration,
    taken: &AtomicU64,
) -> std::io::Result<()> {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0.. {
        ticks.tick().await;
        let piece = next(number);
        let mut rest = &piece[..];
        while !rest.is_empty() {
            let length = socket.write(rest).await?;
            taken.fetch_add(length as u64, Ordering::Relaxed);
            rest = &rest[length..];
        }
    }
    Ok(())
}

fn tame(method: &str, cseq: &str, sdp: &str) -> String {
    let ok = format!("RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n");
    match method {
        "DESCRIBE" => {
            format!("{ok}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len())
        }
        "SETUP" => format!("{ok}Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"),
        _ => format!("{ok}Session: 1\r\n\r\n"),
    }
}
