//! Accepts QUIC connections. Each is handed to a task of its own before anything is awaited, so
//! that one silent client cannot keep others waiting.

use std::sync::Arc;

use hookreel_shared::net::{QuicTransport, Transport};
use tokio::time::timeout;

use super::Tunnels;
use super::session;

/// Above this many half-open handshakes, clients must first prove their address (RFC 9000 §8.1).
const RETRY_ABOVE: usize = 512;

/// Accepts clients until shutdown.
pub async fn serve(endpoint: quinn::Endpoint, tunnels: Tunnels) {
    loop {
        let incoming = tokio::select! {
            incoming = endpoint.accept() => incoming,
            () = tunnels.shutdown.cancelled() => return,
        };
        let Some(incoming) = incoming else { return };
        if endpoint.open_connections() > RETRY_ABOVE
            && !incoming.remote_address_validated()
            && incoming.may_retry()
        {
            let _ = incoming.retry();
            continue;
        }
        let session = tunnels.clone();
        tunnels.tasks.spawn(async move {
            let remote = incoming.remote_address();
            match timeout(session.limits.handshake_within, incoming).await {
                Ok(Ok(connection)) => {
                    let transport: Arc<dyn Transport> = Arc::new(QuicTransport::new(connection));
                    session::run(transport, session).await;
                }
                Ok(Err(error)) => tracing::debug!(%remote, "no tunnel: {error}"),
                Err(_) => tracing::debug!(%remote, "no tunnel: handshake too slow"),
            }
        });
    }
}
