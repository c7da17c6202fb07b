//! A body as lines for people: what it holds, decoded and laid out. The bytes themselves are for
//! `--raw`.

use std::fmt::Write;

use bytes::Bytes;
use hookreel_shared::model::{Capture, Headers};
use hookreel_shared::pretty::decode::decode;
use hookreel_shared::pretty::hex::HexView;
use hookreel_shared::pretty::json::JsonView;
use hookreel_shared::pretty::view::{View, pick};
use hookreel_shared::pretty::xml::XmlView;
use hookreel_shared::pretty::{form, multipart, safe, text};

use super::text::{CYAN, DIM, PLAIN, size};

/// Lines of bytes that are shown of a binary body: what it is, not what is in it.
const HEX_LINES: usize = 16;

/// Deepest indentation, in steps of two columns.
const DEEPEST: usize = 40;

/// Parts within parts are shown as bytes from here on.
const DEPTH: usize = 4;

/// The body as lines, each with its end; none for an empty one.
#[must_use]
pub fn lines(capture: &Capture, headers: &Headers) -> String {
    let header = |name: &str| {
        let values = headers
            .all(name)
            .map(|value| String::from_utf8_lossy(value));
        let joined = values.collect::<Vec<_>>().join(", ");
        (!joined.is_empty()).then_some(joined)
    };
    let mut out = String::new();
    let content_type = header("Content-Type");
    let coding = header("Content-Encoding").unwrap_or_default();
    match decode(&capture.kept, &coding) {
        Ok(body) => shown(&mut out, &body.into(), content_type.as_deref(), 0),
        Err(error) => {
            note(&mut out, &format!("shown as it came: {error}"));
            hex(&mut out, &capture.kept);
        }
    }
    if capture.is_truncated() {
        let (kept, all) = (size(capture.kept.len() as u64), size(capture.size));
        note(
            &mut out,
            &format!("only the first {kept} of {all} were kept"),
        );
    }
    if capture.cut {
        note(&mut out, "it broke off here: its end never came");
    }
    out
}

fn shown(out: &mut String, body: &Bytes, content_type: Option<&str>, depth: usize) {
    match pick(body, content_type) {
        View::Empty => {}
        View::Json => json(out, body, content_type),
        View::Form => fields(out, body),
        View::Multipart if depth < DEPTH => {
            parts(out, body, content_type.unwrap_or_default(), depth);
        }
        View::Xml => xml(out, body, content_type),
        View::Text => plain(out, body, content_type),
        View::Multipart | View::Hex => hex(out, body),
    }
}

fn json(out: &mut String, body: &[u8], content_type: Option<&str>) {
    let view = JsonView::new(body);
    if let Some(fault) = view.fault() {
        plain(out, body, content_type);
        return note(out, &fault.to_string());
    }
    for line in (0..view.len()).filter_map(|number| view.line(number)) {
        indent(out, line.depth);
        if let Some(key) = &line.key {
            let _ = write!(out, "{CYAN}{}{PLAIN}: ", safe::line(key));
        }
        let comma = if line.comma { "," } else { "" };
        let _ = writeln!(out, "{}{comma}", safe::line(&line.text));
    }
}

fn xml(out: &mut String, body: &[u8], content_type: Option<&str>) {
    let view = XmlView::new(body);
    if let Some(fault) = view.fault() {
        plain(out, body, content_type);
        return note(out, &fault.to_string());
    }
    for piece in (0..view.len()).filter_map(|number| view.line(number)) {
        for line in safe::lines(&piece.text) {
            indent(out, piece.depth);
            let _ = writeln!(out, "{line}");
        }
    }
}

/// Begins a line at this depth. The deepest tell theirs by number: indented, a few kilobytes of
/// brackets would be gigabytes of blanks.
fn indent(out: &mut String, depth: usize) {
    let _ = write!(out, "{:1$}", "", depth.min(DEEPEST) * 2);
    if depth > DEEPEST {
        let _ = write!(out, "{DIM}‥{depth}{PLAIN} ");
    }
}

fn plain(out: &mut String, body: &[u8], content_type: Option<&str>) {
    let decoded = text::decode(body, content_type);
    for line in safe::lines(&decoded.text) {
        let _ = writeln!(out, "{line}");
    }
}

fn fields(out: &mut String, body: &[u8]) {
    for (name, value) in form::pairs(body) {
        let (name, value) = (safe::line(&name), safe::line(&value));
        let _ = writeln!(out, "{CYAN}{name}{PLAIN}: {value}");
    }
    if let Some(payload) = form::payload(body) {
        note(out, "payload:");
        json(out, payload.as_bytes(), None);
    }
}

fn parts(out: &mut String, body: &Bytes, content_type: &str, depth: usize) {
    let (parts, fault) = multipart::parts(body, content_type);
    for part in &parts {
        let known = |what: &str, value: &Option<String>| {
            let value = value.as_deref().map(safe::line);
            value.map_or_else(String::new, |value| format!("{what}{value}"))
        };
        let head = format!(
            "part {}{}{}, {}",
            known("", &part.name),
            known(", file ", &part.file_name),
            known(", ", &part.content_type),
            size(part.content.len() as u64)
        );
        note(out, &head);
        shown(out, &part.content, part.content_type.as_deref(), depth + 1);
    }
    if let Some(fault) = fault {
        note(out, &fault.to_string());
        if parts.is_empty() {
            hex(out, body);
        }
    }
}

fn hex(out: &mut String, body: &[u8]) {
    let view = HexView::new(body);
    for line in (0..view.len().min(HEX_LINES)).filter_map(|number| view.line(number)) {
        let _ = writeln!(out, "{line}");
    }
    if view.len() > HEX_LINES {
        let all = size(body.len() as u64);
        note(
            out,
            &format!("… {all} in all; --raw --body writes them out"),
        );
    }
}

fn note(out: &mut String, text: &str) {
    let _ = writeln!(out, "{DIM}({text}){PLAIN}");
}
