use proptest::prelude::*;

use super::*;

fn read(text: impl AsRef<[u8]>) -> Result<RawHead, Refusal> {
    parse(&Bytes::copy_from_slice(text.as_ref()), &Limits::default())
}

fn with(fields: &str) -> Result<RawHead, Refusal> {
    read(format!(
        "POST /hooks HTTP/1.1\r\nHost: a.example\r\n{fields}\r\n"
    ))
}

#[test]
fn a_head_keeps_order_case_duplicates_and_every_byte() {
    let head = read(
        b"POST /a?x=%20y&z=1+2 HTTP/1.1\r\nhOsT: a.example:80\r\nX-Dup: 1\r\nx-dup: \xff2 \r\n\r\n",
    )
    .unwrap();
    let fields: Vec<_> = head
        .headers
        .iter()
        .map(|f| (&f.name[..], &f.value[..]))
        .collect();
    assert_eq!(
        fields,
        [
            (&b"hOsT"[..], &b"a.example:80"[..]),
            (b"X-Dup", b"1"),
            (b"x-dup", b"\xff2")
        ]
    );
    assert_eq!(&head.target[..], b"/a?x=%20y&z=1+2");
    assert_eq!(head.framing, Framing::None);
}

#[test]
fn ambiguous_lengths_are_refused() {
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5_0\r\n",
        "Content-Length: 5 0\r\n",
        "Content-Length: \r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: ,chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked;a=b\r\n",
        "Transfer-Encoding: \u{a0}chunked\r\n",
        "Content_Length: 5\r\n",
        "Transfer_Encoding: chunked\r\n",
    ] {
        assert_eq!(with(fields).unwrap_err(), Refusal::Framing, "{fields:?}");
    }
    assert_eq!(
        with("Transfer-Encoding: gzip, chunked\r\n").unwrap_err(),
        Refusal::TransferCoding
    );
    let old = read("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_eq!(old.unwrap_err(), Refusal::Framing);
}

#[test]
fn plain_lengths_are_read() {
    assert_eq!(
        with("Content-Length: 2048\r\n").unwrap().framing,
        Framing::Length(2048)
    );
    assert_eq!(
        with("Content-Length: 0\r\n").unwrap().framing,
        Framing::None
    );
    assert_eq!(
        with("Content-Length: 007\r\n").unwrap().framing,
        Framing::Length(7)
    );
    assert_eq!(
        with("transfer-encoding: Chunked\r\n").unwrap().framing,
        Framing::Chunked
    );
}

#[test]
fn lines_that_could_be_read_two_ways_are_refused() {
    for head in [
        &b"POST / HTTP/1.1\nHost: a\r\n\r\n"[..],
        b"POST / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"POST / HTTP/1.1\r\n Host: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\n: v\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nNoColon\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nX\xff: 1\r\n\r\n",
        b"POST  / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /  HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / http/1.1\r\nHost: a\r\n\r\n",
        b"POST /\r\nHost: a\r\n\r\n",
    ] {
        assert!(read(head).is_err(), "{:?}", String::from_utf8_lossy(head));
    }
    let preface = read("PRI * HTTP/2.0\r\n\r\n").unwrap_err();
    assert_eq!(preface, Refusal::Version);
}

#[test]
fn exactly_one_plain_host_is_needed() {
    for hosts in [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: a, b\r\n",
        "Host: u@h\r\n",
        "Host: h/path\r\n",
        "Host: h:99999\r\n",
        "Host: h:0x50\r\n",
        "Host: \r\n",
    ] {
        assert_eq!(
            read(format!("GET / HTTP/1.1\r\n{hosts}\r\n")).unwrap_err(),
            Refusal::Host,
            "{hosts:?}"
        );
    }
    for host in [
        "a.example",
        "A.example:8080",
        "127.0.0.1:1",
        "[::1]:80",
        "[::1]",
    ] {
        assert!(
            read(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).is_ok(),
            "{host}"
        );
    }
}

#[test]
fn an_absolute_target_becomes_origin_form_if_its_host_is_that_of_host() {
    let get = |target: &str| {
        read(format!(
            "GET {target} HTTP/1.1\r\nHost: a.example:80\r\n\r\n"
        ))
    };
    assert_eq!(&get("http://a.example:80/x?y").unwrap().target[..], b"/x?y");
    assert_eq!(&get("HTTP://A.example:80").unwrap().target[..], b"/");
    assert_eq!(&get("http://a.example:80?y").unwrap().target[..], b"/?y");
    assert_eq!(get("http://b.example/").unwrap_err(), Refusal::Authority);
    for target in [
        "a.example",
        "ftp://a.example/",
        "/a#b",
        "/a\\b",
        "*",
        "/a<b>",
        "/a?b<c",
        "http://a.example:80/a<b",
    ] {
        assert_eq!(get(target).unwrap_err(), Refusal::Target, "{target}");
    }
    let long = format!("/{}", "a".repeat(16 * 1024));
    assert_eq!(get(&long).unwrap_err(), Refusal::TargetTooLong);
    for target in ["/%00", "/%0d%0a", "/%2e%2e/", "//", "/a?b=%20x&c=1+2", "/?"] {
        assert_eq!(&get(target).unwrap().target[..], target.as_bytes());
    }
}

#[test]
fn methods_are_free_but_for_connect_and_trace() {
    let head = |method: &str| read(format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_eq!(&head("foo").unwrap().method[..], b"foo");
    assert_eq!(head("TRACE").unwrap_err(), Refusal::Method);
    assert_eq!(
        read("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n").unwrap_err(),
        Refusal::Method
    );
}

#[test]
fn the_number_of_fields_is_limited() {
    let fields = |n: usize| with(&"X: 1\r\n".repeat(n - 1));
    assert!(fields(100).is_ok());
    assert_eq!(fields(101).unwrap_err(), Refusal::HeadTooLarge);
    assert_eq!(fields(500).unwrap_err(), Refusal::HeadTooLarge);
}

#[test]
fn only_a_plain_get_may_leave_http_and_not_for_h2c() {
    let ask = |line: &str, fields: &str| {
        read(format!(
            "{line}\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n{fields}\r\n"
        ))
        .unwrap()
        .upgrade
    };
    assert_eq!(
        ask("GET /ws HTTP/1.1", "Upgrade: websocket\r\n").as_deref(),
        Some(&b"websocket"[..])
    );
    for (line, fields) in [
        ("POST / HTTP/1.1", "Upgrade: websocket\r\n"),
        ("GET / HTTP/1.0", "Upgrade: websocket\r\n"),
        ("GET / HTTP/1.1", "Upgrade: h2c\r\n"),
        (
            "GET / HTTP/1.1",
            "Upgrade: websocket\r\nContent-Length: 3\r\n",
        ),
        ("GET / HTTP/1.1", ""),
    ] {
        assert_eq!(ask(line, fields), None, "{line} {fields}");
    }
}

#[test]
fn an_unknown_expectation_is_refused_and_one_of_http_1_0_ignored() {
    assert_eq!(with("Expect: magic\r\n").unwrap_err(), Refusal::Expectation);
    assert!(with("Expect: 100-Continue\r\n").unwrap().expect_continue);
    assert!(
        !read("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
            .unwrap()
            .expect_continue
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    #[test]
    fn a_good_head_with_one_byte_changed_never_panics_and_never_gains_a_second_length(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nX-A: b\r\n\r\n".to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(head) = read(&bytes) {
            prop_assert!(head.headers.all("content-length").count() <= 1);
        }
    }

    #[test]
    fn the_end_is_found_wherever_the_head_is_split(cut in 0usize..40) {
        let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\r\n\r\n";
        let cut = cut.min(bytes.len());
        let found = find_end(&bytes[..cut], 0).or_else(|| find_end(bytes, cut));
        prop_assert_eq!(found, Some(27));
    }
}
