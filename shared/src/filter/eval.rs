//! Asking an exchange.

use std::cell::OnceCell;
use std::time::Duration;

use super::expr::{Expr, Field, Quantity, State, Test};
use super::pattern::{Pattern, fold};
use super::subject::{MessageSide, Subject};
use crate::model::{Label, Timestamp};

/// Whether the filter lets the exchange through.
pub(super) fn matches(root: &Expr, subject: &impl Subject, now: Timestamp) -> bool {
    let asked = Asked {
        subject,
        now,
        bodies: OnceCell::new(),
    };
    asked.expr(root)
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
            Expr::Test(test) => self.test(test),
        }
    }

    fn test(&self, test: &Test) -> bool {
        let subject = self.subject;
        match test {
            Test::Anywhere(pattern) => self.anywhere(pattern),
            Test::Text(field, pattern) => self.text(*field, pattern),
            Test::Header { name, value } => self.header(name, value.as_ref()),
            Test::Body(pattern) => self.in_bodies(pattern),
            Test::Json(test) => MessageSide::BOTH
                .into_iter()
                .filter_map(|side| subject.body(side))
                .any(|body| test.holds(&body)),
            Test::Number(quantity, bounds) => {
                number(subject, *quantity).is_some_and(|value| bounds.contains(value))
            }
            Test::Since(when) => subject.at() >= when.at(self.now),
            Test::Until(when) => subject.at() <= when.at(self.now),
            Test::Label(label) => subject.label() == *label,
            Test::Is(state) => is(subject, *state),
            Test::Id(prefix) => subject.id().to_string().starts_with(prefix),
        }
    }

    fn text(&self, field: Field, pattern: &Pattern) -> bool {
        let subject = self.subject;
        let is = |text: Option<&str>| text.is_some_and(|text| pattern.is(text));
        match field {
            Field::Method => pattern.is(&subject.method()),
            Field::Path => {
                let target = subject.target();
                pattern.is(target.split('?').next().unwrap_or_default())
            }
            Field::Host => subject.host().is_some_and(|host| {
                // With its port or without.
                let bare = host.rsplit_once(':').map_or(&*host, |(bare, _)| bare);
                pattern.is(&host) || pattern.is(bare)
            }),
            Field::Name => pattern.is(subject.name()),
            Field::Provider => is(subject.provider()),
            Field::Event => is(subject.event()),
            Field::Verdict => is(subject.verdict()),
        }
    }

    fn header(&self, name: &str, value: Option<&Pattern>) -> bool {
        MessageSide::BOTH
            .into_iter()
            .filter_map(|side| self.subject.headers(side))
            .flat_map(|headers| headers.all(name))
            .any(|text| value.is_none_or(|value| value.is(&String::from_utf8_lossy(text))))
    }

    fn in_bodies(&self, pattern: &Pattern) -> bool {
        let bodies = self.bodies.get_or_init(|| {
            MessageSide::BOTH
                .into_iter()
                .filter_map(|side| self.subject.body(side))
                .map(|body| fold(&body))
                .collect()
        });
        bodies.iter().any(|body| pattern.is_in(body))
    }

    fn anywhere(&self, pattern: &Pattern) -> bool {
        let subject = self.subject;
        let within = |text: &str| pattern.is_in(&fold(text));
        let known = |text: Option<&str>| text.is_some_and(within);
        let lossy = |bytes: &[u8]| within(&String::from_utf8_lossy(bytes));
        within(&subject.method())
            || within(&subject.target())
            || within(subject.name())
            || known(subject.host().as_deref())
            || known(subject.provider())
            || known(subject.event())
            || within(&subject.id().to_string())
            || MessageSide::BOTH
                .into_iter()
                .filter_map(|side| subject.headers(side))
                .flat_map(|headers| headers.iter())
                .any(|header| lossy(&header.name) || lossy(&header.value))
            || self.in_bodies(pattern)
    }
}

/// A number of the exchange, if it is known.
pub(super) fn number(subject: &impl Subject, quantity: Quantity) -> Option<u64> {
    match quantity {
        Quantity::Status => subject.status().map(u64::from),
        Quantity::Took => subject.took().map(micros),
        Quantity::RequestSize => subject.size(MessageSide::Request),
        Quantity::ResponseSize => subject.size(MessageSide::Response),
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// Whether the exchange is in that state.
pub(super) fn is(subject: &impl Subject, state: State) -> bool {
    match state {
        State::Failed => subject.failure().is_some(),
        State::Marked => subject.marked(),
        State::Duplicate => subject.duplicate(),
        State::Replay => subject.label() == Label::Replay || subject.replay_of().is_some(),
        State::Truncated => subject.truncated(),
    }
}
