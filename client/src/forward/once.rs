//! A request that is at hand whole, sent by the same road as those that come in.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::model::{
    BodyKind, Exchange, ExchangeId, FailureKind, Header, Headers, RequestHead,
};
use hookreel_shared::net::to_header_map;
use http_body_util::BodyExt;

use super::body::RequestBody;
use super::exchange::Forwarder;
use super::meanwhile::stored_meanwhile;
use super::origin::Answered;
use super::pool::Connection;
use super::run::{OriginBody, Run};

/// What the origin knows the exchange by.
const ID_FIELD: &str = "hookreel-request-id";

impl Forwarder {
    /// Sends a request, reads the answer to its end, and gives the exchange with both bodies. The
    /// id must be a new one. What delimits the body is made to fit it: `Content-Length` and the
    /// head's [`BodyKind`]; an upgrade is not asked for. `Hookreel-Request-Id` is that of this
    /// exchange, where there is one. Nothing else is changed but what [`super::Rewrite`] says.
    ///
    /// What goes wrong is the exchange's failure. It is recorded as any other; dropped before its
    /// end, too. An answer that never ends is waited for: the caller may drop the future.
    pub async fn once(
        self: &Arc<Self>,
        mut head: RequestHead,
        body: Bytes,
        trailers: Headers,
        replay_of: Option<ExchangeId>,
        signed_for: Option<Arc<str>>,
    ) -> Exchange {
        fit(&mut head, &body, &trailers);
        let head = Arc::new(head);
        let recording = self
            .recorder
            .begin_known(&head, &body, &trailers, replay_of)
            .bound_for(&self.url)
            .signed_for(signed_for);
        let up = recording.up().clone();
        let mut run = Run::new(self, recording);
        let result = whole(&mut run, &head, body, &trailers).await;
        if let Err(kind) = &result {
            tracing::debug!(id = %head.id, "{kind}");
            run.recording.failed(*kind);
        }
        let exchange = run.recording.into_exchange();
        if let Ok((connection, keep_for)) = result {
            self.keep(connection, keep_for, up, None);
        }
        exchange.unwrap_or_else(|| Exchange::new(head))
    }
}

/// Sends the request and reads the answer to its end; gives the connection back.
async fn whole(
    run: &mut Run<'_>,
    head: &RequestHead,
    body: Bytes,
    trailers: &Headers,
) -> Result<(Connection<OriginBody>, Duration), FailureKind> {
    let trailers = match trailers.is_empty() {
        true => None,
        false => Some(to_header_map(trailers).map_err(|_| FailureKind::Protocol)?),
    };
    let body = RequestBody::known(body, trailers);
    let up = run.recording.up().clone();
    let Answered {
        response,
        connection,
        keep_for,
    } = run.ask(head, body, &up, None).await?;
    if response.status().as_u16() == 101 {
        // Nobody asked for an upgrade.
        return Err(FailureKind::OriginBroken);
    }
    let raw = connection.tap.take();
    let (_, mut body, _) = run.begin_answer(response, raw, head);
    let reading = async move {
        while let Some(frame) = body.frame().await {
            frame.map_err(|_| FailureKind::OriginAborted)?;
        }
        Ok::<_, FailureKind>(())
    };
    stored_meanwhile(&run.recording, reading).await?;
    Ok((connection, keep_for))
}

/// Makes the head say what is sent.
fn fit(head: &mut RequestHead, body: &Bytes, trailers: &Headers) {
    head.expect_continue = false;
    if head.body == BodyKind::Upgrade {
        head.headers
            .retain(|header| !header.is("connection") && !header.is("upgrade"));
        head.body = BodyKind::Empty;
    }
    let id = Bytes::from(head.id.to_string());
    let length = Bytes::from(body.len().to_string());
    let chunked = !trailers.is_empty() || head.body == BodyKind::Chunked;
    let mut has_length = false;
    let fitting = |mut header: Header| {
        if header.is(ID_FIELD) {
            header.value = id.clone();
        } else if header.is("content-length") {
            if chunked || has_length {
                return None;
            }
            has_length = true;
            header.value = length.clone();
        }
        Some(header)
    };
    let headers = std::mem::take(&mut head.headers);
    let count = headers.len();
    head.headers = headers.iter().cloned().filter_map(fitting).collect();
    head.body = match body.len() as u64 {
        _ if chunked => BodyKind::Chunked,
        0 => BodyKind::Empty,
        length => BodyKind::Length(length),
    };
    if let (BodyKind::Length(_), false) = (head.body, has_length) {
        head.headers.push("Content-Length", length);
    }
    if head.headers.len() != count {
        // Where those of the relay begin is no longer known.
        head.added = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_shared::model::testing::request;

    fn fitted(
        kind: BodyKind,
        fields: &[(&str, &str)],
        body: &str,
        trailer: bool,
    ) -> (BodyKind, String) {
        let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
        let mut trailers = Headers::new();
        if trailer {
            trailers.push("X-Sum", "1");
        }
        let mut head = RequestHead {
            body: kind,
            expect_continue: true,
            ..request("/", &fields, 0)
        };
        fit(&mut head, &body.to_owned().into(), &trailers);
        assert!(!head.expect_continue);
        let text = |h: &Header| {
            let (name, value) = (h.name.escape_ascii(), h.value.escape_ascii());
            format!("{name}={value}")
        };
        let fields: Vec<_> = head.headers.iter().map(text).collect();
        (head.body, fields.join(" "))
    }

    #[test]
    fn the_length_is_that_of_the_body_and_stands_where_it_stood() {
        let fields = [("content-LENGTH", "9"), ("A", "b"), ("Content-Length", "9")];
        let (kind, headers) = fitted(BodyKind::Length(9), &fields, "abc", false);
        assert_eq!(
            (kind, &headers[..]),
            (BodyKind::Length(3), "content-LENGTH=3 A=b")
        );
        let (kind, headers) = fitted(BodyKind::Empty, &[], "abc", false);
        assert_eq!(
            (kind, &headers[..]),
            (BodyKind::Length(3), "Content-Length=3")
        );
        let (kind, headers) = fitted(BodyKind::Empty, &fields[..1], "", false);
        assert_eq!((kind, &headers[..]), (BodyKind::Empty, "content-LENGTH=0"));
    }

    #[test]
    fn trailers_go_behind_chunks_and_an_upgrade_is_not_asked_for() {
        let length = [("Content-Length", "3")];
        let (kind, headers) = fitted(BodyKind::Length(3), &length, "abc", true);
        assert_eq!((kind, &headers[..]), (BodyKind::Chunked, ""));
        let (kind, headers) = fitted(BodyKind::Chunked, &[], "abc", false);
        assert_eq!((kind, &headers[..]), (BodyKind::Chunked, ""));
        let upgrade = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("A", "b"),
        ];
        let (kind, headers) = fitted(BodyKind::Upgrade, &upgrade, "", false);
        assert_eq!((kind, &headers[..]), (BodyKind::Empty, "A=b"));
    }

    #[test]
    fn the_origin_gets_the_new_id() {
        let (_, headers) = fitted(
            BodyKind::Empty,
            &[("Hookreel-Request-Id", "req_old")],
            "",
            false,
        );
        assert_eq!(
            headers,
            "Hookreel-Request-Id=req_00000000000000000000000000"
        );
    }
}
