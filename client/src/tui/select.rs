//! Which rows are meant: by a filter, or by what a search has in it.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::time::Duration;

use hookreel_shared::filter::{Filter, MessageSide, Subject};
use hookreel_shared::model::{Exchange, ExchangeId, Failure, Headers, Label, Timestamp};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::store::Row;

/// A row as a filter asks it. The whole exchange is got only by filters that look into it.
pub struct RowSubject<'a, F> {
    row: &'a Row,
    whole: OnceCell<Option<Exchange>>,
    get: F,
}

impl<'a, F: Fn(ExchangeId) -> Option<Exchange>> RowSubject<'a, F> {
    /// That row; `get` reads the whole exchange, where there is more to read.
    pub fn new(row: &'a Row, get: F) -> Self {
        Self {
            row,
            whole: OnceCell::new(),
            get,
        }
    }

    fn whole(&self) -> Option<&Exchange> {
        self.whole
            .get_or_init(|| (self.get)(self.row.summary.id))
            .as_ref()
    }
}

impl<F: Fn(ExchangeId) -> Option<Exchange>> Subject for RowSubject<'_, F> {
    fn id(&self) -> ExchangeId {
        self.row.summary.id
    }

    fn at(&self) -> Timestamp {
        self.row.summary.at
    }

    fn name(&self) -> &str {
        self.row.summary.name.as_str()
    }

    fn label(&self) -> Label {
        self.row.summary.label
    }

    fn replay_of(&self) -> Option<ExchangeId> {
        self.row.summary.replay_of
    }

    fn method(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.row.summary.method)
    }

    fn target(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.row.summary.target)
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        let host = self.whole()?.request.headers.get("host")?;
        Some(String::from_utf8_lossy(host))
    }

    fn status(&self) -> Option<u16> {
        self.row.summary.status
    }

    fn provider(&self) -> Option<&str> {
        self.row.summary.provider.as_deref()
    }

    fn event(&self) -> Option<&str> {
        self.row.summary.event.as_deref()
    }

    fn verdict(&self) -> Option<&str> {
        self.row.verdict.as_deref()
    }

    fn failure(&self) -> Option<Failure> {
        self.row.summary.failure
    }

    fn took(&self) -> Option<Duration> {
        self.row.summary.took
    }

    fn size(&self, side: MessageSide) -> Option<u64> {
        let summary = &self.row.summary;
        match side {
            MessageSide::Request => summary.request_bytes.filter(|_| summary.closed),
            MessageSide::Response => summary.closed.then_some(summary.response_bytes),
        }
    }

    fn marked(&self) -> bool {
        self.row.marked
    }

    fn duplicate(&self) -> bool {
        self.row.duplicate
    }

    fn truncated(&self) -> bool {
        let cut = |whole: &Exchange| {
            whole.request_body.is_truncated() || whole.response_body.is_truncated()
        };
        self.whole().is_some_and(cut)
    }

    fn headers(&self, side: MessageSide) -> Option<&Headers> {
        let whole = self.whole()?;
        match side {
            MessageSide::Request => Some(&whole.request.headers),
            MessageSide::Response => whole.response.as_ref().map(|head| &head.headers),
        }
    }

    fn body(&self, side: MessageSide) -> Option<Cow<'_, str>> {
        let whole = self.whole()?;
        let body = match side {
            MessageSide::Request => &whole.request_body,
            MessageSide::Response => &whole.response_body,
        };
        (!body.kept.is_empty()).then(|| String::from_utf8_lossy(&body.kept))
    }
}

/// What `/` looks for in the list.
#[derive(Debug, Clone)]
pub enum Query {
    /// The letters in this order, somewhere in what the row shows.
    Fuzzy(String),
    /// A filter: the text has one of its keys, such as `body:`.
    Filter(Filter),
}

impl Query {
    /// Reads what was typed: a filter if it has one of the filter's keys in it.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let keyed = text.split_whitespace().any(|word| {
            let key = word
                .trim_start_matches(['!', '('])
                .split_once(':')
                .map(|(key, _)| key);
            key.is_some_and(|key| {
                !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
            })
        });
        match text.parse() {
            Ok(filter) if keyed => Self::Filter(filter),
            _ => Self::Fuzzy(text.to_owned()),
        }
    }

    /// A finder for many rows.
    #[must_use]
    pub fn finder(&self) -> Finder<'_> {
        let pattern = match self {
            Self::Fuzzy(text) => Some(Pattern::parse(
                text,
                CaseMatching::Smart,
                Normalization::Smart,
            )),
            Self::Filter(_) => None,
        };
        Finder {
            query: self,
            pattern,
            matcher: Matcher::new(Config::DEFAULT.match_paths()),
            letters: Vec::new(),
        }
    }
}

/// Finds rows; keeps the memory that matching needs.
pub struct Finder<'a> {
    query: &'a Query,
    pattern: Option<Pattern>,
    matcher: Matcher,
    letters: Vec<char>,
}

impl Finder<'_> {
    /// Whether the row is one that is looked for.
    pub fn finds(
        &mut self,
        row: &Row,
        now: Timestamp,
        get: impl Fn(ExchangeId) -> Option<Exchange>,
    ) -> bool {
        match (self.query, &self.pattern) {
            (Query::Filter(filter), _) => filter.matches(&RowSubject::new(row, get), now),
            (Query::Fuzzy(_), Some(pattern)) => {
                let text = shown(row);
                let text = Utf32Str::new(&text, &mut self.letters);
                pattern.score(text, &mut self.matcher).is_some()
            }
            (Query::Fuzzy(_), None) => false,
        }
    }

    /// Which letters of a text are those looked for; none for filters.
    pub fn places(&mut self, text: &str) -> Vec<u32> {
        let mut places = Vec::new();
        if let Some(pattern) = &self.pattern {
            let text = Utf32Str::new(text, &mut self.letters);
            if pattern
                .indices(text, &mut self.matcher, &mut places)
                .is_none()
            {
                places.clear();
            }
            places.sort_unstable();
        }
        places
    }
}

/// What a row shows, as one text.
fn shown(row: &Row) -> String {
    let summary = &row.summary;
    let mut text = String::from_utf8_lossy(&summary.method).into_owned();
    let status = summary.status.map(|status| status.to_string());
    let target = String::from_utf8_lossy(&summary.target);
    let label = (summary.label != Label::Live).then(|| summary.label.as_str());
    let more = [
        Some(&*target),
        status.as_deref(),
        summary.provider.as_deref(),
        summary.event.as_deref(),
        label,
    ];
    for part in more.into_iter().flatten() {
        text.push(' ');
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::row;

    fn found(text: &str, row: &Row) -> bool {
        Query::read(text)
            .finder()
            .finds(row, Timestamp::from_micros(0), |_| None)
    }

    #[test]
    fn letters_in_order_find_what_the_row_shows() {
        let row = row(1, "POST", "/webhooks/stripe", Some(500));
        for (text, hit) in [
            ("stripe", true),
            ("whstr", true),
            ("post strip", true),
            ("500", true),
            ("epirts", false),
            ("GET", false),
        ] {
            assert_eq!(found(text, &row), hit, "{text}");
        }
    }

    #[test]
    fn a_key_of_the_filter_language_makes_it_a_filter() {
        let row = row(1, "POST", "/a:b", Some(500));
        assert!(found("status:5xx", &row));
        assert!(!found("status:2xx", &row));
        assert!(matches!(Query::read("body:x"), Query::Filter(_)));
        assert!(matches!(Query::read("/a:b"), Query::Fuzzy(_)));
        assert!(
            matches!(Query::read("nokey:"), Query::Fuzzy(_)),
            "not a filter, so just letters"
        );
    }
}
