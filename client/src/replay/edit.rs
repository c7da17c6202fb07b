//! A request as a text that people edit, and back.
//!
//! ```text
//! // lines that begin so are left out, up to the request line
//! POST /hooks?x=1
//! Host: quiet-otter.example
//! X-Odd: <base64 /wA=>
//!
//! {"the body":"exactly, up to the last line end, which is not part of it"}
//! ```
//!
//! A body that an editor might harm is written in base64 instead:
//!
//! ```text
//! <base64
//! AAECAwQFBgcICQ==
//! >
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hookreel_shared::model::{Exchange, Headers};
use http::{HeaderName, HeaderValue, Method, Uri};

use crate::command::Edited;

/// Begins what is written in base64.
const ENCODED: &[u8] = b"<base64";
/// Begins a line that is left out. No method begins so: `/` is not for tokens (RFC 9110 §5.6.2).
const COMMENT: &[u8] = b"//";
/// Characters of base64 in a line.
const WIDTH: usize = 76;

/// Why a text is not a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is nothing in it.
    #[error("nothing is left of the request")]
    Empty,
    /// A line is wrong.
    #[error("line {line}: {message}")]
    Line {
        /// Which; the first is 1.
        line: usize,
        /// What is wrong with it, and what is expected.
        message: String,
    },
}

/// The request of an exchange as its sender sent it, without what the relay added. What was not
/// kept of its body is missing in the text too.
#[must_use]
pub fn to_text(exchange: &Exchange) -> Vec<u8> {
    let head = &exchange.request;
    let body = &exchange.request_body.kept;
    let mut text = Vec::with_capacity(body.len() + 1024);
    text.extend_from_slice(&head.method);
    text.push(b' ');
    put_word(&mut text, &head.target);
    text.push(b'\n');
    for header in head.sent() {
        text.extend_from_slice(&header.name);
        text.push(b':');
        if !header.value.is_empty() {
            text.push(b' ');
            put_word(&mut text, &header.value);
        }
        text.push(b'\n');
    }
    text.push(b'\n');
    put_body(&mut text, body);
    text.push(b'\n');
    text
}

/// The request that a text is. A `Content-Length` that is there becomes the right one.
///
/// # Errors
/// [`EditError`].
pub fn from_text(text: &[u8]) -> Result<Edited, EditError> {
    let mut lines = Lines {
        rest: text,
        number: 0,
    };
    let first = loop {
        match lines.next() {
            None => return Err(EditError::Empty),
            Some(line) if line.trim_ascii().is_empty() || line.starts_with(COMMENT) => {}
            Some(line) => break line,
        }
    };
    let (method, target) = request_line(first).map_err(|message| lines.wrong(message))?;
    let mut headers = Headers::new();
    while let Some(line) = lines.next().filter(|line| !line.trim_ascii().is_empty()) {
        let (name, value) = field(line).map_err(|message| lines.wrong(message))?;
        headers.push(name, value);
    }
    let body = body(&mut lines)?;
    fit_length(&mut headers, body.len());
    Ok(Edited {
        method,
        target,
        headers,
        body,
    })
}

/// One `Content-Length`, and that the right one, where there is any.
pub(super) fn fit_length(headers: &mut Headers, length: usize) {
    let mut fitted = Headers::with_capacity(headers.len());
    for header in &*headers {
        let is_length = header.is("content-length");
        if is_length && fitted.contains("content-length") {
            continue;
        }
        if is_length {
            fitted.push(header.name.clone(), length.to_string());
        } else {
            fitted.push(header.name.clone(), header.value.clone());
        }
    }
    *headers = fitted;
}

/// The lines of a text, counted.
struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    /// The next line without its end, which is LF or CR LF.
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let end = memchr::memchr(b'\n', self.rest);
        let (line, rest) = match end {
            Some(at) => (&self.rest[..at], &self.rest[at + 1..]),
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    fn wrong(&self, message: impl Into<String>) -> EditError {
        EditError::Line {
            line: self.number,
            message: message.into(),
        }
    }
}

fn request_line(line: &[u8]) -> Result<(Bytes, Bytes), String> {
    let expected = "expected METHOD /path";
    let line = line.trim_ascii();
    let space = line.iter().position(|&b| b == b' ').ok_or(expected)?;
    let (method, rest) = (&line[..space], line[space..].trim_ascii());
    Method::from_bytes(method)
        .map_err(|_| format!("{:?} is not a method", String::from_utf8_lossy(method)))?;
    let version = [&b" HTTP/1.1"[..], b" HTTP/1.0", b" HTTP/2"];
    let rest = version
        .iter()
        .find_map(|version| rest.strip_suffix(*version))
        .unwrap_or(rest);
    let target = word(rest.trim_ascii())?;
    let in_origin_form = target.starts_with(b"/") || &target[..] == b"*";
    if !in_origin_form || Uri::from_maybe_shared(target.clone()).is_err() {
        return Err(format!(
            "{:?} is not a path with or without a query; it begins with /",
            String::from_utf8_lossy(&target)
        ));
    }
    Ok((Bytes::copy_from_slice(method), target))
}

fn field(line: &[u8]) -> Result<(Bytes, Bytes), String> {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return Err("a header does not begin with a space; write it on one line".into());
    }
    let colon = memchr::memchr(b':', line)
        .ok_or("expected a header (Name: value); the body begins behind an empty line")?;
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    HeaderName::from_bytes(name)
        .map_err(|_| format!("{:?} is not a header name", String::from_utf8_lossy(name)))?;
    let value = word(value)?;
    // The value is not part of the message: it may be secret.
    HeaderValue::from_bytes(&value).map_err(|_| {
        let name = String::from_utf8_lossy(name);
        format!("the value of {name} has control characters")
    })?;
    Ok((Bytes::copy_from_slice(name), value))
}

fn put_word(text: &mut Vec<u8>, word: &[u8]) {
    let shown = |word: &str| {
        !word.contains(char::is_control)
            && word.trim() == word
            && !word.as_bytes().starts_with(ENCODED)
    };
    if std::str::from_utf8(word).is_ok_and(shown) {
        text.extend_from_slice(word);
    } else {
        text.extend_from_slice(b"<base64 ");
        text.extend_from_slice(STANDARD.encode(word).as_bytes());
        text.push(b'>');
    }
}

fn word(text: &[u8]) -> Result<Bytes, String> {
    let Some(encoded) = text.strip_prefix(ENCODED) else {
        return Ok(Bytes::copy_from_slice(text));
    };
    let encoded = encoded
        .strip_suffix(b">")
        .ok_or("<base64 … needs a > at its end")?;
    decode(encoded).map(Bytes::from)
}

fn decode(encoded: &[u8]) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = encoded
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    STANDARD
        .decode(digits)
        .map_err(|error| format!("this is not base64: {error}"))
}

/// Whether an editor can be trusted with a body: text, without what acts on a terminal, and not
/// to be taken for our own marks.
fn is_plain(body: &[u8]) -> bool {
    let shown = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    // Editors take CR LF for their own line ends only if all lines have it; the head has not.
    std::str::from_utf8(body).is_ok_and(|body| body.replace("\r\n", "\n").chars().all(shown))
        && !body.starts_with(ENCODED)
}

fn put_body(text: &mut Vec<u8>, body: &[u8]) {
    if is_plain(body) {
        text.extend_from_slice(body);
        return;
    }
    text.extend_from_slice(ENCODED);
    text.push(b'\n');
    for line in STANDARD.encode(body).as_bytes().chunks(WIDTH) {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text.push(b'>');
}

fn body(lines: &mut Lines<'_>) -> Result<Bytes, EditError> {
    let rest = lines.rest;
    if !rest.starts_with(ENCODED) {
        return Ok(Bytes::copy_from_slice(
            rest.strip_suffix(b"\n").unwrap_or(rest),
        ));
    }
    lines.next();
    let begun = lines.wrong("<base64 needs a line > behind it");
    let mut body = Vec::new();
    let mut pending = Vec::new();
    loop {
        let Some(line) = lines.next() else {
            return Err(begun);
        };
        if line.trim_ascii() == b">" {
            break;
        }
        pending.extend(line.iter().copied().filter(|b| !b.is_ascii_whitespace()));
        // Four digits are three bytes: what is left over belongs to the next line.
        let whole = pending.len() / 4 * 4;
        let decoded = decode(&pending[..whole]).map_err(|message| lines.wrong(message))?;
        body.extend_from_slice(&decoded);
        pending.drain(..whole);
    }
    if !pending.is_empty() {
        return Err(lines.wrong("the base64 above is cut off"));
    }
    if lines.rest.trim_ascii().is_empty() {
        Ok(body.into())
    } else {
        lines.next();
        Err(lines.wrong("nothing may follow the > of a base64 body"))
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
