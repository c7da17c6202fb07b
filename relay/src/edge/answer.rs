//! Answers of the relay itself: problem documents (RFC 9457), or a small page for browsers.

use std::fmt::Write;
use std::time::SystemTime;

use bytes::Bytes;
use hookreel_shared::model::{ExchangeId, Headers};
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use super::body::{EdgeBody, Kind};
use super::refusal::{Outward, Refusal};

/// Header that only the relay itself can set: the code of its answer.
pub const ERROR_HEADER: &str = "hookreel-error";
/// Header with the id of the exchange.
pub const REQUEST_ID_HEADER: &str = "hookreel-request-id";

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    request_id: &'a str,
}

/// The answer to a refused or failed request. It tells nothing about the developer's machine.
pub fn refuse(refusal: Refusal, id: ExchangeId, wants_html: bool) -> Response<EdgeBody> {
    let Outward {
        code,
        status,
        title,
        detail,
        retry_after,
    } = refusal.outward();
    let (code, request_id) = (format!("HR-{code}"), id.to_string());
    let (content_type, body) = if wants_html {
        (
            "text/html; charset=utf-8",
            page(&code, status, title, detail, &request_id),
        )
    } else {
        let problem = Problem {
            r#type: "about:blank",
            title,
            status,
            detail,
            code: &code,
            request_id: &request_id,
        };
        (
            "application/problem+json",
            serde_json::to_string(&problem).unwrap_or_default() + "\n",
        )
    };
    let mut response = own(status, content_type, body.into());
    let headers = response.headers_mut();
    let mut set = |name: &'static str, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    set(ERROR_HEADER, &code);
    set(REQUEST_ID_HEADER, &request_id);
    if let Some(seconds) = retry_after {
        set("retry-after", &seconds.to_string());
    }
    let misread = matches!(
        refusal,
        Refusal::Framing
            | Refusal::Malformed
            | Refusal::HeadTimeout
            | Refusal::HeadTooLarge
            | Refusal::Version
    );
    if misread {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A plain answer of the relay, such as to a health check.
pub fn own(status: u16, content_type: &'static str, body: Bytes) -> Response<EdgeBody> {
    let mut response = Response::new(EdgeBody::new(Kind::Own(Some(body)), None));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(SystemTime::now())) {
        headers.insert(header::DATE, date);
    }
    response
}

/// Whether the caller asks for a page: a browser does, a sender of webhooks does not.
pub fn wants_html(headers: &Headers) -> bool {
    headers
        .list_items("accept")
        .any(|item| item.len() >= 9 && item[..9].eq_ignore_ascii_case(b"text/html"))
}

fn page(code: &str, status: u16, title: &str, detail: &str, request_id: &str) -> String {
    let mut page = String::new();
    // Nothing here comes from the request, so nothing needs escaping.
    let _ = writeln!(
        page,
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\"><title>{status} {title}</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:4em auto;padding:0 1em}}\
         code{{color:#666}}</style>\
         <h1>{title}</h1><p>{detail}</p><p><code>{code} · {request_id}</code></p></html>"
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_shared::model::FailureKind;
    use http_body_util::BodyExt;

    fn text(response: Response<EdgeBody>) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let body = runtime
            .block_on(response.into_body().collect())
            .unwrap()
            .to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    fn id() -> ExchangeId {
        ExchangeId::from_uuid(uuid::Uuid::nil())
    }

    #[test]
    fn a_refusal_is_a_problem_document_with_code_id_and_when_to_retry() {
        let response = refuse(Refusal::Failed(FailureKind::NotConnected), id(), false);
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["hookreel-error"], "HR-5031");
        assert_eq!(response.headers()["retry-after"], "5");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        insta::assert_snapshot!(text(response));
    }

    #[test]
    fn a_browser_gets_a_page_with_the_same_code() {
        let mut headers = Headers::new();
        headers.push("Accept", "text/html,application/xhtml+xml;q=0.9");
        assert!(wants_html(&headers));
        let response = refuse(Refusal::Failed(FailureKind::UnknownName), id(), true);
        assert_eq!(response.headers()["hookreel-error"], "HR-4040");
        insta::assert_snapshot!(text(response));
    }
}
