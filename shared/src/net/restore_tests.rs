use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

type Fields = Vec<(String, Vec<u8>)>;

/// A head with these fields.
fn head(fields: &Fields) -> Vec<u8> {
    let mut out = b"POST / HTTP/1.1\r\n".to_vec();
    for (name, value) in fields {
        push(&mut out, name.as_bytes(), value);
    }
    out.extend_from_slice(b"\r\n");
    out
}

fn merged(real: &Fields, library: &Fields) -> Vec<u8> {
    let mut out = b"POST / HTTP/1.1\r\n".to_vec();
    let real = real
        .iter()
        .map(|(name, value)| (name.as_bytes(), &value[..]));
    merge(&mut out, &real, &head(library));
    out
}

/// The fields of a head for which `wanted` holds of the name.
fn found(head: &[u8], wanted: impl Fn(&[u8]) -> bool) -> Fields {
    let text = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
    let wanted = fields(head).filter(|(name, _)| wanted(name));
    wanted
        .map(|(name, value)| (text(name), value.to_vec()))
        .collect()
}

/// What the library makes of fields: names in lower case, same-named ones together.
fn as_the_library_has_it(fields: &Fields) -> Fields {
    let mut grouped = Fields::new();
    for (name, value) in fields {
        let name = name.to_ascii_lowercase();
        let behind = grouped.iter().rposition(|(other, _)| *other == name);
        let at = behind.map_or(grouped.len(), |at| at + 1);
        grouped.insert(at, (name, value.clone()));
    }
    grouped
}

fn is_usual(fields: &Fields) -> bool {
    let framing = fields
        .iter()
        .filter(|(name, _)| is_framing(name.as_bytes()));
    framing.count() <= FEW
}

fn values() -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_filter("allowed in a value", |b| !matches!(b, b'\r' | b'\n' | 0));
    vec(byte, 0..12)
}

fn names_of_any_case(names: Vec<String>) -> impl Strategy<Value = String> {
    (select(names), any::<u32>()).prop_map(|(name, upper)| {
        let cased = |(at, c): (usize, char)| match upper >> (at % 32) & 1 {
            0 => c.to_ascii_lowercase(),
            _ => c.to_ascii_uppercase(),
        };
        name.chars().enumerate().map(cased).collect()
    })
}

fn framing_fields(most: usize) -> impl Strategy<Value = Fields> {
    let names = FRAMING.iter().map(|name| (*name).to_owned()).collect();
    vec((names_of_any_case(names), values()), 0..most)
}

fn any_fields() -> impl Strategy<Value = Fields> {
    let others = ["Host", "X-Dup", "a", "x-signature", "Set-Cookie"];
    let all = FRAMING.iter().chain(&others);
    let names = all.map(|name| (*name).to_owned()).collect();
    vec((names_of_any_case(names), values()), 0..24)
}

proptest! {
    #[test]
    fn the_real_fields_stay_and_framing_is_what_the_library_says(
        real in any_fields(),
        library in framing_fields(6),
    ) {
        let library = as_the_library_has_it(&library);
        let out = merged(&real, &library);
        prop_assert_eq!(length(&out), Some(out.len()), "one empty line, at the end");
        let own: Fields = real.iter().filter(|(name, _)| !is_framing(name.as_bytes())).cloned().collect();
        prop_assert_eq!(found(&out, |name| !is_framing(name)), own);
        for kind in FRAMING {
            let is = |name: &[u8]| name.eq_ignore_ascii_case(kind.as_bytes());
            let said = |fields: Fields| fields.into_iter().map(|(_, value)| value).collect::<Vec<_>>();
            prop_assert_eq!(said(found(&out, is)), said(found(&head(&library), is)));
        }
        prop_assert!(agrees(&out, &head(&library)));
    }

    #[test]
    fn a_head_that_the_library_was_given_whole_comes_back_as_it_was(real in any_fields()) {
        let library = as_the_library_has_it(&real);
        prop_assert_eq!(agrees(&head(&real), &head(&library)), is_usual(&library));
        prop_assert_eq!(merged(&real, &library), head(&real));
    }

    #[test]
    fn what_agrees_is_what_merging_gives(real in any_fields(), framing in framing_fields(4)) {
        let others = real.iter().filter(|(name, _)| !is_framing(name.as_bytes()));
        let library: Fields = others.cloned().chain(framing).collect();
        let library = as_the_library_has_it(&library);
        let same = merged(&real, &library) == head(&real);
        prop_assert_eq!(agrees(&head(&real), &head(&library)), same && is_usual(&library));
    }
}

fn text(fields: &[(&str, &str)]) -> Fields {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
    fields.iter().map(owned).collect()
}

#[test]
fn what_the_library_has_of_its_own_comes_last() {
    let real = text(&[("X-A", "1"), ("TRAILER", "a")]);
    let library = [
        ("date", "now"),
        ("x-a", "1"),
        ("trailer", "a"),
        ("trailer", "b"),
        ("connection", "close"),
    ];
    let out = String::from_utf8(merged(&real, &text(&library))).unwrap();
    assert_eq!(
        out,
        "POST / HTTP/1.1\r\nX-A: 1\r\nTRAILER: a\r\ndate: now\r\nTrailer: b\r\nConnection: close\r\n\r\n"
    );
}

#[test]
fn a_head_ends_at_its_empty_line_or_not_yet() {
    assert_eq!(length(b"GET / HTTP/1.1\r\n\r\nx: y\r\n\r\n"), Some(18));
    assert_eq!(length(b"GET / HTTP/1.1\r\nA: b\r\n"), None);
}
