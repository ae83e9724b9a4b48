//! Owns one RTSP connection: reading requests, answering them, writing media in between.
//! Must not know how media is packed (that is the session's). One task per connection; nothing here is shared.

use super::{
    resource::{Medium, Mount, Resource, authority},
    sdp,
    session::{Event, Session, TIMEOUT},
    transport::Offer,
};
use crate::{
    camera::Camera,
    digest::Verdict,
    message::{MessageError, Request, Response},
};
use bytes::{Buf, BytesMut};
use std::{future, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{self as stream, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    task,
    time::{self, Instant},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// A client that takes no byte for this long is gone, whatever TCP thinks.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// A TLS handshake that takes longer is none.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
const PROTOCOL: &str = "RTSP/1.0";
const METHODS: &str = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN";

/// Serves one client, over TLS where there is an acceptor, until it leaves, falls silent or `cancel` comes.
pub(crate) async fn serve(
    camera: Arc<Camera>,
    tls: Option<TlsAcceptor>,
    socket: TcpStream,
    peer: SocketAddr,
    cancel: CancellationToken,
) {
    let name = camera.identity.name.clone();
    let Some(restart) = camera.setup.until_restart(std::time::Instant::now()) else { return };
    let outcome = async {
        let local = socket.local_addr()?;
        // Pictures are written whole; waiting to fill segments would only delay them.
        socket.set_nodelay(true)?;
        let connection = |writer: Box<dyn AsyncWrite + Send + Unpin>| Connection {
            camera,
            writer,
            local,
            peer,
            session: None,
            nonce: None,
            heard: Instant::now(),
        };
        let Some(tls) = tls else {
            let (reader, writer) = socket.into_split();
            return connection(Box::new(writer)).run(reader, cancel, restart).await;
        };
        let socket = tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            socket = time::timeout(HANDSHAKE_TIMEOUT, tls.accept(socket)) => socket??,
        };
        let (reader, writer) = stream::split(socket);
        connection(Box::new(writer)).run(reader, cancel, restart).await
    };
    match outcome.await {
        Ok(()) => tracing::debug!(camera = name, %peer, "RTSP connection ended"),
        Err(error) => tracing::debug!(camera = name, %peer, %error, "RTSP connection broke"),
    }
}

struct Connection {
    camera: Arc<Camera>,
    writer: Box<dyn AsyncWrite + Send + Unpin>,
    local: SocketAddr,
    peer: SocketAddr,
    session: Option<Session>,
    /// The nonce this connection was let in with.
    nonce: Option<String>,
    /// When the client last gave a sign of life.
    heard: Instant,
}

impl Connection {
    async fn run(
        mut self,
        mut reader: impl AsyncRead + Unpin,
        cancel: CancellationToken,
        restart: CancellationToken,
    ) -> io::Result<()> {
        let cut_off = self.camera.faults.close_after().map(|after| Instant::now() + after);
        let mut input = BytesMut::with_capacity(4_096);
        let mut output = Vec::with_capacity(64 * 1_024);
        loop {
            output.clear();
            let expiry = self.heard + TIMEOUT;
            tokio::select! {
                () = cancel.cancelled() => return Ok(()),
                () = restart.cancelled() => return Ok(()),
                () = sleep_until(cut_off) => return Ok(()),
                () = time::sleep_until(expiry) => return Err(io::ErrorKind::TimedOut.into()),
                read = reader.read_buf(&mut input) => {
                    if read? == 0 {
                        return Ok(());
                    }
                    let intact = self.answer_all(&mut input, &mut output).await;
                    self.write(&output).await?;
                    if !intact {
                        return Err(io::ErrorKind::InvalidData.into());
                    }
                }
                event = next_event(&mut self.session) => {
                    let Some(session) = &mut self.session else { continue };
                    match event {
                        Event::Unit(unit) => {
                            session.send(&unit, &mut output);
                            // What waited while the machine stood still does not go out in one burst: a receiver
                            // over UDP has room for a few pictures only.
                            task::yield_now().await;
                        }
                        Event::ReportDue => {
                            if session.report(&mut output) {
                                self.heard = Instant::now();
                            }
                        }
                        Event::Ended => return Ok(()),
                    }
                    self.write(&output).await?;
                }
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        // What is written over TLS leaves only when it is flushed.
        time::timeout(WRITE_TIMEOUT, async {
            self.writer.write_all(bytes).await?;
            self.writer.flush().await
        })
        .await?
    }

    /// Answers every complete request in `input`. False when the client is beyond understanding.
    async fn answer_all(&mut self, input: &mut BytesMut, output: &mut Vec<u8>) -> bool {
        while let Some(&first) = input.first() {
            if first == b'$' {
                // Receiver reports in the connection (RFC 2326 §10.12): a sign of life, nothing more.
                let Some(&[high, low]) = input.get(2..4) else {
                    return true;
                };
                let length = 4 + usize::from(u16::from_be_bytes([high, low]));
                if input.len() < length {
                    return true;
                }
                input.advance(length);
                self.heard = Instant::now();
                continue;
            }
            match Request::take(input) {
                Ok(Some(request)) => {
                    self.heard = Instant::now();
                    if request.method == "PLAY" && self.camera.faults.is_dead_after_setup() {
                        continue;
                    }
                    let mut response = self.answer(&request).await.with("Server", "Atalaya simulated camera");
                    if let Some(sequence) = request.header("CSeq") {
                        response = response.with("CSeq", sequence);
                    }
                    tracing::trace!(
                        method = request.method,
                        target = request.target,
                        status = response.status
                    );
                    output.extend(response.to_bytes(PROTOCOL, false));
                }
                Ok(None) => return true,
                Err(error) => {
                    let response = match error {
                        MessageError::Malformed => Response::new(400, "Bad Request"),
                        MessageError::HeadTooLong | MessageError::BodyTooLong => {
                            Response::new(413, "Request Entity Too Large")
                        }
                        MessageError::Chunked => Response::new(501, "Not Implemented"),
                    };
                    output.extend(response.to_bytes(PROTOCOL, false));
                    return false;
                }
            }
        }
        true
    }

    async fn answer(&mut self, request: &Request) -> Response {
        if request.version != PROTOCOL {
            return Response::new(505, "RTSP Version Not Supported");
        }
        // §12.17: every request carries a number.
        if request.header("CSeq").is_none_or(|number| number.parse::<u32>().is_err()) {
            return Response::new(400, "Bad Request");
        }
        if let Some(options) = request.header("Require") {
            return Response::new(551, "Option not supported").with("Unsupported", options);
        }
        let method = request.method.as_str();
        match method {
            "OPTIONS" => return Response::new(200, "OK").with("Public", METHODS),
            "ANNOUNCE" | "RECORD" | "REDIRECT" => {
                return Response::new(405, "Method Not Allowed").with("Allow", METHODS);
            }
            "DESCRIBE" | "SETUP" | "PLAY" | "PAUSE" | "GET_PARAMETER" | "SET_PARAMETER" | "TEARDOWN" => {}
            _ => return Response::new(501, "Not Implemented"),
        }
        let authorization = request.header("Authorization");
        match self.camera.authenticator.judge(method, &request.target, authorization, self.nonce.as_deref()) {
            Verdict::Granted { nonce } => self.nonce = nonce.or(self.nonce.take()),
            Verdict::Refused { stale } => {
                let challenges = self.camera.authenticator.challenges(stale);
                return challenges
                    .into_iter()
                    .fold(Response::new(401, "Unauthorized"), |response, challenge| {
                        response.with("WWW-Authenticate", challenge)
                    });
            }
        }
        if method == "PLAY" && self.camera.faults.forgets_sessions() {
            return Response::new(454, "Session Not Found");
        }
        if let Some(id) = request.header("Session") {
            let id = id.split(';').next().unwrap_or_default().trim();
            if self.session.as_ref().is_none_or(|session| session.id != id) {
                return Response::new(454, "Session Not Found");
            }
        }
        match (method, Resource::from_url(&request.target)) {
            // Keep-alives often name the server only.
            ("GET_PARAMETER" | "SET_PARAMETER", _) => self.parameter(request),
            ("TEARDOWN", _) => self.tear_down(),
            (_, None) => Response::new(404, "Not Found"),
            ("DESCRIBE", Some(resource)) => self.describe(request, resource.mount),
            ("SETUP", Some(resource)) => self.set_up(request, resource).await,
            (_, Some(resource)) => self.play_or_pause(request, resource),
        }
    }

    /// The mount's URL in the client's words.
    fn url(&self, request: &Request, mount: Mount) -> String {
        let local = self.local.to_string();
        let scheme = self.camera.faults.rtsp_scheme();
        format!("{scheme}://{}{}", authority(&request.target).unwrap_or(&local), mount.path())
    }

    fn with_session(&self, response: Response) -> Response {
        match &self.session {
            Some(session) => {
                response.with("Session", format!("{};timeout={}", session.id, TIMEOUT.as_secs()))
            }
            None => response,
        }
    }

    fn describe(&self, request: &Request, mount: Mount) -> Response {
        let accepted = request.header("Accept").is_none_or(|accept| {
            accept.split(',').map(|kind| kind.split(';').next().unwrap_or_default().trim()).any(|kind| {
                matches!(kind.to_ascii_lowercase().as_str(), "application/sdp" | "application/*" | "*/*")
            })
        });
        if !accepted {
            return Response::new(406, "Not Acceptable");
        }
        let plan = self.camera.stream(mount).plan();
        let sdp = sdp::describe(
            &self.camera.identity.name,
            self.camera.session_number,
            self.local.ip(),
            plan.format,
            self.camera.parameter_sets(mount),
            !self.camera.faults.has_no_video(),
            plan.audio,
        );
        Response::new(200, "OK")
            .with("Content-Base", format!("{}/", self.url(request, mount)))
            .with("Cache-Control", "no-cache")
            .with_body("application/sdp", sdp)
    }

    async fn set_up(&mut self, request: &Request, resource: Resource) -> Response {
        let has_audio = self.camera.stream(resource.mount).plan().audio.is_some();
        let medium = match resource.medium {
            Some(Medium::Audio) if !has_audio => return Response::new(404, "Not Found"),
            Some(medium) => medium,
            None if has_audio => return Response::new(459, "Aggregate Operation Not Allowed"),
            None => Medium::Video,
        };
        if let Some(session) = &self.session {
            if session.is_playing() {
                return Response::new(455, "Method Not Valid in This State");
            }
            if session.mount != resource.mount {
                return Response::new(459, "Aggregate Operation Not Allowed");
            }
        }
        if medium == Medium::Video && self.camera.faults.has_no_video() {
            return Response::new(404, "Not Found");
        }
        let Some(offer) = request.header("Transport").and_then(Offer::first_supported) else {
            return Response::new(461, "Unsupported Transport");
        };
        let (local, peer) = (self.local.ip(), self.peer.ip());
        let session = match &mut self.session {
            Some(session) => session,
            none => match Session::new(Arc::clone(&self.camera), resource.mount) {
                Some(session) => none.insert(session),
                // What cameras say that have no place for another viewer.
                None => return Response::new(453, "Not Enough Bandwidth"),
            },
        };
        match session.set_up(medium, offer, local, peer).await {
            Ok(Some(transport)) => self.with_session(Response::new(200, "OK").with("Transport", transport)),
            Ok(None) => Response::new(461, "Unsupported Transport"),
            Err(error) => {
                tracing::warn!(camera = self.camera.identity.name, %error, "no UDP ports for a session");
                Response::new(453, "Not Enough Bandwidth")
            }
        }
    }

    fn play_or_pause(&mut self, request: &Request, resource: Resource) -> Response {
        let url = self.url(request, resource.mount);
        let out_of_state = Response::new(455, "Method Not Valid in This State");
        let Some(session) = self.session.as_mut().filter(|session| session.has_tracks()) else {
            return out_of_state;
        };
        if session.mount != resource.mount {
            return Response::new(404, "Not Found");
        }
        if resource.medium.is_some_and(|medium| !session.consists_of(medium)) {
            return Response::new(460, "Only Aggregate Operation Allowed");
        }
        if request.method == "PAUSE" {
            if !session.is_playing() {
                return out_of_state;
            }
            session.pause();
            return self.with_session(Response::new(200, "OK"));
        }
        match session.play(&url) {
            Ok(info) => {
                let response = Response::new(200, "OK").with("Range", "npt=now-").with("RTP-Info", info);
                self.with_session(response)
            }
            Err(error) => {
                tracing::error!(camera = self.camera.identity.name, %error, "no thread for the encoder");
                Response::new(500, "Internal Server Error")
            }
        }
    }

    /// Only keep-alives: there are no parameters (§10.8, §10.9).
    fn parameter(&self, request: &Request) -> Response {
        if request.body.iter().all(u8::is_ascii_whitespace) {
            self.with_session(Response::new(200, "OK"))
        } else {
            Response::new(451, "Parameter Not Understood")
        }
    }

    fn tear_down(&mut self) -> Response {
        match self.session.take() {
            Some(_) => Response::new(200, "OK"),
            None => Response::new(454, "Session Not Found"),
        }
    }
}

async fn next_event(session: &mut Option<Session>) -> Event {
    match session {
        Some(session) => session.next().await,
        None => future::pending().await,
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => time::sleep_until(deadline).await,
        None => future::pending().await,
    }
}
