//! What the database can decide by itself about a row.

use std::ops::RangeInclusive;
use std::time::Duration;

use hookreel_shared::model::{ExchangeId, Label, Name, Timestamp};
use rusqlite::types::Value;

use super::words;

/// One condition. Several of them must all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// The method is this one, case and all.
    Method(String),
    /// The status is one of these.
    Status(RangeInclusive<u16>),
    /// It came at this time or later.
    From(Timestamp),
    /// It came before this time.
    Until(Timestamp),
    /// It was on the road for this reason.
    Label(Label),
    /// It was sent to this name.
    Name(Name),
    /// It came from this kind of sender.
    Provider(String),
    /// The sender calls the event this.
    Event(String),
    /// The sender calls the delivery this.
    Delivery(String),
    /// The signature check found this.
    Verdict(String),
    /// It repeats this exchange.
    ReplayOf(ExchangeId),
    /// The user's own processing has come this far.
    Processing(String),
    /// It failed, or did not.
    Failed(bool),
    /// The user marked it, or did not.
    Marked(bool),
    /// The sender has sent the delivery before, or has not.
    Duplicate(bool),
    /// It took at least this long.
    TookFrom(Duration),
    /// It took less than this.
    TookBelow(Duration),
    /// Both bodies together have at least this many bytes.
    SizeFrom(u64),
    /// Both bodies together have fewer bytes.
    SizeBelow(u64),
    /// All these words, or words that begin so, are in target, header values or text bodies.
    /// Finds what has been indexed, which follows the writing within moments.
    Words(String),
}

/// Adds a term to the conditions, with `?` for each of its values; nothing for one that always
/// holds.
pub(super) fn add(term: &Term, conditions: &mut Vec<&'static str>, values: &mut Vec<Value>) {
    let truth = |holds: bool| Value::from(i64::from(holds));
    let (condition, value) = match term {
        Term::Method(method) => ("method = ?", method.clone().into_bytes().into()),
        Term::Status(range) => {
            values.push(i64::from(*range.start()).into());
            ("status BETWEEN ? AND ?", i64::from(*range.end()).into())
        }
        Term::From(at) => ("at >= ?", at.as_micros().into()),
        Term::Until(at) => ("at < ?", at.as_micros().into()),
        Term::Label(label) => ("label = ?", label.as_str().to_owned().into()),
        Term::Name(name) => ("name = ?", name.to_string().into()),
        Term::Provider(provider) => ("provider = ?", provider.clone().into()),
        Term::Event(event) => ("event = ?", event.clone().into()),
        Term::Delivery(delivery) => ("delivery = ?", delivery.clone().into()),
        Term::Verdict(verdict) => ("verdict = ?", verdict.clone().into()),
        Term::ReplayOf(id) => ("replay_of = ?", id.uuid().as_bytes().to_vec().into()),
        Term::Processing(status) => ("processing = ?", status.clone().into()),
        Term::Failed(holds) => ("(failure IS NOT NULL) = ?", truth(*holds)),
        Term::Marked(holds) => ("marked = ?", truth(*holds)),
        Term::Duplicate(holds) => ("duplicate = ?", truth(*holds)),
        Term::TookFrom(took) => ("took >= ?", micros(*took)),
        Term::TookBelow(took) => ("took < ?", micros(*took)),
        Term::SizeFrom(size) => (
            "coalesce(request_bytes, 0) + response_bytes >= ?",
            bytes(*size),
        ),
        Term::SizeBelow(size) => (
            "coalesce(request_bytes, 0) + response_bytes < ?",
            bytes(*size),
        ),
        Term::Words(typed) => match words::question(typed) {
            Some(question) => (
                "seq IN (SELECT rowid FROM words WHERE words MATCH ?)",
                question.into(),
            ),
            None => return,
        },
    };
    conditions.push(condition);
    values.push(value);
}

fn micros(took: Duration) -> Value {
    i64::try_from(took.as_micros()).unwrap_or(i64::MAX).into()
}

fn bytes(size: u64) -> Value {
    i64::try_from(size).unwrap_or(i64::MAX).into()
}
