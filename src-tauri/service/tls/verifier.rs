//! Owns the decision about one certificate within a handshake. Must not know connections.

use super::certificate::{self, Described};
use super::fingerprint;
use atalaya_model::certificate::CertificateFingerprint;
use atalaya_model::{Error, Kind};
use std::fmt;
use std::sync::{Arc, LazyLock};
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{self, CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};

/// This system's authorities, read once, as reqwest reads them for each client; none where the system has no list.
static AUTHORITIES: LazyLock<Option<Arc<dyn ServerCertVerifier>>> = LazyLock::new(|| {
    let provider = Arc::new(aws_lc_rs::default_provider());
    match rustls_platform_verifier::Verifier::new(provider) {
        Ok(verifier) => Some(Arc::new(verifier)),
        Err(error) => {
            tracing::warn!(%error, "this system has no list of authorities: each camera's certificate is asked about");
            None
        }
    }
});

/// Decides about certificates for one camera.
#[derive(Debug)]
pub(super) struct Verifier {
    accepted: Option<CertificateFingerprint>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(accepted: Option<CertificateFingerprint>, provider: &CryptoProvider) -> Self {
        Self { accepted, algorithms: provider.signature_verification_algorithms }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = fingerprint(end_entity);
        let believed = match self.accepted {
            Some(accepted) => accepted == shown,
            None => AUTHORITIES.as_ref().is_some_and(|authorities| {
                authorities
                    .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
                    .is_ok()
            }),
        };
        if believed {
            return Ok(ServerCertVerified::assertion());
        }
        let described = certificate::describe(end_entity);
        let refused = NotAccepted { shown, accepted: self.accepted, described };
        Err(CertificateError::Other(OtherError(Arc::new(refused))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A certificate that was not believed, on its way through rustls' error.
#[derive(Debug, Clone)]
pub(super) struct NotAccepted {
    pub(super) shown: CertificateFingerprint,
    accepted: Option<CertificateFingerprint>,
    described: Described,
}

impl NotAccepted {
    /// The refusal that an error of rustls' stands for.
    pub(super) fn in_error(error: &rustls::Error) -> Option<Self> {
        match error {
            rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(cause))) => {
                cause.downcast_ref::<Self>().cloned()
            }
            _ => None,
        }
    }

    pub(super) fn into_error(self) -> Error {
        let error = match self.accepted {
            None => {
                Error::new(Kind::UntrustedCertificate, "the camera's certificate is signed by nobody known")
            }
            Some(accepted) => Error::new(
                Kind::CertificateChanged,
                "the camera's certificate is not the one that was accepted",
            )
            .with("accepted", accepted),
        };
        let Described { subject, valid_from, valid_until } = self.described;
        error
            .with("fingerprint", self.shown)
            .with("subject", subject)
            .with("valid_from", valid_from)
            .with("valid_until", valid_until)
    }
}

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate {} is not believed", self.shown)
    }
}

impl std::error::Error for NotAccepted {}
