//! The terminal UI: what comes in, and all that can be done with it, on one screen.
//!
//! Built as Elm would have it: `update` is pure and takes a `Msg`, `view` is pure and draws a `State`,
//! and [`run()`] is the only place that waits, reads and writes. What can be done stands in one table,
//! [`action::TABLE`]: keys, help, footer and command line come from it.

pub mod action;
mod changes;
mod continued;
pub mod detail;
mod effect;
mod export;
mod history;
pub mod keys;
mod msg;
mod outside;
mod run;
mod select;
mod state;
mod tail;
mod term;
#[cfg(test)]
mod testing;
pub mod theme;
mod update;
mod view;
mod widget;

use std::sync::Arc;

use crate::command::Commands;
use crate::config::Providers;
use crate::record::Watcher;
use crate::store::{Place, Writer};

pub use run::run;
pub use tail::Tail;
pub use term::{abandon, has_left_it_to_a_child};

/// What the screen needs.
#[derive(Debug)]
pub struct Screen {
    /// What happens.
    pub watcher: Watcher,
    /// Where the history is; none if nothing is recorded.
    pub history: Option<Place>,
    /// Writes marks, and deletes.
    pub writer: Option<Arc<Writer>>,
    /// What is known of providers; none if nobody is to be recognised.
    pub providers: Option<Arc<Providers>>,
    /// Takes what the user asks for.
    pub commands: Commands,
    /// Which keys do what.
    pub keys: keys::Keys,
    /// Colours.
    pub theme: theme::Theme,
    /// A command of the shell that takes what is copied, in place of the terminal's clipboard.
    pub clipboard: Option<String>,
    /// Whether the mouse moves here; else it is the terminal's.
    pub mouse: bool,
    /// Whether the first exchange that fails is pointed out, and what to do with it.
    pub guides: bool,
    /// The log.
    pub log: Tail,
}

/// Why the screen has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client has ended.
    Over,
    /// The user wants everything to end now.
    Now,
    /// The terminal is gone.
    Gone,
}
