//! Differences as lines, for a terminal to colour.

use std::fmt;

use serde::Serialize;

use super::{Change, Kind, MessageDiff};

/// How a line is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// In both.
    Same,
    /// Only in the second.
    Added,
    /// Only in the first.
    Removed,
    /// In both, but not the same.
    Changed,
}

/// One line without its end. Control characters of the messages are still in it: whoever
/// shows it makes them visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// How it is marked.
    pub kind: LineKind,
    /// What it says, without the mark.
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.kind {
            LineKind::Same => ' ',
            LineKind::Added => '+',
            LineKind::Removed => '-',
            LineKind::Changed => '~',
        };
        write!(f, "{mark} {}", self.text)
    }
}

pub(super) fn lines(diff: &MessageDiff) -> Vec<Line> {
    let mut lines: Vec<_> = diff.changes.iter().map(line).collect();
    if let Some(note) = &diff.note {
        lines.push(Line {
            kind: LineKind::Same,
            text: format!("(body compared less closely: {note})"),
        });
    }
    lines
}

fn line(change: &Change) -> Line {
    let none = String::new();
    let place = &change.place;
    let before = change.before.as_ref().unwrap_or(&none);
    let after = change.after.as_ref().unwrap_or(&none);
    // The lines of a text speak for themselves.
    let of = |value: &str| match place.starts_with("line ") {
        true => value.trim_end_matches(['\n', '\r']).to_owned(),
        false => format!("{place}: {value}"),
    };
    let (kind, text) = match change.kind {
        Kind::Same => (LineKind::Same, of(before)),
        Kind::Added => (LineKind::Added, of(after)),
        Kind::Removed => (LineKind::Removed, of(before)),
        Kind::Changed | Kind::Moved => (LineKind::Changed, format!("{place}: {before} → {after}")),
        Kind::Respelled => (
            LineKind::Changed,
            format!("{place}: {before} → {after} (the same number)"),
        ),
    };
    Line { kind, text }
}
