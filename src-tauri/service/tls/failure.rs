//! Owns the one mapping of rustls' errors to the model's kinds. Must not know what comes of an error.

use super::verifier::NotAccepted;
use atalaya_model::text::excerpt;
use atalaya_model::{Error, Kind};
use std::error::Error as StdError;
use std::io;
use tokio_rustls::rustls::{self, AlertDescription, CertificateError};

/// What TLS says of a foreign error, if it was TLS that failed. Says nothing of where.
pub(crate) fn failure(error: &(dyn StdError + 'static)) -> Option<Error> {
    find(error, |tls| Some(NotAccepted::in_error(tls).map_or_else(|| mapped(tls), NotAccepted::into_error)))
}

/// What `pick` makes of the first error of rustls' among the causes. An I/O error that wraps another hides it from
/// [`StdError::source`], and is opened.
pub(super) fn find<T>(
    error: &(dyn StdError + 'static),
    pick: impl Fn(&rustls::Error) -> Option<T>,
) -> Option<T> {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return pick(tls);
        }
        at = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

fn mapped(error: &rustls::Error) -> Error {
    use AlertDescription as Alert;
    let (kind, message) = match error {
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            Alert::HandshakeFailure | Alert::ProtocolVersion | Alert::InsufficientSecurity,
        ) => (Kind::Unsupported, "the camera speaks no TLS that is safe: it takes 1.2 or 1.3"),
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
            (Kind::Refused, "the camera does not prove that the certificate is its own")
        }
        rustls::Error::InvalidCertificate(_) => {
            (Kind::Unsupported, "the camera's certificate is of a kind that is not safe any more")
        }
        rustls::Error::InvalidMessage(_) => (Kind::Protocol, "what answers there does not speak TLS"),
        _ => (Kind::Protocol, "the TLS handshake with the camera failed"),
    };
    Error::new(kind, message).caused_by(excerpt(&error.to_string(), 200))
}
