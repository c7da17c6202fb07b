//! Messages as the bytes of HTTP/1.1 (RFC 9112), fields in the case and order they came.
//!
//! Framing is made anew, as what was kept is the body without it: `Content-Length`, or the
//! chunked coding where trailers came.

use super::{ExportError, request_body, response_body, sent};
use crate::model::{Capture, Exchange, Headers};

/// The request.
///
/// # Errors
/// [`ExportError::Truncated`] if part of its body was not kept.
pub fn request(exchange: &Exchange) -> Result<Vec<u8>, ExportError> {
    let body = request_body(exchange)?;
    let head = &exchange.request;
    let mut out = head.method.to_vec();
    out.push(b' ');
    out.extend_from_slice(&head.target);
    out.extend_from_slice(b" HTTP/1.1\r\n");
    let headers = sent(head);
    let framed = headers.contains("Content-Length") || !body.is_empty();
    message(&mut out, &headers, &exchange.request_body, framed);
    Ok(out)
}

/// The answer.
///
/// # Errors
/// [`ExportError::NoAnswer`], or [`ExportError::Truncated`] if part of its body was not kept.
pub fn response(exchange: &Exchange) -> Result<Vec<u8>, ExportError> {
    let Some(head) = &exchange.response else {
        return Err(ExportError::NoAnswer(exchange.id()));
    };
    let body = response_body(exchange)?;
    let mut out = format!("HTTP/1.1 {} ", head.status).into_bytes();
    out.extend_from_slice(head.reason.as_deref().unwrap_or_default());
    out.extend_from_slice(b"\r\n");
    // An answer to HEAD tells the length of a body that is not there (RFC 9110 §9.3.2).
    let bare = body.is_empty()
        && (exchange.request.method.as_ref() == b"HEAD"
            || matches!(head.status, 100..200 | 204 | 304));
    if bare {
        fields(&mut out, &head.headers);
        out.extend_from_slice(b"\r\n");
    } else {
        message(&mut out, &head.headers, &exchange.response_body, true);
    }
    Ok(out)
}

fn message(out: &mut Vec<u8>, headers: &Headers, body: &Capture, framed: bool) {
    let chunked = !body.trailers.is_empty();
    let mut kept = headers.clone();
    kept.retain(|header| !header.is("Transfer-Encoding"));
    let length = body.kept.len().to_string();
    let right = kept
        .all("Content-Length")
        .all(|value| value == length.as_bytes())
        && kept.contains("Content-Length");
    if chunked || !right {
        kept.remove("Content-Length");
    }
    fields(out, &kept);
    if chunked {
        out.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
        if !body.kept.is_empty() {
            out.extend_from_slice(format!("{:x}\r\n", body.kept.len()).as_bytes());
            out.extend_from_slice(&body.kept);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"0\r\n");
        fields(out, &body.trailers);
        out.extend_from_slice(b"\r\n");
        return;
    }
    if framed && !right {
        out.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&body.kept);
}

fn fields(out: &mut Vec<u8>, headers: &Headers) {
    for header in headers {
        out.extend_from_slice(&header.name);
        out.extend_from_slice(b": ");
        out.extend_from_slice(&header.value);
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::exchange;

    #[test]
    fn fields_keep_case_and_order_and_the_length_is_right() {
        let sent = exchange(
            "/x",
            &[("b-B", b"1"), ("content-length", b"3"), ("a", b"")],
            b"xyz",
        );
        let expected = b"POST /x HTTP/1.1\r\nb-B: 1\r\ncontent-length: 3\r\na: \r\n\r\nxyz";
        assert_eq!(request(&sent).unwrap(), expected);
        let sent = exchange("/x", &[("Transfer-Encoding", b"chunked")], b"xyz");
        let expected = b"POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz";
        assert_eq!(request(&sent).unwrap(), expected);
        assert!(response(&sent).is_err());
    }
}
