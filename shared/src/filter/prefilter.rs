//! What a database can ask its indexes before the filter itself decides.

use super::eval;
use super::expr::{Expr, Field, Quantity, State, Test};
use super::pattern::fold;
use super::range::Bounds;
use super::subject::{Brief, Subject};
use crate::model::{ExchangeId, Label, Timestamp};

/// A simple fact that holds for every exchange a filter matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// The method, in lower case; case does not count.
    Method(String),
    /// The name, in lower case.
    Name(String),
    /// The status that whoever sent it got is known and within.
    Status(Bounds),
    /// It took a known number of microseconds within.
    Took(Bounds),
    /// The request's body has a known number of bytes within.
    RequestSize(Bounds),
    /// The answer's body has a known number of bytes within.
    ResponseSize(Bounds),
    /// Its request came then or later.
    Since(Timestamp),
    /// Its request came then or earlier.
    Until(Timestamp),
    /// Why it was on the road.
    Label(Label),
    /// It failed.
    Failed,
    /// The user marked it.
    Marked,
    /// The same event came before.
    Duplicate,
    /// It repeats another, or is labelled so.
    Replay,
    /// A body broke off.
    Cut,
    /// Something of a body was not kept.
    Truncated,
    /// Its id begins so.
    IdPrefix(String),
    /// It repeats this exchange.
    ReplayOf(ExchangeId),
}

impl Term {
    /// Whether it holds for an exchange, for stores without a database.
    #[must_use]
    pub fn holds(&self, subject: &impl Subject) -> bool {
        let Some(brief) = subject.brief() else {
            return false;
        };
        let within = |quantity, bounds: &Bounds| {
            eval::number(brief, quantity).is_some_and(|value| bounds.contains(value))
        };
        let is = |state| eval::is(brief, state) == Some(true);
        match self {
            Self::Method(method) => fold(&brief.method()) == *method,
            Self::Name(name) => fold(brief.name()) == *name,
            Self::Status(bounds) => within(Quantity::Status, bounds),
            Self::Took(bounds) => within(Quantity::Took, bounds),
            Self::RequestSize(bounds) => within(Quantity::RequestSize, bounds),
            Self::ResponseSize(bounds) => within(Quantity::ResponseSize, bounds),
            Self::Since(at) => brief.at() >= *at,
            Self::Until(at) => brief.at() <= *at,
            Self::Label(label) => brief.label() == *label,
            Self::Failed => is(State::Failed),
            Self::Marked => is(State::Marked),
            Self::Duplicate => is(State::Duplicate),
            Self::Replay => is(State::Replay),
            Self::Cut => is(State::Cut),
            Self::Truncated => subject.truncated(),
            Self::IdPrefix(prefix) => brief.id().to_string().starts_with(prefix),
            Self::ReplayOf(id) => brief.replay_of() == Some(*id),
        }
    }
}

/// The simple terms that stand side by side at the top of the filter.
pub(super) fn terms(root: &Expr, now: Timestamp) -> Vec<Term> {
    match root {
        Expr::All(list) => list.iter().filter_map(|expr| term(expr, now)).collect(),
        other => term(other, now).into_iter().collect(),
    }
}

fn term(expr: &Expr, now: Timestamp) -> Option<Term> {
    let Expr::Test(test) = expr else {
        return None;
    };
    Some(match test {
        Test::Text(Field::Method, pattern) => Term::Method(pattern.literal()?.to_owned()),
        Test::Text(Field::Name, pattern) => Term::Name(pattern.literal()?.to_owned()),
        Test::Number(Quantity::Status, bounds) => Term::Status(*bounds),
        Test::Number(Quantity::Took, bounds) => Term::Took(*bounds),
        Test::Number(Quantity::RequestSize, bounds) => Term::RequestSize(*bounds),
        Test::Number(Quantity::ResponseSize, bounds) => Term::ResponseSize(*bounds),
        Test::Since(when) => Term::Since(when.at(now)),
        Test::Until(when) => Term::Until(when.at(now)),
        Test::Label(label) => Term::Label(*label),
        Test::Is(State::Failed) => Term::Failed,
        Test::Is(State::Marked) => Term::Marked,
        Test::Is(State::Duplicate) => Term::Duplicate,
        Test::Is(State::Replay) => Term::Replay,
        Test::Is(State::Cut) => Term::Cut,
        Test::Is(State::Truncated) => Term::Truncated,
        Test::Id(prefix) => Term::IdPrefix(prefix.clone()),
        Test::ReplayOf(prefix) => Term::ReplayOf(prefix.parse().ok()?),
        Test::Text(..)
        | Test::Anywhere(_)
        | Test::Header { .. }
        | Test::Body(_)
        | Test::Json(_) => return None,
    })
}
