//! Senders that speak HTTP/1.1 and HTTP/2 by the book, and bodies whose hash is known.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use aws_lc_rs::digest::{Context as Digest, SHA256};
use bytes::Bytes;
use hookreel_shared::model::Principal;
use hookreel_shared::net::{Trust, crypto_provider};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::BoxBody;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::until::within;

/// Any body.
pub type AnyBody = BoxBody<Bytes, Infallible>;

/// Largest part of a made-up body.
const PART: usize = 16 * 1024;

/// A made-up body of so many bytes, the same for the same length.
#[derive(Debug)]
pub struct MadeUp {
    left: u64,
    next: u8,
    sized: bool,
}

impl MadeUp {
    /// With its length known beforehand, or not.
    #[must_use]
    pub fn new(length: u64, sized: bool) -> Self {
        Self {
            left: length,
            next: 0,
            sized,
        }
    }

    /// The SHA-256 of one of so many bytes, in hex.
    #[must_use]
    pub fn hash(length: u64) -> String {
        let (mut body, mut digest) = (Self::new(length, true), Digest::new(&SHA256));
        while let Some(part) = body.part() {
            digest.update(&part);
        }
        hex::encode(digest.finish())
    }

    /// So many bytes of it, or all there are.
    #[must_use]
    pub fn beginning(mut self, length: usize) -> Bytes {
        let mut bytes = Vec::with_capacity(length + PART);
        while bytes.len() < length
            && let Some(part) = self.part()
        {
            bytes.extend_from_slice(&part);
        }
        bytes.truncate(length);
        bytes.into()
    }

    fn part(&mut self) -> Option<Bytes> {
        if self.left == 0 {
            return None;
        }
        let length = usize::try_from(self.left).unwrap_or(PART).min(PART);
        self.left -= length as u64;
        self.next = self.next.wrapping_add(1);
        // Parts begin differently, so that they cannot change places unnoticed.
        let from = usize::from(self.next);
        Some(pattern().slice(from..from + length))
    }
}

/// What made-up bodies are cut from.
fn pattern() -> &'static Bytes {
    static PATTERN: OnceLock<Bytes> = OnceLock::new();
    PATTERN.get_or_init(|| (0..PART + 256).map(|at| (at % 251) as u8).collect())
}

impl Body for MadeUp {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.part().map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0 && self.sized
    }

    fn size_hint(&self) -> SizeHint {
        if self.sized {
            SizeHint::with_exact(self.left)
        } else {
            SizeHint::new()
        }
    }
}

/// Reads a body to its end; gives its length and SHA-256 in hex.
///
/// # Errors
/// If it breaks off.
pub async fn hash<B>(body: B) -> Result<(u64, String), B::Error>
where
    B: Body<Data = Bytes>,
{
    let mut body = std::pin::pin!(body);
    let (mut length, mut digest) = (0, Digest::new(&SHA256));
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            length += data.len() as u64;
            digest.update(&data);
        }
    }
    Ok((length, hex::encode(digest.finish())))
}

/// No body.
#[must_use]
pub fn empty() -> AnyBody {
    http_body_util::Empty::new().boxed()
}

/// A connection that speaks HTTP/1.1.
///
/// # Panics
/// If it is not to be had.
pub async fn http1(addr: SocketAddr) -> http1::SendRequest<AnyBody> {
    let stream = within("a connection", TcpStream::connect(addr))
        .await
        .expect("a connection");
    let _ = stream.set_nodelay(true);
    let (sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .expect("a handshake");
    tokio::spawn(connection.with_upgrades());
    sender
}

/// A connection that speaks HTTP/2, to the relay whose key is `pin`.
///
/// # Panics
/// If it is not to be had.
pub async fn http2(addr: SocketAddr, host: &str, pin: Principal) -> http2::SendRequest<AnyBody> {
    let stream = tls(addr, host, pin, b"h2").await;
    let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (sender, connection) = handshake.expect("a handshake");
    tokio::spawn(connection);
    sender
}

/// A connection that speaks HTTP/1.1 over TLS.
///
/// # Panics
/// If it is not to be had.
pub async fn https1(addr: SocketAddr, host: &str, pin: Principal) -> http1::SendRequest<AnyBody> {
    let stream = tls(addr, host, pin, b"http/1.1").await;
    let (sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .expect("a handshake");
    tokio::spawn(connection.with_upgrades());
    sender
}

async fn tls(addr: SocketAddr, host: &str, pin: Principal, alpn: &[u8]) -> TlsStream<TcpStream> {
    let provider = crypto_provider();
    let verifier = Trust::Pin(pin)
        .verifier(Arc::clone(&provider))
        .expect("a pin can be verified");
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let stream = within("a connection", TcpStream::connect(addr))
        .await
        .expect("a connection");
    let name = ServerName::try_from(host.to_owned()).expect("a host");
    let secured = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = within("TLS", secured).await.expect("TLS");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(alpn));
    stream
}
