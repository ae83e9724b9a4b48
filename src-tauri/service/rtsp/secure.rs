//! Owns the connection of a session over TLS (`rtsps`): address, TCP, handshake. Must not know RTSP.

use super::deadline;
use super::failure::{self, Phase};
use crate::tls;
use atalaya_model::address::StreamUrl;
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::{Error, Kind, Result};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

/// A connection to a camera whose certificate is believed; nothing was sent inside yet.
pub(super) struct Secured {
    pub(super) stream: TlsStream<TcpStream>,
    pub(super) local: SocketAddr,
    pub(super) peer: SocketAddr,
}

/// Connects to the host and port of the URL.
pub(super) async fn connect(url: &StreamUrl, accepted: Option<CertificateFingerprint>) -> Result<Secured> {
    let error = match timeout(deadline::SECURE, secure(url, accepted)).await {
        Ok(Ok(secured)) => return Ok(secured),
        Ok(Err(error)) => failure::at(Phase::Describe, url, error),
        Err(_) => failure::late(Phase::Describe, url, deadline::SECURE),
    };
    Err(error)
}

async fn secure(url: &StreamUrl, accepted: Option<CertificateFingerprint>) -> Result<Secured> {
    let unreachable =
        |cause: std::io::Error| Error::new(Kind::Unreachable, "no connection to the camera").caused_by(cause);
    let socket = TcpStream::connect((url.host(), url.port())).await.map_err(unreachable)?;
    retina::ask_when_silent(&socket).map_err(unreachable)?;
    let local = socket.local_addr().map_err(unreachable)?;
    let peer = socket.peer_addr().map_err(unreachable)?;
    Ok(Secured { stream: tls::handshake(socket, url.host(), accepted).await?, local, peer })
}
