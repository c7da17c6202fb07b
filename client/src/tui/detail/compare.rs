//! What differs from another exchange.

use hookreel_shared::diff::{self, Ignores, LineKind, MessageDiff};
use hookreel_shared::model::{Capture, Exchange};

use super::Hints;
use super::block::{Fixed, push_more};
use super::doc::Doc;
use super::line::{Line, Role};
use super::words::size;

/// Largest bodies that are compared without being asked for, both together, in bytes: comparing
/// takes time, and a tab must be there at once.
const AT_ONCE: usize = 256 << 10;
/// Longest line, in bytes.
const LONGEST: usize = 2048;

/// One message: its name, how two are compared, and its body.
type Side = (
    &'static str,
    fn(&Exchange, &Exchange, &Ignores) -> MessageDiff,
    fn(&Exchange) -> &Capture,
);

/// The document; `whole` compares bodies of any size.
pub(super) fn compare(
    exchange: &Exchange,
    other: Option<&Exchange>,
    whole: bool,
    hints: &Hints,
) -> Doc {
    let Some(other) = other else {
        let marking = format!(
            "{} and press {}, or replay this one with {}.",
            hints.mark, hints.diff, hints.replay
        );
        return Doc::fixed(vec![
            Line::new(Role::Dim, "nothing to compare with").into(),
            Line::new(
                Role::Text,
                "This exchange repeats no other. Mark another one with",
            )
            .into(),
            Line::new(Role::Text, &marking).into(),
        ]);
    };
    let is_original = exchange.replay_of == Some(other.id());
    let role = if is_original { "original" } else { "other" };
    let mut lines: Vec<Fixed> = vec![
        Line::new(Role::Removed, "- ")
            .with(Role::Dim, &format!("{role:<8} {}", other.id()))
            .into(),
        Line::new(Role::Added, "+ ")
            .with(Role::Dim, &format!("this one {}", exchange.id()))
            .into(),
    ];
    let sides: [Side; 2] = [
        ("request", diff::requests, |exchange| &exchange.request_body),
        ("answer", diff::responses, |exchange| {
            &exchange.response_body
        }),
    ];
    for (name, compare, body) in sides {
        lines.push(Line::default().into());
        lines.push(Line::new(Role::Title, &format!("── {name} ──")).into());
        let (a, b) = (body(other), body(exchange));
        let large = a.kept.len() + b.kept.len() > AT_ONCE && a.kept != b.kept;
        let ignores = Ignores::default();
        let found = match large && !whole {
            true => compare(&without_bodies(other), &without_bodies(exchange), &ignores),
            false => compare(other, exchange, &ignores),
        };
        let before = lines.len();
        for line in found.lines() {
            lines.push(shown(line.kind, &line.text).into());
        }
        if large && !whole {
            let text = format!(
                "~ the bodies differ: {} → {}; {} compares them",
                size(a.size),
                size(b.size),
                hints.open
            );
            lines.push(Line::new(Role::Warn, &text).into());
        }
        if lines.len() == before {
            lines.push(Line::new(Role::Ok, "= no difference").into());
        }
    }
    Doc::fixed(lines)
}

/// The heads alone.
fn without_bodies(exchange: &Exchange) -> Exchange {
    let bare = |capture: &Capture| Capture {
        trailers: capture.trailers.clone(),
        ..Capture::default()
    };
    Exchange {
        request_body: bare(&exchange.request_body),
        response_body: bare(&exchange.response_body),
        ..exchange.clone()
    }
}

fn shown(kind: LineKind, text: &str) -> Line {
    let (role, sign) = match kind {
        LineKind::Same => (Role::Dim, "  "),
        LineKind::Added => (Role::Added, "+ "),
        LineKind::Removed => (Role::Removed, "- "),
        LineKind::Changed => (Role::Warn, "~ "),
    };
    let end = text.floor_char_boundary(LONGEST);
    let mut line = Line::new(role, sign);
    line.push_prose(role, text.get(..end).unwrap_or(text));
    push_more(&mut line, text.len() - end);
    line
}
