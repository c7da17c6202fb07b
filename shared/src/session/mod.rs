//! Both ends of a tunnel's control stream as state machines without I/O.
//!
//! The rim reads frames and the clock and passes both in: `handle_frame(frame, now)`,
//! `handle_timeout(now)`. It takes out what is to be done: `poll_frame()` to send,
//! `poll_event()` to act on, `poll_timeout()` for when to come back.

mod client;
mod keepalive;
mod reconnect;
mod relay;

pub use client::{ClaimRequest, ClientEvent, ClientSession};
pub use keepalive::KeepAlive;
pub use reconnect::Reconnect;
pub use relay::{RelayEvent, RelaySession};

/// The peer broke the rules of the control stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// A frame that may not come now.
    #[error("unexpected frame: {0}")]
    Unexpected(&'static str),
    /// The peer took too long.
    #[error("too slow: {0}")]
    TooSlow(&'static str),
    /// More claims than are allowed.
    #[error("too many claims")]
    TooManyClaims,
}
