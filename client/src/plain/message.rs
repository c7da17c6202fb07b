//! One whole exchange for people: both messages with their headers and bodies.

use std::fmt::Write;

use hookreel_shared::model::{Capture, Exchange, Header, Headers, HttpVersion, Summary};
use hookreel_shared::pretty::safe;
use jiff::tz::TimeZone;

use super::body;
use super::text::{BOLD, CYAN, DIM, PLAIN, RED, colour, duration, printable};
use crate::store::Row;

/// What is shown of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// The request.
    pub request: bool,
    /// The answer.
    pub response: bool,
    /// Start lines and header fields.
    pub headers: bool,
    /// Bodies and trailers.
    pub body: bool,
}

/// The exchange as text; times are of `zone`. `sender` is what there is to say about the sender, in
/// lines.
#[must_use]
pub fn text(
    exchange: &Exchange,
    row: &Row,
    parts: Parts,
    (zone, sender): (&TimeZone, &str),
) -> String {
    let mut out = String::new();
    let head = &exchange.request;
    if parts.request {
        if parts.headers {
            about(&mut out, exchange, row, zone);
            if !sender.is_empty() {
                out += sender;
                out.push('\n');
            }
            let (method, target) = (printable(&head.method), printable(&head.target));
            let version = match head.version {
                HttpVersion::Http10 => "HTTP/1.0",
                HttpVersion::Http11 => "HTTP/1.1",
                HttpVersion::Http2 => "HTTP/2",
            };
            let _ = writeln!(out, "{BOLD}{method} {target}{PLAIN} {DIM}{version}{PLAIN}");
            fields(&mut out, head.sent(), CYAN);
            // Of the way, not of the request.
            fields(&mut out, head.added(), DIM);
        }
        content(&mut out, &exchange.request_body, &head.headers, parts);
    }
    if parts.request && parts.response {
        out.push('\n');
    }
    if parts.response {
        let none = Headers::new();
        let headers = exchange
            .response
            .as_ref()
            .map_or(&none, |head| &head.headers);
        if parts.headers {
            answer(&mut out, exchange);
            fields(&mut out, headers.as_slice(), CYAN);
        }
        content(&mut out, &exchange.response_body, headers, parts);
    }
    out
}

fn about(out: &mut String, exchange: &Exchange, row: &Row, zone: &TimeZone) {
    let head = &exchange.request;
    let time = jiff::Timestamp::from_microsecond(head.received_at.as_micros());
    let time = time.map_or_else(
        |_| head.received_at.to_string(),
        |time| {
            let local = time.to_zoned(zone.clone());
            local.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
        },
    );
    let mut words = vec![head.id.to_string(), time, head.name.to_string()];
    match exchange.replay_of {
        Some(original) => words.push(format!("replay of {original}")),
        None => words.push(head.label.as_str().to_owned()),
    }
    words.extend(head.peer.map(|peer| format!("from {peer}")));
    let summary = &row.summary;
    for known in [summary.provider.as_deref(), summary.event.as_deref()] {
        words.extend(known.map(|text| safe::line(text).into_owned()));
    }
    words.extend(
        row.summary
            .verdict
            .as_ref()
            .map(|text| format!("signature {text}")),
    );
    words.extend(row.duplicate.then(|| "duplicate".to_owned()));
    words.extend(row.marked.then(|| "marked".to_owned()));
    words.extend(
        row.note
            .as_deref()
            .map(|text| safe::line(text).into_owned()),
    );
    let _ = writeln!(out, "{DIM}{}{PLAIN}", words.join(" · "));
}

fn answer(out: &mut String, exchange: &Exchange) {
    if let Some(head) = &exchange.response {
        let reason = head.reason.as_deref().map(printable).unwrap_or_default();
        let colour = colour(head.status);
        let _ = write!(out, "{colour}{BOLD}{}{PLAIN} {reason}", head.status);
    }
    if let Some(failure) = exchange.failure() {
        let _ = write!(out, "{RED}✗ {failure}{PLAIN}");
    } else if exchange.response.is_none() {
        let _ = write!(out, "{RED}✗ no answer{PLAIN}");
    }
    let until = exchange.closed_at.or(exchange.answered_at);
    if let Some(until) = until {
        let took = until.since(exchange.request.received_at);
        let _ = write!(out, "  {DIM}{}{PLAIN}", duration(took));
    }
    out.push('\n');
    let sender_status = Summary::from(exchange).sender_status();
    if let (None, Some(status)) = (&exchange.response, sender_status) {
        let _ = writeln!(out, "{DIM}the relay answered {status} in its place{PLAIN}");
    }
}

fn fields(out: &mut String, headers: &[Header], colour: &str) {
    for header in headers {
        let (name, value) = (printable(&header.name), printable(&header.value));
        let _ = writeln!(out, "{colour}{name}{PLAIN}: {value}");
    }
}

fn content(out: &mut String, capture: &Capture, headers: &Headers, parts: Parts) {
    if !parts.body {
        return;
    }
    let body = body::lines(capture, headers);
    if !body.is_empty() {
        if parts.headers {
            out.push('\n');
        }
        *out += &body;
    }
    fields(out, capture.trailers.as_slice(), CYAN);
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
