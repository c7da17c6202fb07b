//! Files for a test: the request and its answer, bodies byte for byte beside the heads.

use serde_json::{Value, json};

use super::{ExportError, Secrets, checked, request_body, response_body, sent};
use crate::model::{Exchange, Headers};

const README: &str = "\
A webhook kept by hookreel.

- request.json: method, url, headers as [name, value] pairs in order (values in hexadecimal,
  as {\"hex\": ...}, where they are not UTF-8), and whether secrets are masked
- request.body: the bytes of the body
- response.json, response.body: the answer, if one came: status, headers, body
";

/// Relative names and contents of the files.
///
/// # Errors
/// [`ExportError`] if part of a body was not kept or `base` is no URL.
pub fn write(
    exchange: &Exchange,
    base: &str,
    secrets: Secrets,
) -> Result<Vec<(String, Vec<u8>)>, ExportError> {
    let base = checked(base)?;
    let exchange = &*secrets.of(exchange);
    let head = &exchange.request;
    let request = json!({
        "method": head.method_str(),
        "url": format!("{base}{}", String::from_utf8_lossy(&head.target)),
        "headers": pairs(&sent(head)),
        "redacted": secrets == Secrets::Masked,
    });
    let mut files = vec![
        ("README.md".to_owned(), README.as_bytes().to_vec()),
        ("request.json".to_owned(), pretty(&request)),
        ("request.body".to_owned(), request_body(exchange)?.to_vec()),
    ];
    if let Some(head) = &exchange.response {
        let response = json!({"status": head.status, "headers": pairs(&head.headers)});
        files.push(("response.json".to_owned(), pretty(&response)));
        files.push((
            "response.body".to_owned(),
            response_body(exchange)?.to_vec(),
        ));
    }
    Ok(files)
}

fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

fn pairs(headers: &Headers) -> Vec<[Value; 2]> {
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({"hex": hex::encode(bytes)}),
    };
    headers
        .iter()
        .map(|header| [text(&header.name), text(&header.value)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{answered, exchange};

    #[test]
    fn secrets_are_masked_unless_asked_for() {
        let sent = exchange(
            "/x",
            &[("Authorization", b"Bearer s3cret")],
            b"{\"token\":\"s3cret\"}",
        );
        let sent = answered(sent, b"ok");
        let all = |secrets| {
            let files = write(&sent, "http://h", secrets).unwrap();
            assert_eq!(files.len(), 5);
            String::from_utf8(files.into_iter().flat_map(|(_, bytes)| bytes).collect()).unwrap()
        };
        assert!(!all(Secrets::Masked).contains("s3cret"));
        assert_eq!(all(Secrets::Kept).matches("s3cret").count(), 2);
    }
}
