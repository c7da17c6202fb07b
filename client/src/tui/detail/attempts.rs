//! An exchange, the one it repeats and all that repeat it, one below the other.

use std::sync::Arc;

use hookreel_shared::model::{Exchange, Label, Summary};
use jiff::tz::TimeZone;

use super::Hints;
use super::block::Fixed;
use super::doc::Doc;
use super::line::{Line, Role};
use super::message::grade;
use super::words::{duration, seconds, size};
use crate::store::Row;

/// What belongs together, in the order it was sent; ids sort by time.
pub(super) fn gather(
    exchange: &Exchange,
    original: Option<&Arc<Exchange>>,
    rows: Vec<Row>,
) -> Vec<Summary> {
    let mut all: Vec<Summary> = vec![exchange.into()];
    all.extend(original.map(|original| Summary::from(&**original)));
    all.extend(rows.into_iter().map(|row| row.summary));
    let mut seen = Vec::new();
    // What is at hand is newer than what the history had when it was asked.
    all.retain(|one| {
        let is_new = !seen.contains(&one.id);
        seen.push(one.id);
        is_new
    });
    all.sort_by_key(|one| (one.at, one.id));
    all
}

/// The document. The answers of the exchange that is shown and of its original are compared byte
/// by byte, those of the others as far as a list can tell.
pub(super) fn attempts(
    all: &[Summary],
    exchange: &Exchange,
    original: Option<&Exchange>,
    (zone, hints): (&TimeZone, &Hints),
) -> Doc {
    let shown = exchange.id();
    let first = all.iter().find(|one| one.replay_of.is_none());
    let mut lines = vec![Fixed::from(Line::new(
        Role::Dim,
        "  time      status      took  answer",
    ))];
    for one in all {
        let here = if one.id == shown { "● " } else { "  " };
        let (role, status) = status(one);
        let took = match one.took {
            Some(took) if one.closed => duration(took),
            _ => "…".to_owned(),
        };
        let line = Line::new(Role::Info, here)
            .with(Role::Text, &format!("{}  ", seconds(one.at, zone)))
            .with(role, &format!("{status:<8}"))
            .with(Role::Text, &format!("{took:>8}  "));
        let both = original.filter(|original| {
            one.id == shown && first.is_some_and(|first| first.id == original.id())
        });
        let (role, answer) = answer(one, first, both.map(|original| [original, exchange]));
        let line = line.with(role, &answer);
        lines.push(Fixed {
            line,
            value: Some(one.id.to_string().into()),
            opens: Some(one.id),
        });
        if let Some(failure) = one.failure {
            lines.push(Fixed {
                line: Line::new(Role::Bad, &format!("            {failure}")),
                value: Some(one.id.to_string().into()),
                opens: Some(one.id),
            });
        }
    }
    if all.len() == 1 {
        lines.push(Line::default().into());
        let text = format!("not repeated yet; {} replays it", hints.replay);
        lines.push(Line::new(Role::Dim, &text).into());
    }
    Doc::fixed(lines)
}

fn status(one: &Summary) -> (Role, String) {
    match (one.sender_status(), one.failure) {
        (Some(status), None) => {
            let (role, sign) = grade(status);
            (role, format!("{sign} {status}"))
        }
        (Some(status), Some(_)) => (Role::Bad, format!("✗ {status}")),
        (None, Some(_)) => (Role::Bad, "✗ failed".to_owned()),
        (None, None) if one.label == Label::Imported => (Role::Dim, "none".to_owned()),
        (None, None) if one.closed => (Role::Bad, "✗ none".to_owned()),
        (None, None) => (Role::Dim, "…".to_owned()),
    }
}

/// How its answer compares with the first one's, and its size.
fn answer(one: &Summary, first: Option<&Summary>, both: Option<[&Exchange; 2]>) -> (Role, String) {
    let bytes = size(one.response_bytes);
    let Some(first) = first.filter(|first| first.id != one.id) else {
        return (Role::Text, format!("original · {bytes}"));
    };
    if !one.closed || !first.closed {
        return (Role::Text, bytes);
    }
    let mut differs = Vec::new();
    if one.status != first.status || one.failure.is_some() != first.failure.is_some() {
        differs.push("status");
    }
    if one.response_type != first.response_type {
        differs.push("type");
    }
    if one.response_bytes != first.response_bytes {
        differs.push("size");
    } else if both.is_some_and(|[a, b]| a.response_body.kept != b.response_body.kept) {
        differs.push("body");
    }
    match &differs[..] {
        [] if both.is_some() => (Role::Ok, format!("= · {bytes}")),
        [] => (Role::Text, format!("= size · {bytes}")),
        differs => (Role::Warn, format!("≠ {} · {bytes}", differs.join(", "))),
    }
}
