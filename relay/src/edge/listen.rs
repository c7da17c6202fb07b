//! Accepts public connections and serves the requests on them.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::Edge;
use super::ending::Ending;
use super::gate::Gate;
use super::ingest::{self, Connection};
use super::slot::Slot;

/// Connections that wait for us to accept them: a burst of new ones must not be turned away.
const BACKLOG: i32 = 4096;
/// Pause after a failed accept: it fails for want of something, usually file descriptors, which
/// takes a moment to come back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Silence after which the system asks whether a sender is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// Streams at once on one HTTP/2 connection.
const HTTP2_STREAMS: u32 = 256;

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {addr} ({flag}): {source}")]
pub struct ListenError {
    /// The flag that sets it.
    pub flag: &'static str,
    /// Which address.
    pub addr: SocketAddr,
    /// Why.
    pub source: io::Error,
}

/// Binds an address `copies` times, so that as many threads can accept on it and the kernel
/// spreads connections over them.
///
/// # Errors
/// [`ListenError`], also if another program shares the address.
pub fn bind_shared(
    flag: &'static str,
    addr: SocketAddr,
    copies: usize,
) -> Result<Vec<TcpListener>, ListenError> {
    let bind = || -> io::Result<Vec<TcpListener>> {
        // Shared addresses are silently shared with other programs too; this finds them.
        drop(bind_one(addr, false)?);
        let first = bind_one(addr, true)?;
        let bound = first.local_addr()?;
        let mut listeners = vec![first];
        while listeners.len() < copies {
            listeners.push(bind_one(bound, true)?);
        }
        Ok(listeners)
    };
    bind().map_err(|source| ListenError { flag, addr, source })
}

fn bind_one(addr: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(shared)?;
    socket.set_nonblocking(true)?;
    // Accepted connections inherit it; setting it on each costs a system call.
    socket.set_tcp_nodelay(true)?;
    // Likewise inherited. Finds senders that vanished where nothing is sent to them: upgrades.
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEP_ALIVE))?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// One thread's share of a public listener.
pub struct Listener {
    /// The socket.
    pub socket: TcpListener,
    /// TLS, if this listener speaks it.
    pub tls: Option<TlsAcceptor>,
}

/// Accepts and serves until `shutdown`; connections go on among the edge's tasks.
///
/// # Errors
/// If the socket cannot be used at all.
pub async fn serve(
    edge: Arc<Edge>,
    listener: Listener,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let socket = tokio::net::TcpListener::from_std(listener.socket)?;
    let limits = Arc::new(edge.limits.clone());
    loop {
        let accepted = tokio::select! {
            biased;
            accepted = socket.accept(), if !shutdown.is_cancelled() => accepted,
            () = shutdown.cancelled() => return Ok(()),
        };
        match accepted {
            Ok((stream, peer)) => {
                let served = Served {
                    edge: Arc::clone(&edge),
                    limits: Arc::clone(&limits),
                    peer,
                    shutdown: shutdown.clone(),
                };
                let tls = listener.tls.clone();
                // A task of each kind has just the size it needs: thousands of them are idle.
                match tls {
                    None => drop(edge.tasks.spawn(served.http1(stream, None))),
                    Some(tls) => drop(edge.tasks.spawn(served.tls(stream, tls))),
                }
            }
            Err(error) => {
                tracing::warn!("cannot accept a connection, going on: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

struct Served {
    edge: Arc<Edge>,
    limits: Arc<crate::config::Limits>,
    peer: SocketAddr,
    shutdown: CancellationToken,
}

impl Served {
    async fn tls(self, stream: TcpStream, acceptor: TlsAcceptor) {
        let stream = match timeout(self.limits.handshake_within, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return tracing::debug!(peer = %self.peer, "no TLS: {error}"),
            Err(_) => return tracing::debug!(peer = %self.peer, "TLS handshake too slow"),
        };
        let session = stream.get_ref().1;
        let sni = session.server_name().map(Arc::from);
        if session.alpn_protocol() == Some(b"h2") {
            Box::pin(self.http2(stream, sni)).await;
        } else {
            Box::pin(self.http1(stream, Some(sni))).await;
        }
    }

    async fn http1<T>(self, stream: T, tls: Option<Option<Arc<str>>>)
    where
        T: AsyncRead + AsyncWrite + Ending + Unpin + Send + 'static,
    {
        let Self {
            edge,
            limits,
            peer,
            shutdown,
        } = self;
        let slot = Slot::default();
        let gate = Gate::new(stream, slot.clone(), limits);
        let connection = Connection {
            peer,
            tls,
            slot: Some(slot),
        };
        // Boxed: the library keeps the place of a future for as long as the connection lives.
        let service = service_fn(move |request| {
            Box::pin(ingest::serve(
                Arc::clone(&edge),
                connection.clone(),
                request,
            ))
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            // The gate has its own, stricter, clock for heads.
            .header_read_timeout(None)
            .auto_date_header(false)
            .serve_connection(TokioIo::new(gate), service)
            .with_upgrades();
        tokio::pin!(serving);
        let result = tokio::select! {
            biased;
            result = serving.as_mut() => result,
            () = shutdown.cancelled() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = result {
            // Without the address: thousands of connections would keep room for it.
            tracing::debug!("connection ended: {error}");
        }
    }

    async fn http2(self, stream: TlsStream<TcpStream>, sni: Option<Arc<str>>) {
        let Self {
            edge,
            limits,
            peer,
            shutdown,
        } = self;
        let connection = Connection {
            peer,
            tls: Some(sni),
            slot: None,
        };
        // Boxed: the library keeps the place of a future for as long as the connection lives.
        let service = service_fn(move |request| {
            Box::pin(ingest::serve(
                Arc::clone(&edge),
                connection.clone(),
                request,
            ))
        });
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .auto_date_header(false)
            .max_concurrent_streams(HTTP2_STREAMS)
            .max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
            .initial_stream_window_size(1024 * 1024)
            .initial_connection_window_size(4 * 1024 * 1024)
            .keep_alive_interval(limits.idle)
            .keep_alive_timeout(limits.handshake_within);
        let serving = builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(serving);
        let result = tokio::select! {
            biased;
            result = serving.as_mut() => result,
            () = shutdown.cancelled() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = result {
            tracing::debug!(%peer, "connection ended: {error}");
        }
    }
}
