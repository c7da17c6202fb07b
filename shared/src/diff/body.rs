//! How two bodies are compared.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;

use super::json::{Documents, MAX_CHANGES};
use super::{Change, Ignores, MessageDiff, text};
use crate::json::scan;
use crate::model::{Capture, Headers};
use crate::pretty::decode::{codings_of, decode};

/// Largest body compared by structure or line, in bytes.
pub const MAX_BODY: usize = 4 << 20;
/// Deepest nesting of JSON compared by structure.
pub const MAX_DEPTH: usize = 512;
/// Bytes shown where binary bodies begin to differ.
const SHOWN: usize = 16;

/// How two bodies were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// They are the same bytes, at least once content codings are taken off.
    Same,
    /// As JSON, by structure.
    Json,
    /// As text, by line.
    Text,
    /// As bytes: sizes, the first difference, and hashes.
    Binary,
    /// By size and hash, as not all bytes were kept.
    Hash,
}

impl MessageDiff {
    /// A content coding is how bytes travel: the same text, packed anew, is no difference.
    pub(super) fn body(
        &mut self,
        headers: [&Headers; 2],
        [a, b]: [&Capture; 2],
        ignores: &Ignores,
    ) {
        if a.is_truncated() || b.is_truncated() {
            self.form = Form::Hash;
            self.note = Some("not all bytes were kept".to_owned());
            let known = a.sha256.is_some() && a.sha256 == b.sha256;
            if a.size == b.size && known {
                return;
            }
            let (old, new) = (hashed(a), hashed(b));
            // Where the hash of one is missing, the beginnings still tell.
            let alike =
                a.size == b.size && a.kept == b.kept && !(a.sha256.is_some() && b.sha256.is_some());
            if alike {
                self.note = Some("not all bytes were kept; what was kept is the same".to_owned());
            } else {
                self.value("body", old.as_bytes(), new.as_bytes(), ignores);
            }
            return;
        }
        let (a, b) = (&a.kept[..], &b.kept[..]);
        if a == b {
            return;
        }
        if ignores.names("body") {
            self.ignored += 1;
            return;
        }
        let decoded =
            [(headers[0], a), (headers[1], b)].map(|(headers, body)| decoded(headers, body));
        let (a, b) = match &decoded {
            [Some(a), Some(b)] => (&**a, &**b),
            // What cannot be decoded is compared as it came, and so is the other.
            _ => (a, b),
        };
        if a == b {
            self.note = Some("packed in another way, with the same inside".to_owned());
            return;
        }
        if a.len().max(b.len()) > MAX_BODY {
            self.note = Some(format!("more than {} MiB", MAX_BODY >> 20));
            return self.binary(a, b);
        }
        if self.structure(a, b, ignores) {
            return;
        }
        let is_text = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0);
        if is_text(a) && is_text(b) {
            match text::compare(a, b) {
                Some(changes) => {
                    self.form = Form::Text;
                    self.changes.extend(changes);
                    return;
                }
                None => self.note = Some("too many lines differ".to_owned()),
            }
        }
        self.binary(a, b);
    }

    fn structure(&mut self, a: &[u8], b: &[u8], ignores: &Ignores) -> bool {
        let (scan_a, scan_b) = (scan(a, MAX_DEPTH), scan(b, MAX_DEPTH));
        if scan_a.error.is_some() || scan_b.error.is_some() {
            return false;
        }
        self.form = Form::Json;
        let documents = Documents::new([a, b], [&scan_a.tokens, &scan_b.tokens], ignores);
        let found = documents.compare();
        self.changes.extend(found.changes);
        self.ignored += found.ignored;
        if found.cut {
            self.note = Some(format!(
                "only the first {MAX_CHANGES} differences are listed"
            ));
        }
        true
    }

    fn binary(&mut self, a: &[u8], b: &[u8]) {
        self.form = Form::Binary;
        let first = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        let shown = |bytes: &[u8]| {
            let rest = bytes.get(first..).unwrap_or_default();
            let some = hex::encode(rest.get(..SHOWN).unwrap_or(rest));
            let hash = hex::encode(digest(&SHA256, bytes));
            let size = bytes.len();
            format!("{size} bytes, from byte {first} on: {some}, sha256 {hash}")
        };
        let (old, new) = (shown(a), shown(b));
        self.changes.push(Change::new(
            "body",
            Some(old.as_bytes()),
            Some(new.as_bytes()),
        ));
    }
}

/// A body without its content codings; none if they cannot be taken off.
fn decoded<'a>(headers: &Headers, body: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    let codings = codings_of(headers);
    match codings.is_empty() {
        true => Some(body.into()),
        false => decode(body, &codings).ok().map(Cow::Owned),
    }
}

fn hashed(capture: &Capture) -> String {
    match capture.sha256 {
        Some(digest) => format!("{} bytes, sha256 {}", capture.size, hex::encode(digest)),
        None => format!("{} bytes", capture.size),
    }
}
