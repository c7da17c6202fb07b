//! What is wrong with a filter, and where.

use std::fmt;

/// Why a text is no filter. Shown as the reason, the text, and a caret below the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// Where it went wrong: 1 is the first character.
    pub column: usize,
    /// What went wrong, in one line.
    pub message: String,
    /// The text that was read.
    pub text: String,
}

/// A fault before it is joined to the whole text.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) column: usize,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(column: usize, message: impl Into<String>) -> Self {
        Self {
            column,
            message: message.into(),
        }
    }

    pub(super) fn within(self, text: &str) -> FilterError {
        FilterError {
            column: self.column,
            message: self.message,
            text: text.to_owned(),
        }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A filter can come from a file or a link: one sign for each character keeps the caret
        // in place and the terminal whole.
        let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let text: String = self.text.chars().map(shown).collect();
        writeln!(f, "{} (column {})", self.message, self.column)?;
        writeln!(f, "  {text}")?;
        write!(f, "  {:>width$}", '^', width = self.column)
    }
}

impl std::error::Error for FilterError {}
