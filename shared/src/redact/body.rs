//! Secrets in bodies: JSON and forms.

use std::borrow::Cow;

use super::names::mentions_secret;
use super::{MASK, is_secret_field};
use crate::json::{self, Kind};
use crate::model::Headers;

/// Nesting is kept on the heap: this bounds memory, not the stack.
const DEPTH: usize = 1 << 20;
/// A form field can hold JSON (GitHub's `payload`), whose strings are not looked into again.
const QUOTED_MASK: &str = "\"[redacted]\"";

/// The body without its secrets; nothing if it has none.
pub(super) fn masked(headers: &Headers, body: &[u8]) -> Option<Vec<u8>> {
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
    if kind.starts_with(b"application/x-www-form-urlencoded") {
        return form(body);
    }
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let begins = text.trim_ascii_start().first();
    match begins {
        Some(b'{' | b'[') => members(body),
        _ => None,
    }
}

/// Masks the values of members with secret names. Behind a fault, and behind the end of a body
/// that was cut off, nothing can be told apart: what is left is masked if it names a secret.
fn members(body: &[u8]) -> Option<Vec<u8>> {
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

/// Masks the values of a form or query; all other pairs stay as they are spelled.
pub(super) fn form(text: &[u8]) -> Option<Vec<u8>> {
    let mut changed = false;
    let pairs: Vec<_> = text
        .split(|byte| *byte == b'&')
        .map(|pair| match pair_masked(pair) {
            Some(masked) => {
                changed = true;
                Cow::Owned(masked)
            }
            None => Cow::Borrowed(pair),
        })
        .collect();
    changed.then(|| pairs.join(&b"&"[..]))
}

fn pair_masked(pair: &[u8]) -> Option<Vec<u8>> {
    let (name, value) = form_urlencoded::parse(pair).next()?;
    let mark = pair.iter().position(|byte| *byte == b'=')?;
    let (kept, _) = pair.split_at(mark + 1);
    if is_secret_field(&name) {
        return (!value.is_empty()).then(|| [kept, MASK.as_bytes()].concat());
    }
    if !value.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let inner = members(value.as_bytes())?;
    let inner: String = form_urlencoded::byte_serialize(&inner).collect();
    Some([kept, inner.as_bytes()].concat())
}
