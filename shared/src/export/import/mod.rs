//! Requests read from what other tools wrote.

mod curl;
mod har;
mod split;

use bytes::Bytes;

pub use curl::curl;
pub use har::har;

use super::json::{self, ReadError};
use crate::model::Headers;

/// A request, and its answer where one was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The method token.
    pub method: Bytes,
    /// Scheme, host and port it was sent to, as `http://host:port`; none where only the
    /// target is known.
    pub base: Option<String>,
    /// The request target in origin form.
    pub target: Bytes,
    /// Fields in order.
    pub headers: Headers,
    /// The body, whole.
    pub body: Bytes,
    /// The answer.
    pub response: Option<Answer>,
}

/// An answer that was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Fields in order.
    pub headers: Headers,
    /// The body, decoded as far as the writing tool had decoded it.
    pub body: Bytes,
}

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The quoting of a command line is wrong.
    #[error("byte {offset}: {message}")]
    Quoting {
        /// Where.
        offset: usize,
        /// What is wrong.
        message: &'static str,
    },
    /// A word of a command line is wrong, or asks for what cannot be done.
    #[error("word {index} ({word}): {message}")]
    Word {
        /// Which word, the first is 1.
        index: usize,
        /// The word.
        word: String,
        /// What is wrong.
        message: String,
    },
    /// It is not JSON, or not of the expected shape; with line and column.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// An entry of an archive holds what HTTP cannot carry.
    #[error("entry {index}: {message}")]
    Entry {
        /// Which entry, the first is 0.
        index: usize,
        /// What is wrong.
        message: String,
    },
    /// A line that should be the JSON form of an exchange is not.
    #[error("exchange in line {line}: {source}")]
    Exchange {
        /// Which line, the first is 1.
        line: usize,
        /// What is wrong.
        source: ReadError,
    },
}

/// Reads the JSON form, one exchange a line; empty lines do not count.
///
/// # Errors
/// [`ImportError::Exchange`] for the first line that is none, or of whose request body only
/// the beginning was kept.
pub fn exchanges(text: &[u8]) -> Result<Vec<Imported>, ImportError> {
    let lines = text.split(|byte| *byte == b'\n').enumerate();
    let mut found = Vec::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let at = |source| ImportError::Exchange {
            line: index + 1,
            source,
        };
        let exchange = json::read(line).map_err(at)?;
        if exchange.request_body.is_truncated() {
            return Err(at(ReadError::Value {
                what: "request.body.truncated",
                value: "true".to_owned(),
            }));
        }
        let answer = exchange.response.as_ref().map(|head| Answer {
            status: head.status,
            headers: head.headers.clone(),
            body: exchange.response_body.kept.clone(),
        });
        found.push(Imported {
            method: exchange.request.method.clone(),
            base: None,
            target: exchange.request.target.clone(),
            headers: exchange.request.headers.clone(),
            body: exchange.request_body.kept,
            response: answer,
        });
    }
    Ok(found)
}

/// Base and target of a URL, the target byte for byte as it stands. A URL without a scheme is
/// an `http` one, as curl has it.
fn divided(url: &[u8]) -> Option<(String, Bytes)> {
    let text = std::str::from_utf8(url).ok()?;
    let text = match text.find("://") {
        Some(_) => text.to_owned(),
        None => format!("http://{text}"),
    };
    let parsed = url::Url::parse(&text).ok()?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return None;
    }
    let host = text.find("://")? + 3;
    let rest = text.get(host..)?;
    let path = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let target = rest.get(path..)?;
    let target = target.split('#').next().unwrap_or_default();
    let target = match target.starts_with('/') {
        true => target.to_owned(),
        false => format!("/{target}"),
    };
    let authority = rest.get(..path)?.rsplit('@').next()?;
    Some((format!("{}://{authority}", parsed.scheme()), target.into()))
}

fn is_method(bytes: &[u8]) -> bool {
    let mark = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(mark)
}

/// Whether HTTP can carry this field (RFC 9110 §5.1, §5.5).
fn is_field(name: &[u8], value: &[u8]) -> bool {
    is_method(name) && !value.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n'))
}
