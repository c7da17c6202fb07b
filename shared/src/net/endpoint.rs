//! QUIC endpoints with the settings a tunnel needs. Why each: the comments.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use quinn::congestion::BbrConfig;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{AckFrequencyConfig, EndpointConfig, IdleTimeout, TransportConfig, VarInt};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use socket2::{Domain, Protocol, Socket, Type};

use super::identity::Identity;
use super::transport::QuicTransport;
use super::trust::{AnyClient, Trust, TrustError, crypto_provider};
use crate::wire::ALPN;
use crate::wire::limits::FIRST_STREAMS;

/// The kernel's own 208 KiB drop bursts; asked for, granted as far as the system allows.
const UDP_BUFFER: usize = 4 * 1024 * 1024;
/// One request may fill a path of 50 ms at 40 MB/s. Not more: the library gives a connection up
/// when a stream holds 2,048 pieces with gaps between them, and a window of packets of 1,200
/// bytes, one of them lost, must stay below that.
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;
/// All requests together. Bounds what a peer can make us hold, and what slow readers can take
/// from the others: that many stream windows stand still before a tunnel does.
const CONNECTION_WINDOW: u32 = 128 * STREAM_WINDOW;
/// Unacknowledged bytes we hold for a peer.
const SEND_WINDOW: u64 = 16 * 1024 * 1024;
/// A burst of webhooks on a tunnel that was idle should leave in one flight: what is sent is
/// spread over a round trip by the size of the window, not of the burst. Measured with 64 webhooks
/// of 2 KiB and 50 ms: 256 KiB takes 85 ms, 1 MiB takes 60 ms.
const RELAY_INITIAL_WINDOW: u64 = 1024 * 1024;
/// The way back is often the narrow one, and most answers are small.
const CLIENT_INITIAL_WINDOW: u64 = 256 * 1024;
/// NAT bindings live 30 s and more; but this is also how a dead peer is noticed within 3 s.
const KEEP_ALIVE: Duration = Duration::from_secs(1);
/// Last resort after the keep-alive watch.
const IDLE_TIMEOUT_MS: u32 = 5_000;
/// Half-open handshakes the relay keeps (quinn's default is 65,536).
const MAX_INCOMING: usize = 1_024;

/// Why an endpoint or a connection cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The socket cannot be had.
    #[error("{0}")]
    Socket(#[from] io::Error),
    /// The certificate or key is of no use.
    #[error("the certificate and key cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// Trust cannot be set up.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The configuration is refused by the QUIC library.
    #[error("QUIC cannot be set up: {0}")]
    Quic(String),
    /// The peer cannot be reached or refused the handshake.
    #[error("{0}")]
    Connect(#[from] quinn::ConnectionError),
}

/// `streams` is how many the peer may have open at once, at first.
fn transport(initial_window: u64, streams: u32) -> Arc<TransportConfig> {
    let mut bbr = BbrConfig::default();
    // Loss on one shared connection would halve CUBIC's window for all requests at once; BBR
    // costs some CPU on a perfect path and wins on every other.
    bbr.initial_window(initial_window);
    let mut acks = AckFrequencyConfig::default();
    acks.ack_eliciting_threshold(VarInt::from_u32(10))
        .max_ack_delay(Some(Duration::from_millis(5)));
    let mut config = TransportConfig::default();
    config
        .max_concurrent_bidi_streams(VarInt::from_u32(streams))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW))
        .send_window(SEND_WINDOW)
        .send_fairness(false)
        .keep_alive_interval(Some(KEEP_ALIVE))
        .max_idle_timeout(Some(IdleTimeout::from(VarInt::from_u32(IDLE_TIMEOUT_MS))))
        .ack_frequency_config(Some(acks))
        .congestion_controller_factory(Arc::new(bbr));
    Arc::new(config)
}

/// A UDP socket with buffers large enough for bursts.
///
/// # Errors
/// That of the system, for instance that the port is in use.
pub fn bind_udp(addr: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
    for (what, result) in [
        ("receive", socket.set_recv_buffer_size(UDP_BUFFER)),
        ("send", socket.set_send_buffer_size(UDP_BUFFER)),
    ] {
        if let Err(error) = result {
            tracing::debug!("UDP {what} buffer stays at the system's default: {error}");
        }
    }
    socket.bind(&addr.into())?;
    Ok(socket.into())
}

/// The relay's endpoint. Must be called inside the runtime that is to drive it.
///
/// # Errors
/// [`EndpointError::Tls`] or [`EndpointError::Quic`].
pub fn server_endpoint(
    socket: UdpSocket,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<quinn::Endpoint, EndpointError> {
    let provider = crypto_provider();
    let mut tls = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(AnyClient(provider)))
        .with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![ALPN.to_vec()];
    let crypto =
        QuicServerConfig::try_from(tls).map_err(|error| EndpointError::Quic(error.to_string()))?;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    config
        .transport_config(transport(RELAY_INITIAL_WINDOW, 1))
        .max_incoming(MAX_INCOMING);
    Ok(quinn::Endpoint::new(
        EndpointConfig::default(),
        Some(config),
        socket,
        Arc::new(quinn::TokioRuntime),
    )?)
}

/// A client's endpoint, for one connection. Must be called inside the runtime that is to drive it.
///
/// # Errors
/// [`EndpointError`].
pub fn client_endpoint(
    remote: SocketAddr,
    identity: &Identity,
    trust: &Trust,
) -> Result<quinn::Endpoint, EndpointError> {
    let local: SocketAddr = if remote.is_ipv4() {
        ([0, 0, 0, 0], 0).into()
    } else {
        ([0u16; 8], 0).into()
    };
    let provider = crypto_provider();
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(trust.verifier(provider)?)
        .with_client_auth_cert(identity.chain(), identity.key())?;
    tls.alpn_protocols = vec![ALPN.to_vec()];
    let crypto =
        QuicClientConfig::try_from(tls).map_err(|error| EndpointError::Quic(error.to_string()))?;
    let mut config = quinn::ClientConfig::new(Arc::new(crypto));
    config.transport_config(transport(CLIENT_INITIAL_WINDOW, FIRST_STREAMS));
    let socket = bind_udp(local)?;
    let mut endpoint = quinn::Endpoint::new(
        EndpointConfig::default(),
        None,
        socket,
        Arc::new(quinn::TokioRuntime),
    )?;
    endpoint.set_default_client_config(config);
    Ok(endpoint)
}

/// Connects to a relay that is known by `server_name` to its certificate.
///
/// # Errors
/// [`EndpointError`].
pub async fn connect(
    endpoint: &quinn::Endpoint,
    remote: SocketAddr,
    server_name: &str,
) -> Result<QuicTransport, EndpointError> {
    let connecting = endpoint
        .connect(remote, server_name)
        .map_err(|error| EndpointError::Quic(error.to_string()))?;
    Ok(QuicTransport::new(connecting.await?))
}
