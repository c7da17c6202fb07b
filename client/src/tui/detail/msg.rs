//! What can happen to the detail pane, and what it asks for.

use std::sync::Arc;

use hookreel_shared::model::{Exchange, ExchangeId};

/// One side of an exchange to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// The request, head and body.
    #[default]
    Request,
    /// The answer, head and body.
    Response,
    /// How long each step took, and why it failed.
    Timing,
    /// The exchange it repeats and all that repeat it.
    Attempts,
    /// What differs from another exchange.
    Diff,
    /// Both messages as bytes.
    Raw,
}

impl Tab {
    /// All of them, in the order of their keys `1` to `6`.
    pub const ALL: [Self; 6] = [
        Self::Request,
        Self::Response,
        Self::Timing,
        Self::Attempts,
        Self::Diff,
        Self::Raw,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "Request",
            Self::Response => "Response",
            Self::Timing => "Timing",
            Self::Attempts => "Attempts",
            Self::Diff => "Diff",
            Self::Raw => "Raw",
        }
    }

    /// Its place in [`Tab::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0)
    }
}

/// How bodies are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// As their content type wants it, codings taken off.
    #[default]
    Pretty,
    /// As the text that came, control characters visible.
    Raw,
    /// As bytes.
    Hex,
}

impl Mode {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pretty => "pretty",
            Self::Raw => "raw",
            Self::Hex => "hex",
        }
    }
}

/// One thing that happens. Places are counted from the upper left corner of the pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    /// Go to the tab of that key, from 1 on; others change nothing.
    Tab(usize),
    /// The tab to the right, from the last to the first.
    NextTab,
    /// The tab to the left, from the first to the last.
    PrevTab,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Half a page up.
    HalfUp,
    /// Half a page down.
    HalfDown,
    /// To the first line.
    Top,
    /// To the last line; of a body so large that this takes several steps, as far as one goes.
    Bottom,
    /// Sideways to the left.
    Left,
    /// Sideways to the right.
    Right,
    /// Fold or unfold what begins at the cursor, or fold what it stands in. Among attempts: open
    /// the one under the cursor. In the diff: compare bodies of any size.
    Fold,
    /// Show bodies pretty, raw, as hex, and pretty again.
    CycleView,
    /// Wrap long lines, or do not.
    Wrap,
    /// Look for a text from the cursor on; empty clears the search. Without upper case letters in
    /// it, case does not count (of ASCII letters).
    SearchSet(String),
    /// To the next place found.
    SearchNext,
    /// To the place found before.
    SearchPrev,
    /// Compare with this exchange, or again with the original.
    CompareWith(Option<Arc<Exchange>>),
    /// The mouse was pressed at that column and row.
    Click {
        /// Columns from the left edge.
        x: u16,
        /// Rows from the top.
        y: u16,
    },
    /// The wheel was turned by so many rows; down is positive.
    Scroll(i32),
}

/// What the detail pane wants of the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Show this exchange.
    Open(ExchangeId),
    /// Tell the user; a few words, fit for a terminal.
    Tell(String),
}
