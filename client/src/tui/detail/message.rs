//! The request or the answer: start line, fields in their order and case, body.

use hookreel_shared::model::{
    Capture, Exchange, Header, Headers, HttpVersion, Label, RequestHead, ResponseHead, Summary,
};
use unicode_width::UnicodeWidthStr;

use super::block::{Block, Fixed};
use super::body::{Body, long, note};
use super::doc::Doc;
use super::line::{Line, Role};
use super::sender::sender;
use super::{Hints, Mode, words};
use crate::config::About;

/// How messages are shown.
pub(super) struct Look<'a> {
    pub(super) mode: Mode,
    /// Bytes in a line of hexadecimal digits.
    pub(super) hex_width: usize,
    pub(super) hints: &'a Hints,
}

/// The request.
pub(super) fn request(exchange: &Exchange, about: Option<&About>, look: &Look<'_>) -> Doc {
    let head = &exchange.request;
    let mut lines = Vec::new();
    let method = String::from_utf8_lossy(&head.method);
    let first = Line::new(Role::Title, &method).with(Role::Text, " ");
    long(&mut lines, first, Role::Text, &head.target);
    if let Some(last) = lines.last_mut() {
        last.line.push(Role::Dim, &format!(" {}", version(head)));
    }
    if let Some(peer) = head.peer {
        let from = format!("from {peer} · {} · {}", head.name, head.label.as_str());
        lines.push(Line::new(Role::Dim, &from).into());
    }
    if let Some(about) = about {
        sender(&mut lines, about);
    }
    fields(&mut lines, Role::Key, head.sent());
    if !head.added().is_empty() {
        lines.push(Line::new(Role::Dim, head.added_by()).into());
        fields(&mut lines, Role::Dim, head.added());
    }
    let body = Body {
        headers: &head.headers,
        capture: &exchange.request_body,
    };
    whole(exchange, lines, &body, look)
}

/// The answer, or why there is none.
pub(super) fn response(exchange: &Exchange, look: &Look<'_>) -> Doc {
    let mut lines = Vec::new();
    failure(&mut lines, exchange, look.hints);
    let Some(head) = &exchange.response else {
        if lines.is_empty() {
            let text = match exchange.closed_at {
                None => "waiting for the origin's answer …",
                Some(_) if exchange.request.label == Label::Imported => {
                    "the file it came from has no answer"
                }
                Some(_) => "there was no answer",
            };
            lines.push(Line::new(Role::Dim, text).into());
        }
        return Doc::fixed(lines);
    };
    lines.push(status(head).into());
    fields(&mut lines, Role::Key, head.headers.as_slice());
    let body = Body {
        headers: &head.headers,
        capture: &exchange.response_body,
    };
    whole(exchange, lines, &body, look)
}

/// Why an exchange failed and what to do about it; nothing if it did not.
pub(super) fn failure(lines: &mut Vec<Fixed>, exchange: &Exchange, hints: &Hints) {
    let Some(failure) = exchange.failure() else {
        return;
    };
    lines.push(Line::new(Role::Bad, &format!("✗ {failure}")).into());
    let sender_status = Summary::from(exchange).sender_status();
    if let (None, Some(status)) = (&exchange.response, sender_status) {
        let text = format!("the relay answered {status} in its place");
        lines.push(Line::new(Role::Dim, &text).into());
    }
    let advice = words::advice(failure.kind, &hints.replay);
    lines.extend(prose(Role::Text, &advice));
    lines.push(Line::default().into());
}

/// A sentence over lines that fit a narrow pane.
pub(super) fn prose(role: Role, text: &str) -> Vec<Fixed> {
    const NARROW: usize = 41;
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + word.width() >= NARROW {
            lines.push(Line::new(role, &line).into());
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(Line::new(role, &line).into());
    lines
}

fn whole(exchange: &Exchange, mut lines: Vec<Fixed>, body: &Body<'_>, look: &Look<'_>) -> Doc {
    trailers(&mut lines, body.capture);
    lines.push(Line::default().into());
    let mut doc = Doc::fixed(lines);
    if exchange.closed_at.is_none() {
        doc.push(note(
            Role::Dim,
            "the body is shown when the exchange has ended",
        ));
    } else {
        body.show(&mut doc, look);
    }
    doc
}

/// `HTTP/1.1` and the like.
pub(super) fn version(head: &RequestHead) -> &'static str {
    match head.version {
        HttpVersion::Http10 => "HTTP/1.0",
        HttpVersion::Http11 => "HTTP/1.1",
        HttpVersion::Http2 => "HTTP/2",
    }
}

/// The phrase of a status line: what the origin wrote, or the usual one.
pub(super) fn reason(head: &ResponseHead) -> String {
    match &head.reason {
        Some(reason) => String::from_utf8_lossy(reason).into_owned(),
        None => {
            let code = http::StatusCode::from_u16(head.status).ok();
            let usual = code.and_then(|code| code.canonical_reason());
            usual.unwrap_or_default().to_owned()
        }
    }
}

/// A style for a status, and a sign for those who see no colours.
pub(super) fn grade(status: u16) -> (Role, &'static str) {
    match status {
        200..300 => (Role::Ok, "✓"),
        100..200 | 300..400 => (Role::Info, "→"),
        400..500 => (Role::Warn, "!"),
        _ => (Role::Bad, "✗"),
    }
}

fn status(head: &ResponseHead) -> Line {
    let (role, sign) = grade(head.status);
    Line::new(role, &format!("{sign} {} ", head.status)).with(role, &reason(head))
}

/// Fields as they came: their names in that role, their values as text unless all is dim.
fn fields(lines: &mut Vec<Fixed>, name: Role, headers: &[Header]) {
    let value = match name {
        Role::Dim => Role::Dim,
        _ => Role::Text,
    };
    for header in headers {
        let mut line = Line::default();
        line.push_bytes(name, &header.name);
        line.push(Role::Punct, ": ");
        long(lines, line, value, &header.value);
    }
}

fn trailers(lines: &mut Vec<Fixed>, capture: &Capture) {
    if !capture.trailers.is_empty() {
        lines.push(Line::new(Role::Dim, "trailers, from behind the body").into());
        fields(lines, Role::Key, capture.trailers.as_slice());
    }
}

/// A head as it is written in HTTP/1.1, for the raw view.
pub(super) fn raw_head(first: &[u8], headers: &Headers) -> Vec<u8> {
    let mut out = first.to_vec();
    out.extend_from_slice(b"\r\n");
    for header in headers {
        for part in [&header.name[..], b": ", &header.value, b"\r\n"] {
            out.extend_from_slice(part);
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// A heading between two messages.
pub(super) fn heading(text: &str) -> Block {
    note(Role::Title, &format!("── {text} ──"))
}
