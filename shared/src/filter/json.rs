//! `json:$.a[0].b=42`: a path into a document, and what must stand there.

use std::borrow::Cow;

use json_event_parser::{JsonEvent, LowLevelJsonParser};

use super::error::Fault;
use super::lex::Char;
use super::pattern::Pattern;
use super::range::Op;

/// A path, and what must stand at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonTest {
    pub(super) steps: Vec<Step>,
    pub(super) check: Check,
}

/// From a value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// `.name` or `["name"]`
    Member(String),
    /// `[0]`
    Element(usize),
    /// `[*]` or `.*`
    Each,
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

/// Reads the value of `json`.
pub(super) fn read(value: &[Char]) -> Result<JsonTest, Fault> {
    let start = value.first().map_or(1, |char| char.column);
    let Some((_, mut rest)) = value.split_first().filter(|(first, _)| first.is('$')) else {
        let message = "a path into JSON begins with $, as in json:$.data.id=42";
        return Err(Fault::new(start, message));
    };
    let mut steps = Vec::new();
    while let Some((sign, behind)) = rest.split_first() {
        let column = sign.column;
        if sign.is('.') {
            let end = behind
                .iter()
                .position(|char| !char.quoted && ".[=<>".contains(char.c));
            let (name, tail) = behind.split_at(end.unwrap_or(behind.len()));
            if name.is_empty() {
                return Err(Fault::new(column, "a name is missing behind this dot"));
            }
            steps.push(member(name));
            rest = tail;
        } else if sign.is('[') {
            let Some(end) = behind.iter().position(|char| char.is(']')) else {
                return Err(Fault::new(column, "this bracket is never closed"));
            };
            steps.push(element(&behind[..end], column)?);
            rest = &behind[end + 1..];
        } else {
            return check(rest, column).map(|check| JsonTest { steps, check });
        }
    }
    Ok(JsonTest {
        steps,
        check: Check::Present,
    })
}

fn member(name: &[Char]) -> Step {
    match name {
        [star] if star.is('*') => Step::Each,
        _ => Step::Member(name.iter().map(|char| char.c).collect()),
    }
}

fn element(inner: &[Char], column: usize) -> Result<Step, Fault> {
    let hint = || Fault::new(column, "write [0], [*] or [\"name\"]");
    match inner {
        [] => Err(hint()),
        [star] if star.is('*') => Ok(Step::Each),
        [first, ..] if first.quoted => Ok(member(inner)),
        _ => {
            let text: String = inner.iter().map(|char| char.c).collect();
            let digits = text.bytes().all(|c| c.is_ascii_digit());
            let index = digits.then(|| text.parse().ok()).flatten();
            index.map(Step::Element).ok_or_else(hint)
        }
    }
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
    /// Whether the path leads through it.
    on_path: bool,
    /// Whether the path goes on with the member whose name came last, in an object.
    named: bool,
}

impl JsonTest {
    /// Whether the test holds for a document. What is broken or cut off counts up to there.
    pub(super) fn holds(&self, document: &str) -> bool {
        let bytes = document.as_bytes();
        let mut parser = LowLevelJsonParser::new().with_max_stack_size(bytes.len());
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
                    let step = self.steps.get(open.len().wrapping_sub(1));
                    if let Some(inner) = open.last_mut() {
                        inner.named = match step {
                            Some(Step::Member(wanted)) => *wanted == name,
                            Some(Step::Each) => true,
                            _ => false,
                        };
                    }
                    continue;
                }
                JsonEvent::StartArray | JsonEvent::StartObject => {
                    let hit = self.hit(&mut open);
                    let ends_here = open.len() == self.steps.len();
                    if hit && ends_here && self.check == Check::Present {
                        return true;
                    }
                    open.push(Open {
                        is_list: event == JsonEvent::StartArray,
                        next: 0,
                        on_path: hit && !ends_here,
                        named: false,
                    });
                    continue;
                }
                JsonEvent::String(text) => (text, false),
                JsonEvent::Number(text) => (text, true),
                JsonEvent::Boolean(true) => (Cow::Borrowed("true"), false),
                JsonEvent::Boolean(false) => (Cow::Borrowed("false"), false),
                JsonEvent::Null => (Cow::Borrowed("null"), false),
            };
            let hit = self.hit(&mut open) && open.len() == self.steps.len();
            if hit && self.check.scalar(&value, is_number) {
                return true;
            }
        }
    }

    /// Whether the path leads to the value that begins here.
    fn hit(&self, open: &mut [Open]) -> bool {
        let depth = open.len();
        let Some(inner) = open.last_mut() else {
            return true;
        };
        let index = inner.next;
        inner.next += 1;
        inner.on_path
            && match self.steps.get(depth - 1) {
                Some(Step::Element(wanted)) => inner.is_list && *wanted == index,
                Some(Step::Each) => true,
                Some(Step::Member(_)) => inner.named,
                None => false,
            }
    }
}
