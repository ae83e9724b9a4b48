//! Owns the HTTP/1.1 face of a camera: connections, the still picture, and handing SOAP to ONVIF.
//! Must not know what the SOAP says.

use crate::{
    camera::Camera,
    digest::Verdict,
    message::{MessageError, Request, Response},
    mjpeg, onvif,
};
use bytes::BytesMut;
use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    task, time,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// A request has to be complete within this time, and a kept connection used again.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// A client that takes no byte for this long is gone.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
const PROTOCOL: &str = "HTTP/1.1";
pub(crate) const SNAPSHOT_PATH: &str = "/snapshot.jpg";
pub(crate) const MJPEG_PATH: &str = "/mjpeg";

/// Serves one client, over TLS where there is an acceptor, until it leaves, falls silent or `cancel` comes.
pub(crate) async fn accept(
    camera: Arc<Camera>,
    onvif: Arc<onvif::Device>,
    tls: Option<TlsAcceptor>,
    socket: TcpStream,
    peer: SocketAddr,
    cancel: CancellationToken,
) {
    let name = camera.identity.name.clone();
    if camera.setup.until_restart(Instant::now()).is_none() {
        return;
    }
    let serve = async {
        let local = socket.local_addr()?;
        socket.set_nodelay(true)?;
        match tls {
            None => run(&camera, &onvif, socket, local).await,
            Some(tls) => {
                let socket = time::timeout(READ_TIMEOUT, tls.accept(socket)).await??;
                run(&camera, &onvif, socket, local).await
            }
        }
    };
    let served = tokio::select! {
        () = cancel.cancelled() => Ok(()),
        served = serve => served,
    };
    if let Err(error) = served {
        tracing::debug!(camera = name, %peer, %error, "HTTP connection broke");
    }
}

async fn run(
    camera: &Arc<Camera>,
    onvif: &onvif::Device,
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    local: SocketAddr,
) -> io::Result<()> {
    let mut input = BytesMut::with_capacity(4_096);
    loop {
        let request = match time::timeout(READ_TIMEOUT, read(&mut socket, &mut input)).await?? {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(error) => {
                let response = match error {
                    MessageError::Malformed => Response::new(400, "Bad Request"),
                    MessageError::HeadTooLong => Response::new(431, "Request Header Fields Too Large"),
                    MessageError::BodyTooLong => Response::new(413, "Payload Too Large"),
                    MessageError::Chunked => Response::new(411, "Length Required"),
                };
                return write(&mut socket, &response.with("Connection", "close")).await;
            }
        };
        // A camera that starts anew answers on no connection, kept ones included.
        if camera.setup.until_restart(Instant::now()).is_none() {
            return Ok(());
        }
        let last = request.version != PROTOCOL
            || request.header("Connection").is_some_and(|option| option.eq_ignore_ascii_case("close"));
        if request.method == "GET" && path(&request) == MJPEG_PATH && is_granted(camera, &request) {
            return mjpeg::send(camera, &mut socket).await;
        }
        let mut response =
            answer(camera, onvif, local, &request).await.with("Server", "Atalaya simulated camera");
        if last {
            response = response.with("Connection", "close");
        }
        tracing::trace!(method = request.method, target = request.target, status = response.status);
        write(&mut socket, &response).await?;
        if last {
            return Ok(());
        }
    }
}

/// The next request; none at the end of the connection.
async fn read(
    socket: &mut (impl AsyncRead + AsyncWrite + Unpin),
    input: &mut BytesMut,
) -> io::Result<Result<Option<Request>, MessageError>> {
    loop {
        let asks_before_sending = match Request::take(input) {
            Ok(None) => Request::expects_continue(input),
            done => return Ok(done),
        };
        if asks_before_sending {
            // RFC 7231 §5.1.1: curl and .NET wait for this before they send a longer body.
            socket.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        if socket.read_buf(input).await? == 0 {
            return Ok(Ok(None));
        }
    }
}

async fn write(socket: &mut (impl AsyncWrite + Unpin), response: &Response) -> io::Result<()> {
    time::timeout(WRITE_TIMEOUT, socket.write_all(&response.to_bytes(PROTOCOL, true))).await?
}

async fn answer(
    camera: &Arc<Camera>,
    onvif: &onvif::Device,
    local: SocketAddr,
    request: &Request,
) -> Response {
    match (request.method.as_str(), path(request)) {
        (_, path) if path.starts_with("/onvif/") && camera.faults.hides_onvif() => {
            Response::new(404, "Not Found")
        }
        ("POST", path) if path.starts_with("/onvif/") => onvif.answer(request, path, local).await,
        ("GET", SNAPSHOT_PATH) => {
            match camera.authenticator.judge("GET", &request.target, request.header("Authorization"), None) {
                Verdict::Granted { .. } => snapshot(camera).await,
                Verdict::Refused { stale } => unauthorized(camera, stale),
            }
        }
        // Whoever is granted it gets a stream and not an answer.
        ("GET", MJPEG_PATH) => unauthorized(camera, false),
        (_, SNAPSHOT_PATH | MJPEG_PATH) => Response::new(405, "Method Not Allowed").with("Allow", "GET"),
        (_, path) if path.starts_with("/onvif/") => {
            Response::new(405, "Method Not Allowed").with("Allow", "POST")
        }
        _ => Response::new(404, "Not Found"),
    }
}

fn path(request: &Request) -> &str {
    request.target.split('?').next().unwrap_or_default()
}

fn is_granted(camera: &Camera, request: &Request) -> bool {
    let verdict = camera.authenticator.judge("GET", &request.target, request.header("Authorization"), None);
    matches!(verdict, Verdict::Granted { .. })
}

/// The 401 with every challenge.
pub(crate) fn unauthorized(camera: &Camera, stale: bool) -> Response {
    let challenges = camera.authenticator.challenges(stale).into_iter();
    challenges
        .fold(Response::new(401, "Unauthorized"), |response, value| response.with("WWW-Authenticate", value))
}

async fn snapshot(camera: &Arc<Camera>) -> Response {
    let camera = Arc::clone(camera);
    match task::spawn_blocking(move || camera.snapshot()).await.map_err(io::Error::other).flatten() {
        Ok(jpeg) => Response::new(200, "OK").with("Cache-Control", "no-store").with_body("image/jpeg", jpeg),
        Err(error) => {
            tracing::error!(%error, "no snapshot");
            Response::new(500, "Internal Server Error")
        }
    }
}
