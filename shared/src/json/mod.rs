//! JSON as tokens with their places in the bytes: what stands there is never written anew, so
//! order, spacing and the text of numbers stay (RFC 8259). No recursion, whatever the depth.

pub mod number;
pub mod path;
pub mod pointer;

use std::borrow::Cow;
use std::ops::Range;

use json_event_parser::{JsonEvent, LowLevelJsonParser};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string that is a value.
    String,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Word,
    /// The name of a member; its value is the next token.
    Key,
    /// `{`
    StartObject,
    /// `}`
    EndObject,
    /// `[`
    StartArray,
    /// `]`
    EndArray,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands, in bytes; quotes belong to it.
    pub place: Range<usize>,
    /// For a start, the index of its end among the tokens; for all others, and for a start
    /// whose end is missing, its own index.
    pub end: usize,
}

/// Where and why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {message}")]
pub struct JsonError {
    /// How many bytes before it are good.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

/// The tokens of a text, up to its end or its first fault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// In the order they stand.
    pub tokens: Vec<Token>,
    /// The first fault. Nesting above the limit is one.
    pub error: Option<JsonError>,
}

/// Reads the tokens of `text`, which may be nested `depth` levels deep.
#[must_use]
pub fn scan(text: &[u8], depth: usize) -> Scan {
    let mut parser = LowLevelJsonParser::new().with_max_stack_size(depth);
    let mut scan = Scan::default();
    let mut open = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let step = parser.parse_next(rest, true);
        let start = at + rest.iter().take_while(|byte| is_between(**byte)).count();
        let end = (at + step.consumed_bytes).min(text.len());
        let kind = match step.event {
            Some(Ok(JsonEvent::Eof)) | None => return scan,
            Some(Ok(event)) => kind(&event),
            Some(Err(error)) => {
                scan.error = Some(JsonError {
                    offset: start.min(text.len()),
                    message: error.message().to_owned(),
                });
                return scan;
            }
        };
        let index = scan.tokens.len();
        match kind {
            Kind::StartObject | Kind::StartArray => open.push(index),
            Kind::EndObject | Kind::EndArray => {
                if let Some(begun) = open.pop().and_then(|begun| scan.tokens.get_mut(begun)) {
                    begun.end = index;
                }
            }
            _ => {}
        }
        scan.tokens.push(Token {
            kind,
            place: start.min(end)..end,
            end: index,
        });
        at = end;
    }
}

/// The text of a string token, unescaped; as it stands where it cannot be (lone surrogates).
#[must_use]
pub fn unescape(raw: &[u8]) -> Cow<'_, str> {
    serde_json::from_slice(raw).map_or_else(|_| String::from_utf8_lossy(raw), Cow::Owned)
}

fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b':')
}

fn kind(event: &JsonEvent<'_>) -> Kind {
    match event {
        JsonEvent::String(_) => Kind::String,
        JsonEvent::Number(_) => Kind::Number,
        JsonEvent::ObjectKey(_) => Kind::Key,
        JsonEvent::StartObject => Kind::StartObject,
        JsonEvent::EndObject => Kind::EndObject,
        JsonEvent::StartArray => Kind::StartArray,
        JsonEvent::EndArray => Kind::EndArray,
        JsonEvent::Boolean(_) | JsonEvent::Null | JsonEvent::Eof => Kind::Word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_know_their_places_and_their_ends() {
        let text = br#" {"a" : [1.0, "x\n"] , "b":null}"#;
        let scan = scan(text, 9);
        assert_eq!(scan.error, None);
        let found: Vec<_> = scan
            .tokens
            .iter()
            .map(|token| std::str::from_utf8(&text[token.place.clone()]).unwrap())
            .collect();
        let expected = [
            "{", "\"a\"", "[", "1.0", "\"x\\n\"", "]", "\"b\"", "null", "}",
        ];
        assert_eq!(found, expected);
        assert_eq!(scan.tokens[0].end, 8);
        assert_eq!(scan.tokens[2].end, 5);
    }

    #[test]
    fn what_is_too_deep_or_no_json_is_a_fault_with_a_place() {
        let deep = "[".repeat(1_000_000);
        assert!(scan(deep.as_bytes(), 64).error.unwrap().offset <= 65);
        assert_eq!(scan(b"{\"a\":!}", 9).error.unwrap().offset, 5);
        assert!(scan(b"", 9).error.is_some());
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_scanned(text in prop::collection::vec(any::<u8>(), 0..64)) {
            for token in scan(&text, 9).tokens {
                prop_assert!(token.place.end <= text.len());
            }
        }
    }
}
