//! What the HTTP library is given to read in place of a head.

use bytes::{Bytes, BytesMut};
use hookreel_shared::model::HttpVersion;

use super::head::{Framing, RawHead};

/// Whether the library closes after the answer to this head (RFC 9112 §9.3).
pub(super) fn closes_after(head: &RawHead) -> bool {
    if head.version == HttpVersion::Http10 {
        !asks(head, b"keep-alive")
    } else {
        head.upgrade.is_some() || head.framing == Framing::Chunked || asks(head, b"close")
    }
}

fn asks(head: &RawHead, what: &[u8]) -> bool {
    head.headers
        .list_items("connection")
        .any(|item| item.eq_ignore_ascii_case(what))
}

/// The head that the library reads. Where the gate does not know where the next head would
/// begin, it asks the library to close after the answer.
pub(super) fn feed_for(head: &RawHead) -> Bytes {
    let mut feed = BytesMut::with_capacity(128);
    let mut add = |bytes: &[u8]| feed.extend_from_slice(bytes);
    add(&head.method);
    add(if head.version == HttpVersion::Http10 {
        b" / HTTP/1.0\r\n"
    } else {
        b" / HTTP/1.1\r\n"
    });
    match head.framing {
        Framing::None => {}
        // The body goes its own way.
        Framing::Length(_) if head.body.is_some() => {}
        Framing::Length(n) => add(format!("content-length: {n}\r\n").as_bytes()),
        Framing::Chunked => add(b"transfer-encoding: chunked\r\n"),
    }
    if head.expect_continue {
        add(b"expect: 100-continue\r\n");
    }
    if let Some(protocol) = &head.upgrade {
        add(b"upgrade: ");
        add(protocol);
        add(b"\r\n");
    }
    if head.upgrade.is_some() {
        add(b"connection: upgrade, close\r\n");
    } else if head.framing == Framing::Chunked || asks(head, b"close") {
        add(b"connection: close\r\n");
    } else if asks(head, b"keep-alive") {
        add(b"connection: keep-alive\r\n");
    }
    if head
        .headers
        .list_items("te")
        .any(|item| item.eq_ignore_ascii_case(b"trailers"))
    {
        add(b"te: trailers\r\n");
    }
    add(b"\r\n");
    feed.freeze()
}
