//! Owns TLS towards clients (faults `tls` and `rtsps`): a certificate that nobody has signed, the same in every
//! simulated camera as the factory's own is in many real ones. Must not know what is spoken inside.

use std::{io, sync::Arc};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// Public as the certificate is: it protects nothing but simulated pictures.
const KEY: &[u8] = include_bytes!("tls/key.der");
const CERTIFICATE: &[u8] = include_bytes!("tls/certificate.der");

/// What takes TLS connections.
pub(crate) fn acceptor() -> io::Result<TlsAcceptor> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(KEY));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key)
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
