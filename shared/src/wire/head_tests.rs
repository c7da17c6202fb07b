use proptest::prelude::*;

use super::super::frame;
use super::*;

fn bytes_of(pattern: &'static str) -> impl Strategy<Value = Bytes> {
    prop::string::bytes_regex(pattern)
        .unwrap()
        .prop_map(Bytes::from)
}

fn any_headers() -> impl Strategy<Value = Headers> {
    let field = (
        bytes_of("[!-9A-Za-z~]{1,8}"),
        bytes_of("(?-u)[\t -~\\x80-\\xff]{0,12}"),
    );
    let token = field.prop_filter("a token", |(name, _)| is_token(name));
    prop::collection::vec(token, 0..8).prop_map(|fields| {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(name, value);
        }
        headers
    })
}

fn any_body() -> impl Strategy<Value = BodyKind> {
    prop_oneof![
        Just(BodyKind::Empty),
        any::<u64>().prop_map(BodyKind::Length),
        Just(BodyKind::Chunked)
    ]
}

prop_compose! {
    fn any_request()(
        id in any::<u128>(),
        received_at in any::<i64>(),
        method in bytes_of("[A-Za-z]{1,10}"),
        target in bytes_of("/[!-~]{0,30}"),
        headers in any_headers(),
        peer in prop::option::of((any::<u32>(), any::<u16>())),
        body in any_body(),
        expect_continue in any::<bool>(),
        added in any::<u16>(),
    ) -> RequestHead {
        RequestHead {
            id: ExchangeId::from_uuid(Uuid::from_u128(id)),
            name: "quiet-otter".parse().unwrap(),
            label: Label::Live,
            received_at: Timestamp::from_micros(received_at),
            method,
            target,
            version: HttpVersion::Http11,
            added: added.min(headers.len() as u16),
            headers,
            peer: peer.map(|(ip, port)| SocketAddr::from((std::net::Ipv4Addr::from(ip), port))),
            body,
            expect_continue,
        }
    }
}

prop_compose! {
    fn any_answer()(status in 100..1000u16, reason in prop::option::of(bytes_of("[ -~]{0,9}")), headers in any_headers(), body in any_body()) -> Answer {
        let interim = (100..200).contains(&status) && status != 101;
        let body = if status == 101 { BodyKind::Upgrade } else { body };
        let head = ResponseHead { status, reason, headers, body };
        if interim { Answer::Interim(head) } else { Answer::Final(head) }
    }
}

fn content(mut wire: BytesMut) -> Bytes {
    frame::split(&mut wire, MAX_HEAD).unwrap().unwrap()
}

proptest! {
    #[test]
    fn a_request_head_reads_back_byte_for_byte(head in any_request()) {
        let mut wire = BytesMut::new();
        encode_request(&head, &mut wire).unwrap();
        prop_assert_eq!(decode_request(&content(wire)).unwrap(), head);
    }

    #[test]
    fn an_answer_head_reads_back_byte_for_byte(answer in any_answer()) {
        let mut wire = BytesMut::new();
        encode_answer(&answer, &mut wire).unwrap();
        prop_assert_eq!(decode_answer(&content(wire)).unwrap(), answer);
    }

    #[test]
    fn trailers_read_back_byte_for_byte(trailers in any_headers()) {
        let mut wire = BytesMut::new();
        encode_trailers(&trailers, &mut wire).unwrap();
        prop_assert_eq!(decode_trailers(&content(wire)).unwrap(), trailers);
    }

    #[test]
    fn a_head_cut_anywhere_is_an_error_not_another_head(head in any_request(), cut in any::<prop::sample::Index>()) {
        let mut wire = BytesMut::new();
        encode_request(&head, &mut wire).unwrap();
        let whole = content(wire);
        let cut = cut.index(whole.len());
        prop_assert!(decode_request(&whole.slice(..cut)).is_err());
    }

    #[test]
    fn any_bytes_decode_or_fail_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let bytes = Bytes::from(bytes);
        let _ = decode_request(&bytes);
        let _ = decode_answer(&bytes);
        let _ = decode_trailers(&bytes);
    }
}

fn sample() -> RequestHead {
    let mut headers = Headers::new();
    headers.push("X-Dup", "1");
    headers.push("x-dup", &b"\xff2"[..]);
    RequestHead {
        id: ExchangeId::from_uuid(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057)),
        name: "quiet-otter".parse().unwrap(),
        label: Label::Live,
        received_at: Timestamp::from_micros(1_700_000_000_000_000),
        method: "POST".into(),
        target: "/hooks?a=%20x&b=1+2".into(),
        version: HttpVersion::Http11,
        headers,
        added: 0,
        peer: Some("127.0.0.1:9".parse().unwrap()),
        body: BodyKind::Length(2048),
        expect_continue: false,
    }
}

/// Peers of other builds must read these bytes: a change here is a change of protocol version.
#[test]
fn the_bytes_of_version_1_heads_stay_as_they_are() {
    let mut wire = BytesMut::new();
    encode_request(&sample(), &mut wire).unwrap();
    let mut answer = BytesMut::new();
    let mut headers = Headers::new();
    headers.push("Set-Cookie", "a=1");
    let head = ResponseHead {
        status: 404,
        reason: Some("Nope".into()),
        headers,
        body: BodyKind::Chunked,
    };
    encode_answer(&Answer::Final(head), &mut answer).unwrap();
    insta::assert_snapshot!(format!("{}\n{}", hex::encode(wire), hex::encode(answer)));
}

#[test]
fn a_field_that_would_inject_a_line_is_refused() {
    for (name, value) in [
        ("X-A\r\nX-B", "1"),
        ("X-A", "1\r\nX-B: 2"),
        ("", "1"),
        ("X A", "1"),
        ("X-A", "1\0"),
    ] {
        let mut head = sample();
        head.headers.push(name, value);
        let mut wire = BytesMut::new();
        encode_request(&head, &mut wire).unwrap();
        assert!(
            decode_request(&content(wire)).is_err(),
            "{name:?}: {value:?}"
        );
    }
    for target in ["", "hooks", "/a b", "/a\r\nHost: x", "/\x7f"] {
        let mut head = sample();
        head.target = target.into();
        let mut wire = BytesMut::new();
        encode_request(&head, &mut wire).unwrap();
        assert!(decode_request(&content(wire)).is_err(), "{target:?}");
    }
}
