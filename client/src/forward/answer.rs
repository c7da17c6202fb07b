//! Heads of answers on their way back: everything but what concerns only our connection to the
//! origin, as it came.

use std::mem::MaybeUninit;

use bytes::Bytes;
use hookreel_shared::model::{BodyKind, Header, Headers, ResponseHead};
use hookreel_shared::net::from_header_map;
use hookreel_shared::wire::limits::MAX_HEADERS;
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::ext::ReasonPhrase;

/// The head of a final answer; `raw` is the same as it came.
pub(super) fn response_head(
    parts: &http::response::Parts,
    body: BodyKind,
    raw: Option<Bytes>,
) -> ResponseHead {
    let reason = parts.extensions.get::<ReasonPhrase>();
    let status = parts.status.as_u16();
    let reason = || reason.map(|reason| Bytes::copy_from_slice(reason.as_bytes()));
    let raw = raw.and_then(|raw| {
        let headers = as_it_came(&raw, status, &parts.headers)?;
        Some((headers, unusual_reason(&raw, parts.status)))
    });
    let (headers, reason) = raw.unwrap_or_else(|| (from_header_map(&parts.headers), reason()));
    ResponseHead {
        status,
        reason,
        headers: end_to_end(headers, body == BodyKind::Upgrade),
        body,
    }
}

/// Without hop-by-hop fields (RFC 9110 §7.6.1). The answer to an upgrade keeps its own.
pub(super) fn end_to_end(mut headers: Headers, upgrade: bool) -> Headers {
    const HOP: [&str; 4] = ["keep-alive", "proxy-connection", "te", "transfer-encoding"];
    let named: Vec<Bytes> = headers
        .all("connection")
        .flat_map(|value| {
            value
                .split(|&b| b == b',')
                .map(|item| value.slice_ref(item))
        })
        .collect();
    let is_named = |header: &Header| {
        named
            .iter()
            .any(|item| header.name.eq_ignore_ascii_case(item.trim_ascii()))
    };
    headers.retain(|header| {
        if header.is("upgrade") || header.is("connection") {
            return upgrade;
        }
        let hop = HOP.iter().any(|name| header.is(name));
        !hop && (!is_named(header) || header.is("content-length"))
    });
    headers
}

/// The fields of a head in their own order and case; none if they are not those that the library
/// found: then its view counts.
fn as_it_came(raw: &Bytes, status: u16, found: &HeaderMap) -> Option<Headers> {
    let mut slots = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut answer = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut answer,
        raw,
        &mut slots,
    );
    if !matches!(parsed, Ok(httparse::Status::Complete(_))) || answer.code != Some(status) {
        return None;
    }
    let mut headers = Headers::with_capacity(answer.headers.len());
    for field in answer.headers {
        headers.push(
            raw.slice_ref(field.name.as_bytes()),
            raw.slice_ref(field.value),
        );
    }
    is_same(&headers, found).then_some(headers)
}

/// The reason phrase, if it is not the usual one. (Of one that is not ASCII the library keeps
/// nothing.)
fn unusual_reason(raw: &Bytes, status: StatusCode) -> Option<Bytes> {
    let end = memchr::memchr(b'\n', raw)?;
    let line = &raw[..end];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let reason = line.get(b"HTTP/1.1 200 ".len()..).unwrap_or_default();
    let is_usual = status
        .canonical_reason()
        .is_some_and(|usual| usual.as_bytes() == reason);
    (!is_usual).then(|| raw.slice_ref(reason))
}

/// Whether list and map hold the same fields.
fn is_same(list: &Headers, map: &HeaderMap) -> bool {
    let same = |(header, (name, value)): (&Header, (&http::HeaderName, &HeaderValue))| {
        header.is(name.as_str()) && header.value == value.as_bytes()
    };
    let values = |name: &http::HeaderName| {
        let in_map = map.get_all(name).iter().map(HeaderValue::as_bytes);
        list.all(name.as_str()).map(|value| &value[..]).eq(in_map)
    };
    // The map has same-named fields together, so their places may differ.
    list.len() == map.len() && (list.iter().zip(map).all(same) || map.keys().all(values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    fn kept(fields: &[(&'static str, &'static str)], upgrade: bool) -> Vec<Bytes> {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(*name, *value);
        }
        let kept = end_to_end(headers, upgrade);
        kept.iter().map(|header| header.name.clone()).collect()
    }

    #[test]
    fn what_concerns_one_connection_does_not_go_back() {
        let fields = [
            ("Connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("Transfer-Encoding", "chunked"),
            ("A", "1"),
            ("keep-alive", "x"),
            ("a", "2"),
        ];
        assert_eq!(kept(&fields, false), ["A", "a"]);
        let named = [("connection", "content-length"), ("content-length", "3")];
        assert_eq!(kept(&named, false), ["content-length"]);
    }

    #[test]
    fn the_answer_to_an_upgrade_keeps_its_upgrade() {
        let fields = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("keep-alive", "x"),
        ];
        assert_eq!(kept(&fields, true), ["connection", "upgrade"]);
    }

    fn map(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        map
    }

    #[test]
    fn order_case_and_scattered_duplicates_are_those_that_came() {
        let raw = "HTTP/1.1 200 OK\r\nX-Dup: 1\r\nA:  b \r\nx-dUP: 2\r\nE:\r\n\r\n";
        let found = map(&[("x-dup", "1"), ("x-dup", "2"), ("a", "b"), ("e", "")]);
        let headers = as_it_came(&raw.into(), 200, &found).unwrap();
        let fields: Vec<_> = headers
            .iter()
            .map(|header| (&header.name[..], &header.value[..]))
            .collect();
        let expected: [(&[u8], &[u8]); 4] = [
            (b"X-Dup", b"1"),
            (b"A", b"b"),
            (b"x-dUP", b"2"),
            (b"E", b""),
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn a_reason_is_kept_byte_for_byte_if_it_is_not_the_usual_one() {
        for (line, kept) in [
            (&b"HTTP/1.1 200 OK\r\n"[..], None),
            (b"HTTP/1.1 200 OK\n", None),
            (b"HTTP/1.1 200 Fine  by me\r\n", Some(&b"Fine  by me"[..])),
            (b"HTTP/1.1 200 gr\xfcn\n", Some(b"gr\xfcn")),
            (b"HTTP/1.1 200 \r\n", Some(b"")),
            (b"HTTP/1.1 200\r\n", Some(b"")),
        ] {
            let raw = Bytes::from_static(line);
            assert_eq!(unusual_reason(&raw, StatusCode::OK).as_deref(), kept);
        }
    }

    #[test]
    fn what_does_not_match_the_librarys_view_is_not_used() {
        let raw = Bytes::from("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nA: 3\r\n\r\n");
        let good = [("a", "1"), ("a", "3"), ("b", "2")];
        assert!(as_it_came(&raw, 200, &map(&good)).is_some());
        assert!(as_it_came(&raw, 201, &map(&good)).is_none());
        assert!(as_it_came(&raw.slice(..30), 200, &map(&good)).is_none());
        for other in [
            &[("a", "1"), ("b", "2")][..],
            &[("a", "3"), ("a", "1"), ("b", "2")],
            &[("a", "1"), ("b", "2"), ("c", "3")],
        ] {
            assert!(as_it_came(&raw, 200, &map(other)).is_none(), "{other:?}");
        }
    }
}
