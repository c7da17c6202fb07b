//! Strict reading of an HTTP/1 head (RFC 9112), before anything else sees it.
//!
//! A request that two programs could understand differently is how one sender's bytes become
//! another's request. So nothing here is repaired: what is not plainly valid is refused. The
//! parsing is `httparse`'s; the rules it does not know are below.

use bytes::Bytes;
use hookreel_shared::model::{Headers, HttpVersion};
use http::uri::PathAndQuery;

use super::refusal::Refusal;
use crate::config::Limits;

/// How the body after a head is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// No body.
    None,
    /// That many bytes.
    Length(u64),
    /// The chunked transfer coding.
    Chunked,
}

/// A head that was found good. Everything is a slice of the bytes that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawHead {
    /// The method token.
    pub method: Bytes,
    /// The target in origin form (or `*`).
    pub target: Bytes,
    /// The host the request is for, as it came, with its port if any.
    pub host: Bytes,
    /// The version.
    pub version: HttpVersion,
    /// All fields, in order and case.
    pub headers: Headers,
    /// How the body is delimited.
    pub framing: Framing,
    /// The sender waits for `100 Continue`.
    pub expect_continue: bool,
    /// The sender asks to leave HTTP for this protocol.
    pub upgrade: Option<Bytes>,
    /// The body, if all of it came along with the head.
    pub body: Option<Bytes>,
}

/// Most fields that are looked at; the limit proper is below and gives a better answer.
const FIELDS: usize = 128;

/// The end of the head in `bytes`, if it is there: the index just after the empty line. `from`
/// is how much was searched before.
#[must_use]
pub fn find_end(bytes: &[u8], from: usize) -> Option<usize> {
    let start = from.saturating_sub(3);
    memchr::memmem::find(&bytes[start..], b"\r\n\r\n").map(|at| start + at + 4)
}

/// Reads a whole head, empty line included.
///
/// # Errors
/// The [`Refusal`] to answer with.
pub fn parse(bytes: &Bytes, limits: &Limits) -> Result<RawHead, Refusal> {
    check_line_ends(bytes)?;
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(len)) if len == bytes.len() => {}
        Ok(_) => return Err(Refusal::Malformed),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::HeadTooLarge),
        Err(httparse::Error::Version) => return Err(Refusal::Version),
        Err(_) => return Err(Refusal::Malformed),
    }
    let (Some(method), Some(target), Some(version)) = (parsed.method, parsed.path, parsed.version)
    else {
        return Err(Refusal::Malformed);
    };
    if parsed.headers.len() > limits.headers {
        return Err(Refusal::HeadTooLarge);
    }
    let mut headers = Headers::with_capacity(parsed.headers.len());
    for field in parsed.headers.iter() {
        headers.push(
            bytes.slice_ref(field.name.as_bytes()),
            bytes.slice_ref(field.value),
        );
    }
    let version = if version == 0 {
        HttpVersion::Http10
    } else {
        HttpVersion::Http11
    };
    let (method, target) = (
        bytes.slice_ref(method.as_bytes()),
        bytes.slice_ref(target.as_bytes()),
    );
    check_method(&method)?;
    let framing = framing(&headers, version)?;
    let host = host(&headers)?;
    let target = origin_form(target, &method, &host, limits)?;
    // A few characters that are not of a URI (RFC 3986 §2) pass everywhere, `|` for one; what the
    // client's library cannot write is refused here, where the sender is told.
    if PathAndQuery::from_maybe_shared(target.clone()).is_err() {
        return Err(Refusal::Target);
    }
    let expect_continue = expectation(&headers, version)?;
    let upgrade = upgrade(&headers, &method, version, framing);
    Ok(RawHead {
        method,
        target,
        host,
        version,
        headers,
        framing,
        expect_continue,
        upgrade,
        body: None,
    })
}

/// Every line ends in CR LF, and neither occurs anywhere else (RFC 9112 §2.2 lets a server be
/// lenient; being so is what request smuggling lives on).
fn check_line_ends(bytes: &[u8]) -> Result<(), Refusal> {
    // Both only ever as a pair: every CR is followed by LF, and every LF follows CR.
    let mut after = 0;
    for at in memchr::memchr2_iter(b'\r', b'\n', bytes) {
        match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => after = at + 1,
            b'\n' if at > 0 && at == after => {}
            _ => return Err(Refusal::Malformed),
        }
    }
    Ok(())
}

/// Whether a line surely ends in something else than CR LF, in a part of a head.
#[must_use]
pub fn has_bare_line_end(bytes: &[u8]) -> bool {
    // The first byte's predecessor is unknown, so only what is certain counts.
    bytes
        .windows(2)
        .any(|pair| (pair[1] == b'\n') != (pair[0] == b'\r'))
}

fn check_method(method: &[u8]) -> Result<(), Refusal> {
    match method {
        b"CONNECT" | b"TRACE" => Err(Refusal::Method),
        long if long.len() > 32 => Err(Refusal::Malformed),
        _ => Ok(()),
    }
}

fn framing(headers: &Headers, version: HttpVersion) -> Result<Framing, Refusal> {
    // Twins that some servers take for the real thing.
    if headers.contains("content_length") || headers.contains("transfer_encoding") {
        return Err(Refusal::Framing);
    }
    let mut lengths = headers.all("content-length");
    let (length, another) = (lengths.next(), lengths.next());
    let mut codings = headers.all("transfer-encoding");
    match (length, another, codings.next()) {
        (_, Some(_), _) | (Some(_), _, Some(_)) => Err(Refusal::Framing),
        (None, None, None) => Ok(Framing::None),
        (Some(length), None, None) => {
            let digits = (1..=19).contains(&length.len()) && length.iter().all(u8::is_ascii_digit);
            let text = std::str::from_utf8(length)
                .ok()
                .filter(|_| digits)
                .ok_or(Refusal::Framing)?;
            match text.parse().map_err(|_| Refusal::Framing)? {
                0 => Ok(Framing::None),
                n => Ok(Framing::Length(n)),
            }
        }
        (None, None, Some(coding)) => {
            if version == HttpVersion::Http10 || codings.next().is_some() {
                return Err(Refusal::Framing);
            }
            if coding.eq_ignore_ascii_case(b"chunked") {
                return Ok(Framing::Chunked);
            }
            let known = |coding: &[u8]| {
                [&b"gzip"[..], b"deflate", b"compress", b"x-gzip"]
                    .iter()
                    .any(|k| coding.eq_ignore_ascii_case(k))
            };
            let first = coding
                .split(|&b| b == b',')
                .next()
                .unwrap_or_default()
                .trim_ascii();
            Err(if known(first) {
                Refusal::TransferCoding
            } else {
                Refusal::Framing
            })
        }
    }
}

/// The one Host field, which must be a host with perhaps a port and nothing else.
fn host(headers: &Headers) -> Result<Bytes, Refusal> {
    let mut hosts = headers.all("host");
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_authority(host) => Ok(host.clone()),
        _ => Err(Refusal::Host),
    }
}

/// `host [":" port]` (RFC 3986 §3.2) without user information.
fn is_authority(text: &[u8]) -> bool {
    let (host, port) = match text.iter().rposition(|&b| b == b':') {
        Some(at) if !text[at..].contains(&b']') => (&text[..at], Some(&text[at + 1..])),
        _ => (text, None),
    };
    let good_port = port.is_none_or(|port| {
        port.iter().all(u8::is_ascii_digit)
            && std::str::from_utf8(port)
                .is_ok_and(|port| port.is_empty() || port.parse::<u16>().is_ok())
    });
    let literal = host.starts_with(b"[") && host.ends_with(b"]");
    let inner = if literal {
        &host[1..host.len() - 1]
    } else {
        host
    };
    let fits = |b: &u8| b.is_ascii_alphanumeric() || b"-._~".contains(b) || (literal && *b == b':');
    good_port && !inner.is_empty() && inner.iter().all(fits)
}

/// The target in origin form, byte for byte. An absolute form must name the host of Host.
fn origin_form(
    target: Bytes,
    method: &[u8],
    host: &[u8],
    limits: &Limits,
) -> Result<Bytes, Refusal> {
    if target.len() > limits.target {
        return Err(Refusal::TargetTooLong);
    }
    if target
        .iter()
        .any(|&b| !(b'!'..=b'~').contains(&b) || matches!(b, b'#' | b'\\'))
    {
        return Err(Refusal::Target);
    }
    if target.starts_with(b"/") || (&target[..] == b"*" && method == b"OPTIONS") {
        return Ok(target);
    }
    let after_scheme = [&b"http://"[..], b"https://"]
        .iter()
        .find(|scheme| {
            target.len() > scheme.len() && target[..scheme.len()].eq_ignore_ascii_case(scheme)
        })
        .map(|scheme| target.slice(scheme.len()..))
        .ok_or(Refusal::Target)?;
    let slash = after_scheme
        .iter()
        .position(|&b| b == b'/' || b == b'?')
        .unwrap_or(after_scheme.len());
    if !after_scheme[..slash].eq_ignore_ascii_case(host) {
        return Err(Refusal::Authority);
    }
    match after_scheme.get(slash) {
        Some(b'/') => Ok(after_scheme.slice(slash..)),
        None => Ok(Bytes::from_static(b"/")),
        Some(_) => Ok([b"/", &after_scheme[slash..]].concat().into()),
    }
}

fn expectation(headers: &Headers, version: HttpVersion) -> Result<bool, Refusal> {
    match headers.get("expect") {
        None => Ok(false),
        Some(value) if value.eq_ignore_ascii_case(b"100-continue") => {
            Ok(version == HttpVersion::Http11)
        }
        Some(_) => Err(Refusal::Expectation),
    }
}

/// Only a GET without a body in HTTP/1.1 can leave HTTP; and not for h2c, which would let
/// requests pass unseen. Everything else is a plain request that happens to carry the field.
fn upgrade(
    headers: &Headers,
    method: &[u8],
    version: HttpVersion,
    framing: Framing,
) -> Option<Bytes> {
    let asked = headers
        .list_items("connection")
        .any(|item| item.eq_ignore_ascii_case(b"upgrade"));
    let protocol = headers.get("upgrade")?;
    let plain = method == b"GET" && version == HttpVersion::Http11 && framing == Framing::None;
    let h2c = protocol.len() >= 3 && protocol[..3].eq_ignore_ascii_case(b"h2c");
    (asked && plain && !h2c && !protocol.is_empty()).then(|| protocol.clone())
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
