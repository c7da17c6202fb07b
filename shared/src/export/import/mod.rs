//! Requests read from what other tools wrote.

mod cmd;
mod curl;
mod har;
mod http;
mod options;
mod split;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub use curl::curl;
pub use har::har;
pub use http::http;

use super::json::{self, ReadError};
use crate::model::{
    BodyKind, Capture, Event, Exchange, ExchangeId, Headers, HttpVersion, Label, Name, RequestHead,
    ResponseHead, Timestamp,
};
use crate::pretty::decode::{DecodeError, decode};

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
    /// The body.
    pub body: Bytes,
    /// The tool saw a body, or more of it, that it did not write down.
    pub cut: bool,
    /// The answer.
    pub response: Option<Answer>,
    /// When it was sent, where that was written down.
    pub at: Option<Timestamp>,
    /// From then to the end of the answer.
    pub took: Option<Duration>,
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
    /// The tool saw a body that it did not write down.
    pub cut: bool,
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
    /// A request of a `.http` file cannot be made from the file alone.
    #[error("line {line}: {message}")]
    Line {
        /// Which line, the first is 1.
        line: usize,
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

/// What came of each thing that was to be read.
pub type Each<T> = Vec<Result<T, ImportError>>;

/// Reads the JSON form, one exchange a line; empty lines do not count. Each is as it was written,
/// its id too, and read when it is asked for.
pub fn exchanges(text: &[u8]) -> impl Iterator<Item = Result<Exchange, ImportError>> + '_ {
    let lines = text.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(index, line)| {
            json::read(line).map_err(|source| ImportError::Exchange {
                line: index + 1,
                source,
            })
        })
}

impl Imported {
    /// As an exchange of a history, of this id and sent to this name. It begins at
    /// [`Self::at`], or at `now` where no time was written down.
    #[must_use]
    pub fn into_exchange(self, id: ExchangeId, name: Name, now: Timestamp) -> Exchange {
        let begun = self.at.unwrap_or(now);
        let took = i64::try_from(self.took.unwrap_or_default().as_micros()).unwrap_or(0);
        let closed = Timestamp::from_micros(begun.as_micros().saturating_add(took));
        // Browsers write down where a connection left HTTP, too.
        let upgraded = matches!(&self.response, Some(answer) if answer.status == 101);
        let kind = |body: &Bytes| match upgraded {
            true => BodyKind::Upgrade,
            false => kind(body),
        };
        let mut exchange = Exchange::new(Arc::new(RequestHead {
            id,
            name,
            label: Label::Imported,
            received_at: begun,
            method: self.method,
            target: self.target,
            version: HttpVersion::Http11,
            headers: as_written(with_host(self.headers, self.base.as_deref()), &self.body),
            added: 0,
            peer: None,
            body: kind(&self.body),
            expect_continue: false,
        }));
        let mut response = Capture::default();
        if let Some(answer) = self.response {
            let head = Arc::new(ResponseHead {
                status: answer.status,
                reason: None,
                headers: as_written(answer.headers, &answer.body),
                body: kind(&answer.body),
            });
            response = captured(answer.body, answer.cut);
            exchange.apply(Event::Answered { at: closed, head });
        }
        exchange.apply(Event::Closed {
            at: closed,
            request: captured(self.body, self.cut),
            response,
        });
        exchange
    }

    /// The name it was sent to, as far as the address tells: its first label.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        let host = self.base.as_deref()?.split("://").nth(1)?;
        let label = host.split(['.', ':']).next()?;
        label
            .parse()
            .ok()
            .filter(|_| host.parse::<std::net::SocketAddr>().is_err())
    }
}

fn captured(body: Bytes, cut: bool) -> Capture {
    Capture {
        cut,
        ..Capture::whole(body)
    }
}

fn kind(body: &Bytes) -> BodyKind {
    match body.len() {
        0 => BodyKind::Empty,
        length => BodyKind::Length(length as u64),
    }
}

/// HTTP/2 has no `Host`, and some tools leave it out: the address says what it was.
fn with_host(headers: Headers, base: Option<&str>) -> Headers {
    let host = base.and_then(|base| base.split_once("://"));
    let (Some((_, host)), false) = (host, headers.contains("Host")) else {
        return headers;
    };
    let mut with = Headers::with_capacity(headers.len() + 1);
    with.push("Host", host.to_owned());
    headers
        .iter()
        .for_each(|header| with.push(header.name.clone(), header.value.clone()));
    with
}

/// Tools write bodies decoded and leave `Content-Encoding` standing: where it is not true, it goes.
/// Of what cannot be decoded as far as is looked, nobody knows.
fn as_written(mut headers: Headers, body: &[u8]) -> Headers {
    let codings: Vec<_> = headers
        .all("Content-Encoding")
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .collect();
    let decoded = decode(body, &codings.join(","));
    if !codings.is_empty() && matches!(decoded, Err(DecodeError::Broken { .. })) {
        headers.remove("Content-Encoding");
    }
    headers
}

/// Base and target of a URL, the target byte for byte as it stands; none if HTTP cannot carry it. A URL without a scheme is
/// an `http` one, as curl has it.
fn divided(url: &[u8]) -> Option<(String, Bytes)> {
    let text = std::str::from_utf8(url).ok()?;
    let text = match text.find("://") {
        Some(_) => text.to_owned(),
        None => format!("http://{text}"),
    };
    let parsed = url::Url::parse(&text).ok()?;
    // Browsers give the request that begins a WebSocket the scheme of what comes after it.
    let scheme = match parsed.scheme() {
        "http" | "ws" => "http",
        "https" | "wss" => "https",
        _ => return None,
    };
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
    let is_sent = |byte: u8| byte > b' ' && byte != 0x7f;
    let is_whole = target.bytes().all(is_sent) && !authority.is_empty();
    is_whole.then(|| (format!("{scheme}://{authority}"), target.into()))
}

fn is_method(bytes: &[u8]) -> bool {
    let mark = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(mark)
}

/// Whether HTTP can carry this field (RFC 9110 §5.1, §5.5).
fn is_field(name: &[u8], value: &[u8]) -> bool {
    is_method(name) && !value.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n'))
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
