//! Secrets masked, so that an exchange can be shown or given away.
//!
//! Only values are replaced, by [`MASK`]; all else stays byte for byte, the order, spacing and
//! number text of JSON too. `Content-Length` follows where it was right before.

mod body;
mod multipart;
mod names;
mod xml;

use std::sync::Arc;

use bytes::Bytes;

pub use names::{is_secret_field, is_secret_header};

use crate::model::{BodyKind, Capture, Exchange, Headers};

/// What stands in place of a secret.
pub const MASK: &str = "[redacted]";

/// Fields whose value is a URL, with a query that may hold secrets.
const HOLD_URLS: [&str; 5] = [
    "Referer",
    "Location",
    "Content-Location",
    "X-Forwarded-Uri",
    "X-Original-Url",
];

/// The same exchange without its secrets: header fields and trailers of known names, query
/// parameters, members of JSON and form bodies (also JSON within strings), parts of multipart
/// bodies, elements and attributes of XML. A body with a `Content-Encoding` cannot be looked into
/// and is masked whole, as is what is nested too deep.
#[must_use]
pub fn redact(exchange: &Exchange) -> Exchange {
    let mut out = exchange.clone();
    let head = Arc::make_mut(&mut out.request);
    head.target = target(&head.target);
    out.signed_for = exchange.signed_for.as_deref().map(|url| {
        let masked = target(&Bytes::copy_from_slice(url.as_bytes()));
        String::from_utf8_lossy(&masked).into()
    });
    capture(&mut out.request_body, &mut head.headers, &mut head.body);
    if let Some(head) = out.response.as_mut().map(Arc::make_mut) {
        capture(&mut out.response_body, &mut head.headers, &mut head.body);
    }
    out
}

fn headers(headers: &Headers) -> Headers {
    let mut out = Headers::with_capacity(headers.len());
    for header in headers {
        let name = String::from_utf8_lossy(&header.name);
        let value = if is_secret_header(&name) && !header.value.is_empty() {
            Bytes::from_static(MASK.as_bytes())
        } else if HOLD_URLS.iter().any(|name| header.is(name)) {
            url(&header.value).into()
        } else {
            header.value.clone()
        };
        out.push(header.name.clone(), value);
    }
    out
}

fn capture(capture: &mut Capture, fields: &mut Headers, kind: &mut BodyKind) {
    let was = capture.size;
    if let Some(masked) = body::masked(fields, &capture.kept) {
        let kept = capture.kept.len() as u64;
        capture.size = capture
            .size
            .saturating_sub(kept)
            .saturating_add(masked.len() as u64);
        // The digest is of the bytes with the secret: it would tell a guess right or wrong.
        capture.sha256 = None;
        capture.kept = masked.into();
    }
    capture.trailers = headers(&capture.trailers);
    let mut out = Headers::with_capacity(fields.len());
    for header in &headers(fields) {
        let right = header.is("Content-Length") && header.value == was.to_string().as_bytes();
        let value = match right {
            true => capture.size.to_string().into(),
            false => header.value.clone(),
        };
        out.push(header.name.clone(), value);
    }
    *fields = out;
    if *kind == BodyKind::Length(was) {
        *kind = BodyKind::Length(capture.size);
    }
}

fn target(target: &Bytes) -> Bytes {
    let Some(mark) = target.iter().position(|byte| *byte == b'?') else {
        return target.clone();
    };
    let (path, query) = target.split_at(mark + 1);
    match body::query(query) {
        Some(masked) => [path, &masked].concat().into(),
        None => target.clone(),
    }
}

/// A URL in a field: who asks may stand before the host, and secrets in query and fragment (RFC 6749
/// §4.2.2 sends them there).
fn url(url: &[u8]) -> Vec<u8> {
    let end = url.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let (place, mut rest) = url.split_at(end.unwrap_or(url.len()));
    let mut out = without_user(place);
    while let Some((sign, behind)) = rest.split_first() {
        let end = behind.iter().position(|byte| *byte == b'#');
        let (pairs, after) = behind.split_at(end.unwrap_or(behind.len()));
        out.push(*sign);
        match body::query(pairs) {
            Some(masked) => out.extend(masked),
            None => out.extend(pairs),
        }
        rest = after;
    }
    out
}

fn without_user(place: &[u8]) -> Vec<u8> {
    let host = memchr::memmem::find(place, b"//").map(|at| at + 2);
    let (scheme, rest) = place.split_at(host.unwrap_or(0));
    let end = rest.iter().position(|byte| *byte == b'/');
    let (authority, path) = rest.split_at(end.unwrap_or(rest.len()));
    match authority.iter().rposition(|byte| *byte == b'@') {
        Some(at) if host.is_some() => [
            scheme,
            MASK.as_bytes(),
            authority.get(at..).unwrap_or_default(),
            path,
        ]
        .concat(),
        _ => place.to_vec(),
    }
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
