use proptest::prelude::*;

use super::*;
use crate::model::Headers;
use crate::model::testing::{answered, exchange};

fn answer(status: u16, fields: &[(&str, &str)], body: &[u8]) -> Exchange {
    let headers: Headers = fields
        .iter()
        .map(|(name, value)| crate::model::Header {
            name: (*name).to_owned().into(),
            value: (*value).to_owned().into(),
        })
        .collect();
    let mut exchange = answered(exchange("/", &[], b""), body);
    let head = std::sync::Arc::make_mut(exchange.response.as_mut().unwrap());
    head.status = status;
    head.headers = headers;
    exchange
}

fn gzip(text: &str, level: u32) -> Vec<u8> {
    use std::io::Write as _;
    let level = flate2::Compression::new(level);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), level);
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[test]
fn packed_bodies_are_compared_by_what_is_inside() {
    let fields = [("Content-Encoding", "gzip")];
    let text = "{\"a\":1,\"text\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}";
    let packed = |text, level| answer(200, &fields, &gzip(text, level));
    let (fast, best) = (packed(text, 0), packed(text, 9));
    let same = responses(&fast, &best, &Ignores::default());
    assert!(same.is_empty() && same.form == Form::Same, "{same:?}");
    let other = packed(&text.replace(":1", ":2"), 9);
    let differs = responses(&fast, &other, &Ignores::default());
    assert_eq!(differs.form, Form::Json);
    assert_eq!(differs.lines()[0].to_string(), "~ $.a: 1 → 2");
    // One alone, too.
    let plain = responses(
        &answer(200, &[], text.as_bytes()),
        &best,
        &Ignores::default(),
    );
    assert!(
        plain.changes.iter().all(|change| change.place != "body"),
        "{plain:?}"
    );
    // What is not what it says is compared as it came.
    let broken = answer(200, &fields, b"no gzip");
    let differs = responses(&fast, &broken, &Ignores::default());
    assert_eq!(differs.form, Form::Binary);
}

fn shown(a: &str, b: &str, ignores: &[&str]) -> Vec<String> {
    let ignores: Ignores = ignores.iter().map(|text| text.parse().unwrap()).collect();
    let (a, b) = (
        answer(200, &[], a.as_bytes()),
        answer(200, &[], b.as_bytes()),
    );
    let lines = responses(&a, &b, &ignores).lines();
    lines.iter().map(ToString::to_string).collect()
}

#[test]
fn json_differs_by_structure_not_by_spelling() {
    assert_eq!(
        shown(
            "{\"a\":1,\"b\":[1,2]}",
            "{ \"b\":[1, 2], \"\\u0061\":1 }",
            &[]
        ),
        [""; 0]
    );
    assert_eq!(
        shown(
            "{\"a\":[{\"b\":1}],\"x y\":1,\"n\":1.0}",
            "{\"n\":1,\"a\":[{\"b\":2}],\"z\":null}",
            &[]
        ),
        [
            "~ $.a[0].b: 1 → 2",
            "- $['x y']: 1",
            "~ $.n: 1.0 → 1 (the same number)",
            "+ $.z: null",
        ]
    );
    assert_eq!(shown("[1,2,3]", "[0,1,2,3]", &[]), ["+ $[0]: 0"]);
    assert_eq!(
        shown("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":3}", &[]),
        ["~ $.a: 2 → 3"]
    );
}

#[test]
fn what_is_ignored_is_left_out() {
    let a = r#"{"id":1,"items":[{"id":1,"v":1},{"id":2}],"deep":{"x":{"time":1}}}"#;
    let b = r#"{"id":2,"items":[{"id":3,"v":2},{"id":4}],"deep":{"x":{"time":2}}}"#;
    let ignores = ["$.id", "$.items[*].id", "$..time"];
    assert_eq!(shown(a, b, &ignores), ["~ $.items[0].v: 1 → 2"]);
    assert_eq!(shown(a, b, &["$"]), [""; 0]);
    assert_eq!(
        shown(a, b, &["$..id", "$.deep['x']", "$.items[0]"]),
        [""; 0]
    );
    for (text, column) in [("$.", 2), ("$['a", 3), ("id", 1), ("header:", 8)] {
        assert_eq!(text.parse::<Ignore>().unwrap_err().column, column, "{text}");
    }
}

#[test]
fn fields_differ_by_value_duplicate_and_order() {
    let a = answer(
        200,
        &[("A", "1"), ("B", "2"), ("b", "3"), ("Date", "x")],
        b"",
    );
    let b = answer(
        500,
        &[
            ("b", "2"),
            ("a", "1"),
            ("B", "4"),
            ("date", "y"),
            ("C", "5"),
        ],
        b"",
    );
    let ignores: Ignores = ["header:Date".parse().unwrap()].into_iter().collect();
    let diff = responses(&a, &b, &ignores);
    let lines: Vec<_> = diff.lines().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "~ status: 200 → 500",
            "~ header order: a, b, b → b, a, b",
            "~ header:b: 3 → 4",
            "+ header:c: 5",
        ]
    );
    assert_eq!(diff.ignored, 1);
}

#[test]
fn what_a_relay_adds_is_no_difference() {
    let fields: [(&str, &[u8]); 2] = [("A", b"1"), ("X-Forwarded-For", b"192.0.2.1")];
    let mut before = exchange("/", &fields, b"");
    let mut after = exchange("/", &fields[..1], b"");
    std::sync::Arc::make_mut(&mut before.request).added = 1;
    assert!(requests(&before, &after, &Ignores::default()).is_empty());
    std::sync::Arc::make_mut(&mut after.request).added = 1;
    let diff = requests(&before, &after, &Ignores::default());
    assert_eq!(diff.changes[0].place, "header:a");
}

#[test]
fn text_differs_by_line_and_bytes_by_place() {
    assert_eq!(
        shown("a\nb\nc\n", "a\nx\nc\n", &[]),
        ["  a", "- b", "+ x", "  c"]
    );
    let lines = shown("a\0b", "a\0c", &[]);
    let (old, new) = lines[0].split_once(" → ").unwrap();
    let sha256 = |hash: &str| hash.len() == 64 && hash.bytes().all(|c| c.is_ascii_hexdigit());
    let old = old.strip_prefix("~ body: 3 bytes, from byte 2 on: 62, sha256 ");
    let new = new.strip_prefix("3 bytes, from byte 2 on: 63, sha256 ");
    assert!(old.is_some_and(sha256), "{lines:?}");
    assert_eq!(
        new,
        Some("b179f49283f586ae1922b625af4017aecdf77e7ee175c0af675abea14252a666")
    );
}

#[test]
fn huge_deep_and_cut_off_bodies_end_soon_and_say_so() {
    let deep = |n: usize, inner: &str| "[".repeat(n) + inner + &"]".repeat(n);
    assert_eq!(shown(&deep(400, "1"), &deep(400, "2"), &[]).len(), 1);
    assert!(!shown(&deep(100_000, "1"), &deep(100_000, "2"), &[]).is_empty());
    let (a, b) = ("a\n".repeat(3 << 20), "b\n".repeat(3 << 20));
    assert!(shown(&a, &b, &[])[1].contains("more than 4 MiB"));
    let (a, b) = ("a\n".repeat(9000), "b\n".repeat(9000));
    assert!(shown(&a, &b, &[])[1].contains("too many lines"));
    let long = "k".repeat(1 << 20);
    let many = |v: &str| {
        let members: Vec<_> = (0..20_000).map(|n| format!("\"{n}\":{v}")).collect();
        format!("{{\"{long}\":{{{}}}}}", members.join(","))
    };
    let lines = shown(&many("1"), &many("2"), &[]);
    assert!(lines.iter().all(|line| line.len() < 300) && lines.len() == 10_001);
    let mut a = answer(200, &[], b"abc");
    a.response_body.size = 10;
    let diff = responses(&a, &answer(200, &[], b"abc"), &Ignores::default());
    assert_eq!((diff.form, diff.changes.len()), (Form::Hash, 1));
}

proptest! {
    #[test]
    fn nothing_differs_from_itself_and_any_bytes_compare(
        a in "[\\[\\]{}\",:0-9a-z\n ]{0,40}", b in "[\\[\\]{}\",:0-9a-z\n ]{0,40}",
    ) {
        prop_assert!(shown(&a, &a, &[]).is_empty());
        let _ = shown(&a, &b, &["$..a"]);
    }

    #[test]
    fn any_text_is_a_pattern_or_an_error(text in "\\$[\\[\\].*'a0-9é]{0,12}") {
        let _ = text.parse::<Ignore>();
    }
}
