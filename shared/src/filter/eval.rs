//! Asking an exchange: what lists know of it first, the whole of it only where that leaves
//! the question open.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::iter;
use std::time::Duration;

use super::expr::{Expr, Field, Quantity, State, Test};
use super::pattern::{Pattern, fold};
use super::subject::{Brief, MessageSide, Subject};
use crate::model::{Label, Timestamp};

/// What ids are written with.
const ID_CHARS: &str = "req_0123456789abcdefghjkmnpqrstvwxyz";

/// Whether the filter lets the exchange through.
pub(super) fn matches(root: &Expr, subject: &impl Subject, now: Timestamp) -> bool {
    let asked = Asked {
        subject,
        now,
        bodies: OnceCell::new(),
    };
    asked.expr(root)
}

/// The same, as far as what lists know decides it; `None` if it does not.
pub(super) fn glance(root: &Expr, brief: &impl Brief, now: Timestamp) -> Option<bool> {
    // One that says `decides` is enough; else each must have said something.
    let any = |list: &[Expr], decides: bool| {
        let mut said = Some(!decides);
        for expr in list {
            match glance(expr, brief, now) {
                Some(holds) if holds == decides => return Some(decides),
                Some(_) => {}
                None => said = None,
            }
        }
        said
    };
    match root {
        Expr::All(list) => any(list, false),
        Expr::Any(list) => any(list, true),
        Expr::Not(inner) => glance(inner, brief, now).map(|holds| !holds),
        Expr::Test(test) => in_brief(test, brief, now),
    }
}

/// Whether any question is about what was kept of a body.
pub(super) fn looks_into_bodies(root: &Expr) -> bool {
    match root {
        Expr::All(list) | Expr::Any(list) => list.iter().any(looks_into_bodies),
        Expr::Not(inner) => looks_into_bodies(inner),
        Expr::Test(test) => matches!(
            test,
            Test::Anywhere(_) | Test::Body(_) | Test::Json(_) | Test::Is(State::Truncated)
        ),
    }
}

/// Whether any question is about more than lists know.
pub(super) fn needs_whole(root: &Expr) -> bool {
    match root {
        Expr::All(list) | Expr::Any(list) => list.iter().any(needs_whole),
        Expr::Not(inner) => needs_whole(inner),
        Expr::Test(test) => matches!(
            test,
            Test::Text(Field::Host, _)
                | Test::Header { .. }
                | Test::Anywhere(_)
                | Test::Body(_)
                | Test::Json(_)
                | Test::Is(State::Truncated)
        ),
    }
}

/// Whether lists know anything about any question.
pub(super) fn asks_rows(root: &Expr) -> bool {
    match root {
        Expr::All(list) | Expr::Any(list) => list.iter().any(asks_rows),
        Expr::Not(inner) => asks_rows(inner),
        Expr::Test(test) => !matches!(
            test,
            Test::Text(Field::Host, _)
                | Test::Header { .. }
                | Test::Body(_)
                | Test::Json(_)
                | Test::Is(State::Truncated)
        ),
    }
}

/// What lists know about one question.
fn in_brief(test: &Test, brief: &impl Brief, now: Timestamp) -> Option<bool> {
    Some(match test {
        Test::Text(field, pattern) => {
            let is = |text: Option<&str>| text.is_some_and(|text| pattern.is(text));
            match field {
                Field::Method => pattern.is(&brief.method()),
                Field::Path => {
                    let target = brief.target();
                    pattern.is(target.split('?').next().unwrap_or_default())
                }
                Field::Name => pattern.is(brief.name()),
                Field::Provider => is(brief.provider()),
                Field::Event => is(brief.event()),
                Field::Verdict => is(brief.verdict()),
                Field::Host => return None,
            }
        }
        Test::Number(quantity, bounds) => {
            number(brief, *quantity).is_some_and(|value| bounds.contains(value))
        }
        Test::Since(when) => brief.at() >= when.at(now),
        Test::Until(when) => brief.at() <= when.at(now),
        Test::Label(label) => brief.label() == *label,
        Test::Is(state) => return is(brief, *state),
        Test::Id(prefix) => brief.id().to_string().starts_with(prefix),
        Test::ReplayOf(prefix) => brief
            .replay_of()
            .is_some_and(|id| id.to_string().starts_with(prefix)),
        // Where it is not there it may still be elsewhere.
        Test::Anywhere(pattern) => return anywhere(brief, pattern).then_some(true),
        Test::Header { .. } | Test::Body(_) | Test::Json(_) => return None,
    })
}

fn anywhere(brief: &impl Brief, pattern: &Pattern) -> bool {
    let known = [
        Some(brief.method()),
        Some(brief.target()),
        Some(brief.name().into()),
        brief.provider().map(Cow::from),
        brief.event().map(Cow::from),
    ];
    // An id takes more to write than all the rest to search.
    let id = iter::once_with(|| brief.id().to_string().into());
    pattern.is_in_any(known.into_iter().flatten())
        || (pattern.is_perhaps_of(ID_CHARS) && pattern.is_in_any(id))
}

/// One exchange while a filter asks it.
struct Asked<'a, S> {
    subject: &'a S,
    now: Timestamp,
    /// Both bodies in lower case: made once, however many words look into them.
    bodies: OnceCell<Vec<String>>,
}

impl<S: Subject> Asked<'_, S> {
    fn expr(&self, expr: &Expr) -> bool {
        match expr {
            Expr::All(list) => list.iter().all(|expr| self.expr(expr)),
            Expr::Any(list) => list.iter().any(|expr| self.expr(expr)),
            Expr::Not(inner) => !self.expr(inner),
            Expr::Test(test) => {
                let brief = self.subject.brief();
                let said = brief.and_then(|brief| in_brief(test, brief, self.now));
                said.unwrap_or_else(|| self.whole(test))
            }
        }
    }

    /// What only the whole exchange knows.
    fn whole(&self, test: &Test) -> bool {
        let subject = self.subject;
        match test {
            Test::Anywhere(pattern) => self.anywhere(pattern),
            Test::Text(Field::Host, pattern) => self.host().is_some_and(|host| {
                // With its port or without.
                let bare = host.rsplit_once(':').map_or(&*host, |(bare, _)| bare);
                pattern.is(&host) || pattern.is(bare)
            }),
            Test::Header { name, value } => self.header(name, value.as_ref()),
            Test::Body(pattern) => self.in_bodies(pattern),
            Test::Json(test) => MessageSide::BOTH
                .into_iter()
                .filter_map(|side| subject.body(side))
                .any(|body| test.holds(&text(body))),
            Test::Is(State::Truncated) => subject.truncated(),
            Test::Is(_)
            | Test::Text(..)
            | Test::Number(..)
            | Test::Since(_)
            | Test::Until(_)
            | Test::Label(_)
            | Test::Id(_)
            | Test::ReplayOf(_) => false,
        }
    }

    /// The host it was sent to, with its port if it came with one.
    fn host(&self) -> Option<Cow<'_, str>> {
        let host = self.subject.headers(MessageSide::Request)?.get("host")?;
        Some(String::from_utf8_lossy(host))
    }

    fn header(&self, name: &str, value: Option<&Pattern>) -> bool {
        MessageSide::BOTH
            .into_iter()
            .filter_map(|side| self.subject.headers(side))
            .flat_map(|headers| headers.all(name))
            .any(|text| value.is_none_or(|value| value.is(&self::text(text))))
    }

    fn in_bodies(&self, pattern: &Pattern) -> bool {
        let bodies = self.bodies.get_or_init(|| {
            MessageSide::BOTH
                .into_iter()
                .filter_map(|side| self.subject.body(side))
                .map(|body| fold(&text(body)))
                .collect()
        });
        bodies.iter().any(|body| pattern.is_in(body))
    }

    fn anywhere(&self, pattern: &Pattern) -> bool {
        let fields = MessageSide::BOTH
            .into_iter()
            .filter_map(|side| self.subject.headers(side))
            .flat_map(|headers| headers.iter())
            .flat_map(|header| [text(&header.name), text(&header.value)]);
        pattern.is_in_any(fields) || self.in_bodies(pattern)
    }
}

/// Bytes as text. Nearly all are, and to know that takes a fraction of looking for what is not.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// A number of the exchange, if it is known.
pub(super) fn number(brief: &impl Brief, quantity: Quantity) -> Option<u64> {
    match quantity {
        Quantity::Status => brief.status().map(u64::from),
        Quantity::Took => brief.took().map(micros),
        Quantity::RequestSize => brief.size(MessageSide::Request),
        Quantity::ResponseSize => brief.size(MessageSide::Response),
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// Whether the exchange is in that state, as far as lists know.
pub(super) fn is(brief: &impl Brief, state: State) -> Option<bool> {
    match state {
        State::Failed => Some(brief.failure().is_some()),
        State::Marked => Some(brief.marked()),
        State::Duplicate => Some(brief.duplicate()),
        State::Replay => Some(brief.label() == Label::Replay || brief.replay_of().is_some()),
        State::Cut => Some(brief.cut()),
        State::Truncated => None,
    }
}
