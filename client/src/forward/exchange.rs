//! One exchange: the request to the origin, the answer back, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hookreel_shared::model::{BodyKind, FailureKind, Headers, RequestHead, ResponseHead};
use hookreel_shared::net::{PumpError, RecvHalf, SendHalf, StreamBody, StreamError, pump};
use hookreel_shared::wire::head::{self, Answer};
use http::Response;
use http_body::Body;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use tokio::time::{Instant, sleep_until};

use super::answer::response_head;
use super::body::{Counted, RequestBody};
use super::hint::Hinting;
use super::interim::Interims;
use super::origin::{Answered, Origin, OriginError, OriginOptions};
use super::progress::Progress;
use super::upgrade;
use crate::record::{Feed, Recording};

/// An origin that ignores `Expect: 100-continue` is sent the body after this (RFC 9110 §10.1.1).
const CONTINUE_AFTER: Duration = Duration::from_secs(1);

/// Most answers are here before this; only then is it worth watching for a sender that hangs up.
const WATCH_AFTER: Duration = Duration::from_millis(20);

type OriginBody = Counted<RequestBody>;

/// Hands requests to one origin.
pub struct Forwarder {
    origin: Origin<OriginBody>,
    feed: Feed,
}

/// A connection that may serve another request.
type Reusable = Option<(SendRequest<OriginBody>, Duration)>;

impl Forwarder {
    /// A forwarder whose exchanges are shown on `feed`.
    ///
    /// # Errors
    /// [`OriginError`].
    pub fn new(options: OriginOptions, feed: Feed) -> Result<Self, OriginError> {
        Ok(Self {
            origin: Origin::new(options)?,
            feed,
        })
    }

    /// What is set for its origin.
    #[must_use]
    pub fn options(&self) -> &OriginOptions {
        &self.origin.options
    }

    /// Serves one request that came in on a stream. What goes wrong is told to the relay by the
    /// code the stream is reset with.
    pub async fn serve(&self, head: RequestHead, mut send: SendHalf, recv: RecvHalf) {
        let head = Arc::new(head);
        let mut run = Run {
            origin: &self.origin,
            feed: &self.feed,
            recording: Recording::begin(&self.feed, &head),
            up: Progress::default(),
            down: Progress::default(),
        };
        let result = run.go(&head, &mut send, recv).await;
        if let Err(kind) = result {
            tracing::debug!(id = %head.id, "{kind}");
            send.reset(kind);
            run.recording.failed(kind);
        }
        run.recording.closed(run.up.bytes(), run.down.bytes());
        drop(run);
        if let Ok(Some((sender, keep_for))) = result {
            self.origin.keep(sender, keep_for).await;
        }
    }
}

struct Run<'a> {
    origin: &'a Origin<OriginBody>,
    feed: &'a Feed,
    recording: Recording,
    up: Progress,
    down: Progress,
}

impl Run<'_> {
    async fn go(
        &mut self,
        head: &RequestHead,
        send: &mut SendHalf,
        recv: RecvHalf,
    ) -> Result<Reusable, FailureKind> {
        let (body, mut kept) = match head.body {
            BodyKind::Upgrade => (RequestBody::None, Some(recv)),
            kind => (RequestBody::Stream(StreamBody::new(recv, kind)), None),
        };
        let body = Counted::new(body, self.up.clone());
        let options = &self.origin.options;
        let request = options
            .rewrite
            .request(head, &options.address, body)
            .map_err(|_| FailureKind::Protocol)?;
        let Answered {
            response,
            sender,
            keep_for,
        } = self.ask(request, head, send).await?;
        let status = response.status().as_u16();
        if status == 101 {
            // An upgrade nobody asked for is not HTTP any more.
            let recv = kept.take().ok_or(FailureKind::OriginBroken)?;
            Box::pin(self.upgrade(response, send, recv)).await?;
            return Ok(None);
        }
        self.answer(response, head, send).await?;
        Ok(Some((sender, keep_for)))
    }

    /// Sends the request and waits for the head of the answer; interim ones go back as they come.
    async fn ask(
        &mut self,
        mut request: http::Request<OriginBody>,
        head: &RequestHead,
        send: &mut SendHalf,
    ) -> Result<Answered<OriginBody>, FailureKind> {
        let interims = Interims::of(&mut request);
        let mut gone = std::pin::pin!(send.stopped());
        let mut answering = std::pin::pin!(self.origin.send(request));
        let within = self.origin.options.answer_within;
        let began = Instant::now();
        let (mut moved, mut deadline) = (0, began + within);
        let (mut watched, watch_at) = (false, began + WATCH_AFTER);
        let mut continue_at = head.expect_continue.then(|| began + CONTINUE_AFTER);
        loop {
            let next = continue_at.map_or(deadline, |at| at.min(deadline));
            let next = if watched { next } else { next.min(watch_at) };
            tokio::select! {
                biased;
                answered = &mut answering => {
                    let answered = answered?;
                    for head in interims.take() {
                        write_interim(send, head).await?;
                    }
                    return Ok(answered);
                }
                heads = interims.next() => {
                    for head in heads {
                        if head.status == 100 {
                            continue_at = None;
                        }
                        write_interim(send, head).await?;
                    }
                }
                error = &mut gone, if watched => return Err(gone_kind(&error)),
                () = sleep_until(next) => {
                    let now = Instant::now();
                    if now >= watch_at {
                        watched = true;
                    }
                    if continue_at.is_some_and(|at| now >= at) {
                        continue_at = None;
                        let head = ResponseHead {
                            status: 100,
                            reason: None,
                            headers: Headers::new(),
                            body: BodyKind::Empty,
                        };
                        write_interim(send, head).await?;
                    }
                    if now >= deadline {
                        // A request that is still being sent is no origin that hangs.
                        if self.up.bytes() == moved {
                            return Err(FailureKind::OriginTimeout);
                        }
                        (moved, deadline) = (self.up.bytes(), now + within);
                    }
                }
            }
        }
    }

    async fn answer(
        &mut self,
        response: Response<Incoming>,
        request: &RequestHead,
        send: &mut SendHalf,
    ) -> Result<(), FailureKind> {
        let (parts, body) = response.into_parts();
        let bodiless = request.method.eq_ignore_ascii_case(b"HEAD")
            || matches!(parts.status.as_u16(), 204 | 304);
        let kind = match body.size_hint().exact() {
            _ if bodiless => BodyKind::Empty,
            Some(0) => BodyKind::Empty,
            Some(length) => BodyKind::Length(length),
            None => BodyKind::Chunked,
        };
        let head = response_head(&parts, kind);
        self.recording.answered(&head);
        let first = encode(&Answer::Final(head))?;
        let gone = send.stopped();
        let body = Hinting::new(
            Counted::new(body, self.down.clone()),
            parts.status.as_u16(),
            self.feed,
        );
        tokio::select! {
            biased;
            pumped = pump(first, body, send, kind, None) => match pumped {
                Ok(()) => Ok(()),
                Err(PumpError::Body(_) | PumpError::Length | PumpError::Idle) => Err(FailureKind::OriginAborted),
                Err(PumpError::Stream(error)) => Err(gone_kind(&error)),
            },
            error = gone => Err(gone_kind(&error)),
        }
    }

    async fn upgrade(
        &mut self,
        mut response: Response<Incoming>,
        send: &mut SendHalf,
        recv: RecvHalf,
    ) -> Result<(), FailureKind> {
        let upgraded = hyper::upgrade::on(&mut response);
        let (parts, _) = response.into_parts();
        let head = response_head(&parts, BodyKind::Upgrade);
        self.recording.answered(&head);
        send.write(encode(&Answer::Final(head))?)
            .await
            .map_err(|error| gone_kind(&error))?;
        let upgraded = upgraded.await.map_err(|_| FailureKind::OriginClosed)?;
        upgrade::join(upgraded, send, recv, &self.up, &self.down).await;
        Ok(())
    }
}

async fn write_interim(send: &mut SendHalf, head: ResponseHead) -> Result<(), FailureKind> {
    send.write(encode(&Answer::Interim(head))?)
        .await
        .map_err(|error| gone_kind(&error))
}

fn encode(answer: &Answer) -> Result<Bytes, FailureKind> {
    let mut out = BytesMut::with_capacity(512);
    head::encode_answer(answer, &mut out).map_err(|_| FailureKind::OriginBroken)?;
    Ok(out.freeze())
}

/// Whoever reads our answer wants no more of it: the sender has hung up, or the tunnel is gone.
fn gone_kind(error: &StreamError) -> FailureKind {
    match error {
        StreamError::Lost => FailureKind::TunnelLost,
        _ => FailureKind::SenderGone,
    }
}
