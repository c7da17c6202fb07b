//! Connections to an origin that wait for the next request, the last used first.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::rewrite::Outgoing;
use super::tap::Tap;

/// Idle connections kept. More than a burst needs would only be closed by the origin.
const CAPACITY: usize = 1024;
/// Kept this long unless the origin says less: shorter than the keep-alive of the usual servers
/// (gunicorn 2 s, Node and uvicorn 5 s), so that a request does not meet a closing connection.
const IDLE: Duration = Duration::from_millis(1500);
/// Taken off what the origin says, for the way there.
const MARGIN: Duration = Duration::from_millis(500);

/// A connection to an origin. Dropped, it is closed at once, whatever is under way on it: the
/// library alone would go on for as long as the origin does not read.
#[derive(Debug)]
pub(super) struct Connection<B> {
    pub(super) sender: SendRequest<B>,
    /// Puts in the heads of requests, and hears those of answers.
    pub(super) tap: Tap,
    pub(super) _driver: AbortOnDropHandle<()>,
}

impl<B: Body + Send + 'static> Connection<B> {
    /// Sends a request, and waits for the head of the final answer. If nothing of the request was
    /// written, it comes back with the error.
    pub(super) async fn send(
        &mut self,
        outgoing: Outgoing<B>,
    ) -> Result<Response<Incoming>, (hyper::Error, Option<Outgoing<B>>)> {
        self.tap.arm(outgoing.head);
        let sending = self.sender.try_send_request(outgoing.request);
        sending.await.map_err(|mut error| {
            let unsent = error.take_message().map(|request| Outgoing {
                request,
                head: self.tap.unsent(),
            });
            (error.into_error(), unsent)
        })
    }
}

/// Idle connections to one origin.
#[derive(Debug)]
pub(super) struct Pool<B>(Mutex<VecDeque<Idle<B>>>);

#[derive(Debug)]
struct Idle<B> {
    connection: Connection<B>,
    until: Instant,
}

impl<B> Default for Pool<B> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<B> Pool<B> {
    /// The connection used last that is still good.
    pub(super) fn take(&self) -> Option<Connection<B>> {
        let now = Instant::now();
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The oldest are at the front; those past their time go first.
        while idle
            .front()
            .is_some_and(|oldest| oldest.until <= now || oldest.connection.sender.is_closed())
        {
            idle.pop_front();
        }
        while let Some(Idle { connection, until }) = idle.pop_back() {
            if connection.sender.is_ready() && until > now {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection whose exchange is over. A full pool drops its oldest.
    pub(super) fn put(&self, connection: Connection<B>, keep_for: Duration) {
        if keep_for.is_zero() || connection.sender.is_closed() {
            return;
        }
        let until = Instant::now() + keep_for;
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() == CAPACITY {
            idle.pop_front();
        }
        idle.push_back(Idle { connection, until });
    }
}

/// How long the origin lets a connection wait, by its `Keep-Alive: timeout=N`.
pub(super) fn keep_for(headers: &HeaderMap) -> Duration {
    let announced = headers
        .get("keep-alive")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| {
            let timeout = text
                .split(',')
                .find_map(|part| part.trim().strip_prefix("timeout="))?;
            timeout.trim().parse().ok().map(Duration::from_secs)
        });
    announced.map_or(IDLE, |announced| IDLE.min(announced.saturating_sub(MARGIN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_can_shorten_the_wait_but_not_lengthen_it() {
        for (value, expected) in [
            (None, IDLE),
            (Some("timeout=5"), IDLE),
            (Some("timeout=1, max=100"), Duration::from_millis(500)),
            (Some("max=3, timeout=0"), Duration::ZERO),
            (Some("timeout=x"), IDLE),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(value.map(|text| {
                (
                    http::header::HeaderName::from_static("keep-alive"),
                    text.parse().unwrap(),
                )
            }));
            assert_eq!(keep_for(&headers), expected, "{value:?}");
        }
    }
}
