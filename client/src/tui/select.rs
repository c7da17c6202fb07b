//! Which rows are meant: by a filter, or by what a search has in it.

use hookreel_shared::filter::Filter;
use hookreel_shared::model::{Label, Timestamp};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::store::Row;

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
    /// Whether the row is one that is looked for. `ask` asks a filter.
    pub fn finds(&mut self, row: &Row, ask: impl FnOnce(&Filter) -> bool) -> bool {
        match (self.query, &self.pattern) {
            (Query::Filter(filter), _) => ask(filter),
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

/// Whether a filter lets a row through of which there is no more than the row.
pub fn glance(filter: &Filter, row: &Row, now: Timestamp) -> bool {
    filter.glance(row, now).unwrap_or(false)
}

/// What a row shows, as one text.
fn shown(row: &Row) -> String {
    let summary = &row.summary;
    let mut text = String::from_utf8_lossy(&summary.method).into_owned();
    let status = summary.sender_status().map(|status| status.to_string());
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
            .finds(row, |filter| glance(filter, row, Timestamp::from_micros(0)))
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
