//! Requests as a `.http` file for the REST clients of editors (JetBrains, VS Code).

use super::{ExportError, checked, is_sent, request_body, text};
use crate::model::Exchange;

/// One file with all requests. Beside each stands where it is sent to, as `http://host:port`.
///
/// # Errors
/// [`ExportError`] if part of a body was not kept, something is not text or would be read as
/// the format's own marks (`###` between requests, `< file`, `{{variable}}`), or an address
/// is no URL.
pub fn write(exchanges: &[(&Exchange, &str)]) -> Result<String, ExportError> {
    let mut out = String::new();
    for (exchange, base) in exchanges {
        let base = checked(base)?;
        let head = &exchange.request;
        let body = plain(exchange, "the body", request_body(exchange)?)?;
        let target = plain(exchange, "the target", &head.target)?;
        out.push_str(&format!("### {} {}\n", head.id, head.received_at));
        out.push_str(&format!("{} {base}{target} HTTP/1.1\n", head.method_str()));
        for header in head.sent().iter().filter(is_sent) {
            let name = plain(exchange, "a header field", &header.name)?;
            let value = plain(exchange, "a header field", &header.value)?;
            out.push_str(&format!("{name}: {value}\n"));
        }
        out.push('\n');
        if !body.is_empty() {
            out.push_str(body);
            out.push_str("\n\n");
        }
    }
    Ok(out)
}

fn plain<'a>(
    exchange: &Exchange,
    what: &'static str,
    bytes: &'a [u8],
) -> Result<&'a str, ExportError> {
    let text = text(exchange, what, bytes)?;
    let marked = text.lines().any(|line| {
        line.starts_with("###")
            || line.starts_with('<') && what == "the body"
            || line.starts_with("> ")
    });
    if marked || text.contains("{{") {
        return Err(ExportError::NotText {
            id: exchange.id(),
            what,
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::exchange;

    #[test]
    fn requests_stand_one_after_another() {
        let sent = exchange("/x?y", &[("Host", b"old"), ("A", b"1")], b"{}");
        let text = write(&[(&sent, "http://h:1/"), (&sent, "http://h:1")]).unwrap();
        let one = "### req_00000000000000000000000000 2023-11-14T22:13:20.123Z\n\
                   POST http://h:1/x?y HTTP/1.1\nA: 1\n\n{}\n\n";
        assert_eq!(text, format!("{one}{one}"));
        for body in [
            &b"\xff"[..],
            b"a\n###\nDELETE /",
            b"< /etc/passwd",
            b"{{x}}",
        ] {
            assert!(write(&[(&exchange("/", &[], body), "http://h")]).is_err());
        }
    }
}
