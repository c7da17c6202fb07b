//! What the relay and the client of hookreel have in common.
//!
//! Floors, lowest first; a module uses only floors below its own:
//!
//! | floor | module | what |
//! |---|---|---|
//! | 0 | [`model`] | plain data: ids, headers, messages, the exchange and its events, failures |
//! | 0 | [`json`] | JSON tokens and their places |
//! | 1 | [`filter`] | the one language that says which exchanges are meant |
//! | 1 | [`pretty`] | bodies as people read them: JSON, hex, text that cannot act |
//! | 1 | [`provider`] | kinds of senders: detection, signatures, handshakes, samples |
//! | 1 | [`redact`] | secrets masked |
//! | 2 | [`diff`] | what differs between two messages |
//! | 2 | [`export`] | exchanges in other tools' forms, and back |
//! | 3 | [`wire`] | bytes and frames of the tunnel protocol, its limits and versions |
//! | 4 | [`session`] | state machines without I/O: hello, claims, keep-alive, reconnect |
//! | 5 | `net` | (feature `net`) identity, trust, QUIC endpoints, transports, bodies |
//!
//! Everything but `net` is pure: no clock, no randomness, no sockets. Time and random seeds
//! are arguments, also the system's randomness where a key is made. What `aws-lc-rs`, `crc32fast`,
//! `toml` and `secrecy` do here is to compute: digests and signatures, the table of providers from a
//! text, secrets that do not print. Start reading at [`wire`]: it holds the protocol on one page.

pub mod diff;
pub mod export;
pub mod filter;
pub mod json;
pub mod model;
#[cfg(feature = "net")]
pub mod net;
pub mod pretty;
pub mod provider;
pub mod redact;
pub mod session;
pub mod wire;
