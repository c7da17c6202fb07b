//! Advice on answers of development servers that refuse the Host they are asked for.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hookreel_shared::model::ExchangeId;
use http_body::{Body, Frame, SizeHint};

use crate::record::{Feed, Notice};

/// A body whose first bytes are looked at as they pass.
#[derive(Debug)]
pub(super) struct Hinting<B> {
    inner: B,
    feed: Option<Feed>,
    of: Option<ExchangeId>,
}

impl<B> Hinting<B> {
    /// Looks only where the status gives reason to, and somebody would see the advice.
    pub(super) fn new(inner: B, status: u16, feed: &Feed, of: Option<ExchangeId>) -> Self {
        let feed = (is_suspicious(status) && feed.is_watched()).then(|| feed.clone());
        Self { inner, feed, of }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Hinting<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
            && let Some(feed) = self.feed.take()
            && let Some(advice) = blocked_host(data)
        {
            feed.show(Notice::Hint {
                of: self.of,
                text: advice.to_owned(),
            });
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Advice is worth looking for in answers of these statuses only.
fn is_suspicious(status: u16) -> bool {
    matches!(status, 400 | 403)
}

/// What to tell the user about the beginning of such an answer's body.
fn blocked_host(body: &[u8]) -> Option<&'static str> {
    const SIGNS: &[(&[u8], &str)] = &[
        (
            b"Blocked request. This host",
            "Vite refuses the Host it is asked for: use --host-header rewrite, or add the host to server.allowedHosts in vite.config",
        ),
        (
            b"Blocked hosts:",
            "Rails refuses the Host it is asked for: use --host-header rewrite, or add the host to config.hosts",
        ),
        (
            b"Blocked host:",
            "Rails refuses the Host it is asked for: use --host-header rewrite, or add the host to config.hosts",
        ),
        (
            b"DisallowedHost",
            "Django refuses the Host it is asked for: use --host-header rewrite, or add the host to ALLOWED_HOSTS",
        ),
        (
            b"Invalid HTTP_HOST header",
            "Django refuses the Host it is asked for: use --host-header rewrite, or add the host to ALLOWED_HOSTS",
        ),
        (
            b"Invalid Host header",
            "the development server refuses the Host it is asked for: use --host-header rewrite, or allow the host in its configuration",
        ),
    ];
    let has = |sign: &[u8]| body.windows(sign.len()).any(|part| part == sign);
    SIGNS
        .iter()
        .find(|(sign, _)| has(sign))
        .map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_known_development_servers_are_recognised() {
        for (body, server) in [
            (
                "Blocked request. This host (\"a.example\") is not allowed.",
                "Vite",
            ),
            ("<h1>Blocked hosts: a.example</h1>", "Rails"),
            ("<title>DisallowedHost at /</title>", "Django"),
            ("Invalid HTTP_HOST header: 'a.example'.", "Django"),
            ("Invalid Host header", "development server"),
        ] {
            assert!(
                blocked_host(body.as_bytes()).unwrap().contains(server),
                "{body}"
            );
        }
        assert_eq!(blocked_host(b"Forbidden"), None);
    }
}
