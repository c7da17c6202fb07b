//! All that can reach the screen.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};
use hookreel_shared::model::{Exchange, ExchangeId};

use super::effect::{Purpose, Span};
use crate::config::About;
use crate::record::Seen;
use crate::store::{Counts, Row};

/// Something happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has that many columns and lines now.
    Resize(u16, u16),
    /// The user has come back to this terminal.
    Focused,
    /// The history was written to, maybe by another process.
    Written,
    /// From the feed.
    Feed(Seen),
    /// The feed is over: the client has ended.
    Over,
    /// From the history.
    Found(Found),
    /// Lines of the log.
    Log(Vec<String>),
    /// Something that was asked for is done, or could not be.
    Told {
        /// Whether it was done.
        good: bool,
        /// For people, in one line.
        text: String,
    },
    /// A command's output.
    Output {
        /// The command.
        title: String,
        /// What it wrote.
        text: String,
    },
    /// The user has left the editor.
    Edited {
        /// What was edited.
        of: Arc<Exchange>,
        /// The text, or why there is none.
        text: Result<Vec<u8>, String>,
    },
    /// Time has passed: something that was shown may be over.
    Later,
}

/// What the history had to say.
#[derive(Debug, Clone)]
pub enum Found {
    /// Rows of the list, the oldest first.
    Rows {
        /// The question.
        span: Span,
        /// Which list asked.
        turn: u64,
        /// The rows.
        rows: Vec<Row>,
        /// At which ends there is nothing more.
        whole: (bool, bool),
    },
    /// An exchange with what belongs to it; none if it is not there (yet).
    Whole {
        /// Which.
        id: ExchangeId,
        /// All of it.
        exchange: Option<Arc<Exchange>>,
        /// Who sent it, where that is known.
        about: Option<Arc<About>>,
        /// What it repeats.
        original: Option<Arc<Exchange>>,
        /// The other times it was sent.
        attempts: Vec<Row>,
    },
    /// The exchange to diff with.
    Other(Option<Arc<Exchange>>),
    /// Rows that are new or different, and whether the filter lets them through.
    News(Vec<(Row, bool)>),
    /// How much there is.
    Counts(Counts),
    /// What a search found; none for nothing.
    Match(Option<ExchangeId>),
    /// What is marked.
    Marked(Purpose, Vec<ExchangeId>),
    /// The history cannot be read.
    Failed(String),
}
