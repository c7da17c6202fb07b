//! Which exchanges a user means, wherever a verb takes some.
//!
//! | written | means |
//! |---|---|
//! | `req_01k…`, `01k…` | the one whose id begins so |
//! | `@1` `@2` | the latest, the one before |
//! | `3..7` `@3..@7` `ID..ID` | both and all between, in the order they came |
//! | `status:5xx since:1h` | all that the filter lets through, in the order they came |
//!
//! Several of them are all of theirs, each once; words of filters make one filter together.

use hookreel_shared::filter::{self, Filter};
use hookreel_shared::model::{ExchangeId, Timestamp};

use super::history::{failed, none_yet};
use crate::error::{Exit, Failed};
use crate::store::{Cursor, FindError, Reader};

/// What the help of a verb says of these words.
pub const HELP: &str = "An id, the beginning of one, @1 for the latest of all (replays count, so that it moves on), a range such as @3..@7, or a filter such as 'status:5xx since:1h'";

/// What the long help of a verb says of filters.
pub const FILTERS: &str = "\
Filters:
  method:POST  status:5xx|404  path:/stripe*  host:x  name:x  header:x-foo=bar
  body:\"text\"  json:$.data.id=42  took:>250ms  size:>10kB  response-size:<1MiB
  provider:stripe  event:charge.*  verdict:good|bad|unsigned|no-secret|unchecked
  since:10m  until:2026-11-22  label:live|replay|sample|imported
  id:req_01k  replay-of:req_01k
  is:failed|marked|duplicate|replay (failed: no whole answer came)
  is:truncated|cut (not all of a body was kept; a body broke off)
  status: is what the sender got, from the server or, where that failed, from the relay.
  path: is the whole path, without the query: /stripe is not /stripe/1, /stripe* is both.
  Side by side is and, | is or, ! is not, ( ) group, * is any text; a word alone is looked for
  everywhere. In a shell, put a filter into '…' where it has one of | ! ( ) * > < $ or spaces.";

/// Reads words as one filter.
///
/// # Errors
/// If they are none, with the column.
pub fn filter(words: &[String]) -> Result<Filter, Failed> {
    filter::parse(&words.join(" ")).map_err(|error| Failed::usage(error.to_string()))
}

/// All exchanges that the words name, each once.
///
/// # Errors
/// If a word is neither an id, a range nor part of a filter, or names nothing.
pub fn select(
    reader: &Reader,
    words: &[String],
    now: Timestamp,
) -> Result<Vec<ExchangeId>, Failed> {
    all(reader, words, now, |filter| filter)
}

/// As [`select`], but a filter leaves replays out, unless it says itself why exchanges were on the
/// road.
///
/// # Errors
/// As [`select`].
pub fn originals(
    reader: &Reader,
    words: &[String],
    now: Timestamp,
) -> Result<Vec<ExchangeId>, Failed> {
    all(reader, words, now, Filter::without_replays)
}

fn all(
    reader: &Reader,
    words: &[String],
    now: Timestamp,
    narrow: impl Fn(Filter) -> Filter,
) -> Result<Vec<ExchangeId>, Failed> {
    let mut ids = Vec::new();
    let mut filters: Vec<String> = Vec::new();
    for word in words {
        match kind(word) {
            Kind::One => ids.push(one(reader, word)?),
            Kind::Range(from, to) if from.is_empty() || to.is_empty() => {
                return Err(Failed::usage(format!(
                    "a range has two ends: write {}..{}",
                    if from.is_empty() { "@9" } else { &from },
                    if to.is_empty() { "@1" } else { &to },
                )));
            }
            Kind::Range(from, to) => {
                let ends = [one(reader, &from)?, one(reader, &to)?];
                let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                ids.extend(reader.between(low, high).map_err(failed)?);
            }
            Kind::Filter => filters.push(word.clone()),
        }
    }
    if !filters.is_empty() {
        let given = filter(&filters)?;
        let filter = narrow(given.clone());
        let rows = reader.matching(&filter, now, Cursor::Newest, usize::MAX);
        let rows = rows.map_err(failed)?;
        if rows.is_empty() {
            let others = filter != given
                && !(reader.matching(&given, now, Cursor::Newest, 1))
                    .map_err(failed)?
                    .is_empty();
            return Err(nothing(reader, &filters.join(" "), others));
        }
        ids.extend(rows.iter().rev().map(|row| row.summary.id));
    }
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(*id));
    Ok(ids)
}

/// The one exchange that a word names.
///
/// # Errors
/// If it names none, or several.
pub fn one(reader: &Reader, word: &str) -> Result<ExchangeId, Failed> {
    reader.find(word).map_err(|error| match error {
        FindError::NotAnId(_) => Failed::usage(format!(
            "{error}; to search for a text, write body:{word} or '\"{word}\"'"
        )),
        FindError::Missing(_) if is_empty(reader) => none_yet(),
        FindError::Missing(_) => Failed::new(
            Exit::Runtime,
            format!("{error}; hookreel ls shows what there is"),
        ),
        FindError::Several(_) => Failed::usage(error.to_string()),
        FindError::Store(error) => failed(error),
    })
}

/// The one exchange that a word names, for verbs that take no filter and no range.
///
/// # Errors
/// As [`one`].
pub fn single(reader: &Reader, word: &str) -> Result<ExchangeId, Failed> {
    match kind(word) {
        Kind::One => one(reader, word).map_err(|failed| match reader.find(word) {
            // Nothing is searched for here.
            Err(error @ FindError::NotAnId(_)) => Failed::usage(error.to_string()),
            _ => failed,
        }),
        Kind::Range(..) | Kind::Filter => Err(Failed::usage(format!(
            "{word} may be several: name one, by its id or @1 for the latest; hookreel ls shows them"
        ))),
    }
}

/// Words that name exchanges whatever else they might be, and the others, for verbs where a bare
/// word is looked for: `@1`, `req_…`, and ranges with such an end or from one place to another.
pub fn apart(words: &[String]) -> (Vec<String>, Vec<String>) {
    let is_place = |text: &str| {
        let digits = text.strip_prefix('@').unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let names = |text: &str| is_place(text) || text.starts_with("req_");
    let is_name = |word: &String| match kind(word) {
        Kind::One => names(word),
        Kind::Range(from, to) => {
            let places = is_place(&from) && is_place(&to);
            let (from, to) = word.split_once("..").unwrap_or_default();
            places || names(from) || names(to)
        }
        Kind::Filter => false,
    };
    words.iter().cloned().partition(is_name)
}

enum Kind {
    One,
    Range(String, String),
    Filter,
}

/// What a word is, by its signs. A bare word is taken for an id, so that one that is mistyped
/// does not select whatever contains it.
fn kind(word: &str) -> Kind {
    if word.contains(|c: char| c.is_whitespace() || ":()|!\"*".contains(c)) {
        return Kind::Filter;
    }
    match word.split_once("..") {
        Some((from, to)) => Kind::Range(end(from), end(to)),
        None => Kind::One,
    }
}

/// An end of a range: a small number is a place, as no id begins so.
fn end(text: &str) -> String {
    let is_place = (1..=6).contains(&text.len())
        && !text.starts_with('0')
        && text.bytes().all(|c| c.is_ascii_digit());
    if is_place {
        format!("@{text}")
    } else {
        text.to_owned()
    }
}

/// `replays`: whether there are any that were left out.
fn nothing(reader: &Reader, filter: &str, replays: bool) -> Failed {
    if is_empty(reader) {
        return none_yet();
    }
    let mut message = format!("no exchange in the history is one of {filter}");
    if replays {
        message += ", but for replays: add label:replay to mean those";
    }
    Failed::new(Exit::Runtime, message)
}

/// Whether nothing is recorded yet.
pub fn is_empty(reader: &Reader) -> bool {
    matches!(reader.find("@1"), Err(FindError::Missing(_)))
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
