//! Heads of answers on their way back: everything but what concerns only our connection to the
//! origin.

use bytes::Bytes;
use hookreel_shared::model::{BodyKind, Header, Headers, ResponseHead};
use http::HeaderMap;
use http::header::{self, HeaderName};
use hyper::ext::ReasonPhrase;

/// The head of a final answer.
pub(super) fn response_head(parts: &http::response::Parts, body: BodyKind) -> ResponseHead {
    let reason = parts.extensions.get::<ReasonPhrase>();
    ResponseHead {
        status: parts.status.as_u16(),
        reason: reason.map(|reason| Bytes::copy_from_slice(reason.as_bytes())),
        headers: end_to_end(&parts.headers, body == BodyKind::Upgrade),
        body,
    }
}

/// Without hop-by-hop fields (RFC 9110 §7.6.1). The answer to an upgrade keeps its own.
pub(super) fn end_to_end(headers: &HeaderMap, upgrade: bool) -> Headers {
    let connection = headers.get_all(header::CONNECTION);
    let named = |name: &HeaderName| {
        let mut items = connection
            .iter()
            .flat_map(|value| value.as_bytes().split(|&b| b == b','));
        items.any(|item| {
            name.as_str()
                .as_bytes()
                .eq_ignore_ascii_case(item.trim_ascii())
        })
    };
    let keeps = |name: &HeaderName| match name.as_str() {
        "upgrade" | "connection" => upgrade,
        "keep-alive" | "proxy-connection" | "te" | "transfer-encoding" => false,
        "content-length" => true,
        _ => !named(name),
    };
    headers
        .iter()
        .filter(|(name, _)| keeps(name))
        .map(|(name, value)| Header {
            name: Bytes::copy_from_slice(name.as_str().as_bytes()),
            value: Bytes::copy_from_slice(value.as_bytes()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn kept(fields: &[(&'static str, &'static str)], upgrade: bool) -> Vec<Bytes> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let kept = end_to_end(&headers, upgrade);
        kept.iter().map(|header| header.name.clone()).collect()
    }

    #[test]
    fn what_concerns_one_connection_does_not_go_back() {
        let fields = [
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("transfer-encoding", "chunked"),
            ("a", "1"),
            ("keep-alive", "x"),
            ("a", "2"),
        ];
        assert_eq!(kept(&fields, false), ["a", "a"]);
        let named = [("connection", "content-length"), ("content-length", "3")];
        assert_eq!(kept(&named, false), ["content-length"]);
    }

    #[test]
    fn the_answer_to_an_upgrade_keeps_its_upgrade() {
        let fields = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("keep-alive", "x"),
        ];
        assert_eq!(kept(&fields, true), ["connection", "upgrade"]);
    }
}
