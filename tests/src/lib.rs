//! The rig of the world tests: real parts on loopback, and facts to wait for.
//!
//! | module | what |
//! |---|---|
//! | [`world`] | a relay on threads of its own, and clients, started and stopped |
//! | [`client`] | one client: what it wants, what it says, how it ends |
//! | [`origin`] | an origin whose every byte the test decides |
//! | [`bulk`] | an origin that echoes, hashes, counts and waits |
//! | [`wire`] | a raw connection, as a sender or an origin sees it |
//! | [`http`] | senders that speak HTTP/1.1 and HTTP/2 by the book |
//! | [`programs`] | the real programs as processes, and their memory |
//! | [`net`] | a network between client and relay that loses and delays |
//! | [`mod@until`] | waiting for facts, with a limit |
//! | [`watch`] | faults that nobody asked about: errors logged, panics in tasks |

pub mod bulk;
pub mod client;
pub mod http;
pub mod message;
pub mod net;
pub mod origin;
mod parts;
pub mod programs;
pub mod until;
pub mod watch;
pub mod wire;
pub mod world;

pub use bulk::Bulk;
pub use client::{Client, Plan};
pub use message::Message;
pub use origin::Origin;
pub use until::{until, within};
pub use wire::{End, Wire};
pub use world::World;
