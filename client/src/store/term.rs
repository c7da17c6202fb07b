//! A filter's terms as conditions of the database, and a row as what a filter asks first.

use std::borrow::Cow;
use std::time::Duration;

use hookreel_shared::filter::{Bounds, Brief, Marks, MessageSide, Term};
use hookreel_shared::model::{ExchangeId, Failure, Label, Timestamp};
use rusqlite::types::Value;

use super::{find, row::Row};

/// Adds a term to the conditions, with `?` for each of its values; nothing for one that always
/// holds.
pub(super) fn add(term: &Term, conditions: &mut Vec<&'static str>, values: &mut Vec<Value>) {
    let id = |id: ExchangeId| Value::from(id.uuid().as_bytes().to_vec());
    let mut add = |condition, given: Vec<Value>| {
        conditions.push(condition);
        values.extend(given);
    };
    match term {
        Term::Method(method) => add(
            "lower(CAST(method AS TEXT)) = ?",
            vec![method.clone().into()],
        ),
        Term::Name(name) => add("name = ?", vec![name.clone().into()]),
        // What the relay answers where the origin failed is the filter's to know.
        Term::Status(bounds) => add(
            "(status BETWEEN ? AND ? OR (status IS NULL AND failure IS NOT NULL))",
            ends(*bounds),
        ),
        Term::Took(bounds) => add("took BETWEEN ? AND ?", ends(*bounds)),
        Term::RequestSize(bounds) => {
            add("closed AND request_bytes BETWEEN ? AND ?", ends(*bounds));
        }
        Term::ResponseSize(bounds) => {
            add("closed AND response_bytes BETWEEN ? AND ?", ends(*bounds));
        }
        Term::Since(at) => add("at >= ?", vec![at.as_micros().into()]),
        Term::Until(at) => add("at <= ?", vec![at.as_micros().into()]),
        Term::Label(label) => add("label = ?", vec![label.as_str().to_owned().into()]),
        Term::Failed => add("failure IS NOT NULL", vec![]),
        Term::Marked => add("marked", vec![]),
        Term::Duplicate => add("duplicate", vec![]),
        Term::Replay => add("(label = 'replay' OR replay_of IS NOT NULL)", vec![]),
        Term::Cut => add("(request_cut OR response_cut)", vec![]),
        Term::Truncated => add(TRUNCATED, vec![]),
        Term::IdPrefix(prefix) if prefix == "req_" => {}
        Term::IdPrefix(prefix) => match find::range(prefix) {
            Some((low, high)) => add("id BETWEEN ? AND ?", vec![id(low), id(high)]),
            // No id begins so.
            None => add("0", vec![]),
        },
        Term::ReplayOf(original) => add("replay_of = ?", vec![id(*original)]),
    }
}

/// Where a body stands in a log begins with its length, which so is a number to the database. Of one
/// in a file, only the whole exchange knows whether all of it is there: its name reads as zero.
const TRUNCATED: &str = "seq IN (SELECT seq FROM message
    WHERE ifnull(length(request_body), CAST(request_file AS INTEGER)) < request_size
        OR ifnull(length(response_body), CAST(response_file AS INTEGER)) < response_size)";

fn ends(bounds: Bounds) -> Vec<Value> {
    [bounds.min, bounds.max]
        .map(|end| i64::try_from(end).unwrap_or(i64::MAX).into())
        .to_vec()
}

impl Row {
    /// What an exchange itself does not say, for a filter that asks all of it.
    #[must_use]
    pub fn marks(&self) -> Marks {
        Marks {
            provider: self.summary.provider.clone(),
            event: self.summary.event.clone(),
            verdict: self.summary.verdict.clone(),
            marked: self.marked,
            duplicate: self.duplicate,
        }
    }
}

impl Brief for Row {
    fn id(&self) -> ExchangeId {
        self.summary.id
    }

    fn at(&self) -> Timestamp {
        self.summary.at
    }

    fn name(&self) -> &str {
        self.summary.name.as_str()
    }

    fn label(&self) -> Label {
        self.summary.label
    }

    fn replay_of(&self) -> Option<ExchangeId> {
        self.summary.replay_of
    }

    fn method(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.summary.method)
    }

    fn target(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.summary.target)
    }

    fn status(&self) -> Option<u16> {
        self.summary.sender_status()
    }

    fn provider(&self) -> Option<&str> {
        self.summary.provider.as_deref()
    }

    fn event(&self) -> Option<&str> {
        self.summary.event.as_deref()
    }

    fn verdict(&self) -> Option<&str> {
        self.summary.verdict.as_deref()
    }

    fn failure(&self) -> Option<Failure> {
        self.summary.failure
    }

    fn took(&self) -> Option<Duration> {
        self.summary.took
    }

    fn size(&self, side: MessageSide) -> Option<u64> {
        // Until the end, a size is what the sender announced.
        let sizes = (self.summary.request_bytes, self.summary.response_bytes);
        self.summary.closed.then_some(match side {
            MessageSide::Request => sizes.0?,
            MessageSide::Response => sizes.1,
        })
    }

    fn marked(&self) -> bool {
        self.marked
    }

    fn duplicate(&self) -> bool {
        self.duplicate
    }

    fn cut(&self) -> bool {
        self.cut
    }
}
