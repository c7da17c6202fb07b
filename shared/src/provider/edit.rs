//! A request that is put together or changed so that it can be signed.

use std::ops::Range;

use bytes::Bytes;

use super::request::Request;
use super::text::Source;
use crate::json::path::{At, Path, Progress};
use crate::json::{self, Kind};
use crate::model::Headers;

/// A request before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The method.
    pub method: Bytes,
    /// What stands before the target in the address that the receiver believes it has:
    /// `https://hooks.example.com`.
    pub base: Bytes,
    /// The target, in origin form.
    pub target: Bytes,
    /// The head.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
}

impl Draft {
    /// As rules look at it.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        let url = [&self.base[..], &self.target].concat();
        Request::new(
            &self.method[..],
            url,
            self.headers.as_slice(),
            &self.body[..],
        )
    }

    /// Sets a value where it stands, or adds it. A value in JSON is set only if there is one; a
    /// field of the head only if the value [may stand there](Self::may_be_in_a_field). Tells
    /// whether it is there now. A `Content-Length` that was right stays right.
    pub fn set(&mut self, at: &Source, value: &str) -> bool {
        let before = self.body.len();
        match at {
            Source::Header(name) => return self.set_header(name, value),
            Source::Query(name) => self.set_query(name, value),
            Source::Form(_) if !self.request().is_form() => return false,
            Source::Form(name) => self.set_form(name, value),
            Source::Json(path) if !self.set_json(path, value) => return false,
            Source::Json(_) => {}
        }
        let length = self.headers.get("content-length");
        if length.is_some_and(|length| length[..] == *before.to_string().as_bytes()) {
            let now = self.body.len().to_string();
            self.set_header("Content-Length", &now);
        }
        true
    }

    /// Whether this can be the value of a field of the head: no control characters but tabs
    /// (RFC 9110 §5.5).
    #[must_use]
    pub fn may_be_in_a_field(value: &str) -> bool {
        !value
            .bytes()
            .any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f)
    }

    /// The first field of this name gets the value, in its place and case; further ones go. If
    /// there is none, it is added. Tells whether it is there now: not if the value
    /// [may not stand there](Self::may_be_in_a_field).
    pub fn set_header(&mut self, name: &str, value: &str) -> bool {
        if !Self::may_be_in_a_field(value) {
            return false;
        }
        let value = Bytes::copy_from_slice(value.as_bytes());
        let mut set = false;
        let mut fields = Headers::with_capacity(self.headers.len() + 1);
        for header in &self.headers {
            if !header.is(name) {
                fields.push(header.name.clone(), header.value.clone());
            } else if !std::mem::replace(&mut set, true) {
                fields.push(header.name.clone(), value.clone());
            }
        }
        if !set {
            fields.push(Bytes::copy_from_slice(name.as_bytes()), value);
        }
        self.headers = fields;
        true
    }

    fn set_query(&mut self, name: &str, value: &str) {
        let (path, query) = match self.target.iter().position(|&byte| byte == b'?') {
            Some(at) => (&self.target[..at], &self.target[at + 1..]),
            None => (&self.target[..], &b""[..]),
        };
        let query = with_pair(query, name, value);
        self.target = [path, b"?", &query].concat().into();
    }

    fn set_form(&mut self, name: &str, value: &str) {
        self.body = with_pair(&self.body, name, value).into();
    }

    /// Everywhere the path leads to; all other bytes stay.
    fn set_json(&mut self, path: &Path, value: &str) -> bool {
        let places = places(&self.body, path);
        let mut out = Vec::with_capacity(self.body.len() + value.len() + 2);
        let mut done = 0;
        for (place, kind) in &places {
            out.extend_from_slice(&self.body[done..place.start]);
            // A number stays one, if it can.
            if *kind != Kind::String && value.parse::<serde_json::Number>().is_ok() {
                out.extend_from_slice(value.as_bytes());
            } else {
                let quoted = serde_json::to_string(value).unwrap_or_default();
                out.extend_from_slice(quoted.as_bytes());
            }
            done = place.end;
        }
        out.extend_from_slice(&self.body[done..]);
        self.body = out.into();
        !places.is_empty()
    }
}

/// Pairs with one of them set; all others stay byte for byte.
fn with_pair(pairs: &[u8], name: &str, value: &str) -> Vec<u8> {
    let pair: String = form_urlencoded::Serializer::new(String::new())
        .append_pair(name, value)
        .finish();
    let is_it = |part: &[u8]| {
        form_urlencoded::parse(part)
            .next()
            .is_some_and(|(own, _)| own == name)
    };
    let mut set = false;
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in pairs
        .split(|&byte| byte == b'&')
        .filter(|part| !part.is_empty())
    {
        if !is_it(part) {
            parts.push(part);
        } else if !std::mem::replace(&mut set, true) {
            parts.push(pair.as_bytes());
        }
    }
    if !set {
        parts.push(pair.as_bytes());
    }
    parts.join(&b'&')
}

/// Where the plain values that a path leads to stand in a body.
fn places(body: &[u8], path: &Path) -> Vec<(Range<usize>, Kind)> {
    struct Level {
        progress: Progress,
        /// The next element; none in an object.
        index: Option<usize>,
    }
    let mut found = Vec::new();
    let mut levels: Vec<Level> = Vec::new();
    let mut member: Option<Progress> = None;
    for token in json::scan(body, 512).tokens {
        if matches!(token.kind, Kind::EndObject | Kind::EndArray) {
            levels.pop();
            continue;
        }
        let raw = body.get(token.place.clone()).unwrap_or_default();
        if token.kind == Kind::Key {
            let above = levels.last().map(|level| level.progress);
            member = above.map(|above| path.advance(above, At::Member(&json::unescape(raw))));
            continue;
        }
        let progress = match (member.take(), levels.last_mut()) {
            (Some(progress), _) => progress,
            (None, None) => path.start(),
            (None, Some(level)) => {
                let index = level.index.get_or_insert(0);
                *index += 1;
                path.advance(level.progress, At::Element(*index - 1))
            }
        };
        match token.kind {
            Kind::StartObject => levels.push(Level {
                progress,
                index: None,
            }),
            Kind::StartArray => levels.push(Level {
                progress,
                index: Some(0),
            }),
            kind if path.ends(progress) => found.push((token.place, kind)),
            _ => {}
        }
    }
    found
}
