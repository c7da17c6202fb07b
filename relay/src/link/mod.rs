//! One request over one open tunnel.

mod handle;
mod reply;

pub use handle::{Line, TunnelHandle};
pub use reply::{Reply, ReplyBody, Upgrade};
