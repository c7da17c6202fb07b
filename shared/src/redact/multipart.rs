//! Secrets in multipart bodies (RFC 2046 §5.1, RFC 7578): parts with secret names, and what the
//! other parts hold. All else stays byte for byte, the boundaries too.

use memchr::memmem;

use super::names::mentions_secret;
use super::{MASK, body, is_secret_field};
use crate::model::Headers;

/// The body without its secrets; nothing if it has none. `depth` is how many bodies it stands in.
pub(super) fn masked(body: &[u8], content_type: &str, depth: usize) -> Option<Vec<u8>> {
    let Ok(boundary) = multer::parse_boundary(content_type) else {
        // Nothing can be told apart.
        return mentions_secret(body).then(|| MASK.into());
    };
    let mark = format!("--{boundary}");
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    let mut changed = false;
    while let Some((before, part)) = next_part(rest, mark.as_bytes()) {
        out.extend_from_slice(before);
        let end = part_end(part, mark.as_bytes());
        let (part, behind) = part.split_at(end);
        match masked_part(part, depth) {
            Some(masked) => {
                changed = true;
                out.extend(masked);
            }
            None => out.extend_from_slice(part),
        }
        rest = behind;
    }
    out.extend_from_slice(rest);
    changed.then_some(out)
}

/// What stands before the next part, its boundary too, and all from the part on.
fn next_part<'a>(rest: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut from = 0;
    loop {
        let at = from + memmem::find(rest.get(from..)?, mark)?;
        let behind = at + mark.len();
        let begins_line = at == 0 || rest.get(at - 1) == Some(&b'\n');
        let line = rest.get(behind..)?;
        let end = memchr::memchr(b'\n', line)?;
        // Two dashes more are the last boundary.
        let plain = line.get(..end)?.trim_ascii().is_empty();
        if begins_line && plain {
            return Some(rest.split_at(behind + end + 1));
        }
        from = behind;
    }
}

/// Where a part ends: at the line end before the next boundary, or with the body.
fn part_end(part: &[u8], mark: &[u8]) -> usize {
    for at in memmem::find_iter(part, mark) {
        let before = part.get(..at).unwrap_or_default();
        if before.ends_with(b"\r\n") {
            return at - 2;
        }
        if before.ends_with(b"\n") {
            return at - 1;
        }
        if before.is_empty() {
            return 0;
        }
    }
    part.len()
}

fn masked_part(part: &[u8], depth: usize) -> Option<Vec<u8>> {
    let ends = [&b"\r\n\r\n"[..], b"\n\n"];
    let head = ends
        .iter()
        .filter_map(|end| memmem::find(part, end).map(|at| at + end.len()))
        .min();
    let Some(head) = head else {
        // Its headers never end: there is no telling what it is.
        return mentions_secret(part).then(|| MASK.into());
    };
    let (head, content) = part.split_at(head);
    let headers = fields(head);
    let name = headers.get("Content-Disposition").and_then(|value| {
        let text = String::from_utf8_lossy(value);
        parameter(&text, "name")
    });
    let masked = match name {
        Some(name) if is_secret_field(&name) => (!content.is_empty()).then(|| MASK.into()),
        _ => body::masked_within(&headers, content, depth + 1),
    };
    masked.map(|masked| [head, &masked].concat())
}

fn fields(head: &[u8]) -> Headers {
    let mut headers = Headers::new();
    for line in head.split(|byte| *byte == b'\n') {
        if let Some(colon) = memchr::memchr(b':', line) {
            let (name, value) = line.split_at(colon);
            headers.push(
                name.trim_ascii().to_vec(),
                value.get(1..).unwrap_or_default().trim_ascii().to_vec(),
            );
        }
    }
    headers
}

/// A parameter of a field such as `form-data; name="a"`, without its quotes.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, behind) = rest.split_once('=')?;
        let behind = behind.trim_start();
        let (text, left) = match behind.strip_prefix('"') {
            Some(quoted) => {
                let mut text = String::new();
                let mut chars = quoted.char_indices();
                let mut end = quoted.len();
                while let Some((at, c)) = chars.next() {
                    match c {
                        '\\' => text.extend(chars.next().map(|(_, c)| c)),
                        '"' => {
                            end = at + 1;
                            break;
                        }
                        c => text.push(c),
                    }
                }
                (text, quoted.get(end..)?)
            }
            None => {
                let end = behind.find(';').unwrap_or(behind.len());
                let (text, left) = behind.split_at(end);
                (text.trim().to_owned(), left)
            }
        };
        let name = name.trim().trim_end_matches('*');
        if name.eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = left.split_once(';')?.1;
    }
}
