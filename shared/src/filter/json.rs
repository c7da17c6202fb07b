//! `json:$.a[0].b=42`: a path into a document, and what must stand there.

use std::borrow::Cow;

use json_event_parser::{JsonEvent, LowLevelJsonParser};
use memchr::memmem;

use super::error::Fault;
use super::lex::Char;
use super::pattern::{Pattern, fold};
use super::range::Op;
use crate::json::path::{At, Path, Progress};

/// A path, and what must stand at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonTest {
    pub(super) path: Path,
    pub(super) check: Check,
}

/// What must stand at the end of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    /// Anything, `null` too.
    Present,
    /// A string, or a number, `true`, `false` or `null` as it is written.
    Text(Pattern),
    /// A number that compares so with this one, which is kept as it was written.
    Number(Op, String),
}

/// Levels of a document that are looked into. A sender may nest as deep as a body is long, and
/// each level takes memory.
const MAX_NESTING: usize = 10_000;

/// Reads the value of `json`.
pub(super) fn read(value: &[Char]) -> Result<JsonTest, Fault> {
    let (path, rest) =
        Path::read(value).map_err(|error| Fault::new(error.column, error.message))?;
    let check = match rest.first() {
        None => Check::Present,
        Some(sign) => check(rest, sign.column)?,
    };
    Ok(JsonTest { path, check })
}

fn check(chars: &[Char], column: usize) -> Result<Check, Fault> {
    let starts = |sign: &str| {
        let same = |(char, sign): (&Char, char)| char.is(sign);
        chars.len() >= sign.len() && chars.iter().zip(sign.chars()).all(same)
    };
    let Some((sign, op)) = Op::ALL.into_iter().find(|(sign, _)| starts(sign)) else {
        let message = "here a path goes on with . or [, or ends with = > >= < <=";
        return Err(Fault::new(column, message));
    };
    let value = &chars[sign.len()..];
    if op == Op::Equal {
        return Ok(Check::Text(Pattern::new(value, true)));
    }
    let text: String = value.iter().map(|char| char.c).collect();
    match number(&text) {
        Some(_) => Ok(Check::Number(op, text)),
        None => Err(Fault::new(
            column,
            format!("{sign} needs a number behind it"),
        )),
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

impl Check {
    /// Whether a value that is no list and no object passes.
    fn scalar(&self, value: &str, is_number: bool) -> bool {
        match self {
            Self::Present => true,
            Self::Text(pattern) => pattern.is(value),
            Self::Number(op, limit) => {
                let both = number(value).filter(|_| is_number).zip(number(limit));
                both.is_some_and(|(value, limit)| match op {
                    Op::Equal => value == limit,
                    Op::Over => value > limit,
                    Op::AtLeast => value >= limit,
                    Op::Under => value < limit,
                    Op::AtMost => value <= limit,
                })
            }
        }
    }
}

/// A list or object that is open.
struct Open {
    is_list: bool,
    /// Which element comes next, in a list.
    next: usize,
    /// How far the path has come where it begins.
    here: Progress,
    /// How far the path has come at the member whose name came last, in an object.
    member: Progress,
}

impl JsonTest {
    /// Whether the test holds for a document. What is broken, cut off or nested too
    /// deep counts up to there.
    pub(super) fn holds(&self, document: &str) -> bool {
        self.may_hold(document) && self.does_hold(document)
    }

    /// False where names or text that the test needs stand nowhere in the document: a search
    /// for them takes a fraction of the time of reading it.
    fn may_hold(&self, document: &str) -> bool {
        let escapes = memmem::find(document.as_bytes(), b"\\u").is_some();
        // Of other escapes, none writes a character that can stand for itself, but `\/`.
        let plain = |text: &str| {
            !escapes && !text.contains(|c: char| c.is_control() || "\"\\/".contains(c))
        };
        let missing = |name: &str| {
            plain(name) && memmem::find(document.as_bytes(), name.as_bytes()).is_none()
        };
        if self.path.names().any(missing) {
            return false;
        }
        match &self.check {
            // To fold other texts takes longer than to read them.
            Check::Text(pattern)
                if document.is_ascii() && pattern.parts().iter().all(|part| plain(part)) =>
            {
                pattern.is_in(&fold(document))
            }
            _ => true,
        }
    }

    /// The same, by reading all of it.
    pub(super) fn does_hold(&self, document: &str) -> bool {
        let bytes = document.as_bytes();
        let mut parser = LowLevelJsonParser::new().with_max_stack_size(MAX_NESTING);
        let mut at = 0;
        let mut open: Vec<Open> = Vec::new();
        loop {
            let result = parser.parse_next(&bytes[at..], true);
            at += result.consumed_bytes;
            let Some(Ok(event)) = result.event else {
                return false;
            };
            let (value, is_number) = match event {
                JsonEvent::Eof => return false,
                JsonEvent::EndArray | JsonEvent::EndObject => {
                    open.pop();
                    continue;
                }
                JsonEvent::ObjectKey(name) => {
                    if let Some(inner) = open.last_mut() {
                        inner.member = self.path.advance(inner.here, At::Member(&name));
                    }
                    continue;
                }
                JsonEvent::StartArray | JsonEvent::StartObject => {
                    let here = self.arrive(&mut open);
                    if self.check == Check::Present && self.path.ends(here) {
                        return true;
                    }
                    open.push(Open {
                        is_list: event == JsonEvent::StartArray,
                        next: 0,
                        here,
                        member: here,
                    });
                    continue;
                }
                JsonEvent::String(text) => (text, false),
                JsonEvent::Number(text) => (text, true),
                JsonEvent::Boolean(true) => (Cow::Borrowed("true"), false),
                JsonEvent::Boolean(false) => (Cow::Borrowed("false"), false),
                JsonEvent::Null => (Cow::Borrowed("null"), false),
            };
            let here = self.arrive(&mut open);
            if self.path.ends(here) && self.check.scalar(&value, is_number) {
                return true;
            }
        }
    }

    /// How far the path has come at the value that begins here.
    fn arrive(&self, open: &mut [Open]) -> Progress {
        let Some(inner) = open.last_mut() else {
            return self.path.start();
        };
        if !inner.is_list {
            return inner.member;
        }
        let element = inner.next;
        inner.next += 1;
        self.path.advance(inner.here, At::Element(element))
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
