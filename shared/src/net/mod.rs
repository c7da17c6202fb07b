//! Everything that does I/O: keys and trust, QUIC endpoints, transports, bodies on streams.

mod at_once;
mod body;
mod certificate;
mod clock;
mod convert;
mod endpoint;
mod framed;
mod identity;
mod pump;
pub mod restore;
mod stream;
mod transport;
mod trust;

pub use at_once::at_once;
pub use body::StreamBody;
pub use certificate::{Certificate, CertificateError, pem};
pub use clock::wall_clock;
pub use convert::{ConvertError, append, from_header_map, to_header_map};
pub use endpoint::{EndpointError, bind_udp, client_endpoint, connect, server_endpoint};
pub use framed::{FrameWriter, FramedError, read_frames};
pub use identity::{
    Identity, IdentityError, create_private_dir, fingerprint, is_exposed, stable_hash,
};
pub use pump::{After, PumpError, pump};
pub use stream::{RecvHalf, SendHalf, StreamError};
pub use transport::{BoxFuture, Closed, QuicTransport, Transport};
pub use trust::{Trust, TrustError, crypto_provider};
