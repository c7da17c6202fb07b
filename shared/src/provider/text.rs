//! What a row says about a request in braces: `{$.type}.{$.action}`.
//!
//! ```text
//! {$.data.id}      a place in the JSON body (see `json::path`): text, number or truth value
//! {header:NAME}    a field of the head, the first of that name
//! {query:NAME}     a parameter of the address, decoded
//! {form:NAME}      a field of a form body, decoded
//! {$.ref|last:/}   behind the last slash      {$.commits|count}      how many
//! {$.sha|first:7}  the first seven characters {$.commits|count:day}  how many days: 1 day, 2 days
//! {$.x|or:unknown} if there is none           {$.x|there}            nothing, but it must be there
//! ```

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use super::detect::is_field_name;
use super::request::Request;
use crate::json::path::{At, Path, Progress};

/// Text with places to fill in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Literal(String),
    Filled { from: Source, then: Vec<Then> },
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum Source {
    /// A place in the JSON body.
    Json(Path),
    /// A field of the head.
    Header(String),
    /// A parameter of the address.
    Query(String),
    /// A field of a form body.
    Form(String),
}

/// What is done with a value.
#[derive(Debug, Clone, PartialEq)]
enum Then {
    /// With a word behind the number, in singular.
    Count(String),
    There,
    First(usize),
    Last(String),
    Or(String),
}

/// A text that cannot be filled in, as nothing knows what it means.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}, in `{text}`")]
pub struct TextError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub message: String,
}

impl Text {
    /// The text with every place filled in; none if a value is missing.
    #[must_use]
    pub fn fill(&self, request: &Request<'_>) -> Option<String> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Filled { from, then } => out.push_str(&filled(from, then, request)?),
            }
        }
        Some(out)
    }
}

/// The first of these texts whose values are all there.
#[must_use]
pub fn first(texts: &[Text], request: &Request<'_>) -> Option<String> {
    texts.iter().find_map(|text| text.fill(request))
}

fn filled(from: &Source, then: &[Then], request: &Request<'_>) -> Option<String> {
    let mut value = match then.first() {
        Some(Then::Count(_)) => from.count(request).map(|count| count.to_string()),
        Some(Then::There) => from.is_there(request).then(String::new),
        _ => from.read(request),
    };
    for step in then {
        value = match (step, value) {
            (Then::Or(other), None) => Some(other.clone()),
            (Then::Count(word), Some(count)) if !word.is_empty() => {
                let many = if count == "1" { "" } else { "s" };
                Some(format!("{count} {word}{many}"))
            }
            (Then::First(count), Some(value)) => Some(value.chars().take(*count).collect()),
            (Then::Last(sign), Some(value)) => {
                let last = value.rsplit(sign.as_str()).next();
                last.map(str::to_owned)
            }
            (_, value) => value,
        };
    }
    value
}

impl Source {
    /// The value as text; none if it is not there, empty, or no plain value.
    #[must_use]
    pub fn read(&self, request: &Request<'_>) -> Option<String> {
        let value = match self {
            Self::Json(path) => plain(find(path, request.json()?)?)?,
            Self::Header(name) => {
                let value = request.header(name)?;
                String::from_utf8_lossy(value).into_owned()
            }
            Self::Query(name) => request.query(name)?,
            Self::Form(name) => request.form_field(name)?,
        };
        (!value.is_empty()).then_some(value)
    }

    /// All values it names: a field may come more than once, a path lead to several places.
    #[must_use]
    pub fn all(&self, request: &Request<'_>) -> Vec<String> {
        match self {
            Self::Header(name) => request
                .all(name)
                .map(|value| String::from_utf8_lossy(value).into_owned())
                .filter(|value| !value.is_empty())
                .collect(),
            Self::Json(path) => {
                let places = request.json().map(|document| all(path, document));
                places.into_iter().flatten().filter_map(plain).collect()
            }
            _ => self.read(request).into_iter().collect(),
        }
    }

    /// Whether it is there: a value, or in JSON a list or an object.
    #[must_use]
    pub fn is_there(&self, request: &Request<'_>) -> bool {
        match self {
            Self::Json(path) => request
                .json()
                .is_some_and(|whole| find(path, whole).is_some()),
            _ => self.read(request).is_some(),
        }
    }

    /// How many places there are that it leads to, whatever stands there.
    #[must_use]
    pub fn places(&self, request: &Request<'_>) -> usize {
        match self {
            Self::Json(path) => request.json().map_or(0, |whole| all(path, whole).len()),
            _ => self.all(request).len(),
        }
    }

    /// How many there are of it: elements of a list, members of an object.
    fn count(&self, request: &Request<'_>) -> Option<usize> {
        let Self::Json(path) = self else {
            return None;
        };
        match find(path, request.json()?)? {
            Value::Array(items) => Some(items.len()),
            Value::Object(members) => Some(members.len()),
            _ => None,
        }
    }

    /// The place in the JSON body, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Json(path) => Some(path),
            _ => None,
        }
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The first place in a document that a path leads to.
#[must_use]
pub fn find<'a>(path: &Path, document: &'a Value) -> Option<&'a Value> {
    let mut found = None;
    walk(path, path.start(), document, &mut |value| {
        found = Some(value);
        false
    });
    found
}

/// All places in a document that a path leads to.
fn all<'a>(path: &Path, document: &'a Value) -> Vec<&'a Value> {
    let mut found = Vec::new();
    walk(path, path.start(), document, &mut |value| {
        found.push(value);
        true
    });
    found
}

/// Calls `met` with each place, as long as it wants more. The depth is limited by what reads
/// documents.
fn walk<'a>(
    path: &Path,
    progress: Progress,
    value: &'a Value,
    met: &mut dyn FnMut(&'a Value) -> bool,
) -> bool {
    if path.ends(progress) && !met(value) {
        return false;
    }
    let mut below = |further: Progress, value| further.is_lost() || walk(path, further, value, met);
    match value {
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| below(path.advance(progress, At::Member(name)), value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .all(|(index, value)| below(path.advance(progress, At::Element(index)), value)),
        _ => true,
    }
}

impl TryFrom<String> for Source {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        source(&text, &text)
    }
}

fn source(inside: &str, text: &str) -> Result<Source, TextError> {
    if inside.starts_with('$') {
        let path = Path::from_str(inside).map_err(|error| fault(text, error.to_string()))?;
        return Ok(Source::Json(path));
    }
    let (kind, name) = inside.split_once(':').unwrap_or((inside, ""));
    if name.is_empty() {
        let message =
            format!("`{inside}` names nothing: $.path, header:NAME, query:NAME or form:NAME");
        return Err(fault(text, message));
    }
    let name = name.to_owned();
    match kind {
        "header" if !is_field_name(&name) => {
            let message = format!("`{name}` cannot be the name of a header field");
            Err(fault(text, message))
        }
        "header" => Ok(Source::Header(name)),
        "query" => Ok(Source::Query(name)),
        "form" => Ok(Source::Form(name)),
        _ => Err(fault(
            text,
            format!("`{kind}` is not known: $.path, header:, query: or form:"),
        )),
    }
}

fn then(step: &str, text: &str) -> Result<Then, TextError> {
    let (name, argument) = step.split_once(':').unwrap_or((step, ""));
    match name {
        "count" => Ok(Then::Count(argument.to_owned())),
        "there" => Ok(Then::There),
        "first" => argument
            .parse()
            .map(Then::First)
            .map_err(|_| fault(text, format!("`{step}` needs a number, as in first:7"))),
        "last" if !argument.is_empty() => Ok(Then::Last(argument.to_owned())),
        "or" => Ok(Then::Or(argument.to_owned())),
        _ => Err(fault(
            text,
            format!(
                "`{step}` is not known: count, count:WORD, first:N, last:SIGN, or:TEXT or there"
            ),
        )),
    }
}

impl FromStr for Text {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut pieces = Vec::new();
        for part in parts(text).map_err(|message| fault(text, message.to_owned()))? {
            pieces.push(match part {
                Part::Literal(literal) => Piece::Literal(literal.to_owned()),
                Part::Braced(inside) => {
                    let mut steps = inside.split('|');
                    Piece::Filled {
                        from: source(steps.next().unwrap_or_default(), text)?,
                        then: steps
                            .map(|step| then(step, text))
                            .collect::<Result<_, _>>()?,
                    }
                }
            });
        }
        Ok(Self(pieces))
    }
}

impl TryFrom<String> for Text {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

/// A part of a text with braces.
pub(super) enum Part<'a> {
    /// As it stands.
    Literal(&'a str),
    /// What stands in braces.
    Braced(&'a str),
}

/// Splits a text at its braces.
pub(super) fn parts(text: &str) -> Result<Vec<Part<'_>>, &'static str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        if !before.is_empty() {
            found.push(Part::Literal(before));
        }
        let (inside, after) = behind.split_once('}').ok_or("a brace is never closed")?;
        found.push(Part::Braced(inside));
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Part::Literal(rest));
    }
    Ok(found)
}

fn fault(text: &str, message: String) -> TextError {
    TextError {
        text: text.to_owned(),
        message,
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(path) => write!(f, "{path}"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Query(name) => write!(f, "query:{name}"),
            Self::Form(name) => write!(f, "form:{name}"),
        }
    }
}
