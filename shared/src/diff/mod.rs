//! What differs between two requests or two answers: status, fields, body.
//!
//! JSON is compared by structure (members that only moved are no difference), text by line,
//! all else byte by byte. What an [`Ignore`] names is left out and counted.

mod body;
mod fields;
mod ignore;
mod json;
mod lines;
mod text;

use serde::Serialize;

pub use body::{Form, MAX_BODY, MAX_DEPTH};
pub use ignore::{Ignore, IgnoreError, Ignores};
pub use lines::{Line, LineKind};

use crate::model::{Exchange, Headers};

/// How one place differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A line that is in both; stands around differences of text.
    Same,
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Both have it, with different values.
    Changed,
    /// Both have it, in another order.
    Moved,
    /// The same number, written in another way (`1.0` and `1`).
    Respelled,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where: `method`, `target`, `status`, `header:name`, `trailer:name`, `$.a[0].b`,
    /// `line 7`, `body`.
    pub place: String,
    /// How.
    pub kind: Kind,
    /// What the first has there, as it is written; invalid UTF-8 replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What the second has there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Change {
    fn new(place: impl Into<String>, before: Option<&[u8]>, after: Option<&[u8]>) -> Self {
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let kind = match (before, after) {
            (None, _) => Kind::Added,
            (_, None) => Kind::Removed,
            _ => Kind::Changed,
        };
        Self {
            place: place.into(),
            kind,
            before: before.map(shown),
            after: after.map(shown),
        }
    }
}

/// What differs between two messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageDiff {
    /// All differences: start line, fields, body, trailers, in this order.
    pub changes: Vec<Change>,
    /// How the bodies were compared.
    pub form: Form,
    /// Why they were not compared more closely, where a limit was met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Differences that were left out.
    pub ignored: usize,
}

impl MessageDiff {
    /// Whether nothing differs but what was ignored; numbers written in another way and
    /// fields in another order are no difference in meaning, but are in this.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|change| change.kind == Kind::Same)
    }

    /// The differences as lines for a screen.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        lines::lines(self)
    }
}

/// What differs between the requests of two exchanges, as their senders sent them: what a relay
/// added is of the way, and differs each time.
#[must_use]
pub fn requests(before: &Exchange, after: &Exchange, ignores: &Ignores) -> MessageDiff {
    let mut diff = MessageDiff::empty();
    let (a, b) = (&before.request, &after.request);
    diff.value("method", &a.method, &b.method, ignores);
    diff.value("target", &a.target, &b.target, ignores);
    let bodies = [&before.request_body, &after.request_body];
    let sent = [a, b].map(|head| head.sent().iter().cloned().collect::<Headers>());
    diff.rest([&sent[0], &sent[1]], bodies, ignores);
    diff
}

/// What differs between the answers of two exchanges. An answer that is not there differs in
/// its status from any other.
#[must_use]
pub fn responses(before: &Exchange, after: &Exchange, ignores: &Ignores) -> MessageDiff {
    let mut diff = MessageDiff::empty();
    let none = Headers::new();
    let status = |exchange: &Exchange| match &exchange.response {
        Some(head) => head.status.to_string(),
        None => "none".to_owned(),
    };
    let (a, b) = (status(before), status(after));
    diff.value("status", a.as_bytes(), b.as_bytes(), ignores);
    let a = before.response.as_ref().map_or(&none, |head| &head.headers);
    let b = after.response.as_ref().map_or(&none, |head| &head.headers);
    let bodies = [&before.response_body, &after.response_body];
    diff.rest([a, b], bodies, ignores);
    diff
}

impl MessageDiff {
    fn empty() -> Self {
        Self {
            changes: Vec::new(),
            form: Form::Same,
            note: None,
            ignored: 0,
        }
    }

    fn value(&mut self, place: &str, before: &[u8], after: &[u8], ignores: &Ignores) {
        if before == after {
            return;
        }
        if ignores.names(place) {
            self.ignored += 1;
        } else {
            self.changes
                .push(Change::new(place, Some(before), Some(after)));
        }
    }

    fn rest(
        &mut self,
        headers: [&Headers; 2],
        bodies: [&crate::model::Capture; 2],
        ignores: &Ignores,
    ) {
        self.fields("header", headers, ignores);
        self.body(headers, bodies, ignores);
        self.fields("trailer", bodies.map(|body| &body.trailers), ignores);
    }
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
