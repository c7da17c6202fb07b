//! The blocks that show a body: which view fits it, and what is said about it first.

use std::sync::Arc;

use bytes::Bytes;
use hookreel_shared::model::{Capture, Headers};
use hookreel_shared::pretty::json::JsonView;
use hookreel_shared::pretty::view::{View, pick};
use hookreel_shared::pretty::xml::XmlView;
use hookreel_shared::pretty::{decode, form, multipart, text};

use super::Mode;
use super::block::{Block, Fixed, push_more};
use super::doc::Doc;
use super::line::{Line, Role};
use super::message::Look;
use super::words::size;

/// Most bytes of a body that are taken apart as JSON, XML, a form or another charset; the raw
/// view has all of them.
const FRONT: usize = 2 << 20;
/// Most lines of one JSON or XML document.
const LINES: usize = 400_000;
/// Most bytes of a multipart body that are taken apart.
const PARTS: usize = 8 << 20;
/// Most fields of a form.
const FIELDS: usize = 2000;
/// Bytes shown of a part that is no text.
const GLANCE: usize = 256;

/// A body with the header fields that say what it is.
pub(super) struct Body<'a> {
    pub(super) headers: &'a Headers,
    pub(super) capture: &'a Capture,
}

impl Body<'_> {
    /// What a header field says, as far as it is text.
    fn field(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?).ok()
    }

    /// The content codings in one list; several fields are one (RFC 9110 §5.3).
    fn codings(&self) -> String {
        let items = self.headers.list_items("content-encoding");
        let items: Vec<_> = items.map(String::from_utf8_lossy).collect();
        items.join(", ")
    }

    /// The body without content codings, as far as they come off.
    pub(super) fn decoded(&self) -> decode::Front {
        decode::front(&self.capture.kept, &self.codings())
    }

    /// Adds the body to a document.
    pub(super) fn show(&self, doc: &mut Doc, look: &Look<'_>) {
        let capture = self.capture;
        if capture.size == 0 && !capture.cut {
            doc.push(note(Role::Dim, "no body"));
            return;
        }
        let kind = self.field("content-type");
        let about = kind.unwrap_or("no content type").trim();
        doc.push(note(
            Role::Dim,
            &format!("{about} · {}", size(capture.size)),
        ));
        if let Some(text) = truncated(capture) {
            doc.push(note(Role::Warn, &text));
        }
        match look.mode {
            Mode::Pretty => {
                let front = self.decoded();
                if !front.codings.is_empty() {
                    doc.push(coding_note(&front, capture.kept.len(), &look.hints.view));
                }
                pretty(doc, &front.bytes, kind, look);
            }
            Mode::Raw => doc.push(Block::text(capture.kept.clone(), true)),
            Mode::Hex => doc.push_hex(capture.kept.clone(), look.hex_width),
        }
    }
}

/// What is missing of a capture, in words.
pub(super) fn truncated(capture: &Capture) -> Option<String> {
    let cut = "broke off here: its end never came";
    if !capture.is_truncated() {
        return capture.cut.then(|| cut.to_owned());
    }
    let end = if capture.cut {
        format!(", {cut}")
    } else {
        String::new()
    };
    let kept = size(capture.kept.len() as u64);
    let digest = match capture.sha256 {
        Some(digest) => format!(", sha256 {}", hex::encode(digest)),
        None => String::new(),
    };
    Some(format!(
        "first {kept} of {} kept{digest}{end}",
        size(capture.size)
    ))
}

fn coding_note(front: &decode::Front, encoded: usize, view: &str) -> Block {
    let codings = front.codings.join(", ");
    let (from, to) = (size(encoded as u64), size(front.bytes.len() as u64));
    match &front.fault {
        None => note(Role::Info, &format!("{codings}, {from} → {to} decoded")),
        Some(fault) if front.bytes.is_empty() => note(
            Role::Bad,
            &format!("{codings}: {fault}; {view} shows the bytes that came"),
        ),
        Some(fault) => note(
            Role::Warn,
            &format!("{codings}, {from}, first {to} decoded: {fault}"),
        ),
    }
}

fn pretty(doc: &mut Doc, bytes: &Bytes, kind: Option<&str>, look: &Look<'_>) {
    let view = &*look.hints.view;
    match pick(bytes, kind) {
        View::Empty => {}
        View::Json => json(doc, bytes, view),
        View::Form => fields(doc, bytes, view),
        View::Multipart => parts(doc, bytes, kind.unwrap_or_default(), view),
        View::Xml => xml(doc, bytes, kind, view),
        View::Text => plain(doc, bytes, kind, view),
        View::Hex => doc.push_hex(bytes.clone(), look.hex_width),
    }
}

fn json(doc: &mut Doc, bytes: &Bytes, key: &str) {
    let view = JsonView::front(bytes.clone(), FRONT, LINES);
    if let Some(fault) = view.fault() {
        doc.push(note(Role::Warn, &fault.to_string()));
    }
    if view.is_empty() {
        return plain(doc, bytes, None, key);
    }
    // What is no JSON, or one value too long to be read here, is shown as it came.
    let rest = match view.fault() {
        Some(_) => view.read(),
        None => bytes.len() - view.unread(),
    };
    let rest = bytes.slice(rest..);
    let front = rest.slice(..rest.len().min(FRONT));
    left_out(doc, rest.len() - front.len(), key);
    doc.push(Block::Json(view));
    if !front.trim_ascii().is_empty() {
        doc.push(note(Role::Dim, "── from here on as it came ──"));
        doc.push(Block::text(front, false));
    }
}

fn xml(doc: &mut Doc, bytes: &Bytes, kind: Option<&str>, key: &str) {
    // Other charsets are read as text, as they have markup in other bytes.
    let front = text::front(bytes, kind, FRONT);
    let view = XmlView::front(front.text.clone(), FRONT, LINES);
    let is_html = kind.is_some_and(|kind| kind.contains("html"));
    if view.is_empty() || (is_html && view.fault().is_some()) {
        return plain(doc, bytes, kind, key);
    }
    if let Some(fault) = view.fault() {
        doc.push(note(Role::Warn, &format!("{fault}; {key} shows all of it")));
    }
    left_out(doc, view.unread().max(front.unread), key);
    doc.push(Block::Xml(view));
}

fn plain(doc: &mut Doc, bytes: &Bytes, kind: Option<&str>, key: &str) {
    let front = text::front(bytes, kind, FRONT);
    if front.charset != "UTF-8" {
        doc.push(note(Role::Info, &format!("charset {}", front.charset)));
    }
    left_out(doc, front.unread, key);
    doc.push(Block::text(front.text, false));
}

fn fields(doc: &mut Doc, bytes: &Bytes, key: &str) {
    let front = bytes.slice(..bytes.len().min(FRONT));
    let mut lines = Vec::new();
    let mut pairs = form::pairs(&front);
    for (name, value) in pairs.by_ref().take(FIELDS) {
        let line = Line::new(Role::Key, &name).with(Role::Punct, " = ");
        long(&mut lines, line, Role::String, value.as_bytes());
    }
    if pairs.next().is_some() {
        doc.push(note(Role::Warn, &format!("only the first {FIELDS} fields")));
    }
    left_out(doc, bytes.len() - front.len(), key);
    doc.push(Block::Fixed(lines));
    if let Some(payload) = form::payload(&front) {
        doc.push(note(Role::Title, "payload, as JSON"));
        json(doc, &Bytes::from(payload.into_owned()), key);
    }
}

fn parts(doc: &mut Doc, bytes: &Bytes, kind: &str, key: &str) {
    let front = bytes.slice(..bytes.len().min(PARTS));
    let (parts, fault) = multipart::parts(&front, kind);
    if let Some(fault) = fault.filter(|_| front.len() == bytes.len()) {
        doc.push(note(Role::Warn, &format!("{fault}; {key} shows all of it")));
    }
    left_out(doc, bytes.len() - front.len(), key);
    if parts.is_empty() {
        return plain(doc, bytes, None, key);
    }
    for (number, part) in (1..).zip(&parts) {
        let mut line = Line::new(Role::Title, &format!("part {number}"));
        if let Some(name) = &part.name {
            line = line.with(Role::Dim, " · ").with(Role::Key, cut(name));
        }
        if let Some(file) = &part.file_name {
            line = line
                .with(Role::Dim, " · file ")
                .with(Role::String, cut(file));
        }
        let what = part.content_type.as_deref().map_or("", cut);
        line.push(
            Role::Dim,
            &format!(" · {what} · {}", size(part.content.len() as u64)),
        );
        doc.push(Block::Fixed(vec![
            Fixed::from(Line::default()),
            line.into(),
        ]));
        match pick(&part.content, part.content_type.as_deref()) {
            View::Empty => {}
            View::Json => json(doc, &part.content, key),
            View::Xml => xml(doc, &part.content, part.content_type.as_deref(), key),
            View::Hex => {
                let glance = part.content.slice(..part.content.len().min(GLANCE));
                let rest = part.content.len() - glance.len();
                doc.push_hex(glance, 8);
                if rest > 0 {
                    doc.push(note(
                        Role::Dim,
                        &format!("… {} more; {key} shows all", size(rest as u64)),
                    ));
                }
            }
            View::Form | View::Multipart | View::Text => {
                plain(doc, &part.content, part.content_type.as_deref(), key);
            }
        }
    }
}

fn left_out(doc: &mut Doc, unread: usize, key: &str) {
    if unread > 0 {
        let text = format!(
            "{} at the end not shown here; {key} shows all",
            size(unread as u64)
        );
        doc.push(note(Role::Warn, &text));
    }
}

/// A name that is not longer than it can be useful.
fn cut(name: &str) -> &str {
    let end = name
        .char_indices()
        .nth(200)
        .map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or(name)
}

/// One line as a block.
pub(super) fn note(role: Role, text: &str) -> Block {
    Block::Fixed(vec![Line::new(role, text).into()])
}

/// Longest piece of a long value on one line, and most lines of one value.
const PIECE: usize = 1024;
const MOST_PIECES: usize = 64;

/// Adds a value that may be long, over several lines if need be. The value is what copying gives.
pub(super) fn long(lines: &mut Vec<Fixed>, first: Line, role: Role, value: &[u8]) {
    let mut line = first;
    let mut rest = value;
    let whole: Arc<str> = String::from_utf8_lossy(value).into();
    for _ in 1..MOST_PIECES {
        let within = |c: &&u8| **c & 0xc0 == 0x80;
        let Some((piece, behind)) = rest.split_at_checked(PIECE) else {
            break;
        };
        let more = behind.iter().take(3).take_while(within).count();
        line.push_bytes(role, piece);
        line.push_bytes(role, behind.get(..more).unwrap_or_default());
        rest = behind.get(more..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        lines.push(Fixed {
            line: std::mem::take(&mut line),
            value: Some(Arc::clone(&whole)),
            opens: None,
        });
        line.push(Role::Dim, "  ");
    }
    let shown = rest.get(..PIECE).unwrap_or(rest);
    line.push_bytes(role, shown);
    push_more(&mut line, rest.len() - shown.len());
    lines.push(Fixed {
        line,
        value: Some(whole),
        opens: None,
    });
}
