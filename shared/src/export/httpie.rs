//! A request as a bash command line for HTTPie.

use super::curl::quote;
use super::{ExportError, checked, is_sent, request_body, text};
use crate::model::Exchange;

/// The command line; the body goes in as `--raw`. HTTPie adds fields of its own (`User-Agent`,
/// `Accept`, `Accept-Encoding`, `Connection`), which cannot all be left out: for the exact
/// bytes take `curl`.
///
/// # Errors
/// [`ExportError`] if part of the body was not kept, something is not text, or `base` is no
/// URL.
pub fn write(exchange: &Exchange, base: &str) -> Result<String, ExportError> {
    let base = checked(base)?;
    let head = &exchange.request;
    let body = text(exchange, "the body", request_body(exchange)?)?;
    let target = text(exchange, "the target", &head.target)?;
    let mut parts = vec!["http --ignore-stdin --path-as-is".to_owned()];
    if !body.is_empty() {
        // A value of its own would be read as an option where it begins with a dash.
        parts.push(quote(format!("--raw={body}").as_bytes()));
    }
    parts.push(quote(&head.method));
    parts.push(quote(format!("{base}{target}").as_bytes()));
    for header in head.sent().iter().filter(is_sent) {
        let name = text(exchange, "a header field", &header.name)?;
        let value = text(exchange, "a header field", &header.value)?;
        // A backslash before a separator of HTTPie's items would be taken for an escape.
        let value = value.replace('\\', "\\\\");
        let item = match value.is_empty() {
            true => format!("{name};"),
            false => format!("{name}:{value}"),
        };
        parts.push(quote(item.as_bytes()));
    }
    Ok(parts.join(" \\\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::exchange;

    #[test]
    fn the_words_are_those_of_the_request() {
        let sent = exchange("/x?y=1", &[("A", b"it's"), ("B", b"")], b"-$(x)\n");
        let line = write(&sent, "http://h:1").unwrap();
        let words = shell_words::split(&line).unwrap();
        let expected = [
            "http",
            "--ignore-stdin",
            "--path-as-is",
            "--raw=-$(x)\n",
            "POST",
            "http://h:1/x?y=1",
            "A:it's",
            "B;",
        ];
        assert_eq!(words, expected);
    }
}
