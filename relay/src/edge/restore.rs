//! Heads of answers as they came: the library writes names in lower case and same-named fields
//! together, so what it writes of a head is replaced by the origin's own fields.
//!
//! The library is given, and asked, only what decides where the message ends and what becomes of
//! the connection; its lines on that are taken over, so that both always say the same.

use hookreel_shared::model::{Header, ResponseHead};
use http::StatusCode;

/// Fields on which the library has the word.
const FRAMING: [&str; 4] = [
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Trailer",
];

/// What the library may have put before a head, when a body was read that waited for it.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// Of a status line, as the library writes it: version and status.
const START: usize = b"HTTP/1.1 200".len();

/// Whether the library has the word on this field.
pub(super) fn is_framing(header: &Header) -> bool {
    framing(&header.name).is_some()
}

fn framing(name: &[u8]) -> Option<usize> {
    let is = |known: &&str| name.eq_ignore_ascii_case(known.as_bytes());
    FRAMING.iter().position(is)
}

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

/// How long the head is that the library wrote.
pub(super) fn length(written: &[u8]) -> Option<usize> {
    memchr::memmem::find(written, b"\r\n\r\n").map(|at| at + 4)
}

/// The origin's head with the library's framing; `library` is the head that the library wrote.
pub(super) fn restore(library: &[u8], answer: &ResponseHead) -> Vec<u8> {
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
    let mut placed = [false; FRAMING.len()];
    for Header { name, value } in fields {
        let Some(at) = framing(name) else {
            for part in [&name[..], b": ", value, b"\r\n"] {
                out.extend_from_slice(part);
            }
            continue;
        };
        if !std::mem::replace(&mut placed[at], true) {
            for (_, rest) in lines(library).filter(|&(known, _)| framing(known) == Some(at)) {
                out.extend_from_slice(name);
                out.extend_from_slice(rest);
            }
        }
    }
    for (name, rest) in lines(library) {
        match framing(name) {
            Some(at) if placed[at] => continue,
            Some(at) => out.extend_from_slice(FRAMING[at].as_bytes()),
            None => out.extend_from_slice(name),
        }
        out.extend_from_slice(rest);
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// The fields in a head of the library: names, and the rest of their lines.
fn lines(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = head.split_inclusive(|&b| b == b'\n').skip(1);
    lines.filter_map(|line| {
        let colon = memchr::memchr(b':', line)?;
        Some(line.split_at(colon))
    })
}

#[cfg(test)]
#[path = "restore_tests.rs"]
mod tests;
