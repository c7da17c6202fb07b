//! The same JSON as other programs write it: what stands between sender and us may have read and
//! written it again.

use crate::json::{self, Kind, Token};

/// The first of the forms in which common libraries write this document that will do, in words.
pub(super) fn first(body: &[u8], mut will_do: impl FnMut(Vec<u8>) -> bool) -> Option<String> {
    let scan = json::scan(body, 512);
    if scan.error.is_some() || scan.tokens.is_empty() {
        return None;
    }
    let forms: [(Style, &str); 4] = [
        (Style::Compact, "is JSON without blanks"),
        (
            Style::Spaced,
            "is JSON with a blank behind each comma and colon",
        ),
        (Style::Indented(2), "is JSON indented by 2"),
        (Style::Indented(4), "is JSON indented by 4"),
    ];
    let escapes = [
        (Escape::None, ""),
        (Escape::Ascii, ", with \\u for all but ASCII"),
        (
            Escape::Php,
            ", with \\/ for slashes and \\u for all but ASCII",
        ),
        (Escape::Html, ", with \\u for <, > and &"),
    ];
    for (escape, also) in escapes {
        for (style, how) in forms {
            if will_do(write(body, &scan.tokens, style, escape)) {
                return Some(format!("{how}{also}"));
            }
        }
    }
    None
}

#[derive(Clone, Copy)]
enum Style {
    Compact,
    Spaced,
    Indented(usize),
}

#[derive(Clone, Copy)]
enum Escape {
    None,
    Ascii,
    Php,
    /// As Go and Rails write it, so that it can stand in a page.
    Html,
}

/// Numbers and words stay as they stand; a program that rewrites numbers cannot be guessed.
fn write(body: &[u8], tokens: &[Token], style: Style, escape: Escape) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 4);
    let mut depth: usize = 0;
    let mut before: Option<Kind> = None;
    for (index, token) in tokens.iter().enumerate() {
        let ends = matches!(token.kind, Kind::EndObject | Kind::EndArray);
        let opened = matches!(before, Some(Kind::StartObject | Kind::StartArray));
        if ends {
            depth = depth.saturating_sub(1);
        }
        match before {
            None => {}
            Some(Kind::Key) => out.extend_from_slice(match style {
                Style::Compact => b":",
                Style::Spaced | Style::Indented(_) => b": ",
            }),
            Some(_) => {
                if !opened && !ends {
                    out.push(b',');
                }
                match style {
                    Style::Indented(by) if !(opened && ends) => {
                        out.push(b'\n');
                        out.resize(out.len() + by * depth, b' ');
                    }
                    Style::Spaced if !opened && !ends => out.push(b' '),
                    _ => {}
                }
            }
        }
        let raw = body.get(token.place.clone()).unwrap_or_default();
        match token.kind {
            Kind::String | Kind::Key => string(&json::unescape(raw), escape, &mut out),
            _ => out.extend_from_slice(raw),
        }
        if matches!(token.kind, Kind::StartObject | Kind::StartArray) && token.end != index {
            depth += 1;
        }
        before = Some(token.kind);
    }
    out
}

fn string(text: &str, escape: Escape, out: &mut Vec<u8>) {
    let plain = serde_json::to_string(text).unwrap_or_default();
    if matches!(escape, Escape::None) {
        return out.extend_from_slice(plain.as_bytes());
    }
    for sign in plain.chars() {
        match (sign, escape) {
            ('/', Escape::Php) => out.extend_from_slice(b"\\/"),
            ('<' | '>' | '&' | '\u{2028}' | '\u{2029}', Escape::Html) => {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(sign)).as_bytes());
            }
            (_, Escape::Html) => out.extend_from_slice(sign.encode_utf8(&mut [0; 4]).as_bytes()),
            (sign, _) if sign.is_ascii() => out.push(sign as u8),
            (sign, _) => {
                for unit in sign.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
    }
}
