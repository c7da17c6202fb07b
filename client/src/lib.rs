//! The developer's tool: gives a local server a public address for webhooks.
//!
//! Floors, lowest first; a module uses only floors below its own:
//!
//! | floor | module | what |
//! |---|---|---|
//! | 0 | [`error`] | exit codes |
//! | 1 | [`config`], [`command`] | what is set, and where each value comes from; what a view may ask |
//! | 2 | [`store`], [`certificate`] | the history on disk; certificates, fetched and served |
//! | 3 | [`record`] | what passes, for the history and for the feed that views read |
//! | 4 | [`forward`] | hand one request to the origin |
//! | 5 | [`tunnel`], [`replay`], [`send`] | connect to the relay, keep connected, take requests in; send requests again; make requests up |
//! | 6 | [`tui`], [`plain`] | views: on the whole screen; for pipes, scripts and plain terminals |
//! | 7 | [`app`], [`cli`] | compose |
//!
//! The life of a webhook here: `tunnel::serve` accepts a stream, [`forward`] rewrites the head
//! and sends the request to the origin, and the answer streams back; what happened goes to
//! [`record`], where the views see it. Start reading at [`app`].
//!
//! Threads, by their names: the one that `main` runs on has the only runtime that forwards, and waits
//! for nothing else. Beside it, where they are needed:
//!
//! | thread | what |
//! |---|---|
//! | `examiner` | who sent what has ended, and whether the signature fits ([`record`]) |
//! | `history` | writes the database and the logs, some fifty milliseconds' worth at once ([`store`]) |
//! | `bodies` | writes large bodies to files of their own while they pass ([`store`]) |
//! | `view`, or `screen` | prints lines, or draws; a terminal that does not read holds up nobody |
//! | `screen-history` | reads the history for the screen ([`tui`]) |
//! | `command-log` | reads what the command after `--` says, for the screen's log |
//! | `relay` | the relay inside, with a runtime of its own |

pub mod app;
pub mod certificate;
pub mod cli;
pub mod command;
pub mod config;
pub mod error;
pub mod forward;
pub mod plain;
pub mod record;
pub mod replay;
pub mod send;
pub mod store;
pub mod tui;
pub mod tunnel;
