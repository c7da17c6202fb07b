//! The request of an attempt: the one of the capture, with an id of its own.

use bytes::Bytes;
use hookreel_shared::model::{
    BodyKind, Exchange, ExchangeId, Header, Headers, Label, RequestHead, Timestamp,
};
use hookreel_shared::provider::Draft;

use super::edit::fit_length;
use crate::command::Edited;

/// Carries the id of the exchange; the edge sets it in what comes live.
const REQUEST_ID: &str = "Hookreel-Request-Id";

/// Concern one connection only (RFC 9110 §7.6.1): the edge takes them out of what comes live,
/// but an import or an edit may bring them.
const ONE_HOP: &[&str] = &[
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Transfer-Encoding",
    "Upgrade",
];

/// A request that is at hand whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its head.
    pub head: RequestHead,
    /// Its body.
    pub body: Bytes,
    /// Fields behind the body.
    pub trailers: Headers,
}

impl Request {
    /// Takes what signing has changed.
    pub fn take(&mut self, draft: Draft) {
        let mut headers = draft.headers;
        fit_length(&mut headers, draft.body.len());
        let added: Vec<Header> = self.head.added().to_vec();
        self.head.headers = headers.into_iter().chain(added).collect();
        self.head.target = draft.target;
        if let BodyKind::Length(length) = &mut self.head.body {
            *length = draft.body.len() as u64;
        }
        self.body = draft.body;
    }
}

/// The request of `original`, or what the user made of it, as a new exchange. Everything is as
/// it was but the id; `set` replaces fields of the same names.
#[must_use]
pub fn request(
    original: &Exchange,
    edited: Option<&Edited>,
    set: &[(String, String)],
    id: ExchangeId,
    now: Timestamp,
) -> Request {
    let came = &original.request;
    let mut head = RequestHead {
        id,
        label: Label::Replay,
        received_at: now,
        peer: None,
        // The body is here: there is nothing to wait for.
        expect_continue: false,
        ..RequestHead::clone(came)
    };
    let mut body = original.request_body.kept.clone();
    let mut headers: Headers = came.sent().iter().cloned().collect();
    if let Some(edited) = edited {
        head.method.clone_from(&edited.method);
        head.target.clone_from(&edited.target);
        headers.clone_from(&edited.headers);
        body.clone_from(&edited.body);
    }
    headers.retain(|header| !ONE_HOP.iter().any(|name| header.is(name)));
    headers.remove(REQUEST_ID);
    for (name, value) in set {
        put(&mut headers, name, value);
    }
    let chunked = came.body == BodyKind::Chunked && !headers.contains("content-length");
    if !chunked && !body.is_empty() && !headers.contains("content-length") {
        headers.push("Content-Length", "");
    }
    fit_length(&mut headers, body.len());
    (head.headers, head.added) = with_added(&headers, came, id);
    head.body = match body.len() as u64 {
        _ if chunked => BodyKind::Chunked,
        0 => BodyKind::Empty,
        length => BodyKind::Length(length),
    };
    let trailers = if chunked {
        original.request_body.trailers.clone()
    } else {
        Headers::new()
    };
    Request {
        head,
        body,
        trailers,
    }
}

/// The fields that the relay added, behind those of the sender; the id is the new one. A field
/// that the user has given by hand is not added again.
fn with_added(sent: &Headers, came: &RequestHead, id: ExchangeId) -> (Headers, u16) {
    let given = |header: &Header| {
        let is = |other: &&Header| other.name.eq_ignore_ascii_case(&header.name);
        sent.iter().filter(is).count() > came.sent().iter().filter(is).count()
    };
    let mut added: Headers = came
        .added()
        .iter()
        .filter(|header| !given(header))
        .cloned()
        .collect();
    put(&mut added, REQUEST_ID, &id.to_string());
    let count = u16::try_from(added.len()).unwrap_or(u16::MAX);
    let all = sent.iter().chain(&added).cloned().collect();
    (all, count)
}

/// Sets a field in its place, or behind the others; further ones of that name go.
fn put(headers: &mut Headers, name: &str, value: &str) {
    let mut changed = Headers::with_capacity(headers.len() + 1);
    for header in &*headers {
        if !header.is(name) {
            changed.push(header.name.clone(), header.value.clone());
        } else if !changed.contains(name) {
            changed.push(header.name.clone(), value.to_owned());
        }
    }
    if !changed.contains(name) {
        changed.push(name.to_owned(), value.to_owned());
    }
    *headers = changed;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::testing::{answered, at, exchange};
    use super::*;

    fn id() -> ExchangeId {
        ExchangeId::from_uuid(uuid::Uuid::from_u128(8))
    }

    fn fields(request: &Request) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let fields = request.head.headers.iter();
        fields.map(|h| (text(&h.name), text(&h.value))).collect()
    }

    fn relayed(fields: &[(&str, &[u8])], added: u16, body: &[u8]) -> Exchange {
        let mut exchange = exchange("/a?b", fields, body);
        Arc::make_mut(&mut exchange.request).added = added;
        exchange
    }

    fn made(original: &Exchange, edited: Option<&Edited>) -> Request {
        request(original, edited, &[], id(), at(900))
    }

    #[test]
    fn everything_but_id_label_and_time_is_that_of_the_capture() {
        let sent: [(&str, &[u8]); 6] = [
            ("x-DUP", b"1"),
            ("X-Dup", b"2"),
            ("Content-length", b"4"),
            ("Via", b"1.1 hookreel"),
            ("HOOKREEL-request-id", b"req_old"),
            ("X-Forwarded-For", b"192.0.2.1"),
        ];
        let original = answered(relayed(&sent, 3, b"\0\xff\r\n"), 500, b"");
        let made = made(&original, None);
        let fields = fields(&made);
        let own = id().to_string();
        for (at, (name, value)) in sent.iter().enumerate() {
            let value = if at == 4 { own.as_bytes() } else { value };
            assert_eq!(fields[at].0, *name);
            assert_eq!(fields[at].1.as_bytes(), value);
        }
        assert_eq!(fields.len(), sent.len());
        assert_eq!(made.body, original.request_body.kept);
        assert_eq!((made.head.id, made.head.label), (id(), Label::Replay));
        assert_eq!(made.head.received_at, at(900));
        assert_eq!(made.head.body, BodyKind::Length(4));
        assert_eq!(made.head.target, original.request.target);
        assert_eq!(made.head.name, original.request.name);
        assert_eq!(made.head.added, 3);
    }

    #[test]
    fn what_the_relay_added_is_added_to_an_edit_unless_the_user_has_given_it() {
        let sent: [(&str, &[u8]); 5] = [
            ("A", b"1"),
            ("Via", b"1.0 proxy"),
            ("X-Forwarded-For", b"192.0.2.1"),
            ("Via", b"1.1 hookreel"),
            ("Hookreel-Request-Id", b"req_old"),
        ];
        let original = relayed(&sent, 3, b"");
        let mut edited = Edited {
            method: "POST".into(),
            target: "/".into(),
            headers: Headers::new(),
            body: Bytes::new(),
        };
        edited.headers.push("x-forwarded-for", "198.51.100.1");
        let made = made(&original, Some(&edited));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [
            pair("x-forwarded-for", "198.51.100.1"),
            pair("Via", "1.1 hookreel"),
            pair("Hookreel-Request-Id", &id().to_string()),
        ];
        assert_eq!(fields(&made), expected);
        assert_eq!(made.head.added, 2);
        let all = Edited {
            headers: original.request.headers.clone(),
            ..edited
        };
        let made = request(&original, Some(&all), &[], id(), at(0));
        assert_eq!(
            made.head.headers.len(),
            5,
            "given with all fields, none is doubled"
        );
    }

    #[test]
    fn the_way_a_body_is_delimited_stays_and_its_trailers_with_it() {
        let mut chunked = exchange("/", &[], b"abc");
        Arc::make_mut(&mut chunked.request).body = BodyKind::Chunked;
        chunked.request_body.trailers.push("X-Sum", "9");
        let again = made(&chunked, None);
        assert_eq!(again.head.body, BodyKind::Chunked);
        assert_eq!(again.trailers.get("x-sum").unwrap(), "9");
        let empty = exchange("/", &[], b"");
        assert_eq!(made(&empty, None).head.body, BodyKind::Empty);
        let empty = exchange("/", &[("Content-Length", b"0")], b"");
        assert_eq!(
            made(&empty, None)
                .head
                .headers
                .get("content-length")
                .unwrap(),
            "0"
        );
    }

    #[test]
    fn an_edit_is_sent_as_it_is_with_the_right_length() {
        let original = exchange("/", &[("Content-Length", b"0")], b"");
        let mut headers = original.request.headers.clone();
        headers.push("Transfer-Encoding", "chunked");
        let edited = Edited {
            method: "PUT".into(),
            target: "/b".into(),
            headers,
            body: "hello".into(),
        };
        let made = made(&original, Some(&edited));
        assert_eq!(made.head.method, "PUT");
        assert_eq!(made.head.target, "/b");
        assert_eq!(made.body, "hello");
        assert_eq!(made.head.body, BodyKind::Length(5));
        assert_eq!(fields(&made)[0].1, "5");
        assert!(!made.head.headers.contains("transfer-encoding"));
    }

    #[test]
    fn fields_that_are_set_take_the_place_of_all_of_their_name() {
        let original = exchange("/", &[("A", b"1"), ("b", b"2"), ("a", b"3")], b"");
        let set = [("a".to_owned(), "new".to_owned()), ("C".into(), "4".into())];
        let made = request(&original, None, &set, id(), at(0));
        let fields = fields(&made);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            fields[..3],
            [pair("A", "new"), pair("b", "2"), pair("C", "4")]
        );
    }
}
