use proptest::prelude::*;

use super::super::testing::exchange;
use super::*;

fn read(text: &str) -> Edited {
    from_text(text.as_bytes()).unwrap()
}

fn error(text: &str) -> String {
    from_text(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_request_is_text_as_people_know_it() {
    let sent = exchange(
        "/hooks?x=1",
        &[
            ("Host", b"a.example"),
            ("x-Empty", b""),
            ("X-Odd", b"\xff "),
        ],
        b"{\"a\":\n 1}",
    );
    insta::assert_snapshot!(String::from_utf8(to_text(&sent)).unwrap(), @r#"
    POST /hooks?x=1
    Host: a.example
    x-Empty:
    X-Odd: <base64 /yA=>

    {"a":
     1}
    "#);
}

#[test]
fn a_body_that_editors_harm_is_base64_in_short_lines() {
    let bytes: Vec<u8> = (0..=255).collect();
    let sent = exchange("/", &[], &bytes);
    let text = to_text(&sent);
    let lines: Vec<_> = text.split(|&b| b == b'\n').collect();
    assert_eq!(lines[2], b"<base64");
    assert!(lines.iter().all(|line| line.len() <= WIDTH));
    assert_eq!(from_text(&text).unwrap().body, bytes);
}

#[test]
fn what_editors_do_to_the_end_of_a_file_does_not_change_the_body() {
    for body in ["", "{}", "{}\n", "a\r\nb\r\n"] {
        let text = to_text(&exchange("/", &[], body.as_bytes()));
        assert_eq!(from_text(&text).unwrap().body, body.as_bytes());
    }
    assert_eq!(read("GET /\n").body, "", "blank lines at the end trimmed");
    assert_eq!(read("POST /\n\n{}").body, "{}", "no line end at the end");
}

#[test]
fn the_length_becomes_right_and_only_one_is_left() {
    let edited = read("POST /\nCONTENT-LENGTH: 900\na: 1\ncontent-length: 3\n\nhello\n");
    let fields: Vec<_> = edited
        .headers
        .iter()
        .map(|h| (&h.name[..], &h.value[..]))
        .collect();
    assert_eq!(fields, [(&b"CONTENT-LENGTH"[..], &b"5"[..]), (b"a", b"1")]);
    assert!(!read("POST /\n\nhello").headers.contains("content-length"));
}

#[test]
fn comments_versions_and_line_ends_of_other_systems_are_understood() {
    let edited =
        read("// change me\n\n// please\r\nPUT /a HTTP/1.1\r\nX: 1\r\n\r\nbody\r\nmore\r\n");
    assert_eq!(
        (&edited.method[..], &edited.target[..]),
        (&b"PUT"[..], &b"/a"[..])
    );
    assert_eq!(edited.headers.get("x").unwrap(), "1");
    assert_eq!(edited.body, "body\r\nmore\r");
}

#[test]
fn what_is_no_request_is_refused_with_the_line() {
    assert_eq!(error(""), "nothing is left of the request");
    assert_eq!(
        error("// only\n\n// comments\n"),
        "nothing is left of the request"
    );
    let table = [
        ("POST\n", "line 1: expected METHOD /path"),
        ("PO:ST /\n", "line 1: \"PO:ST\" is not a method"),
        ("// x\nPOST hooks\n", "line 2: \"hooks\" is not a path"),
        ("POST /a b\n", "line 1: \"/a b\" is not a path"),
        ("POST /\nA: 1\n{\"a\"}\n", "line 3: expected a header"),
        ("POST /\nA B: 1\n", "line 2: \"A B\" is not a header name"),
        (
            "POST /\nA: 1\n b\n",
            "line 3: a header does not begin with a space",
        ),
        (
            "POST /\nA: \x01secret\n",
            "line 2: the value of A has control characters",
        ),
        ("POST /\nA: <base64 AA\n", "line 2: <base64 … needs a >"),
        ("POST /\nA: <base64 !!>\n", "line 2: this is not base64"),
        (
            "POST /\n\n<base64\nAA\n!!!!\n>\n",
            "line 5: this is not base64",
        ),
        (
            "POST /\n\n<base64\nAAA\n>\n",
            "line 5: the base64 above is cut off",
        ),
        (
            "POST /\n\n<base64\nAAAA\n",
            "line 3: <base64 needs a line >",
        ),
        (
            "POST /\n\n<base64\nAAAA\n>\n\nx\n",
            "line 6: nothing may follow",
        ),
    ];
    for (text, expected) in table {
        let said = error(text);
        assert!(said.starts_with(expected), "{text:?}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

fn target() -> impl Strategy<Value = Vec<u8>> {
    "/[!$-;=?-Z^_a-z~|]{0,30}".prop_map(String::into_bytes)
}

/// Whatever the `http` crate carries, without white space at its ends, as on the wire.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'\t'), 0x20..=0x7e_u8, 0x80..=0xff_u8];
    let any = proptest::collection::vec(byte, 0..24).prop_map(|value| value.trim_ascii().to_vec());
    prop_oneof![
        any,
        Just(b"<base64 x>".to_vec()),
        "\\PC{0,12}".prop_map(|text| text.trim().into())
    ]
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        "(<base64)?[\\PC\r\n\t]{0,80}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn every_request_comes_back_from_its_text_unchanged(
        method in "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}",
        target in target(),
        fields in proptest::collection::vec(("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", value()), 0..8),
        body in content(),
    ) {
        let fields: Vec<_> = fields
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"))
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        let mut sent = exchange("/", &fields, &body);
        let head = std::sync::Arc::make_mut(&mut sent.request);
        head.method = method.into();
        head.target = target.into();
        let text = to_text(&sent);
        let edited = from_text(&text).unwrap();
        prop_assert_eq!(&edited.method, &sent.request.method);
        prop_assert_eq!(&edited.target, &sent.request.target);
        prop_assert_eq!(&edited.headers, &sent.request.headers);
        prop_assert_eq!(&edited.body, &sent.request_body.kept);
    }

    #[test]
    fn no_text_makes_it_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = from_text(&text);
        let _ = from_text(&[b"POST /\n\n<base64\n", &text[..]].concat());
    }
}
