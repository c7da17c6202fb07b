//! TLS towards https origins.

use std::sync::Arc;

use hookreel_shared::net::{Trust, TrustError, crypto_provider};
use rustls::Error;
use tokio_rustls::TlsConnector;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// There is nothing to trust.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The library refuses.
    #[error("TLS cannot be set up: {0}")]
    Config(#[from] Error),
}

/// A connector that accepts any certificate if `insecure`, else what the machine trusts.
pub(super) fn connector(insecure: bool) -> Result<TlsConnector, TlsError> {
    let provider = crypto_provider();
    let trust = if insecure {
        Trust::Any
    } else {
        Trust::WebRoots
    };
    let verifier = trust.verifier(Arc::clone(&provider))?;
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
