//! The tunnel protocol, on one page.
//!
//! A client connects to the relay over QUIC (RFC 9000) with ALPN [`ALPN`]. TLS proves both
//! sides' keys: the relay's by web roots or a pin, the client's by a self-signed certificate
//! whose key hash is the principal that names belong to.
//!
//! ```text
//! control stream   the first bidirectional stream, opened by the client; lives as long as the tunnel.
//!                  Frames both ways: length u32 BE, then a postcard enum (control).
//!   client ▶ Hello{versions, agent}   Claim{claim, name?, hint}   Release{claim}   Drain
//!   relay  ▶ Welcome{version, …} | Refused{code}   Granted{claim, name, urls} | Denied{claim, code}
//!            Revoked{claim, code}   Drain   Drained
//!
//! request stream   a bidirectional stream that carries one request at a time, opened by the relay.
//!   relay  ▶ head: length u32 BE, postcard RequestHead │ body │ the next head, or FIN
//!   client ▶ any number of: length u32 BE, postcard Interim (1xx)
//!            then           length u32 BE, postcard ResponseHead │ body │ AGAIN, or FIN
//!
//! body             Empty    nothing
//!                  Length   exactly that many raw bytes
//!                  Chunked  (length u32 BE > 0, bytes)*  0 u32  trailers: length u32 BE, postcard
//!                  Upgrade  raw bytes, once the answer was 101
//! ```
//!
//! - Both directions of a request stream run independently: an answer may begin, and end,
//!   before the request does.
//! - `AGAIN` ([`body::AGAIN`]) says that the client has read the request to its end and waits for
//!   another on the same stream. Only after it may the relay send one; it need not, and may end
//!   the stream instead. The client leaves that to the relay. Requests never wait for one another: while a stream is
//!   busy, others are opened.
//! - A body that ends early (FIN before its length or its end mark) is broken, never complete.
//! - Failures and cancels are stream resets with a code ([`code`]); the table there is the only one.
//! - Every length is checked against [`limits`] before anything is allocated.
//! - Enums only ever grow at the end; what a version may send is settled by [`version`].

pub mod body;
pub mod code;
pub mod control;
pub mod frame;
pub mod head;
pub mod limits;
pub mod version;

/// Application protocol of the tunnel in the TLS handshake (RFC 7301). The number changes only
/// when even the hello can no longer be read by older peers.
pub const ALPN: &[u8] = b"hookreel/1";
