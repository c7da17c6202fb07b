//! Who is calling: by sets of marks, as no single header field is one provider's alone.

use serde::Deserialize;

use super::names::Names;
use super::request::Request;
use super::row::Row;
use super::table::Table;
use super::text::Source;

/// What a request of a provider has. All that is named must hold.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mark {
    /// Header fields that are there; `NAME: BEGINNING` also says how the value begins.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Header fields that are not there.
    #[serde(default)]
    pub without: Vec<String>,
    /// Values that are there: `$.path`, `form:NAME`, `query:NAME`; with `=VALUE|VALUE` one of
    /// these.
    #[serde(default)]
    pub values: Vec<Value>,
    /// The method.
    #[serde(default)]
    pub method: Option<String>,
    /// The body is not JSON alone, but a list of it.
    #[serde(default)]
    pub list: bool,
}

/// A value that is there, or one of several, or holds a text: `header:NAME`,
/// `$.path=VALUE|VALUE`, `header:NAME~PART`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Value {
    at: Source,
    any_of: Vec<String>,
    part: Option<String>,
}

impl TryFrom<String> for Value {
    type Error = super::text::TextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let equals = text.find('=').unwrap_or(text.len());
        let (before, behind) = text.split_at(equals);
        // The first sign counts: what it is compared with may have the other in it.
        let (at, values, part) = match text.split_once('~') {
            Some((at, part)) if at.len() < equals => (at, "", Some(part.to_owned())),
            _ => (before, behind.trim_start_matches('='), None),
        };
        Ok(Self {
            at: Source::try_from(at.to_owned())?,
            any_of: values
                .split('|')
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .collect(),
            part,
        })
    }
}

impl Value {
    /// Whether a request has it.
    #[must_use]
    pub fn holds(&self, request: &Request<'_>) -> bool {
        match (&self.any_of[..], &self.part) {
            (_, Some(part)) => (self.at.read(request)).is_some_and(|found| found.contains(part)),
            ([], None) => self.at.is_there(request),
            (any_of, None) => (self.at.read(request)).is_some_and(|found| any_of.contains(&found)),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn at(&self) -> &Source {
        &self.at
    }

    /// A value that will do, if one is known.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.any_of
            .first()
            .or(self.part.as_ref())
            .map(String::as_str)
    }
}

impl Mark {
    /// Why it cannot be used, if so.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        if self.headers.is_empty() && self.values.is_empty() {
            return Some("a mark without headers or values would fit everything".to_owned());
        }
        let names = self.headers.iter().chain(&self.without);
        let mut names =
            names.map(|field| field.split_once(':').map_or(&field[..], |(name, _)| name));
        let wrong = names.find(|name| !is_field_name(name))?;
        Some(format!("`{wrong}` cannot be the name of a header field"))
    }

    /// The header fields it needs.
    pub(super) fn needs(&self) -> Names {
        let mut names = Names::default();
        for field in &self.headers {
            let name = field.split_once(':').map_or(&field[..], |(name, _)| name);
            names.add(name.as_bytes());
        }
        names
    }

    /// Whether a request has all of it.
    #[must_use]
    pub fn holds(&self, request: &Request<'_>) -> bool {
        let there = |field: &String| match field.split_once(':') {
            None => request.header(field).is_some(),
            Some((name, beginning)) => {
                let beginning = beginning.trim().as_bytes();
                request.all(name).any(|value| value.starts_with(beginning))
            }
        };
        // Cheap things first: bodies are read only for what looks right otherwise.
        self.headers.iter().all(there)
            && !self.without.iter().any(there)
            && (self.method.as_ref()).is_none_or(|method| method.as_bytes() == &*request.method)
            && (!self.list || request.body.trim_ascii_start().starts_with(b"["))
            && self.values.iter().all(|value| value.holds(request))
    }
}

/// Whether this can be the name of a header field (RFC 9110 §5.6.2).
pub(super) fn is_field_name(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(token)
}

/// Whose request this is: the first row of the table one of whose marks it has.
#[must_use]
pub fn detect<'t>(table: &'t Table, request: &Request<'_>) -> Option<&'t Row> {
    let mut marks = table.marks(request);
    let found = marks.find(|(_, mark)| mark.holds(request));
    found.map(|(row, _)| row)
}

/// Header fields that look like signatures, of a request that nobody is known to have sent.
#[must_use]
pub fn candidates(request: &Request<'_>) -> Vec<String> {
    let looks_so = |name: &str| {
        ["signature", "hmac", "-hash", "digest"]
            .iter()
            .any(|word| name.to_ascii_lowercase().contains(word))
    };
    request
        .headers
        .iter()
        .map(|header| String::from_utf8_lossy(&header.name).into_owned())
        .filter(|name| looks_so(name))
        .collect()
}
