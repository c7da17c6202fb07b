//! Brings requests in: connects to the relay, claims names, keeps both, hands requests on.

mod connect;
mod keep;
mod relay;
mod serve;
mod session;

pub use keep::{Stop, Tunnel, Wanted, seed};
pub use relay::{RelayAddress, RelayAddressError};
