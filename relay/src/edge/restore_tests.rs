use hookreel_shared::model::{BodyKind, Headers};

use super::*;

fn answer(
    status: u16,
    reason: Option<&'static str>,
    fields: &[(&'static str, &'static str)],
) -> ResponseHead {
    let mut headers = Headers::new();
    for (name, value) in fields {
        headers.push(*name, *value);
    }
    ResponseHead {
        status,
        reason: reason.map(Into::into),
        headers,
        body: BodyKind::Empty,
    }
}

fn head_of(library: &str, answer: &ResponseHead) -> String {
    String::from_utf8(restored(library.as_bytes(), answer)).unwrap()
}

#[test]
fn fields_keep_their_order_and_case_and_framing_is_the_librarys() {
    let fields = [
        ("X-MiXed", "1"),
        ("content-LENGTH", "99"),
        ("Set-Cookie", "a"),
        ("x-mixed", "2"),
        ("set-cookie", "b"),
        ("Content-Length", "98"),
    ];
    assert_eq!(
        head_of(
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\n",
            &answer(200, None, &fields)
        ),
        "HTTP/1.1 200 OK\r\nX-MiXed: 1\r\ncontent-LENGTH: 3\r\nSet-Cookie: a\r\nx-mixed: 2\r\nset-cookie: b\r\nConnection: close\r\n\r\n"
    );
}

#[test]
fn framing_that_the_library_left_out_is_left_out() {
    let fields = [
        ("Content-Length", "7"),
        ("Transfer-Encoding", "gzip"),
        ("A", ""),
    ];
    assert_eq!(
        head_of(
            "HTTP/1.0 204 No Content\r\n\r\n",
            &answer(204, None, &fields)
        ),
        "HTTP/1.0 204 No Content\r\nA: \r\n\r\n"
    );
}

#[test]
fn framing_that_the_library_adds_is_there() {
    assert_eq!(
        head_of(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            &answer(200, None, &[("A", "b")])
        ),
        "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
}

#[test]
fn the_reason_is_the_origins_or_the_usual_one_or_none() {
    for (status, reason, line) in [
        (200, Some("Fine"), "HTTP/1.1 200 Fine\r\n"),
        (404, Some(""), "HTTP/1.1 404 \r\n"),
        (404, None, "HTTP/1.1 404 Not Found\r\n"),
        (299, None, "HTTP/1.1 299 \r\n"),
    ] {
        let library = format!("HTTP/1.1 {status} <none>\r\n\r\n");
        assert_eq!(
            head_of(&library, &answer(status, reason, &[])),
            format!("{line}\r\n")
        );
    }
}

#[test]
fn a_head_begins_at_once_or_behind_what_is_left_of_a_leave_to_go_on() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n";
    for left in 0..=CONTINUE.len() {
        let written = [&CONTINUE[left..], head].concat();
        assert_eq!(begins(&written, 200), Some(CONTINUE.len() - left));
        assert_eq!(begins(&written, 404), None);
    }
    for other in [
        &b"x"[..],
        b"",
        b"0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 20",
    ] {
        assert_eq!(begins(other, 200), None, "{other:?}");
    }
}

#[test]
fn control_characters_are_no_text() {
    assert!(is_text("\tgr\u{fc}n ~".as_bytes()));
    for bad in [&b"a\rb"[..], b"\n", b"\0", b"\x7f", b"\x01"] {
        assert!(!is_text(bad), "{bad:?}");
    }
}
