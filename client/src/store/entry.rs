//! What is handed over to be written.

use bytes::Bytes;
use hookreel_shared::model::Exchange;

use super::spill::Spilled;

/// An exchange to be written, with what others found out about it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// All of it. Written again under the same id, it replaces what was there; mark, note and
    /// processing status stay.
    pub exchange: Exchange,
    /// The kind of sender, where it was recognised.
    pub provider: Option<String>,
    /// What the sender calls the event.
    pub event: Option<String>,
    /// What the sender calls this delivery; the same again is a duplicate.
    pub delivery: Option<String>,
    /// What the signature check found.
    pub verdict: Option<String>,
    /// Where the bodies are that went to files of their own while they passed. Of these the exchange
    /// has nothing but size and hash, the hash in any case.
    pub request_file: Option<Spilled>,
    /// As `request_file`.
    pub response_file: Option<Spilled>,
    /// Heads that need not be encoded again.
    pub framed: Framed,
}

/// Heads as they are on the wire, without the length before them ([`hookreel_shared::wire::head`]). The same as those of
/// the exchange.
#[derive(Debug, Clone, Default)]
pub struct Framed {
    /// The request's.
    pub request: Option<Bytes>,
    /// The answer's.
    pub response: Option<Bytes>,
}

impl From<Exchange> for Entry {
    fn from(exchange: Exchange) -> Self {
        Self {
            exchange,
            provider: None,
            event: None,
            delivery: None,
            verdict: None,
            request_file: None,
            response_file: None,
            framed: Framed::default(),
        }
    }
}
