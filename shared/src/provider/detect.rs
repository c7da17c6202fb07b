//! Who is calling: by sets of marks, as no single header field is one provider's alone.

use serde::Deserialize;

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

/// A value that is there, or one of several.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Value {
    at: Source,
    any_of: Vec<String>,
}

impl TryFrom<String> for Value {
    type Error = super::text::TextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (at, values) = text.split_once('=').unwrap_or((&text, ""));
        Ok(Self {
            at: Source::try_from(at.to_owned())?,
            any_of: values
                .split('|')
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .collect(),
        })
    }
}

impl Value {
    fn holds(&self, request: &Request<'_>) -> bool {
        let found = self.at.read(request);
        found.is_some_and(|found| self.any_of.is_empty() || self.any_of.contains(&found))
    }
}

impl Mark {
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

/// Whose request this is: the first row of the table one of whose marks it has.
#[must_use]
pub fn detect<'t>(table: &'t Table, request: &Request<'_>) -> Option<&'t Row> {
    let mut rows = table.rows();
    rows.find(|row| row.detect.iter().any(|mark| mark.holds(request)))
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
