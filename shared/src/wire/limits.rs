//! Every maximum of the protocol, in one place.

use std::time::Duration;

/// Longest encoded head on a request stream, in bytes. Larger than the edge's own limit on heads
/// (64 KiB), as names and lengths are added.
pub const MAX_HEAD: usize = 128 * 1024;

/// Longest frame on the control stream, in bytes.
pub const MAX_CONTROL: usize = 16 * 1024;

/// Longest chunk of a body of unknown length, in bytes. Senders cut larger ones.
pub const MAX_CHUNK: usize = 1024 * 1024;

/// Most header fields in one head, or trailers after one body.
pub const MAX_HEADERS: usize = 256;

/// Most interim (1xx) answers before the final one (a peer that sends more is broken).
pub const MAX_INTERIM: usize = 16;

/// Most names that one tunnel may claim.
pub const MAX_CLAIMS: usize = 64;

/// Request streams a client lets the relay have open at once, at the most. More would wait in the
/// relay. The other way there is but the control stream.
pub const MAX_STREAMS: u32 = 4096;

/// How many of them at first; more once half of them are in use. The QUIC library keeps memory of
/// streams that have ended for those to come, a hundred kilobytes after a large body, and as many
/// of them as may be opened.
pub const FIRST_STREAMS: u32 = 512;

/// A client must say hello within this after the handshake.
pub const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// A client must claim its first name within this after its hello.
pub const CLAIM_WITHIN: Duration = Duration::from_secs(10);

/// A peer that was not heard of for this long is dead.
pub const DEAD_AFTER: Duration = Duration::from_secs(3);
