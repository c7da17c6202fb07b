//! The relay: takes webhooks in public and carries them to developers' machines.
//!
//! Floors, lowest first; a module uses only floors below its own:
//!
//! | floor | module | what |
//! |---|---|---|
//! | 0 | [`config`] | what is set |
//! | 1 | [`link`], [`certs`] | one request over one tunnel; certificates |
//! | 2 | [`registry`] | who can take a name |
//! | 3 | [`tunnel`] | sessions: hello, claims, drain |
//! | 4 | [`dispatch`] | what to do with a request |
//! | 5 | [`edge`], [`api`] | public and administrative faces |
//! | 6 | [`app`], `cli` | compose |
//!
//! The life of a webhook: `edge::listen` accepts, `edge::gate` checks the bytes of the head,
//! `edge::ingest` finds the name, `dispatch::live` opens a stream on the tunnel that holds it,
//! and the answer goes back the same way. Start reading at [`app`].

pub mod api;
pub mod app;
pub mod certs;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod dispatch;
pub mod edge;
pub mod link;
pub mod registry;
pub mod tunnel;
