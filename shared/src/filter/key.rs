//! The keys of the language, and what stands behind each.

use super::error::Fault;
use super::expr::{Field, Quantity, State, Test};
use super::json;
use super::lex::Char;
use super::pattern::Pattern;
use super::range;
use crate::model::Label;

/// What stands behind a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Text(Field),
    Number(Quantity),
    Header,
    Body,
    Json,
    Since,
    Until,
    Label,
    Is,
    Id,
    ReplayOf,
}

/// THE list of keys.
pub(super) const KEYS: &[(&str, Key)] = &[
    ("method", Key::Text(Field::Method)),
    ("path", Key::Text(Field::Path)),
    ("host", Key::Text(Field::Host)),
    ("name", Key::Text(Field::Name)),
    ("provider", Key::Text(Field::Provider)),
    ("event", Key::Text(Field::Event)),
    ("verdict", Key::Text(Field::Verdict)),
    ("status", Key::Number(Quantity::Status)),
    ("took", Key::Number(Quantity::Took)),
    ("size", Key::Number(Quantity::RequestSize)),
    ("response-size", Key::Number(Quantity::ResponseSize)),
    ("header", Key::Header),
    ("body", Key::Body),
    ("json", Key::Json),
    ("since", Key::Since),
    ("until", Key::Until),
    ("label", Key::Label),
    ("is", Key::Is),
    ("id", Key::Id),
    ("replay-of", Key::ReplayOf),
];

/// What the check of a signature can find.
const VERDICTS: [&str; 5] = ["good", "bad", "unsigned", "no-secret", "unchecked"];

const LABELS: [Label; 4] = [Label::Live, Label::Replay, Label::Stored, Label::Sample];

/// The key of that name; `_` is as good as `-`, as that is how JSON outputs spell it.
pub(super) fn find(name: &str) -> Option<Key> {
    let name = name.replace('_', "-");
    let same = |(known, _): &&(&str, Key)| known.eq_ignore_ascii_case(&name);
    KEYS.iter().find(same).map(|(_, key)| *key)
}

/// The name of a key, as filters are written.
pub(super) fn name(key: Key) -> &'static str {
    let same = |(_, known): &&(&str, Key)| *known == key;
    KEYS.iter().find(same).map_or("", |(name, _)| name)
}

/// The fault of a key that is not on the list.
pub(super) fn unknown(name: &str, column: usize) -> Fault {
    let known = || KEYS.iter().map(|(known, _)| *known);
    let instead = match nearest(name, known()) {
        Some(near) => format!(" (did you mean {near}?)"),
        None => format!(": keys are {}", known().collect::<Vec<_>>().join(", ")),
    };
    Fault::new(
        column,
        format!("there is no key {name:?}{instead}; to search for the text, put it in quotes"),
    )
}

/// The word of the list that is at most two slips away, and no more than a third of the word.
pub(super) fn nearest<'a>(word: &str, list: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let letters = word.chars().count();
    // Longer words than any of ours need no comparison.
    if letters > 20 {
        return None;
    }
    list.map(|known| (strsim::osa_distance(&word, known), known))
        .filter(|(slips, _)| *slips <= 2 && slips * 3 <= letters)
        .min()
        .map(|(_, known)| known)
}

/// Reads what stands behind a key.
pub(super) fn test(key: Key, value: &[Char], column: usize) -> Result<Test, Fault> {
    let text: String = value.iter().map(|char| char.c).collect();
    let at = value.first().map_or(column, |char| char.column);
    if text.is_empty() {
        let name = name(key);
        return Err(Fault::new(at, format!("{name}: needs a value behind it")));
    }
    let fault = |message: String| Fault::new(at, message);
    let one_of = |known: &[&'static str]| {
        let near = nearest(&text, known.iter().copied())
            .map_or_else(String::new, |near| format!("; did you mean {near}?"));
        let (name, known) = (name(key), known.join(", "));
        fault(format!("{name}: is one of {known}, not {text:?}{near}"))
    };
    Ok(match key {
        Key::Text(Field::Verdict) if !is_verdict(value, &text) => return Err(one_of(&VERDICTS)),
        Key::Text(field) => Test::Text(field, Pattern::new(value, field != Field::Path)),
        Key::Number(quantity) => Test::Number(quantity, number(quantity, &text).map_err(fault)?),
        Key::Header => header(value, at)?,
        Key::Body => Test::Body(Pattern::new(value, true)),
        Key::Json => Test::Json(json::read(value)?),
        Key::Since => Test::Since(range::when(&text).map_err(fault)?),
        Key::Until => Test::Until(range::when(&text).map_err(fault)?),
        Key::Label => {
            let same = |label: &Label| label.as_str().eq_ignore_ascii_case(&text);
            let label = LABELS.into_iter().find(same);
            Test::Label(label.ok_or_else(|| one_of(&LABELS.map(Label::as_str)))?)
        }
        Key::Is => {
            let same = |(name, _): &(&str, State)| name.eq_ignore_ascii_case(&text);
            let state = State::ALL.into_iter().find(same).map(|(_, state)| state);
            Test::Is(state.ok_or_else(|| one_of(&State::ALL.map(|(name, _)| name)))?)
        }
        Key::Id => Test::Id(id(&text).map_err(fault)?),
        Key::ReplayOf => Test::ReplayOf(id(&text).map_err(fault)?),
    })
}

/// Whether it is a verdict, or has a `*`, which may stand for one.
fn is_verdict(value: &[Char], text: &str) -> bool {
    let same = |known: &&str| known.eq_ignore_ascii_case(text);
    VERDICTS.iter().any(same) || value.iter().any(|char| char.is('*'))
}

/// The beginning of an id, with `req_`.
fn id(text: &str) -> Result<String, String> {
    let id = text.to_ascii_lowercase();
    let id = id.strip_prefix("req_").unwrap_or(&id);
    if id.bytes().all(|c| c.is_ascii_alphanumeric()) {
        Ok(format!("req_{id}"))
    } else {
        Err(format!(
            "{text:?} is no id, nor the beginning of one: write req_01k"
        ))
    }
}

fn number(quantity: Quantity, text: &str) -> Result<range::Bounds, String> {
    match quantity {
        Quantity::Status => range::status(text),
        Quantity::RequestSize | Quantity::ResponseSize => range::bounds(text, range::bytes),
        Quantity::Took => {
            let compares = text.contains("..") || text.starts_with(['<', '>', '=']);
            if !compares {
                return Err(format!(
                    "nothing takes exactly {text:?}: write >{text} or <{text}"
                ));
            }
            range::bounds(text, range::micros)
        }
    }
}

fn header(value: &[Char], at: usize) -> Result<Test, Fault> {
    let equals = value.iter().position(|char| char.is('='));
    let (name, value) = match equals {
        Some(equals) => (&value[..equals], Some(&value[equals + 1..])),
        None => (value, None),
    };
    if name.is_empty() {
        return Err(Fault::new(at, "a header's name is missing"));
    }
    // Field names are tokens: ASCII (RFC 9110 §5.1).
    let name: String = name
        .iter()
        .map(|char| char.c.to_ascii_lowercase())
        .collect();
    Ok(Test::Header {
        name,
        value: value.map(|value| Pattern::new(value, true)),
    })
}
