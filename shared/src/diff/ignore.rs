//! What a comparison leaves out.
//!
//! ```text
//! method  target  status  body       the part of that name
//! header:NAME  trailer:NAME          fields of that name
//! $.a.b  $['a b']  $.a[0]            one place in JSON, and all below it
//! $.items[*].id  $.*  $..time        any element, any member, at any depth
//! ```

use std::str::FromStr;

/// Longest pattern of JSON steps: the states of one pattern are the bits of a `u64`.
const MAX_STEPS: usize = 63;

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore(Pattern);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Part(String),
    Path(Vec<Step>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
    AnyElement,
    Any,
    /// `..`: none or more steps of any kind.
    Deep,
}

/// One step of the place a comparison stands at.
#[derive(Debug, Clone, Copy)]
pub(super) enum At<'a> {
    Member(&'a str),
    Element(usize),
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

/// Several patterns; what one of them names is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignores(Vec<Ignore>);

/// How far each pattern has matched on the way to a place: one bit a step.
pub(super) type States = Vec<u64>;

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

    fn paths(&self) -> impl Iterator<Item = &[Step]> {
        self.0.iter().filter_map(|ignore| match &ignore.0 {
            Pattern::Path(steps) => Some(steps.as_slice()),
            Pattern::Part(_) => None,
        })
    }

    /// Before the first step.
    pub(super) fn start(&self) -> States {
        self.paths().map(|steps| settled(steps, 1)).collect()
    }

    /// One step further.
    pub(super) fn step(&self, states: &States, at: At<'_>) -> States {
        let each = self.paths().zip(states);
        each.map(|(steps, state)| advanced(steps, *state, at))
            .collect()
    }

    /// Whether one pattern has matched to its end.
    pub(super) fn done(&self, states: &States) -> bool {
        self.paths()
            .zip(states)
            .any(|(steps, state)| state >> steps.len() & 1 == 1)
    }
}

fn advanced(steps: &[Step], state: u64, at: At<'_>) -> u64 {
    let mut next = 0;
    for (index, step) in steps.iter().enumerate() {
        if state >> index & 1 == 0 {
            continue;
        }
        let matches = match (step, at) {
            (Step::Member(own), At::Member(name)) => own == name,
            (Step::Element(own), At::Element(index)) => *own == index,
            (Step::AnyElement, At::Element(_)) | (Step::Any, _) => true,
            (Step::Deep, _) => {
                next |= 1 << index;
                false
            }
            _ => false,
        };
        if matches {
            next |= 1 << (index + 1);
        }
    }
    settled(steps, next)
}

/// `..` may match nothing: whoever stands before it stands behind it too.
fn settled(steps: &[Step], mut state: u64) -> u64 {
    for (index, step) in steps.iter().enumerate() {
        if *step == Step::Deep && state >> index & 1 == 1 {
            state |= 1 << (index + 1);
        }
    }
    state
}

impl FromStr for Ignore {
    type Err = IgnoreError;

    fn from_str(text: &str) -> Result<Self, IgnoreError> {
        if let Some(path) = text.strip_prefix('$') {
            return path_of(path).map(|steps| Self(Pattern::Path(steps)));
        }
        if ["method", "target", "status", "body"].contains(&text) {
            return Ok(Self(Pattern::Part(text.to_owned())));
        }
        match text.split_once(':') {
            Some(("header" | "trailer", "")) => Err(fault(text, "", "a field name is missing")),
            Some(("header" | "trailer", _)) => Ok(Self(Pattern::Part(text.to_ascii_lowercase()))),
            _ => Err(IgnoreError {
                column: 1,
                message: "expected $.path, header:NAME, trailer:NAME, method, target, status or body",
            }),
        }
    }
}

fn path_of(path: &str) -> Result<Vec<Step>, IgnoreError> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if steps.len() + 2 > MAX_STEPS {
            return Err(fault(path, rest, "too many steps"));
        }
        if let Some(behind) = rest.strip_prefix("..") {
            steps.push(Step::Deep);
            rest = behind;
            if !rest.starts_with('[') {
                rest = member(path, rest, &mut steps)?;
            }
        } else if let Some(behind) = rest.strip_prefix('.') {
            rest = member(path, behind, &mut steps)?;
        } else if let Some(behind) = rest.strip_prefix('[') {
            rest = bracket(path, behind, &mut steps)?;
        } else {
            return Err(fault(path, rest, "expected . or ["));
        }
    }
    match steps.last() {
        Some(Step::Deep) => Err(fault(path, rest, "a name is missing")),
        _ => Ok(steps),
    }
}

fn member<'a>(path: &str, rest: &'a str, steps: &mut Vec<Step>) -> Result<&'a str, IgnoreError> {
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, behind) = rest.split_at(end);
    match name {
        "" => return Err(fault(path, rest, "a name is missing")),
        "*" => steps.push(Step::Any),
        _ => steps.push(Step::Member(name.to_owned())),
    }
    Ok(behind)
}

fn bracket<'a>(path: &str, rest: &'a str, steps: &mut Vec<Step>) -> Result<&'a str, IgnoreError> {
    let missing = |mark| fault(path, "", mark);
    if let Some(mark) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let mut name = String::new();
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == '\\' {
                name.extend(chars.next().map(|(_, c)| c));
            } else if c == mark {
                steps.push(Step::Member(name));
                let behind = rest.get(at + 1..).unwrap_or_default();
                return behind
                    .strip_prefix(']')
                    .ok_or_else(|| fault(path, behind, "expected ]"));
            } else {
                name.push(c);
            }
        }
        return Err(missing("the quotation mark is not closed"));
    }
    let (inside, behind) = rest
        .split_once(']')
        .ok_or_else(|| missing("] is missing"))?;
    steps.push(match inside {
        "*" => Step::AnyElement,
        _ => Step::Element(
            inside
                .parse()
                .map_err(|_| fault(path, rest, "expected a number, * or a name in quotes"))?,
        ),
    });
    Ok(behind)
}

/// `rest` is what is left of `path`, which stands behind one character, `$`.
fn fault(path: &str, rest: &str, message: &'static str) -> IgnoreError {
    let read = path.len().saturating_sub(rest.len());
    let column = path.get(..read).unwrap_or_default().chars().count() + 2;
    IgnoreError { column, message }
}
