use std::sync::Arc;

use hookreel_shared::model::testing::request;
use hookreel_shared::model::{
    BodyKind, Event, ExchangeId, FailureKind, RequestHead, ResponseHead, Timestamp,
};

use super::*;

const ALL: Parts = Parts {
    request: true,
    response: true,
    headers: true,
    body: true,
};

fn shown(kind: &str, body: impl Into<bytes::Bytes>, parts: Parts) -> String {
    let at = Timestamp::from_micros;
    let fields: [(&str, &[u8]); 3] = [
        ("Content-Type", kind.as_bytes()),
        ("X-Dup", b"1"),
        ("x-dup", b"\x1b[2J"),
    ];
    let mut exchange = Exchange::new(Arc::new(RequestHead {
        id: ExchangeId::from_uuid(uuid::Uuid::from_u128(7)),
        received_at: at(1_700_000_000_000_000),
        body: BodyKind::Chunked,
        ..request("/hooks?x=1", &fields, 0)
    }));
    exchange.apply(Event::Answered {
        at: at(1_700_000_000_020_000),
        head: Arc::new(ResponseHead {
            status: 500,
            reason: Some("Oh No".into()),
            headers: Headers::new(),
            body: BodyKind::Chunked,
        }),
    });
    let mut request = Capture::whole(body);
    request.trailers.push("X-Sum", "abc");
    exchange.apply(Event::Closed {
        at: at(1_700_000_000_023_000),
        request,
        response: Capture {
            size: 4000,
            ..Capture::whole(&b"it broke\n"[..])
        },
    });
    let row = Row {
        summary: Summary {
            verdict: Some("good".into()),
            ..Summary::from(&exchange)
        },
        delivery: None,
        duplicate: true,
        marked: false,
        note: None,
        processing: None,
        cut: false,
    };
    let text = text(&exchange, &row, parts, (&TimeZone::UTC, ""));
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn both_messages_are_shown_with_what_their_bodies_hold() {
    let json = "{\"id\":1.00,\"list\":[1,{\"a\":\"\u{202e}\"}],\"none\":[]}";
    insta::assert_snapshot!(shown("application/json", json, ALL));
}

#[test]
fn however_deep_a_body_is_its_lines_stay_short() {
    for kind in ["application/json", "application/xml"] {
        let (open, close) = match kind {
            "application/json" => ("[", "]"),
            _ => ("<a>", "</a>"),
        };
        let body = open.repeat(100_000) + &close.repeat(100_000);
        let text = shown(kind, body, ALL);
        assert!(text.contains("‥41"), "{kind}");
        assert!(text.len() < 40_000_000, "{kind}: {}", text.len());
    }
}

#[test]
fn a_part_alone_is_shown_without_the_rest() {
    let part = |request, headers, body| Parts {
        request,
        response: !request,
        headers,
        body,
    };
    let form = "application/x-www-form-urlencoded";
    let body = "a=1+2&payload=%7B%22k%22%3A1%7D";
    assert_eq!(
        shown(form, body, part(true, false, true)),
        "a: 1 2\npayload: {\"k\":1}\n(payload:)\n{\n  \"k\": 1\n}\nX-Sum: abc\n"
    );
    let head = shown(form, body, part(false, true, false));
    assert_eq!(head, "500 Oh No  23 ms\n");
}

#[test]
fn every_kind_of_body_has_its_lines() {
    let body = Parts {
        response: false,
        headers: false,
        ..ALL
    };
    let mixed = "--b\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"x.json\"\r\n\
        Content-Type: application/json\r\n\r\n{\"a\":1}\r\n--b--\r\n";
    let shown: Vec<_> = [
        ("application/xml", &b"<a><b>1</b><c/></a>"[..]),
        ("application/json", b"{\"a\":1,oops"),
        ("text/csv; charset=latin1", b"Z\xfcrich\tx\r\n"),
        ("image/png", &[0x89; 400]),
        ("multipart/form-data; boundary=b", mixed.as_bytes()),
    ]
    .into_iter()
    .map(|(kind, bytes)| format!("[{kind}]\n{}", shown(kind, bytes, body)))
    .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn what_the_relay_answered_in_the_place_of_a_server_is_said() {
    let mut exchange = Exchange::new(Arc::new(request("/hooks", &[], 0)));
    let at = exchange.request.received_at;
    exchange.apply(Event::Failed {
        at,
        failure: FailureKind::OriginRefused.into(),
    });
    exchange.apply(Event::Closed {
        at,
        request: Capture::default(),
        response: Capture::default(),
    });
    let row = Row::from(Summary::from(&exchange));
    let answer = Parts {
        request: false,
        ..ALL
    };
    let text = text(&exchange, &row, answer, (&TimeZone::UTC, ""));
    let text = anstream::adapter::strip_str(&text).to_string();
    assert!(
        text.ends_with("\nthe relay answered 502 in its place\n"),
        "{text}"
    );
}
