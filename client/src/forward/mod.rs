//! Hands one request to the origin and its answer back.

mod address;
mod answer;
mod body;
mod canned;
mod connect;
mod exchange;
mod gate;
mod hint;
mod hold;
mod interim;
mod meanwhile;
mod once;
mod origin;
mod pool;
mod rewrite;
mod run;
mod tap;
mod tls;
mod upgrade;
mod writing;

pub use address::{Address, AddressError, Scheme};
pub use exchange::Forwarder;
pub use gate::Gate;
pub use origin::{Origin, OriginError, OriginOptions};
pub use rewrite::{HostHeader, Outgoing, Rewrite, RewriteError, joined};
