//! Exchanges in the forms other tools read, and back ([`import`]).
//!
//! | form | where | what |
//! |---|---|---|
//! | `json` | [`json`] | the whole exchange; the only form that reads back as one |
//! | `curl` | [`curl`] | a bash command line that sends the same bytes again |
//! | `har` | [`har`] | HTTP Archive 1.2, for browsers and proxies |
//! | `raw` | [`raw`] | the bytes of HTTP/1.1 |
//! | `http`, `httpie` | [`http`], [`httpie`] | a `.http` file for editors; a command line for people |
//! | `fixture` | [`fixture`] | files for a test |
//!
//! What makes a request again leaves out `Host`, `Content-Length` and `Transfer-Encoding`
//! (RFC 9112 §3.2, §6): the tool makes them for where it sends to. Fields that a relay added are
//! in `json` alone. What is made to be passed on to others, archives and fixtures, asks whether
//! [`Secrets`] stay in it; nothing else is masked here, see [`crate::redact`].

pub mod curl;
pub mod fixture;
pub mod har;
pub mod http;
pub mod httpie;
pub mod import;
pub mod json;
pub mod raw;

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::model::{Capture, Exchange, ExchangeId, Header, Headers, RequestHead};
use crate::redact::redact;

/// Whether secrets stay in what is passed on to others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Secrets {
    /// They are masked: what a repository may hold. A signature check on it fails.
    #[default]
    Masked,
    /// They stay.
    Kept,
}

impl Secrets {
    fn of(self, exchange: &Exchange) -> Cow<'_, Exchange> {
        match self {
            Self::Masked => Cow::Owned(redact(exchange)),
            Self::Kept => Cow::Borrowed(exchange),
        }
    }
}

/// Why an exchange cannot take a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Only the beginning of a body was kept, and the form has no words for that.
    #[error(
        "{id}: only {kept} of the {size} bytes of the {whose} body were kept (see body-limit), \
         so this would be another message; `json` can say so"
    )]
    Truncated {
        /// Which exchange.
        id: ExchangeId,
        /// `request` or `response`.
        whose: &'static str,
        /// Bytes that were kept.
        kept: usize,
        /// Bytes that passed.
        size: u64,
    },
    /// The end of a body never passed.
    #[error(
        "{id}: the {whose} body broke off after {size} bytes: its end never came (`--as json` has what did)"
    )]
    Cut {
        /// Which exchange.
        id: ExchangeId,
        /// `request` or `response`.
        whose: &'static str,
        /// Bytes that passed.
        size: u64,
    },
    /// The address to send to is not an `http` or `https` URL.
    #[error("{0:?} is not an http or https URL")]
    Base(String),
    /// The form is text, and this is not.
    #[error("{id}: {what} is not text; take `curl`, `raw` or `json`")]
    NotText {
        /// Which exchange.
        id: ExchangeId,
        /// What is no text.
        what: &'static str,
    },
    /// There is no answer to give out.
    #[error("{0} has no answer")]
    NoAnswer(ExchangeId),
}

/// Header fields that the sending tool makes itself.
const MADE_AGAIN: [&str; 3] = ["Host", "Content-Length", "Transfer-Encoding"];

/// The fields that the sender sent: those a relay added are of the way.
fn sent(head: &RequestHead) -> Headers {
    head.sent().iter().cloned().collect()
}

fn is_sent(header: &&Header) -> bool {
    !MADE_AGAIN.iter().any(|name| header.is(name))
}

/// A body that came whole and was kept whole: what looks like a message must be all of it.
fn whole<'a>(
    exchange: &Exchange,
    whose: &'static str,
    capture: &'a Capture,
) -> Result<&'a [u8], ExportError> {
    if capture.is_truncated() {
        return Err(ExportError::Truncated {
            id: exchange.id(),
            whose,
            kept: capture.kept.len(),
            size: capture.size,
        });
    }
    if capture.cut {
        return Err(ExportError::Cut {
            id: exchange.id(),
            whose,
            size: capture.size,
        });
    }
    Ok(&capture.kept)
}

fn request_body(exchange: &Exchange) -> Result<&[u8], ExportError> {
    whole(exchange, "request", &exchange.request_body)
}

fn response_body(exchange: &Exchange) -> Result<&[u8], ExportError> {
    whole(exchange, "response", &exchange.response_body)
}

/// `base` without the slashes at its end, once it is known to be a URL with a host.
fn checked(base: &str) -> Result<&str, ExportError> {
    let good = url::Url::parse(base)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let plain = !base.contains(['?', '#']) && !base.contains(char::is_whitespace);
    if good && plain {
        Ok(base.trim_end_matches('/'))
    } else {
        Err(ExportError::Base(base.to_owned()))
    }
}

fn text<'a>(
    exchange: &Exchange,
    what: &'static str,
    bytes: &'a [u8],
) -> Result<&'a str, ExportError> {
    let readable = |text: &&str| {
        let mut chars = text.chars();
        !chars.any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    };
    std::str::from_utf8(bytes)
        .ok()
        .filter(readable)
        .ok_or(ExportError::NotText {
            id: exchange.id(),
            what,
        })
}

fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
