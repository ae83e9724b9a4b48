//! TLS towards cameras: which certificate is believed, and what is said when one is not. Knows neither HTTP nor RTSP.
//!
//! **Which.** Where the user accepted a certificate for the camera, exactly that one, whatever its names and dates:
//! the fingerprint is the identity. Where not, one that this system's authorities vouch for, for the host asked. Either
//! way the handshake's signature is checked, so a copy of a certificate without its key opens nothing.
//!
//! **When.** Within the handshake, before a byte of the protocol inside is sent: a camera that is not believed learns
//! nothing but the host's name (S4, S5).
//!
//! **Versions.** TLS 1.2 and 1.3 (decision 0017).

mod certificate;
mod failure;
mod verifier;

pub(crate) use failure::failure;

use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind, Result};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use verifier::{NotAccepted, Verifier};

/// The fingerprint of a certificate in DER.
fn fingerprint(der: &[u8]) -> CertificateFingerprint {
    CertificateFingerprint(Sha256::digest(der).into())
}

/// How to speak TLS to a camera for which this certificate was accepted, if one was. Connections of one configuration
/// may resume each other's sessions, so each camera's certificate has its own.
pub(crate) fn config(accepted: Option<CertificateFingerprint>) -> ClientConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new(accepted, &provider);
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has cipher suites for TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth()
}

/// Makes the handshake on a connection to `host`. Takes as long as the camera does: the caller has the deadline.
pub(crate) async fn handshake(
    socket: TcpStream,
    host: &str,
    accepted: Option<CertificateFingerprint>,
) -> Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).map_err(|cause| {
        Error::new(Kind::InvalidInput, "not a host's name or address")
            .with("host", excerpt(host, 64))
            .caused_by(cause)
    })?;
    TlsConnector::from(Arc::new(config(accepted))).connect(name, socket).await.map_err(|cause| {
        failure(&cause).unwrap_or_else(|| {
            Error::new(Kind::Unreachable, "the connection broke in the TLS handshake").caused_by(cause)
        })
    })
}

/// The certificate that a server shows for `host`, and whether this system's authorities vouch for it; none where no
/// TLS is spoken. Sends nothing inside.
pub(crate) async fn shown(socket: TcpStream, host: &str) -> Option<(CertificateFingerprint, bool)> {
    let name = ServerName::try_from(host.to_owned()).ok()?;
    match TlsConnector::from(Arc::new(config(None))).connect(name, socket).await {
        Ok(stream) => {
            let certificate = stream.get_ref().1.peer_certificates()?.first()?;
            Some((fingerprint(certificate), true))
        }
        Err(error) => failure::find(&error, NotAccepted::in_error).map(|refused| (refused.shown, false)),
    }
}

#[cfg(test)]
mod tests;
