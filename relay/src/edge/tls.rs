//! TLS of the public listener.

use std::sync::Arc;

use hookreel_shared::net::crypto_provider;
use tokio_rustls::TlsAcceptor;

use crate::certs::Certificate;

/// Accepts TLS 1.2 and 1.3, and HTTP/2 or HTTP/1.1 by ALPN.
///
/// # Errors
/// If the certificate and key do not belong together.
pub fn acceptor(certificate: &Certificate) -> Result<TlsAcceptor, rustls::Error> {
    let mut config = rustls::ServerConfig::builder_with_provider(crypto_provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificate.chain.clone(), certificate.key())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
