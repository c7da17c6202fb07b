//! Secrets in bodies: JSON and forms, and what they hold in turn.

use std::borrow::Cow;

use super::names::{is_secret_parameter, mentions_secret};
use super::{MASK, is_secret_field, multipart, xml};
use crate::json::{self, Kind};
use crate::model::Headers;

/// Nesting is kept on the heap: this bounds memory, not the stack.
const DEPTH: usize = 1 << 20;
/// Bodies within bodies that are looked into: JSON in a string of JSON in a form, say. What is
/// deeper is masked if it names a secret.
const NESTED: usize = 8;
/// What stands for a value of JSON.
const QUOTED_MASK: &str = "\"[redacted]\"";

/// The body without its secrets; nothing if it has none.
pub(super) fn masked(headers: &Headers, body: &[u8]) -> Option<Vec<u8>> {
    masked_within(headers, body, 0)
}

/// The same for what stands within as many bodies as `depth` says.
pub(super) fn masked_within(headers: &Headers, body: &[u8], depth: usize) -> Option<Vec<u8>> {
    let encoded = headers
        .list_items("Content-Encoding")
        .any(|coding| !coding.eq_ignore_ascii_case(b"identity"));
    if body.is_empty() {
        return None;
    }
    if encoded {
        return Some(MASK.as_bytes().to_vec());
    }
    let kind = headers
        .get("Content-Type")
        .map(|value| value.to_ascii_lowercase());
    let kind = kind.unwrap_or_default();
    if depth > NESTED {
        return mentions_secret(body).then(|| MASK.into());
    }
    if kind.starts_with(b"application/x-www-form-urlencoded") {
        return form_within(body, depth);
    }
    if kind.starts_with(b"multipart/") {
        let kind = headers.get("Content-Type");
        let kind = kind.map(|value| String::from_utf8_lossy(value));
        return multipart::masked(body, &kind.unwrap_or_default(), depth);
    }
    let is_xml = memchr::memmem::find(&kind, b"xml").is_some();
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let begins = text.trim_ascii_start().first();
    match begins {
        Some(b'{' | b'[') => members(body, depth),
        Some(b'<') if is_xml || kind.is_empty() => xml::masked(body),
        _ if is_xml => xml::masked(body),
        _ => None,
    }
}

/// Masks the values of members with secret names. Behind a fault, and behind the end of a body
/// that was cut off, nothing can be told apart: what is left is masked if it names a secret.
fn members(body: &[u8], depth: usize) -> Option<Vec<u8>> {
    let scan = json::scan(body, DEPTH);
    let mut out = Vec::with_capacity(body.len());
    let mut copied = 0;
    let mut index = 0;
    let mut waiting = false;
    while let Some(token) = scan.tokens.get(index) {
        let raw = body.get(token.place.clone()).unwrap_or_default();
        index += 1;
        if token.kind == Kind::Key {
            waiting = is_secret_field(&json::unescape(raw));
            continue;
        }
        // Null is worth knowing and no secret.
        let hides = std::mem::take(&mut waiting) && raw != b"null";
        if !hides {
            if token.kind == Kind::String
                && let Some(inner) = within_string(raw, depth)
            {
                out.extend_from_slice(body.get(copied..token.place.start).unwrap_or_default());
                out.extend(inner);
                copied = token.place.end;
            }
            continue;
        }
        out.extend_from_slice(body.get(copied..token.place.start).unwrap_or_default());
        out.extend_from_slice(QUOTED_MASK.as_bytes());
        let opens = matches!(token.kind, Kind::StartObject | Kind::StartArray);
        match scan.tokens.get(token.end) {
            Some(end) if !(opens && token.end + 1 == index) => {
                copied = end.place.end;
                index = token.end + 1;
            }
            // It never ends: nothing behind it is known to be outside.
            _ => return Some(out),
        }
    }
    if let Some(error) = scan.error {
        let rest = body.get(error.offset.max(copied)..).unwrap_or_default();
        // A name in a wrong place was read as a string, and is not in the rest.
        let last = scan
            .tokens
            .last()
            .and_then(|token| body.get(token.place.clone()));
        let named = last.is_some_and(|raw| is_secret_field(&json::unescape(raw)));
        if waiting || named || mentions_secret(rest) {
            out.extend_from_slice(
                body.get(copied..error.offset.max(copied))
                    .unwrap_or_default(),
            );
            out.extend_from_slice(MASK.as_bytes());
            return Some(out);
        }
    }
    out.extend_from_slice(body.get(copied..).unwrap_or_default());
    (out != body).then_some(out)
}

/// A string that holds JSON, without the secrets in that; nothing if it has none.
fn within_string(raw: &[u8], depth: usize) -> Option<Vec<u8>> {
    let text = json::unescape(raw);
    let opens = |c: char| matches!(c, '{' | '[');
    // What only begins like a list, as prose may, is none.
    let inside = text.trim_start().strip_prefix(opens)?.trim_start();
    if !inside.starts_with(['"', '{', '[']) {
        return None;
    }
    let inner = if depth < NESTED {
        members(text.as_bytes(), depth + 1)?
    } else {
        mentions_secret(text.as_bytes()).then(|| MASK.into())?
    };
    serde_json::to_vec(&String::from_utf8_lossy(&inner)).ok()
}

/// Masks the values of a query; all other pairs stay as they are spelled.
pub(super) fn query(text: &[u8]) -> Option<Vec<u8>> {
    pairs(text, 0, is_secret_parameter)
}

/// The same of a form.
fn form_within(text: &[u8], depth: usize) -> Option<Vec<u8>> {
    pairs(text, depth, is_secret_field)
}

fn pairs(text: &[u8], depth: usize, is_secret: fn(&str) -> bool) -> Option<Vec<u8>> {
    let mut changed = false;
    let pairs: Vec<_> = text
        .split(|byte| *byte == b'&')
        .map(|pair| match pair_masked(pair, depth, is_secret) {
            Some(masked) => {
                changed = true;
                Cow::Owned(masked)
            }
            None => Cow::Borrowed(pair),
        })
        .collect();
    changed.then(|| pairs.join(&b"&"[..]))
}

fn pair_masked(pair: &[u8], depth: usize, is_secret: fn(&str) -> bool) -> Option<Vec<u8>> {
    let (name, value) = form_urlencoded::parse(pair).next()?;
    let mark = pair.iter().position(|byte| *byte == b'=')?;
    let (kept, _) = pair.split_at(mark + 1);
    if is_secret(&name) {
        return (!value.is_empty()).then(|| [kept, MASK.as_bytes()].concat());
    }
    if !value.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let inner = members(value.as_bytes(), depth + 1)?;
    let inner: String = form_urlencoded::byte_serialize(&inner).collect();
    Some([kept, inner.as_bytes()].concat())
}
