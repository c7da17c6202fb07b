//! The parts rows are made of, one by one.

use super::header;
use crate::provider::algorithm::Encoding;
use crate::provider::detect::Value;
use crate::provider::text::{Source, Text};
use crate::provider::{Draft, Request};

fn draft(target: &[u8], headers: &[(&str, &str)], body: &[u8]) -> Draft {
    Draft {
        method: "POST".into(),
        base: "https://h".into(),
        target: target.to_vec().into(),
        headers: headers
            .iter()
            .map(|(name, value)| header(name, value))
            .collect(),
        body: body.to_vec().into(),
    }
}

fn source(text: &str) -> Source {
    Source::try_from(text.to_owned()).unwrap()
}

fn filled(text: &str, headers: &[(&str, &str)], body: &str) -> Option<String> {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| header(name, value))
        .collect();
    let request = Request::new(
        &b"POST"[..],
        &b"https://h/?a=1&b=%41&a=2"[..],
        &headers,
        body.as_bytes(),
    );
    text.parse::<Text>().unwrap().fill(&request)
}

#[test]
fn texts_are_filled_from_everywhere_and_are_none_if_anything_is_missing() {
    let body = r#"{"a":{"b":7},"list":[{"x":"first"},{"x":"second"}],"t":true,"n":null,"e":"","ref":"refs/heads/main","one":[1],"uni":"h\u00e9llo"}"#;
    for (text, expected) in [
        ("plain", Some("plain")),
        ("{$.a.b}", Some("7")),
        ("{$.t} {$.a.b}", Some("true 7")),
        ("{$.list[1].x}", Some("second")),
        ("{$.list[*].x}", Some("first")),
        ("{$..x}", Some("first")),
        ("{$.n}", None),
        ("{$.e}", None),
        ("{$.a}", None),
        ("{$.a.b}{$.missing}", None),
        ("{$.missing|or:none}", Some("none")),
        ("{$.missing|or:}", Some("")),
        ("{$.ref|last:/}", Some("main")),
        ("{$.uni|first:2}", Some("h\u{e9}")),
        ("{$.list|count}", Some("2")),
        ("{$.list|count:thing}", Some("2 things")),
        ("{$.one|count:thing}", Some("1 thing")),
        ("{$.a|count}", Some("1")),
        ("{$.ref|count}", None),
        ("x{$.list|there}", Some("x")),
        ("x{$.missing|there}", None),
        ("{query:a} {query:b}", Some("1 A")),
        ("{header:X-A}", Some("v")),
        ("{form:a}", None),
    ] {
        assert_eq!(
            filled(text, &[("x-a", "v"), ("X-A", "w")], body).as_deref(),
            expected,
            "{text}"
        );
    }
    let form = [(
        "Content-Type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )];
    assert_eq!(
        filled("{form:a b}", &form, "c=1&a+b=%C3%A9&a+b=2").as_deref(),
        Some("\u{e9}")
    );
    assert_eq!(
        filled("{$.x}", &form, "payload=%7B%22x%22%3A1%7D").as_deref(),
        Some("1")
    );
}

#[test]
fn values_are_compared_whole_or_in_part() {
    let headers = [header("X-A", "key=1,algorithm=A")];
    let request = Request::new(
        &b"GET"[..],
        &b"https://h/"[..],
        &headers,
        &br#"{"a":"x~y","l":[]}"#[..],
    );
    for (text, holds) in [
        ("header:X-A", true),
        ("header:X-B", false),
        ("header:X-A=key=1,algorithm=A", true),
        ("header:X-A=key", false),
        ("header:X-A~algorithm=A", true),
        ("header:X-A~algorithm=B", false),
        ("$.a=x|x~y", true),
        ("$.a=x|y", false),
        ("$.l", true),
        ("$.l=", true),
        ("$.m", false),
    ] {
        let value = Value::try_from(text.to_owned()).unwrap();
        assert_eq!(value.holds(&request), holds, "{text}");
    }
}

#[test]
fn setting_a_value_leaves_every_other_byte_as_it_was() {
    let mut json = draft(
        b"/",
        &[("content-LENGTH", "34")],
        br#" {"a" : {"t":1},  "t" : 99.0 ,"t":2}"#,
    );
    assert_eq!(json.body.len(), 36);
    assert!(json.set(&source("$.t"), "1764"));
    assert_eq!(
        json.body,
        &br#" {"a" : {"t":1},  "t" : 1764 ,"t":1764}"#[..]
    );
    assert_eq!(
        json.headers.as_slice()[0],
        header("content-LENGTH", "34"),
        "it was wrong before"
    );
    assert!(!json.set(&source("$.missing"), "1"));
    assert!(json.set(&source("$.a.t"), "1,\"x\":2"));
    assert_eq!(
        json.body,
        &br#" {"a" : {"t":"1,\"x\":2"},  "t" : 1764 ,"t":1764}"#[..]
    );

    let mut text = draft(b"/", &[("content-LENGTH", "9")], br#"{"s":"x"}"#);
    assert!(text.set(&source("$.s"), "a\"b\u{e9}"));
    assert_eq!(text.body, "{\"s\":\"a\\\"b\u{e9}\"}".as_bytes());
    assert_eq!(text.headers.as_slice()[0], header("content-LENGTH", "14"));

    let mut query = draft(b"/a?x=%zz\xff&s=old&y&s=more", &[], b"");
    assert!(query.set(&source("query:s"), "a b&c"));
    assert_eq!(query.target, &b"/a?x=%zz\xff&s=a+b%26c&y"[..]);
    let mut none = draft(b"/a", &[], b"");
    assert!(none.set(&source("query:s"), "1"));
    assert_eq!(none.target, &b"/a?s=1"[..]);

    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let mut form = draft(b"/", &form, b"a=%41+\xfe&t=1");
    assert!(form.set(&source("form:t"), "2"));
    assert_eq!(form.body, &b"a=%41+\xfe&t=2"[..]);
    assert!(
        !draft(b"/", &[], b"{}").set(&source("form:t"), "2"),
        "no form"
    );

    let mut head = draft(b"/", &[("X-b", "1"), ("x-A", "2"), ("X-B", "3")], b"");
    assert!(head.set(&source("header:X-B"), "9"));
    assert!(head.set(&source("header:X-New"), "8"));
    let fields: Vec<_> = head
        .headers
        .iter()
        .map(|field| (&field.name[..], &field.value[..]))
        .collect();
    assert_eq!(
        fields,
        [(&b"X-b"[..], &b"9"[..]), (b"x-A", b"2"), (b"X-New", b"8")]
    );
}

#[test]
fn encodings_read_what_they_write_and_little_else() {
    let bytes = [0xfb, 0xff, 0x00, 0x61];
    for (encoding, written) in [
        (Encoding::Hex, "fbff0061"),
        (Encoding::Base64, "+/8AYQ=="),
        (Encoding::Base64Url, "-_8AYQ"),
    ] {
        assert_eq!(encoding.encode(&bytes), written);
        assert_eq!(encoding.decode(written).as_deref(), Some(&bytes[..]));
        assert_eq!(encoding.decode("\u{fffd}"), None);
    }
    assert_eq!(
        Encoding::Hex.decode("FBff0061").as_deref(),
        Some(&bytes[..])
    );
    assert_eq!(Encoding::Hex.decode("fbff006"), None);
    assert_eq!(
        Encoding::Base64.decode("+/8AYQ").as_deref(),
        Some(&bytes[..]),
        "without padding"
    );
    assert_eq!(Encoding::Base64.decode("-_8AYQ=="), None);
    assert_eq!(
        Encoding::Base64Url.decode("-_8AYQ==").as_deref(),
        Some(&bytes[..])
    );
}

#[test]
fn a_request_of_an_exchange_has_the_public_address_and_only_what_was_sent() {
    use crate::model::testing::exchange;
    let url = |headers: &[(&str, &[u8])], added: u16| {
        let mut exchange = exchange("/in?a=%41", headers, b"{}");
        let head = std::sync::Arc::make_mut(&mut exchange.request);
        head.added = added;
        let request = Request::of(&exchange);
        assert_eq!(request.body, &b"{}"[..]);
        assert_eq!(request.headers.len(), headers.len() - usize::from(added));
        String::from_utf8(request.url.to_vec()).unwrap()
    };
    let host: (&str, &[u8]) = ("Host", b"sent.example");
    let added: [(&str, &[u8]); 2] = [
        ("X-Forwarded-Proto", b"https"),
        ("X-Forwarded-Host", b"hooks.example:8443"),
    ];
    assert_eq!(
        url(&[host, added[0], added[1]], 2),
        "https://hooks.example:8443/in?a=%41"
    );
    // What the sender claims about itself is not what the relay saw.
    assert_eq!(
        url(&[host, added[0], added[1]], 0),
        "http://sent.example/in?a=%41"
    );
    assert_eq!(url(&[], 0), "http://localhost/in?a=%41");
}

#[test]
fn behind_a_prefix_the_address_is_good_with_and_without_the_slash() {
    use crate::model::Timestamp;
    use crate::model::testing::exchange;
    use crate::provider::{Key, Secret, Verdict, With, check, sign};
    let table = super::table();
    let row = table.get("square").unwrap();
    let secrets = [Secret::new("square", "own", "s")];
    let verdict = |signed_for: &str, target: &str| {
        let at = Timestamp::from_micros(0);
        let mut sent = draft(b"", &[], b"{}");
        sent.base = signed_for.to_owned().into();
        sign(row, &mut sent, Key::Secret(&secrets[0]), at, "id").unwrap();
        let signature = sent.headers.get("x-square-hmacsha256-signature").unwrap();
        let headers: [(&str, &[u8]); 4] = [
            ("x-square-hmacsha256-signature", signature),
            ("X-Forwarded-Proto", b"https"),
            ("X-Forwarded-Host", b"h.example"),
            ("X-Forwarded-Prefix", b"/~shop"),
        ];
        let mut came = exchange(target, &headers, b"{}");
        std::sync::Arc::make_mut(&mut came.request).added = 3;
        let with = With {
            secrets: &secrets,
            name: "shop",
            at,
            tolerance: None,
            certificates: &[],
        };
        check(row, &Request::of(&came), true, &with).verdict
    };
    assert_eq!(
        verdict("https://h.example/~shop/in?a=1", "/in?a=1"),
        Verdict::Good
    );
    assert_eq!(verdict("https://h.example/~shop", "/"), Verdict::Good);
    assert_eq!(verdict("https://h.example/~shop/", "/"), Verdict::Good);
    assert_eq!(
        verdict("https://h.example/~shop?a=1", "/?a=1"),
        Verdict::Good
    );
    assert_eq!(verdict("https://h.example/in?a=1", "/in?a=1").word(), "bad");
}
