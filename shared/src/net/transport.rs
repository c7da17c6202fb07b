//! The seam between tunnels and what carries them.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use quinn::{ConnectionError, VarInt};
use rustls::pki_types::CertificateDer;

use super::identity::fingerprint;
use super::stream::{RecvHalf, SendHalf, StreamError};
use crate::model::Principal;
use crate::wire::code::CloseCode;

/// A future on the heap, as trait objects need.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why a tunnel is no more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// We closed it.
    #[error("closed here")]
    Here,
    /// The peer closed it and said why.
    #[error("closed by the peer: {0:?} {1}")]
    Peer(CloseCode, String),
    /// It broke.
    #[error("lost: {0}")]
    Lost(String),
}

/// One connection between a client and a relay that carries many streams.
pub trait Transport: Send + Sync {
    /// Opens a bidirectional stream; waits while the peer allows no more.
    fn open(&self) -> BoxFuture<'_, Result<(SendHalf, RecvHalf), StreamError>>;
    /// The next stream the peer opened.
    fn accept(&self) -> BoxFuture<'_, Result<(SendHalf, RecvHalf), Closed>>;
    /// How many streams the peer may have open at once from now on.
    fn allow(&self, streams: u32);
    /// Closes at once; what was not delivered is lost.
    fn close(&self, code: CloseCode, reason: &str);
    /// Waits until the connection is no more.
    fn closed(&self) -> BoxFuture<'_, Closed>;
    /// The current estimate of the round trip.
    fn rtt(&self) -> Duration;
    /// Packets received since the beginning; see [`crate::session::KeepAlive`].
    fn packets_received(&self) -> u64;
    /// Whose key the peer proved to hold.
    fn principal(&self) -> Option<Principal>;
    /// The peer's address.
    fn remote(&self) -> SocketAddr;
    /// The word for it in outputs.
    fn kind(&self) -> &'static str;
}

/// A QUIC connection.
#[derive(Debug, Clone)]
pub struct QuicTransport(quinn::Connection);

impl QuicTransport {
    /// Wraps a connection whose handshake is done.
    #[must_use]
    pub fn new(connection: quinn::Connection) -> Self {
        Self(connection)
    }
}

impl Transport for QuicTransport {
    fn open(&self) -> BoxFuture<'_, Result<(SendHalf, RecvHalf), StreamError>> {
        Box::pin(async {
            let (send, recv) = self.0.open_bi().await.map_err(|_| StreamError::Lost)?;
            Ok((SendHalf::new(send), RecvHalf::new(recv)))
        })
    }

    fn accept(&self) -> BoxFuture<'_, Result<(SendHalf, RecvHalf), Closed>> {
        Box::pin(async {
            let (send, recv) = self.0.accept_bi().await.map_err(Closed::from)?;
            Ok((SendHalf::new(send), RecvHalf::new(recv)))
        })
    }

    fn allow(&self, streams: u32) {
        self.0
            .set_max_concurrent_bi_streams(VarInt::from_u32(streams));
    }

    fn close(&self, code: CloseCode, reason: &str) {
        self.0
            .close(VarInt::from_u32(code.number()), reason.as_bytes());
    }

    fn closed(&self) -> BoxFuture<'_, Closed> {
        Box::pin(async { self.0.closed().await.into() })
    }

    fn rtt(&self) -> Duration {
        self.0.rtt()
    }

    fn packets_received(&self) -> u64 {
        self.0.stats().udp_rx.datagrams
    }

    fn principal(&self) -> Option<Principal> {
        let identity = self.0.peer_identity()?;
        let chain = identity.downcast::<Vec<CertificateDer<'static>>>().ok()?;
        fingerprint(chain.first()?).ok()
    }

    fn remote(&self) -> SocketAddr {
        self.0.remote_address()
    }

    fn kind(&self) -> &'static str {
        "quic"
    }
}

impl From<ConnectionError> for Closed {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::LocallyClosed => Self::Here,
            ConnectionError::ApplicationClosed(close) => {
                let number = u32::try_from(close.error_code.into_inner()).unwrap_or(u32::MAX);
                Self::Peer(
                    CloseCode::from_number(number),
                    String::from_utf8_lossy(&close.reason).into_owned(),
                )
            }
            other => Self::Lost(other.to_string()),
        }
    }
}
