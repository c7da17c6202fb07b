//! Limits and time-outs of a relay, with their defaults.

use std::time::Duration;

/// Limits and time-outs. All of them bound what one peer can make the relay hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's head, from its first byte to the empty line.
    pub head: usize,
    /// Header fields of a request.
    pub headers: usize,
    /// Bytes of a request target.
    pub target: usize,
    /// A request's head must be whole within this after its first byte.
    pub head_within: Duration,
    /// TLS and QUIC handshakes must be done within this.
    pub handshake_within: Duration,
    /// An idle connection is closed after this; so is one whose body stands still.
    pub idle: Duration,
    /// An answer's head must come within this. The client has a shorter time-out of its own, so
    /// this only fires if the client itself hangs.
    pub answer_within: Duration,
    /// Requests under way at once on one tunnel.
    pub requests_per_tunnel: usize,
    /// A stream must open within this; only a client that allows too few makes it wait.
    pub open_within: Duration,
    /// At shutdown, requests under way may take this long.
    pub drain: Duration,
    /// A name stays with its owner this long after its last tunnel.
    pub lease: Duration,
    /// Names known at once, connected or leased.
    pub names: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: 64 * 1024,
            headers: 100,
            target: 16 * 1024,
            head_within: Duration::from_secs(10),
            handshake_within: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            answer_within: Duration::from_secs(35),
            requests_per_tunnel: 2_048,
            open_within: Duration::from_secs(5),
            drain: Duration::from_secs(30),
            lease: Duration::from_secs(30 * 24 * 3600),
            names: 100_000,
        }
    }
}
