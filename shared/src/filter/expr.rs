//! What a filter is made of.

use super::json::JsonTest;
use super::pattern::Pattern;
use super::range::{Bounds, When};
use crate::model::Label;

/// A filter as a tree. Never deeper than [`MAX_DEPTH`](super::MAX_DEPTH), so walking it by
/// recursion is safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expr {
    /// All of them; none at all lets everything through.
    All(Vec<Expr>),
    /// At least one of them.
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Test(Test),
}

impl Expr {
    /// All of the list, in the one form that such a filter has.
    pub(super) fn all(list: Vec<Self>) -> Self {
        one_or(list, Self::All, |expr| match expr {
            Self::All(list) => Ok(list),
            other => Err(other),
        })
    }

    /// Any of the list, in the one form that such a filter has.
    pub(super) fn any(list: Vec<Self>) -> Self {
        one_or(list, Self::Any, |expr| match expr {
            Self::Any(list) => Ok(list),
            other => Err(other),
        })
    }
}

/// Joins lists within the list, and unwraps a list of one.
fn one_or(
    list: Vec<Expr>,
    wrap: fn(Vec<Expr>) -> Expr,
    unwrap: fn(Expr) -> Result<Vec<Expr>, Expr>,
) -> Expr {
    let mut flat = Vec::with_capacity(list.len());
    for expr in list {
        match unwrap(expr) {
            Ok(inner) => flat.extend(inner),
            Err(other) => flat.push(other),
        }
    }
    match flat.pop() {
        Some(only) if flat.is_empty() => only,
        Some(last) => {
            flat.push(last);
            wrap(flat)
        }
        None => wrap(flat),
    }
}

/// One question to an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// A bare word.
    Anywhere(Pattern),
    Text(Field, Pattern),
    Header {
        /// In lower case.
        name: String,
        /// None asks only whether the field is there.
        value: Option<Pattern>,
    },
    Body(Pattern),
    Json(JsonTest),
    Number(Quantity, Bounds),
    Since(When),
    Until(When),
    Label(Label),
    Is(State),
    /// With `req_`, in lower case.
    Id(String),
    /// How the id of the exchange it repeats begins; as in `Id`.
    ReplayOf(String),
}

/// A field that is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Method,
    Path,
    Host,
    Name,
    Provider,
    Event,
    Verdict,
}

/// A field that is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Status,
    /// In microseconds.
    Took,
    /// In bytes.
    RequestSize,
    /// In bytes.
    ResponseSize,
}

/// What `is:` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Failed,
    Marked,
    Duplicate,
    Replay,
    Truncated,
    Cut,
}

impl State {
    pub(super) const ALL: [(&'static str, Self); 6] = [
        ("failed", Self::Failed),
        ("marked", Self::Marked),
        ("duplicate", Self::Duplicate),
        ("replay", Self::Replay),
        ("truncated", Self::Truncated),
        ("cut", Self::Cut),
    ];
}
