//! The public face: takes requests from senders and gives them answers.

mod answer;
mod body;
mod ending;
mod feed;
mod forwarded;
mod gate;
pub mod head;
mod ingest;
mod listen;
mod name;
mod patience;
mod refusal;
mod restore;
mod slot;
mod tls;
mod upgrade;

use std::sync::Arc;

pub use ingest::Public;
pub use listen::{ListenError, Listener, bind_shared, serve};
pub use refusal::Refusal;
pub use tls::acceptor;

use tokio_util::task::TaskTracker;

use crate::config::Limits;
use crate::registry::Registry;

/// What every connection of the edge works with.
#[derive(Debug)]
pub struct Edge {
    /// Names and their tunnels.
    pub registry: Arc<Registry>,
    /// Limits and time-outs.
    pub limits: Limits,
    /// How names are found in requests, and how public addresses look.
    pub public: Public,
    /// What a drain waits for: connections, and what is left of them after an upgrade.
    pub tasks: TaskTracker,
}
