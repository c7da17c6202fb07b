//! A request as a bash command line for curl that sends the same bytes again.

use super::{ExportError, checked, is_sent, request_body, sent};
use crate::model::Exchange;

/// Where the command takes the body from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body<'a> {
    /// From the command line itself.
    Inline,
    /// From this file, which the caller writes.
    File(&'a str),
}

/// Longest argument: Linux ends one at 128 KiB. `printf` is part of bash and has no such end.
const MAX_ARGUMENT: usize = 100 * 1024;

/// Fields that curl adds by itself unless told not to.
const ADDED_BY_CURL: [&str; 2] = ["User-Agent", "Accept"];

/// The command line, one option a line. `base` is where it sends to, as `http://host:port`,
/// with a path before the request's own if wanted.
///
/// Duplicates, order, case and empty values of header fields are kept; `Host`,
/// `Content-Length` and `Transfer-Encoding` are curl's.
///
/// # Errors
/// [`ExportError`] if part of the body was not kept or `base` is no URL.
pub fn write(exchange: &Exchange, base: &str, body: Body<'_>) -> Result<String, ExportError> {
    let base = checked(base)?;
    let bytes = request_body(exchange)?;
    let head = &exchange.request;
    let mut parts = vec!["curl --http1.1".to_owned()];
    if head.method.as_ref() == b"HEAD" && bytes.is_empty() {
        parts.push("--head".to_owned());
    } else {
        parts.push(format!("-X {}", quote(&head.method)));
    }
    // A fragment would not be sent, and braces or brackets would make several requests of one.
    parts.push("--globoff --path-as-is".to_owned());
    if is_plain(&head.target) {
        let mut url = base.as_bytes().to_vec();
        url.extend_from_slice(&head.target);
        parts.push(quote(&url));
    } else {
        parts.push(format!("--request-target {}", quote(&head.target)));
        parts.push(quote(format!("{base}/").as_bytes()));
    }
    for header in head.sent().iter().filter(is_sent) {
        let mut field = header.name.to_vec();
        if header.value.is_empty() {
            field.push(b';');
        } else {
            field.extend_from_slice(b": ");
            field.extend_from_slice(&header.value);
        }
        parts.push(format!("-H {}", quote(&field)));
    }
    let data_type = (!bytes.is_empty()).then_some(["Content-Type", "Expect"]);
    let added = ADDED_BY_CURL
        .into_iter()
        .chain(data_type.into_iter().flatten());
    for name in added.filter(|name| !sent(head).contains(name)) {
        parts.push(format!("-H '{name}:'"));
    }
    let mut before = String::new();
    match body {
        _ if bytes.is_empty() => {}
        Body::File(path) => {
            parts.push(format!(
                "--data-binary {}",
                quote(format!("@{path}").as_bytes())
            ));
        }
        Body::Inline if bytes.contains(&0) || bytes.len() > MAX_ARGUMENT => {
            before = format!("printf {} | ", printf(bytes));
            parts.push("--data-binary @-".to_owned());
        }
        // Unlike --data-binary, this takes a leading @ as it stands.
        Body::Inline => parts.push(format!("--data-raw {}", quote(bytes))),
    }
    Ok(before + &parts.join(" \\\n  "))
}

/// Whether curl sends these bytes as they stand when they are part of a URL.
fn is_plain(target: &[u8]) -> bool {
    target.first() == Some(&b'/')
        && target
            .iter()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\'))
}

/// One word of bash. Text that an interactive shell or a terminal would read as something
/// else (controls, invalid UTF-8) is spelled with bash's `$'…'`.
pub(super) fn quote(bytes: &[u8]) -> String {
    let is_text = |text: &&str| !text.chars().any(|c| c.is_control() && c != '\n');
    match std::str::from_utf8(bytes).ok().filter(is_text) {
        Some(text) => shell_words::quote(text).into_owned(),
        None => format!("$'{}'", escaped(bytes, false)),
    }
}

/// A format of `printf` that prints these bytes.
fn printf(bytes: &[u8]) -> String {
    format!("'{}'", escaped(bytes, true))
}

/// Octal escapes have three digits at most, so that a digit may follow.
fn escaped(bytes: &[u8], percent: bool) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            // The first word of printf would be an option.
            b'-' if percent && at == 0 => text.push_str("\\055"),
            b'\\' => text.push_str("\\\\"),
            b'%' if percent => text.push_str("%%"),
            b'\'' => text.push_str("\\047"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    text
}

#[cfg(test)]
#[path = "curl_tests.rs"]
mod tests;
