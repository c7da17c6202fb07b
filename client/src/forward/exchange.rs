//! One exchange: the request to the origin, the answer back, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hookreel_shared::model::{BodyKind, FailureKind, Headers, RequestHead, ResponseHead};
use hookreel_shared::net::{After, PumpError, RecvHalf, SendHalf, StreamBody, StreamError, pump};
use hookreel_shared::wire::head::{self, Answer};
use http::Response;
use http_body::Body;
use hyper::body::Incoming;
use tokio::time::{Instant, sleep_until};

use super::answer::response_head;
use super::body::{Counted, Home, RequestBody};
use super::hint::Hinting;
use super::interim::Interims;
use super::origin::{Answered, Origin, OriginError, OriginOptions};
use super::pool::Connection;
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

/// A connection that may serve another request, and for how long.
type Reusable = (Connection<OriginBody>, Duration);

/// What of an exchange is of further use.
#[derive(Default)]
struct Left {
    connection: Option<Reusable>,
    /// The stream's receiving half, if the relay was told that another request may follow.
    recv: Option<RecvHalf>,
}

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

    /// Serves one request that came in on a stream, and gives the stream back if it may carry
    /// another. What goes wrong is told to the relay by the code the stream is reset with.
    pub async fn serve(
        self: &Arc<Self>,
        head: RequestHead,
        mut send: SendHalf,
        recv: RecvHalf,
        home: &Arc<Home>,
    ) -> Option<(SendHalf, RecvHalf)> {
        let head = Arc::new(head);
        let mut run = Run {
            origin: &self.origin,
            feed: &self.feed,
            home,
            recording: Recording::begin(&self.feed, &head),
            up: Progress::default(),
            down: Progress::default(),
        };
        let left = run.go(&head, &mut send, recv).await.unwrap_or_else(|kind| {
            tracing::debug!(id = %head.id, "{kind}");
            send.reset(kind);
            run.recording.failed(kind);
            Left::default()
        });
        run.recording.closed(run.up.bytes(), run.down.bytes());
        if let Some((connection, keep_for)) = left.connection {
            self.keep(connection, keep_for, run.up);
        }
        left.recv.map(|recv| (send, recv))
    }

    /// Keeps a connection; the stream does not wait for that.
    fn keep(
        self: &Arc<Self>,
        connection: Connection<OriginBody>,
        keep_for: Duration,
        up: Progress,
    ) {
        if connection.sender.is_ready() {
            self.origin.keep(connection, keep_for);
        } else {
            let forwarder = Arc::clone(self);
            tokio::spawn(async move {
                forwarder
                    .origin
                    .keep_once_ready(connection, keep_for, &up)
                    .await;
            });
        }
    }
}

struct Run<'a> {
    origin: &'a Origin<OriginBody>,
    feed: &'a Feed,
    home: &'a Arc<Home>,
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
    ) -> Result<Left, FailureKind> {
        let (body, mut kept) = match head.body {
            BodyKind::Upgrade => (RequestBody::default(), Some(recv)),
            kind => {
                let body = StreamBody::new(recv, kind);
                (RequestBody::stream(body, self.home), None)
            }
        };
        let body = Counted::new(body, self.up.clone());
        let options = &self.origin.options;
        let request = options
            .rewrite
            .request(head, &options.address, body)
            .map_err(|_| FailureKind::Protocol)?;
        let Answered {
            response,
            connection,
            keep_for,
        } = self.ask(request, head, send).await?;
        let status = response.status().as_u16();
        if status == 101 {
            // An upgrade nobody asked for is not HTTP any more.
            let recv = kept.take().ok_or(FailureKind::OriginBroken)?;
            Box::pin(self.upgrade(response, send, recv)).await?;
            return Ok(Left::default());
        }
        let recv = self.answer(response, head, send).await?;
        Ok(Left {
            connection: Some((connection, keep_for)),
            recv,
        })
    }

    /// Sends the request and waits for the head of the answer; interim ones go back as they come.
    async fn ask(
        &mut self,
        mut request: http::Request<OriginBody>,
        head: &RequestHead,
        send: &mut SendHalf,
    ) -> Result<Answered<OriginBody>, FailureKind> {
        let interims = Interims::of(&mut request);
        let mut gone = None;
        let mut answering = std::pin::pin!(self.origin.send(request));
        let within = self.origin.options.answer_within;
        let began = Instant::now();
        let (mut moved, mut deadline) = (0, began + within);
        let watch_at = began + WATCH_AFTER;
        let mut continue_at = head.expect_continue.then(|| began + CONTINUE_AFTER);
        loop {
            let next = continue_at.map_or(deadline, |at| at.min(deadline));
            let next = if gone.is_some() {
                next
            } else {
                next.min(watch_at)
            };
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
                error = some(&mut gone) => return Err(gone_kind(&error)),
                () = sleep_until(next) => {
                    let now = Instant::now();
                    if now >= watch_at && gone.is_none() {
                        gone = Some(Box::pin(send.stopped()));
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
    ) -> Result<Option<RecvHalf>, FailureKind> {
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
        let body = Hinting::new(
            Counted::new(body, self.down.clone()),
            parts.status.as_u16(),
            self.feed,
        );
        let mut recv = None;
        let after = || {
            recv = self.home.take();
            if recv.is_some() {
                After::Again
            } else {
                After::End
            }
        };
        match pump(first, body, send, kind, None, after).await {
            Ok(()) => Ok(recv),
            Err(PumpError::Body(_) | PumpError::Length | PumpError::Idle) => {
                Err(FailureKind::OriginAborted)
            }
            Err(PumpError::Stream(error)) => Err(gone_kind(&error)),
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

/// What a future gives that may not be there yet.
async fn some<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
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
