//! `-o json`: one JSON object a line, `ready` first. Keys may be added; none is renamed or
//! removed within `v`.

use hookreel_shared::model::{ExchangeId, Failure, Summary};
use hookreel_shared::pretty::safe;
use serde::Serialize;

use super::View;
use crate::record::{Notice, Seen};
use crate::store::Row;

/// The view for programs.
#[derive(Debug, Default)]
pub struct Json;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Ready {
        v: u32,
        url: &'a str,
        urls: &'a [String],
        name: &'a str,
        origin: &'a str,
        relay: &'a str,
        transport: &'a str,
    },
    Exchange(Box<Exchange<'a>>),
    Status {
        v: u32,
        state: &'a str,
        reason: &'a str,
    },
    Hint {
        v: u32,
        text: &'a str,
        id: Option<ExchangeId>,
    },
    Message {
        v: u32,
        good: bool,
        text: &'a str,
    },
    Unrecorded {
        v: u32,
        count: u64,
    },
    Missed {
        v: u32,
        lines: u64,
    },
}

#[derive(Serialize)]
struct Exchange<'a> {
    v: u32,
    id: String,
    at: String,
    name: &'a str,
    method: String,
    target: String,
    /// What the origin answered.
    status: Option<u16>,
    /// What the sender got: that, or the relay's answer where the origin failed.
    sender_status: Option<u16>,
    ms: Option<f64>,
    request: Body,
    response: Body,
    provider: Option<&'a str>,
    event: Option<&'a str>,
    verdict: Option<&'a str>,
    /// Only where hookreel answered one in the server's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    handshake: Option<&'a str>,
    label: &'a str,
    replay_of: Option<String>,
    failure: Option<Failure>,
    /// What only the history knows.
    #[serde(flatten)]
    kept: Option<Kept<'a>>,
}

#[derive(Serialize)]
struct Kept<'a> {
    delivery: Option<&'a str>,
    duplicate: bool,
    marked: bool,
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct Body {
    bytes: u64,
    content_type: Option<String>,
}

impl View for Json {
    fn lines(&mut self, seen: &Seen) -> (String, String) {
        let line = match seen {
            Seen::Notice(Notice::Ready {
                url,
                urls,
                name,
                origin,
                relay,
                transport,
            }) => Line::Ready {
                v: 1,
                url,
                urls,
                name: name.as_str(),
                origin,
                relay,
                transport,
            },
            // One line an exchange, once everything about it is known.
            Seen::Notice(Notice::Exchange(summary)) if !summary.closed => {
                return Default::default();
            }
            Seen::Notice(Notice::Exchange(summary)) => Line::Exchange(Box::new(exchange(summary))),
            Seen::Notice(Notice::Status { state, reason }) => Line::Status {
                v: 1,
                state: state.as_str(),
                reason,
            },
            Seen::Notice(Notice::Hint { of, text }) => Line::Hint {
                v: 1,
                text,
                id: *of,
            },
            Seen::Notice(Notice::Told { good, text }) => Line::Message {
                v: 1,
                good: *good,
                text,
            },
            Seen::Notice(Notice::Unrecorded(count)) => Line::Unrecorded {
                v: 1,
                count: *count,
            },
            Seen::Missed(lines) => Line::Missed {
                v: 1,
                lines: *lines,
            },
        };
        (text(&line), String::new())
    }
}

/// The line of an exchange in the history: the one above, with what only the history knows.
#[must_use]
pub fn row(row: &Row) -> String {
    let mut exchange = exchange(&row.summary);
    exchange.kept = Some(Kept {
        delivery: row.delivery.as_deref(),
        duplicate: row.duplicate,
        marked: row.marked,
        note: row.note.as_deref(),
    });
    text(&Line::Exchange(Box::new(exchange)))
}

/// A line of JSON. It may be read on a terminal.
fn text(line: &Line<'_>) -> String {
    safe::json(serde_json::to_string(line).unwrap_or_default()) + "\n"
}

fn exchange(summary: &Summary) -> Exchange<'_> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Exchange {
        v: 1,
        id: summary.id.to_string(),
        at: summary.at.to_string(),
        name: summary.name.as_str(),
        method: text(&summary.method),
        target: text(&summary.target),
        status: summary.status,
        sender_status: summary.sender_status(),
        ms: summary
            .took
            .map(|took| (took.as_secs_f64() * 10_000.0).round() / 10.0),
        request: Body {
            bytes: summary.request_bytes.unwrap_or(0),
            content_type: summary.request_type.as_ref().map(|value| text(value)),
        },
        response: Body {
            bytes: summary.response_bytes,
            content_type: summary.response_type.as_ref().map(|value| text(value)),
        },
        provider: summary.provider.as_deref(),
        event: summary.event.as_deref(),
        verdict: summary.verdict.as_deref(),
        handshake: summary.handshake.as_deref(),
        label: summary.label.as_str(),
        replay_of: summary.replay_of.map(|id| id.to_string()),
        failure: summary.failure,
        kept: None,
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
