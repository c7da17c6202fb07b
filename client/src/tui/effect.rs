//! All that the screen asks of the world around it.

use std::path::PathBuf;
use std::sync::Arc;

use hookreel_shared::filter::Filter;
use hookreel_shared::model::{Exchange, ExchangeId};

use super::export::Form;
use super::select::Query;
use crate::command::Command;

/// Something to be done outside of the state.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Ask the history.
    Ask(Ask),
    /// Ask the client.
    Do(Command),
    /// Set marks in the history, or take them away.
    Mark(Vec<ExchangeId>, bool),
    /// Take exchanges out of the history, and count what is left.
    Delete(Vec<ExchangeId>),
    /// Hand a text to the clipboard.
    Copy {
        /// The text.
        text: String,
        /// What it is, for people.
        what: &'static str,
    },
    /// Open a URL in a browser.
    Browse(String),
    /// Run a command with a body as its input, and show its output.
    Pipe {
        /// For the shell.
        command: String,
        /// Its input.
        input: bytes::Bytes,
    },
    /// Show a text in the user's pager.
    Page(String),
    /// Let the user edit a text, which was made from that exchange.
    Edit {
        /// Which.
        of: Arc<Exchange>,
        /// The text.
        text: Vec<u8>,
    },
    /// The mouse is ours, or the terminal's.
    Mouse(bool),
    /// Stop, and go on when the shell says so.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// End the screen.
    End(super::End),
}

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// The newest.
    Newest,
    /// The oldest.
    Oldest,
    /// Those right before this one.
    OlderThan(ExchangeId),
    /// Those right after this one.
    NewerThan(ExchangeId),
    /// This one, and those next to it.
    Around(ExchangeId),
}

/// In which direction a search goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// To older ones.
    Older,
    /// To newer ones.
    Newer,
    /// To older ones, and if there is none, to newer ones.
    Either,
}

/// What is to be done with what is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Delete it.
    Delete,
    /// Send it again.
    Replay,
    /// Write it to a file.
    Export,
}

/// A question to the history.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Rows of the list.
    Rows {
        /// Which.
        span: Span,
        /// What to let through.
        filter: Option<Arc<Filter>>,
        /// Goes back with the answer.
        turn: u64,
    },
    /// One exchange with all that belongs to it.
    Whole(ExchangeId),
    /// The exchange to diff this one with: the one that was just marked, or else the latest that is.
    Other {
        /// This one.
        than: ExchangeId,
        /// The one that was just marked.
        just: Option<ExchangeId>,
    },
    /// What is new.
    News(Option<Arc<Filter>>),
    /// How much there is.
    Counts,
    /// The next row that a search finds.
    Search {
        /// What is looked for.
        query: Arc<Query>,
        /// Only among those.
        filter: Option<Arc<Filter>>,
        /// From here on.
        from: ExchangeId,
        /// In which direction.
        towards: Towards,
    },
    /// What is marked.
    Marked(Purpose),
    /// Write exchanges to a file.
    Export {
        /// Which; all that are marked if there is none.
        id: Option<ExchangeId>,
        /// In which form.
        form: Form,
        /// Where its requests can be sent to.
        base: String,
        /// The file, or none for a name of its own in the working directory.
        file: Option<PathBuf>,
    },
}
