//! The one language in which lists, searches, fan-out and export say which exchanges they mean.
//!
//! ```text
//! method:POST status:5xx path:/stripe* (provider:stripe | header:x-foo=bar) !is:replay since:10m
//! ```
//!
//! | written | means |
//! |---|---|
//! | `a b` | both |
//! | `a \| b` | either; binds less than side by side |
//! | `!a`, `( … )`, `"…"` | not; grouping; text in which nothing is special (`\"` and `\\` inside) |
//! | `word` | anywhere: method, target, host, name, provider, event, id, headers, bodies |
//! | `key:a\|b` | `key:a` or `key:b`; binds tighter than side by side |
//! | `*` | any text, in every value that is text |
//! | `>x` `>=x` `<x` `<=x` `x..y` | comparison, in `status took size response-size`; `x..y` has both ends |
//!
//! | key | value |
//! |---|---|
//! | `method` `host` `name` `provider` `event` `verdict` | text, whole; case does not count |
//! | `path` | the target without its query, whole; case counts |
//! | `status` | what the sender got, from the origin or from the relay: `404`, `5xx`, or a comparison |
//! | `header` | `x-foo` (is there) or `x-foo=text`, in the request or the answer; case does not count |
//! | `body` | text somewhere in either body, unpacked where `Content-Encoding` says so; case does not count |
//! | `json` | `$.a[0].b`, `$.a[*].b`, `$..b` ([`path`](crate::json::path)), with `=text`, `>1`, `>=1`, `<1` or `<=1` behind; in either body |
//! | `took` | a time: `>250ms`, `1s..2s` |
//! | `size` `response-size` | bytes of the request's or the answer's body: `>10kB`, `<=1MiB` |
//! | `since` `until` | `10m`, `2h`, `3d` back from now, RFC 3339, or a day of UTC such as `2026-11-22` |
//! | `label` | `live` `replay` `stored` `sample` |
//! | `is` | `failed` `marked` `duplicate` `replay`; `truncated`: not all of a body was kept; `cut`: a body broke off |
//! | `id` `replay-of` | how the id begins (its own, or of the one it repeats), with or without `req_` |
//!
//! What is not known (no answer yet, no provider) matches nothing, so its negation matches.
//! Matching takes time linear in the exchange for each term, and terms are limited.

mod display;
mod error;
mod eval;
mod expr;
mod json;
mod key;
mod lex;
mod parse;
mod pattern;
mod prefilter;
mod range;
mod subject;

pub use error::FilterError;
pub use parse::{MAX_CHARS, MAX_DEPTH, MAX_TERMS, parse};
pub use prefilter::Term;
pub use range::{Bounds, bytes, micros};
pub use subject::{Brief, ExchangeSubject, Marks, MessageSide, Subject};

use crate::model::Timestamp;
use expr::Expr;

/// A filter that was read; see the [module](self) for the language. [`Display`](std::fmt::Display)
/// writes it so that [`parse()`] gives the same filter again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    root: Expr,
}

impl Filter {
    /// Whether it lets everything through: nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(&self.root, Expr::All(list) if list.is_empty())
    }

    /// Whether the exchange is one of those asked for. `now` is where times such as `10m` count
    /// back from.
    #[must_use]
    pub fn matches(&self, subject: &impl Subject, now: Timestamp) -> bool {
        eval::matches(&self.root, subject, now)
    }

    /// The same as far as the row of a list decides it; `None` if headers, bodies or the host
    /// must be looked at.
    #[must_use]
    pub fn glance(&self, brief: &impl Brief, now: Timestamp) -> Option<bool> {
        eval::glance(&self.root, brief, now)
    }

    /// Whether more than rows of lists may have to be looked at.
    #[must_use]
    pub fn needs_whole(&self) -> bool {
        eval::needs_whole(&self.root)
    }

    /// Whether anything is asked that lists know; else no row need be read.
    #[must_use]
    pub fn asks_rows(&self) -> bool {
        eval::asks_rows(&self.root)
    }

    /// Whether bodies may have to be looked into; else a store need not read them.
    #[must_use]
    pub fn looks_into_bodies(&self) -> bool {
        eval::looks_into_bodies(&self.root)
    }

    /// Simple terms that hold for every exchange that [`matches`](Self::matches): what a database
    /// can ask its indexes before the filter itself decides.
    #[must_use]
    pub fn prefilter(&self, now: Timestamp) -> Vec<Term> {
        prefilter::terms(&self.root, now)
    }
}

impl std::str::FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        parse(text)
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
