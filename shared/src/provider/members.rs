//! Which names of JSON members a body has, all looked for at once: many rows go by what is in the
//! body, and reading it, or searching it for each, would cost more than all the rest.

use memchr::memchr_iter;

use super::detect::Mark;
use super::request::{READ_UP_TO, Request};
use crate::json::path::Path;

/// Names that can be told apart: one bit each. What comes after them is not looked for.
const MOST: usize = u128::BITS as usize;

/// A set of the names that a [`Members`] looks for.
pub(super) type Found = u128;

/// Names of members to look for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Members {
    names: Vec<Box<[u8]>>,
    /// By the first byte of a name: which begin so. Empty where there are no names.
    begins: Vec<Found>,
}

impl Members {
    /// Adds the names on the way to the values of a mark, and gives the set of them: a request that
    /// lacks one cannot have the mark.
    pub(super) fn add(&mut self, mark: &Mark) -> Found {
        let paths = mark.values.iter().filter_map(|value| value.at().path());
        let names = paths.flat_map(Path::names);
        names.fold(0, |all, name| all | self.bit(name))
    }

    fn bit(&mut self, name: &str) -> Found {
        // Senders write names as they are, but for signs that some of them escape.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.$:@".contains(&byte);
        let Some(&first) = name.as_bytes().first() else {
            return 0;
        };
        let known = (self.names.iter()).position(|known| **known == *name.as_bytes());
        let place = known.unwrap_or(self.names.len());
        if place >= MOST || !name.bytes().all(plain) {
            return 0;
        }
        let bit = 1 << place;
        if known.is_none() {
            self.names.push(name.as_bytes().into());
            self.begins.resize(256, 0);
            if let Some(begins) = self.begins.get_mut(usize::from(first)) {
                *begins |= bit;
            }
        }
        bit
    }

    /// Those that the body of a request may have: of one that is read as JSON those between two
    /// quotes, of a form all, as a document may stand in a field of it.
    pub(super) fn of(&self, request: &Request<'_>) -> Found {
        let body = &*request.body;
        if body.is_empty() || body.len() > READ_UP_TO {
            return 0;
        }
        if request.is_form() {
            return Found::MAX;
        }
        match body.trim_ascii_start().first() {
            Some(b'{' | b'[') => self.within(body),
            _ => 0,
        }
    }

    fn within(&self, body: &[u8]) -> Found {
        let mut found = 0;
        let mut start = None;
        for quote in memchr_iter(b'"', body) {
            let between = start.and_then(|start| body.get(start..quote));
            start = Some(quote + 1);
            let Some((text, first)) = between.and_then(|text| Some((text, *text.first()?))) else {
                continue;
            };
            let mut maybe = self.begins.get(usize::from(first)).copied().unwrap_or(0) & !found;
            while maybe != 0 {
                let place = maybe.trailing_zeros() as usize;
                if self.names.get(place).is_some_and(|name| **name == *text) {
                    found |= 1 << place;
                }
                maybe &= maybe - 1;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Headers;

    const NAMES: [&str; 5] = ["id", "type", "topic", "app_id", "odd\\name"];

    fn members() -> (Members, Vec<Found>) {
        let mut members = Members::default();
        let bits = NAMES.map(|name| members.bit(name)).to_vec();
        (members, bits)
    }

    fn found(members: &Members, kind: &'static str, body: &str) -> Found {
        let mut headers = Headers::new();
        headers.push("content-type", kind);
        members.of(&Request::new(
            &b"POST"[..],
            &b"/"[..],
            headers.as_slice(),
            body.as_bytes(),
        ))
    }

    #[test]
    fn names_are_found_between_quotes_alone() {
        let (members, bits) = members();
        let json = |body| found(&members, "application/json", body);
        assert_eq!(json(r#"{"id":1, "type" : "x"}"#), bits[0] | bits[1]);
        assert_eq!(json(r#" [{"a\"b":{"topic":0}}]"#), bits[2]);
        assert_eq!(json(r#"{"identity":"my id", "app_id":1}"#), bits[3]);
        assert_eq!(json(r#"{"id"#), 0, "cut off");
        assert_eq!(json("id"), 0, "no JSON");
        assert_eq!(bits[4], 0, "one that needs escapes is not looked for");
        assert_eq!(found(&members, "text/plain", "\"id\""), 0);
    }

    #[test]
    fn a_form_may_hold_anything_and_a_huge_body_is_not_read() {
        let (members, _) = members();
        let form = "application/x-www-form-urlencoded";
        assert_eq!(found(&members, form, "payload=%7B%7D"), Found::MAX);
        let huge = format!("{{\"id\":\"{}\"}}", "x".repeat(READ_UP_TO));
        assert_eq!(found(&members, "application/json", &huge), 0);
    }

    #[test]
    fn more_names_than_there_are_bits_are_not_looked_for() {
        let mut members = Members::default();
        let bits: Vec<_> = (0..200).map(|n| members.bit(&format!("n{n}"))).collect();
        assert_eq!(bits[127], 1 << 127);
        assert!(bits[128..].iter().all(|bit| *bit == 0));
        assert_eq!(members.bit("n5"), bits[5], "each once");
    }

    proptest! {
        #[test]
        fn no_member_is_missed_whatever_stands_around_it(
            before in "[ -~]{0,20}", within in "\\PC{0,20}", name in 0_usize..4, deep in any::<bool>(),
        ) {
            let (members, bits) = members();
            let mut document = serde_json::json!({ before: within, NAMES[name]: within });
            if deep {
                document = serde_json::json!([{ within: document }]);
            }
            for text in [document.to_string(), serde_json::to_string_pretty(&document).unwrap()] {
                let found = found(&members, "application/json", &text);
                prop_assert_eq!(found & bits[name], bits[name], "{}", text);
            }
        }
    }
}
