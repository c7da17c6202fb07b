//! Heads of HTTP/1 messages as they came, in place of those that an HTTP library writes: it has
//! names in lower case and same-named fields together.
//!
//! On where a message ends and what becomes of the connection the library has the word; its lines
//! on that are taken over, so that both always say the same.

use std::{array, iter};

/// Fields on which the library has the word.
const FRAMING: [&str; 4] = [
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Trailer",
];

/// Lines of that kind in a usual head, at the most.
const FEW: usize = 8;

/// Whether the library has the word on fields of this name.
#[must_use]
pub fn is_framing(name: &[u8]) -> bool {
    kind(name).is_some()
}

fn kind(name: &[u8]) -> Option<usize> {
    // Few are as long as one of these: most need no look at their letters.
    let kind = FRAMING.iter().position(|known| known.len() == name.len())?;
    name.eq_ignore_ascii_case(FRAMING[kind].as_bytes())
        .then_some(kind)
}

/// How long the head is that stands first in what the library wrote, with its empty line.
#[must_use]
pub fn length(written: &[u8]) -> Option<usize> {
    memchr::memmem::find(written, b"\r\n\r\n").map(|at| at + 4)
}

/// Adds a field line. Neither name nor value may hold a line end.
pub fn push(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for part in [name, b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
}

/// The fields of a head that [`push`] wrote: names and values.
pub fn fields(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
    lines(head).map(|(name, rest)| {
        let value = rest.strip_prefix(b": ").unwrap_or(rest);
        (name, value.strip_suffix(b"\r\n").unwrap_or(value))
    })
}

/// Whether `head` has the very lines of the library on what the library has the word on, perhaps
/// in other places: then it is as [`merge`] would make it. Of many such lines it is not known.
#[must_use]
pub fn agrees(head: &[u8], library: &[u8]) -> bool {
    let mut theirs: [Option<(usize, &[u8])>; FEW] = [None; FEW];
    let mut free = theirs.iter_mut();
    for line in framing(library) {
        match free.next() {
            Some(place) => *place = Some(line),
            None => return false,
        }
    }
    for line in framing(head) {
        let of_its_kind =
            |place: &&mut Option<(usize, _)>| place.is_some_and(|(kind, _)| kind == line.0);
        match theirs.iter_mut().find(of_its_kind) {
            Some(place) if *place == Some(line) => *place = None,
            _ => return false,
        }
    }
    theirs.iter().all(Option::is_none)
}

/// Adds to a start line these fields, in their order and case, but where the library has the word
/// with what it says, and the empty line. `library` is the head that the library wrote; what it
/// has and `real` has not comes last.
pub fn merge<'a>(
    out: &mut Vec<u8>,
    real: &(impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone),
    library: &[u8],
) {
    let mut theirs = array::from_fn::<_, { FRAMING.len() }, _>(|wanted| {
        framing(library).filter(move |&(kind, _)| kind == wanted)
    });
    let mut placed = [0; FRAMING.len()];
    for (name, value) in real.clone() {
        let Some(kind) = kind(name) else {
            push(out, name, value);
            continue;
        };
        if let Some((_, rest)) = theirs[kind].next() {
            placed[kind] += 1;
            out.extend_from_slice(name);
            out.extend_from_slice(rest);
        }
    }
    for (name, rest) in lines(library) {
        let name = match kind(name) {
            Some(kind) if placed[kind] > 0 => {
                placed[kind] -= 1;
                continue;
            }
            Some(kind) => FRAMING[kind].as_bytes(),
            None if real.clone().any(|(own, _)| own.eq_ignore_ascii_case(name)) => continue,
            None => name,
        };
        out.extend_from_slice(name);
        out.extend_from_slice(rest);
    }
    out.extend_from_slice(b"\r\n");
}

/// The lines of a head on which the library has the word: kinds, and the rests of the lines.
fn framing(head: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    lines(head).filter_map(|(name, rest)| Some((kind(name)?, rest)))
}

/// The fields of a head: names, and the rests of their lines.
fn lines(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
    let start = memchr::memchr(b'\n', head).map_or(head.len(), |end| end + 1);
    let mut rest = &head[start..];
    iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest)?;
        let (line, after) = rest.split_at(end + 1);
        rest = after;
        let colon = memchr::memchr(b':', line)?;
        Some(line.split_at(colon))
    })
}

#[cfg(test)]
#[path = "restore_tests.rs"]
mod tests;
