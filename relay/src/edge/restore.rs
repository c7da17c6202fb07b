//! Heads of answers as they came: the library writes names in lower case and same-named fields
//! together, so what it writes of a head is replaced by the origin's own fields.
//!
//! The library is given, and asked, only what decides where the message ends and what becomes of
//! the connection ([`restore::is_framing`]).

use hookreel_shared::model::{Header, ResponseHead};
use hookreel_shared::net::restore;
use http::StatusCode;

/// What the library may have put before a head, when a body was read that waited for it.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// Of a status line, as the library writes it: version and status.
const START: usize = b"HTTP/1.1 200".len();

/// Whether these bytes may stand in a field value or a reason (RFC 9110 §5.5).
pub(super) fn is_text(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|&b| b == b'\t' || (b >= b' ' && b != 0x7f))
}

/// Where the head of an answer with this status begins in what the library writes next: at once,
/// or behind what is left of its leave to go on. None if that is not so.
pub(super) fn begins(written: &[u8], status: u16) -> Option<usize> {
    let most = CONTINUE.len().min(written.len());
    (0..=most).find(|&at| {
        CONTINUE.ends_with(&written[..at])
            && written.get(at..at + START).is_some_and(|start| {
                start.starts_with(b"HTTP/1.") && start[9..] == *three_digits(status).as_slice()
            })
    })
}

fn three_digits(status: u16) -> [u8; 3] {
    [status / 100, status / 10 % 10, status % 10]
        .map(|digit| b'0' + u8::try_from(digit).unwrap_or_default())
}

/// The origin's head with the library's framing; `library` is the head that the library wrote.
pub(super) fn restored(library: &[u8], answer: &ResponseHead) -> Vec<u8> {
    let fields = &answer.headers;
    let size = |header: &Header| header.name.len() + header.value.len() + 4;
    let mut out = Vec::with_capacity(library.len() + fields.iter().map(size).sum::<usize>() + 64);
    out.extend_from_slice(&library[..START]);
    out.push(b' ');
    let usual = || StatusCode::from_u16(answer.status).ok()?.canonical_reason();
    match &answer.reason {
        Some(reason) => out.extend_from_slice(reason),
        None => out.extend_from_slice(usual().unwrap_or_default().as_bytes()),
    }
    out.extend_from_slice(b"\r\n");
    let real = fields
        .iter()
        .map(|Header { name, value }| (&name[..], &value[..]));
    restore::merge(&mut out, &real, library);
    out
}

#[cfg(test)]
#[path = "restore_tests.rs"]
mod tests;
