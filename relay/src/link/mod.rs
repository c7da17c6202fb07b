//! One request over one open tunnel.

mod handle;
mod idle;
mod reply;

pub use handle::{Line, TunnelHandle};
pub use idle::IdleStreams;
pub use reply::{Reply, ReplyBody, Sending, Upgrade};
