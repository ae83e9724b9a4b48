//! The adapter against simulated cameras, every dialect of multipart, and servers that mean harm.

mod dialects;
mod fuzz;
mod hostile;
mod simulated;

use super::HttpOpener;
use crate::clock::SystemClock;
use atalaya_model::address::StreamUrl;
use atalaya_model::camera::{CameraId, PollInterval, Role, Transport};
use atalaya_model::media::{MediaUnit, VideoUnit};
use atalaya_model::ports::{OpenRequest, OpenStream, StreamOpener};
use atalaya_model::secret::Credentials;
use bytes::Bytes;
use futures_util::StreamExt;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const USER: &str = "ana";
const PASSWORD: &str = "correct horse";

/// A small grey JPEG; the seed tells pictures apart.
pub(super) fn jpeg(width: u16, height: u16, seed: u8) -> Bytes {
    let pixels: Vec<u8> =
        (0..usize::from(width) * usize::from(height)).map(|n| (n as u8).wrapping_mul(seed)).collect();
    let mut out = Vec::new();
    jpeg_encoder::Encoder::new(&mut out, 80)
        .encode(&pixels, width, height, jpeg_encoder::ColorType::Luma)
        .unwrap();
    out.into()
}

fn request(url: &str) -> OpenRequest {
    OpenRequest {
        camera: CameraId(uuid::Uuid::nil()),
        role: Role::Main,
        url: StreamUrl::parse(url).unwrap(),
        transport: Transport::Tcp,
        poll: Some(PollInterval::from_millis(200).unwrap()),
        credentials: None,
        allow_basic: false,
        tls: None,
    }
}

fn with_login(url: &str, password: &str) -> OpenRequest {
    OpenRequest { credentials: Some(Credentials::new(USER, password)), ..request(url) }
}

fn opener() -> HttpOpener {
    HttpOpener::new(Arc::new(SystemClock::new()))
}

async fn open(request: OpenRequest) -> atalaya_model::Result<OpenStream> {
    StreamOpener::open(&opener(), request).await
}

/// The error of an opening that must fail.
async fn refused(request: OpenRequest) -> atalaya_model::Error {
    match open(request).await {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

async fn pictures(stream: &mut OpenStream, count: usize) -> Vec<VideoUnit> {
    let mut pictures = Vec::new();
    while pictures.len() < count {
        match stream.units.next().await.expect("more pictures").expect("a picture") {
            MediaUnit::Video(unit) => pictures.push(unit),
            MediaUnit::Audio(_) => panic!("sound"),
        }
    }
    pictures
}

/// The error that ends a stream, after any pictures.
async fn ending(stream: &mut OpenStream) -> atalaya_model::Error {
    loop {
        match stream.units.next().await.expect("an error is the last item") {
            Ok(_) => {}
            Err(error) => {
                assert!(stream.units.next().await.is_none(), "nothing comes after the error");
                return error;
            }
        }
    }
}

/// A server that answers each request, numbered from 0, with these bytes and then as `after` says; it keeps what it
/// was sent.
struct Scripted {
    url: String,
    heard: Arc<Mutex<String>>,
    _server: JoinSet<()>,
}

#[derive(Clone, Copy, PartialEq)]
enum After {
    /// Waits for the next request.
    Keep,
    /// Closes the connection.
    Close,
    /// Sends the last byte again and again, one every 100 ms.
    Trickle,
    /// Sends kilobytes of the last byte for ever.
    Flood,
}

impl Scripted {
    async fn start(after: After, answer: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/camera", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(String::new()));
        let log = Arc::clone(&heard);
        let answer = Arc::new(answer);
        let count = Arc::new(Mutex::new(0));
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let (log, answer, count) = (Arc::clone(&log), Arc::clone(&answer), Arc::clone(&count));
                connections.spawn(async move {
                    let _ = serve(socket, after, &log, |head| {
                        let mut count = count.lock().unwrap();
                        *count += 1;
                        answer(head, *count - 1)
                    })
                    .await;
                });
            }
        });
        Self { url, heard, _server: server }
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

async fn serve(
    mut socket: TcpStream,
    after: After,
    heard: &Mutex<String>,
    answer: impl Fn(&str) -> Vec<u8>,
) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    let mut unread = String::new();
    while let Ok(length @ 1..) = socket.read(&mut buffer).await {
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        heard.lock().unwrap().push_str(&text);
        unread.push_str(&text);
        while let Some((head, rest)) = unread.split_once("\r\n\r\n") {
            let bytes = answer(head);
            unread = rest.to_owned();
            socket.write_all(&bytes).await?;
            let last = bytes.last().copied().unwrap_or_default();
            match after {
                After::Keep => {}
                After::Close => return socket.shutdown().await,
                After::Trickle => loop {
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    socket.write_all(&[last]).await?;
                },
                After::Flood => loop {
                    socket.write_all(&[last; 4096]).await?;
                },
            }
        }
    }
    Ok(())
}

/// An answer with a body of this length.
fn reply(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status}\r\n");
    for header in headers {
        write!(out, "{header}\r\n").unwrap();
    }
    write!(out, "Content-Length: {}\r\n\r\n", body.len()).unwrap();
    [out.as_bytes(), body].concat()
}

/// The head of an answer that ends with its connection, and the start of its body.
fn endless(content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}
