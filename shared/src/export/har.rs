//! HTTP Archive 1.2. Bodies that are not UTF-8 are base64; so are header values, in a field of
//! our own (`_base64`), as the format has none. Its types are written out as JSON here, since
//! reading needs them lenient and writing needs these extras.

use serde_json::{Value, json};

use super::json::version_word;
use super::{ExportError, Secrets, checked, sent, to_base64};
use crate::model::{Capture, Exchange, Headers, Timestamp};
use crate::pretty::safe;

/// An archive of these exchanges, as one JSON document. Beside each stands where it was sent, as
/// `http://host:port`.
///
/// # Errors
/// [`ExportError`] if an address is no URL.
pub fn write(exchanges: &[(&Exchange, &str)], secrets: Secrets) -> Result<String, ExportError> {
    let entries: Result<Vec<_>, _> = exchanges
        .iter()
        .map(|(one, base)| entry(&secrets.of(one), checked(base)?))
        .collect();
    let archive = json!({"log": {
        "version": "1.2",
        "creator": {"name": "hookreel", "version": env!("CARGO_PKG_VERSION")},
        "entries": entries?,
    }});
    Ok(safe::json(archive.to_string()))
}

fn entry(exchange: &Exchange, base: &str) -> Result<Value, ExportError> {
    let head = &exchange.request;
    let begun = head.received_at;
    let sent_at = exchange.sent_at.unwrap_or(begun);
    let answered = exchange.answered_at.unwrap_or(sent_at);
    let closed = exchange.closed_at.unwrap_or(answered);
    let headers = sent(head);
    let body = &exchange.request_body;
    let target = String::from_utf8_lossy(&head.target);
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let query: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let mut request = json!({
        "method": head.method_str(),
        "url": format!("{base}{target}"),
        "httpVersion": version_word(head.version),
        "cookies": [],
        "headers": fields(&headers),
        "queryString": query,
        "headersSize": -1,
        "bodySize": body.size,
    });
    comment(&mut request, &exchange.request_body);
    if !body.kept.is_empty()
        && let Some(request) = request.as_object_mut()
    {
        request.insert("postData".to_owned(), content(&headers, body));
    }
    Ok(json!({
        "startedDateTime": begun.to_string(),
        "time": ms(begun, closed),
        "request": request,
        "response": response(exchange),
        "cache": {},
        "timings": {
            "send": ms(begun, sent_at),
            "wait": ms(sent_at, answered),
            "receive": ms(answered, closed),
        },
        "_id": head.id.to_string(),
    }))
}

/// An exchange without an answer has status 0, as in browsers.
fn response(exchange: &Exchange) -> Value {
    let none = Headers::new();
    let body = &exchange.response_body;
    let head = exchange.response.as_deref();
    let headers = head.map_or(&none, |head| &head.headers);
    let reason = head
        .and_then(|head| head.reason.as_deref())
        .unwrap_or_default();
    let location = headers
        .get("Location")
        .map(|value| String::from_utf8_lossy(value));
    let mut response = json!({
        "status": head.map_or(0, |head| head.status),
        "statusText": String::from_utf8_lossy(reason),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": fields(headers),
        "content": content(headers, body),
        "redirectURL": location.unwrap_or_default(),
        "headersSize": -1,
        "bodySize": body.size,
    });
    comment(&mut response, &exchange.response_body);
    response
}

/// Says of a message that not all of its body is here: to people in a comment, which the format
/// has, and to programs in a field of our own.
fn comment(message: &mut Value, body: &Capture) {
    let (kept, size) = (body.kept.len(), body.size);
    let said = match (body.is_truncated(), body.cut) {
        (false, false) => return,
        (false, true) => format!("the body broke off after {size} bytes"),
        (true, false) => format!("only the first {kept} of {size} bytes were kept"),
        (true, true) => {
            format!("only the first {kept} of {size} bytes were kept, and the body broke off there")
        }
    };
    if let Some(message) = message.as_object_mut() {
        message.insert("comment".to_owned(), said.into());
        message.insert("_cut".to_owned(), true.into());
    }
}

fn content(headers: &Headers, body: &Capture) -> Value {
    let (body, size) = (&body.kept, body.size);
    let kind = headers
        .get("Content-Type")
        .map(|value| String::from_utf8_lossy(value));
    let kind = kind.unwrap_or_default();
    match std::str::from_utf8(body) {
        Ok(text) => json!({"size": size, "mimeType": kind, "text": text}),
        Err(_) => json!({
            "size": size, "mimeType": kind, "text": to_base64(body), "encoding": "base64",
        }),
    }
}

fn fields(headers: &Headers) -> Vec<Value> {
    let field = |header: &crate::model::Header| {
        let name = String::from_utf8_lossy(&header.name);
        match std::str::from_utf8(&header.value) {
            Ok(value) => json!({"name": name, "value": value}),
            Err(_) => json!({
                "name": name,
                "value": String::from_utf8_lossy(&header.value),
                "_base64": to_base64(&header.value),
            }),
        }
    };
    headers.iter().map(field).collect()
}

fn ms(from: Timestamp, to: Timestamp) -> f64 {
    to.since(from).as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::super::import;
    use super::*;
    use crate::model::testing::{answered, any_headers, exchange};
    use proptest::prelude::*;

    /// The only entry.
    fn one(text: &[u8]) -> Result<import::Imported, import::ImportError> {
        let mut read = Vec::new();
        import::har(text, &mut |entry| read.push(entry))?;
        assert_eq!(read.len(), 1);
        read.remove(0)
    }

    proptest! {
        #[test]
        fn an_archive_reads_back_as_the_requests_and_answers_it_was_made_from(
            headers in any_headers(),
            body in prop::collection::vec(any::<u8>(), 0..30),
        ) {
            let fields: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.as_slice())).collect();
            let sent = answered(exchange("/a?b=c%20d", &fields, &body), &body);
            let text = write(&[(&sent, "http://demo.localhost:7080")], Secrets::Kept).unwrap();
            let read = one(text.as_bytes()).unwrap();
            prop_assert_eq!(&read.headers, &sent.request.headers);
            prop_assert_eq!(&read.body[..], &body[..]);
            prop_assert_eq!(&read.target, &sent.request.target);
            let answer = read.response.unwrap();
            prop_assert_eq!(&answer.body[..], &body[..]);
            prop_assert_eq!(answer.status, 200);
        }
    }

    #[test]
    fn a_body_that_broke_off_is_in_the_archive_with_a_comment() {
        let mut sent = answered(exchange("/", &[], b"{}"), b"half");
        sent.response_body.cut = true;
        let text = write(&[(&sent, "http://demo.localhost:7080")], Secrets::Kept).unwrap();
        let archive: Value = serde_json::from_str(&text).unwrap();
        let entry = &archive["log"]["entries"][0];
        assert_eq!(
            entry["response"]["comment"],
            "the body broke off after 4 bytes"
        );
        assert_eq!(entry["response"]["content"]["text"], "half");
        assert!(entry["request"].get("comment").is_none());
        let read = one(text.as_bytes()).unwrap();
        let answer = read.response.unwrap();
        assert!(answer.cut && !read.cut, "and does not come back as whole");
        assert_eq!(&answer.body[..], b"half");
    }

    #[test]
    fn a_body_that_was_not_kept_whole_is_in_the_archive_as_far_as_it_was() {
        let mut sent = answered(exchange("/", &[], b"begin"), b"");
        sent.request_body.size = 5_000_000;
        let text = write(&[(&sent, "http://demo.localhost:7080")], Secrets::Kept).unwrap();
        let archive: Value = serde_json::from_str(&text).unwrap();
        let request = &archive["log"]["entries"][0]["request"];
        let said = "only the first 5 of 5000000 bytes were kept";
        assert_eq!(request["comment"], said);
        assert_eq!(request["postData"]["text"], "begin");
        assert_eq!(request["bodySize"], 5_000_000);
        let read = one(text.as_bytes()).unwrap();
        assert_eq!((read.cut, &read.body[..]), (true, &b"begin"[..]));
    }

    #[test]
    fn what_browsers_write_is_read_and_what_is_wrong_has_its_place() {
        let text = br#"{"log":{"entries":[{"request":{"method":"POST","url":"https://h/x",
            "headers":[{"name":":authority","value":"h"},{"name":"a","value":"1"}],
            "postData":{"mimeType":"f","params":[{"name":"k","value":"v w"}]}},
            "response":{"status":0,"headers":[],"content":{}}}]}}"#;
        let read = one(text).unwrap();
        assert_eq!((read.headers.len(), &read.body[..]), (1, &b"k=v+w"[..]));
        assert_eq!(read.response, None);
        let error = one(b"{\"log\":\n{}}").unwrap_err().to_string();
        assert!(error.contains("at line 2 column"), "{error}");
    }
}
