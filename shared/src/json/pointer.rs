//! JSON pointers (RFC 6901): `/data/items/0/id`.

use std::borrow::Cow;
use std::ops::Range;

use super::{Kind, Scan, unescape};

/// Where the values stand in `text` that a pointer leads to, as bytes; `scan` is of that text, and
/// without a fault. They are several where an object has a member twice.
#[must_use]
pub fn find(text: &[u8], scan: &Scan, pointer: &str) -> Vec<Range<usize>> {
    let walk = Walk { text, scan };
    let mut found: Vec<usize> = scan.tokens.first().map(|_| 0).into_iter().collect();
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        found = found
            .into_iter()
            .flat_map(|token| walk.inside(token, &step))
            .collect();
    }
    found.into_iter().filter_map(|at| walk.place(at)).collect()
}

struct Walk<'a> {
    text: &'a [u8],
    scan: &'a Scan,
}

impl Walk<'_> {
    /// The tokens at which the values of this name, or of this number, begin.
    fn inside(&self, token: usize, step: &str) -> Vec<usize> {
        let tokens = &self.scan.tokens;
        let Some(outer) = tokens.get(token) else {
            return Vec::new();
        };
        let mut at = token + 1;
        let mut found = Vec::new();
        match outer.kind {
            Kind::StartObject => {
                while at + 1 < outer.end {
                    if self.is_key(at, step) {
                        found.push(at + 1);
                    }
                    at = tokens.get(at + 1).map_or(outer.end, |value| value.end + 1);
                }
            }
            Kind::StartArray => {
                let Some(mut before) = index(step) else {
                    return found;
                };
                while before > 0 && at < outer.end {
                    at = tokens.get(at).map_or(outer.end, |value| value.end + 1);
                    before -= 1;
                }
                found.extend((at < outer.end).then_some(at));
            }
            _ => {}
        }
        found
    }

    fn is_key(&self, at: usize, name: &str) -> bool {
        let token = self.scan.tokens.get(at);
        let text = token.and_then(|token| self.text.get(token.place.clone()));
        text.map(unescape) == Some(Cow::Borrowed(name))
    }

    fn place(&self, at: usize) -> Option<Range<usize>> {
        let first = self.scan.tokens.get(at)?;
        let last = self.scan.tokens.get(first.end)?;
        Some(first.place.start..last.place.end)
    }
}

/// The number of an element, as RFC 6901 §4 has it written.
fn index(step: &str) -> Option<usize> {
    let is_number = step.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = step == "0" || !step.starts_with('0');
    step.parse().ok().filter(|_| is_number && is_short)
}

#[cfg(test)]
mod tests {
    use super::super::scan;
    use super::*;

    #[test]
    fn a_pointer_leads_to_all_that_has_its_name() {
        let text =
            br#"{"a":{"b":[10,{"c":"x"},[]]},"a/b":1,"m~n":2,"":{"":3},"t":1,"\u0074":2,"0":4}"#;
        let scan = scan(text, 10);
        let at = |pointer: &str| -> Vec<&str> {
            let found = find(text, &scan, pointer).into_iter();
            found
                .map(|place| std::str::from_utf8(&text[place]).unwrap())
                .collect()
        };
        for (pointer, found) in [
            ("/a/b/0", &["10"][..]),
            ("/a/b/1", &[r#"{"c":"x"}"#]),
            ("/a/b/1/c", &["\"x\""]),
            ("/a/b/2", &["[]"]),
            ("/a~1b", &["1"]),
            ("/m~0n", &["2"]),
            ("//", &["3"]),
            ("/t", &["1", "2"]),
            ("/0", &["4"]),
        ] {
            assert_eq!(at(pointer), found, "{pointer}");
        }
        for pointer in [
            "/a/b/3", "/a/b/00", "/a/b/+1", "/a/b/-", "/x", "/a/b/0/0", "/a/b/2/0",
        ] {
            assert!(at(pointer).is_empty(), "{pointer}");
        }
        assert_eq!(at(""), [std::str::from_utf8(text).unwrap()]);
        assert!(find(b"", &Scan::default(), "/a").is_empty());
    }
}
