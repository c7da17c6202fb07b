//! How long each step took, drawn to scale, and why it failed.

use std::time::Duration;

use hookreel_shared::model::{Exchange, Timestamp};
use jiff::tz::TimeZone;

use super::Hints;
use super::block::Fixed;
use super::doc::Doc;
use super::line::{Line, Role};
use super::message::failure;
use super::words::{clock, duration};

/// Columns of the text beside a bar.
const BESIDE: usize = 26;

/// One step: from when to when; without an end it is still under way.
struct Step {
    name: &'static str,
    role: Role,
    from: Timestamp,
    to: Option<Timestamp>,
}

/// The document, with bars for that many columns.
pub(super) fn timing(
    exchange: &Exchange,
    (zone, hints): (&TimeZone, &Hints),
    columns: usize,
) -> Doc {
    let mut lines: Vec<Fixed> = Vec::new();
    failure(&mut lines, exchange, hints);
    let begin = exchange.request.received_at;
    let moments = [
        ("received", Some(begin)),
        ("to origin", exchange.sent_at),
        ("first byte", exchange.answered_at),
        ("done", exchange.closed_at),
    ];
    for (name, at) in moments {
        let mut line = Line::new(Role::Key, &format!("{name:<11}"));
        match at {
            Some(at) => {
                line.push(Role::Text, &clock(at, zone));
                if at != begin {
                    line.push(Role::Dim, &format!("  +{}", duration(at.since(begin))));
                }
            }
            None => line.push(Role::Dim, "–"),
        }
        lines.push(line.into());
    }
    lines.push(Line::default().into());
    let steps = steps(exchange);
    let end = [exchange.sent_at, exchange.answered_at, exchange.closed_at];
    let end = end.into_iter().flatten().max().unwrap_or(begin);
    let whole = end.since(begin);
    let room = columns.saturating_sub(BESIDE).clamp(4, 200);
    for step in &steps {
        lines.push(bar(step, begin, whole, room).into());
    }
    let total = match exchange.closed_at {
        Some(_) => format!("{:<15}{:>10}", "in all", duration(whole)),
        None => "still under way".to_owned(),
    };
    lines.push(Line::new(Role::Title, &total).into());
    Doc::fixed(lines)
}

fn steps(exchange: &Exchange) -> Vec<Step> {
    let over = exchange.closed_at;
    let mut steps = vec![Step {
        name: "connect",
        role: Role::Dim,
        from: exchange.request.received_at,
        to: exchange.sent_at.or(over),
    }];
    if let Some(sent) = exchange.sent_at {
        steps.push(Step {
            name: "origin works",
            role: Role::Info,
            from: sent,
            to: exchange.answered_at.or(over),
        });
    }
    if let Some(answered) = exchange.answered_at {
        steps.push(Step {
            name: "answer comes",
            role: Role::Ok,
            from: answered,
            to: over,
        });
    }
    steps
}

fn bar(step: &Step, begin: Timestamp, whole: Duration, room: usize) -> Line {
    let to_scale = |at: Timestamp| {
        let part = at.since(begin).as_secs_f64() / whole.as_secs_f64().max(1e-9);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "some columns of a screen"
        )]
        let column = (part.clamp(0.0, 1.0) * room as f64).round() as usize;
        column.min(room)
    };
    let took = match step.to {
        Some(to) => duration(to.since(step.from)),
        None => "…".to_owned(),
    };
    let from = to_scale(step.from).min(room - 1);
    let to = step.to.map_or(room, to_scale).max(from + 1);
    Line::new(Role::Key, &format!("{:<15}", step.name))
        .with(Role::Text, &format!("{took:>10} "))
        .with(Role::Dim, &"·".repeat(from))
        .with(step.role, &"█".repeat(to - from))
        .with(Role::Dim, &"·".repeat(room - to))
}
