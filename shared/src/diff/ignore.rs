//! What a comparison leaves out.
//!
//! ```text
//! method  target  status  body       the part of that name
//! header:NAME  trailer:NAME          fields of that name
//! $.a.b  $.items[*].id  $..time      places in JSON, and all below them (crate::json::path)
//! ```

use std::str::FromStr;

pub(super) use crate::json::path::At;
use crate::json::path::{Path, PathError, Progress};

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore(Pattern);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Part(String),
    Path(Path),
}

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct IgnoreError {
    /// Where, in characters; the first is 1.
    pub column: usize,
    /// What is wrong.
    pub message: &'static str,
}

impl From<PathError> for IgnoreError {
    fn from(error: PathError) -> Self {
        Self {
            column: error.column,
            message: error.message,
        }
    }
}

/// Several patterns; what one of them names is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignores(Vec<Ignore>);

/// How far each path has come on the way to a place.
pub(super) type States = Vec<Progress>;

impl FromIterator<Ignore> for Ignores {
    fn from_iter<I: IntoIterator<Item = Ignore>>(patterns: I) -> Self {
        Self(patterns.into_iter().collect())
    }
}

impl Ignores {
    /// Whether a part or field of this name is left out; field names in lower case.
    pub(super) fn names(&self, part: &str) -> bool {
        self.0
            .iter()
            .any(|ignore| matches!(&ignore.0, Pattern::Part(own) if own == part))
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().filter_map(|ignore| match &ignore.0 {
            Pattern::Path(path) => Some(path),
            Pattern::Part(_) => None,
        })
    }

    /// Before the first step.
    pub(super) fn start(&self) -> States {
        self.paths().map(Path::start).collect()
    }

    /// One step further.
    pub(super) fn step(&self, states: &States, at: At<'_>) -> States {
        let each = self.paths().zip(states);
        each.map(|(path, state)| path.advance(*state, at)).collect()
    }

    /// Whether one path has come to its end.
    pub(super) fn done(&self, states: &States) -> bool {
        self.paths()
            .zip(states)
            .any(|(path, state)| path.ends(*state))
    }
}

impl FromStr for Ignore {
    type Err = IgnoreError;

    fn from_str(text: &str) -> Result<Self, IgnoreError> {
        if text.starts_with('$') {
            return Ok(Self(Pattern::Path(text.parse()?)));
        }
        if ["method", "target", "status", "body"].contains(&text) {
            return Ok(Self(Pattern::Part(text.to_owned())));
        }
        match text.split_once(':') {
            Some((part @ ("header" | "trailer"), "")) => Err(IgnoreError {
                column: part.len() + 2,
                message: "a field name is missing",
            }),
            Some(("header" | "trailer", _)) => Ok(Self(Pattern::Part(text.to_ascii_lowercase()))),
            _ => Err(IgnoreError {
                column: 1,
                message: "expected $.path, header:NAME, trailer:NAME, method, target, status or body",
            }),
        }
    }
}
