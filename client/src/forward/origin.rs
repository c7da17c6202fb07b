//! One origin: where it is, what is changed for it, and the connections to it.

use std::error::Error;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::model::{FailureKind, Timestamp};
use hookreel_shared::net::{StreamError, wall_clock};
use http::Response;
use http_body::Body;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

use super::address::{Address, Scheme};
use super::connect::Dialer;
use super::pool::{Connection, Pool, keep_for};
use super::rewrite::{Outgoing, Rewrite};
use super::tap::{Tap, Tapped};
use super::tls::{self, TlsError};
use crate::record::Passing;

/// Largest head of an answer.
pub(super) const MAX_ANSWER_HEAD: usize = 256 * 1024;
/// TLS with the origin must be done within this.
const TLS_WITHIN: Duration = Duration::from_secs(5);

/// What is set for an origin.
#[derive(Debug, Clone)]
pub struct OriginOptions {
    /// Where it is.
    pub address: Address,
    /// What is changed on the way to it.
    pub rewrite: Rewrite,
    /// Whether any certificate is accepted. On loopback it is in any case.
    pub insecure: bool,
    /// The head of its answer must come within this, counted from the last byte that moved.
    pub answer_within: Duration,
}

/// Why an origin cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    /// It must not be one.
    #[error("{0} cannot be an origin: {1}")]
    Forbidden(Address, &'static str),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// An origin with its pool of connections.
pub struct Origin<B> {
    pub(super) options: OriginOptions,
    dialer: Dialer,
    tls: Option<TlsConnector>,
    pool: Pool<B>,
}

/// When a request went out, if somebody wants to know.
#[derive(Debug)]
pub(super) struct SentAt {
    wanted: bool,
    /// Microseconds since 1970; 0 for not yet.
    at: AtomicI64,
}

impl SentAt {
    pub(super) fn new(wanted: bool) -> Self {
        let at = AtomicI64::new(0);
        Self { wanted, at }
    }

    pub(super) fn get(&self) -> Option<Timestamp> {
        let at = self.at.load(Ordering::Relaxed);
        (at != 0).then(|| Timestamp::from_micros(at))
    }

    fn now(&self) {
        if self.wanted {
            self.at.store(wall_clock().as_micros(), Ordering::Relaxed);
        }
    }
}

/// An answer, and the connection it came on.
pub(super) struct Answered<B> {
    pub(super) response: Response<Incoming>,
    pub(super) connection: Connection<B>,
    pub(super) keep_for: Duration,
}

impl<B> Origin<B>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Error + Send + Sync + 'static,
{
    /// An origin that is not yet connected to.
    ///
    /// # Errors
    /// [`OriginError`].
    pub fn new(options: OriginOptions) -> Result<Self, OriginError> {
        let address = &options.address;
        if address.is_link_local() {
            let why = "link-local addresses serve credentials in many clouds";
            return Err(OriginError::Forbidden(address.clone(), why));
        }
        let tls = match address.scheme {
            Scheme::Http => None,
            Scheme::Https => Some(tls::connector(options.insecure || address.is_loopback())?),
        };
        Ok(Self {
            options,
            dialer: Dialer::default(),
            tls,
            pool: Pool::default(),
        })
    }

    /// Sends a request on a kept connection, or on a new one. A kept connection that turns out
    /// closed before anything of the request was written is replaced by a new one, once; in
    /// any other case the origin may have seen the request, and it is not sent again. `sent` is
    /// told when there is a connection.
    pub(super) async fn send(
        &self,
        outgoing: Outgoing<B>,
        sent: &SentAt,
    ) -> Result<Answered<B>, FailureKind> {
        let mut outgoing = outgoing;
        if let Some(mut connection) = self.pool.take() {
            sent.now();
            match connection.send(outgoing).await {
                Ok(response) => return Ok(Self::answered(response, connection)),
                Err((_, Some(unsent))) => outgoing = unsent,
                Err((error, None)) => return Err(classify(&error)),
            }
        }
        // Boxed: what connecting needs is large, and rarely needed.
        let mut connection = Box::pin(self.connect()).await?;
        sent.now();
        match connection.send(outgoing).await {
            Ok(response) => Ok(Self::answered(response, connection)),
            Err((error, _)) => Err(classify(&error)),
        }
    }

    fn answered(response: Response<Incoming>, connection: Connection<B>) -> Answered<B> {
        let keep_for = keep_for(response.headers());
        Answered {
            response,
            connection,
            keep_for,
        }
    }

    /// Keeps a connection on which the library has nothing left to do.
    pub(super) fn keep(&self, connection: Connection<B>, keep_for: Duration) {
        self.pool.put(connection, keep_for);
    }

    /// Keeps a connection once the library has nothing left to do on it.
    pub(super) async fn keep_once_ready(
        &self,
        mut connection: Connection<B>,
        keep_for: Duration,
        up: &Passing,
    ) {
        loop {
            let moved = up.bytes();
            let ready = timeout(self.options.answer_within, connection.sender.ready()).await;
            match ready {
                Ok(Ok(())) => return self.keep(connection, keep_for),
                // A request that is still being sent may outlast its answer.
                Err(_) if up.bytes() > moved => {}
                Ok(Err(_)) | Err(_) => return,
            }
        }
    }

    async fn connect(&self) -> Result<Connection<B>, FailureKind> {
        let stream = self.dialer.connect(&self.options.address).await?;
        match &self.tls {
            None => handshake(stream).await,
            Some(connector) => handshake(self.secure(connector, stream).await?).await,
        }
    }

    async fn secure(
        &self,
        connector: &TlsConnector,
        stream: TcpStream,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, FailureKind> {
        let name = ServerName::try_from(self.options.address.host.clone())
            .map_err(|_| FailureKind::OriginTls)?;
        match timeout(TLS_WITHIN, connector.connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => {
                tracing::debug!("TLS with {}: {error}", self.options.address);
                Err(FailureKind::OriginTls)
            }
            Err(_) => Err(FailureKind::OriginTimeout),
        }
    }
}

async fn handshake<T, B>(stream: T) -> Result<Connection<B>, FailureKind>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Error + Send + Sync + 'static,
{
    let tap = Tap::default();
    let (sender, connection) = http1::Builder::new()
        .max_headers(hookreel_shared::wire::limits::MAX_HEADERS)
        .max_buf_size(MAX_ANSWER_HEAD)
        .handshake(TokioIo::new(Tapped::new(stream, &tap)))
        .await
        .map_err(|error| classify(&error))?;
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!("connection to the origin ended: {error}");
        }
    });
    Ok(Connection {
        sender,
        tap,
        _driver: AbortOnDropHandle::new(driver),
    })
}

/// What an error of the library says about the origin; or about the request's own body, which
/// the library reports the same way.
fn classify(error: &hyper::Error) -> FailureKind {
    let mut cause = error.source();
    while let Some(inner) = cause {
        match inner.downcast_ref::<StreamError>() {
            Some(StreamError::Lost) => return FailureKind::TunnelLost,
            Some(_) => return FailureKind::SenderGone,
            None => cause = inner.source(),
        }
    }
    if error.is_parse() || error.is_parse_too_large() {
        FailureKind::OriginBroken
    } else if error.is_timeout() {
        FailureKind::OriginTimeout
    } else {
        FailureKind::OriginClosed
    }
}
