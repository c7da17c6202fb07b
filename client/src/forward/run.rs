//! One request on its way: asked of the origin, and answered on the stream it came in on.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hookreel_shared::model::{BodyKind, FailureKind, RequestHead, ResponseHead};
use hookreel_shared::net::{
    After, PumpError, RecvHalf, SendHalf, StreamBody, StreamError, at_once, pump,
};
use hookreel_shared::wire::frame::FrameError;
use hookreel_shared::wire::head::{self, Answer};
use http::Response;
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, sleep_until, timeout};

use super::answer::response_head;
use super::body::{Home, RequestBody, Tee};
use super::exchange::Forwarder;
use super::gate::Admitted;
use super::hint::Hinting;
use super::interim::{Interims, go_on};
use super::meanwhile::{STORE_AGAIN_AFTER, stored_meanwhile};
use super::origin::{Answered, SentAt};
use super::pool::Connection;
use super::upgrade;
use crate::record::{Passing, Recording};

/// An origin that ignores `Expect: 100-continue` is sent the body after this (RFC 9110 §10.1.1).
const CONTINUE_AFTER: Duration = Duration::from_secs(1);

/// Most answers are here before this; only then is it worth watching for a sender that hangs up.
const WATCH_AFTER: Duration = Duration::from_millis(20);

/// A request that waits for its answer so long is written as it stands: whatever happens to this
/// process, it is on disk within a second. Most have ended before, and are written once.
const STORE_AFTER: Duration = Duration::from_millis(400);

/// The body of a request that did not get to the origin is recorded all the same, so that it can
/// be sent again. The sender waits for the bad news this much longer at the most, and only while
/// its body is still on the way.
const RESCUE_WITHIN: Duration = Duration::from_secs(1);

/// What goes to origins.
pub(super) type OriginBody = Tee<RequestBody>;

/// What of an exchange is of further use.
#[derive(Default)]
pub(super) struct Left {
    /// A connection that may serve another request, and for how long.
    pub(super) connection: Option<(Connection<OriginBody>, Duration)>,
    /// The stream's receiving half, if the relay was told that another request may follow.
    pub(super) recv: Option<RecvHalf>,
    /// How far a body that was held back has got to the origin.
    pub(super) sending: Option<Passing>,
}

/// One exchange under way.
pub(super) struct Run<'a> {
    pub(super) forwarder: &'a Forwarder,
    pub(super) recording: Recording,
}

impl<'a> Run<'a> {
    pub(super) fn new(forwarder: &'a Forwarder, recording: Recording) -> Self {
        Self {
            forwarder,
            recording,
        }
    }

    /// From the request on a stream to the end of its answer.
    pub(super) async fn go(
        &mut self,
        head: &Arc<RequestHead>,
        send: &mut SendHalf,
        recv: RecvHalf,
        home: &Arc<Home>,
    ) -> Result<Left, FailureKind> {
        let (body, mut kept) = match head.body {
            BodyKind::Upgrade => (RequestBody::default(), Some(recv)),
            kind => {
                let body = StreamBody::new(recv, kind);
                (RequestBody::stream(body, home), None)
            }
        };
        let forwarder = self.forwarder;
        let guard = forwarder.guard.as_ref();
        let (body, passed) = match guard.filter(|guard| guard.holds(head)) {
            Some(guard) => match Box::pin(self.admit(guard, head, body, send, home)).await? {
                Admitted::In(held) => (held.body(), Some(held)),
                Admitted::Answered(left) => return Ok(left),
            },
            None => (body, None),
        };
        let sending = passed.as_ref().map(|held| held.sending.clone());
        let up = sending.as_ref().unwrap_or(self.recording.up()).clone();
        let answered = match &passed {
            // The sender was told to go on already.
            Some(_) if head.expect_continue => {
                let onward = RequestHead {
                    expect_continue: false,
                    ..(**head).clone()
                };
                Box::pin(self.ask(&onward, body, &up, Some(send))).await
            }
            _ => self.ask(head, body, &up, Some(send)).await,
        };
        if let Some(guard) = guard
            && let Some(canned) = self.in_its_place(guard, head, passed.as_ref(), &answered)
        {
            drop(answered);
            return Box::pin(self.reply(canned, head, send, home)).await;
        }
        let Answered {
            response,
            connection,
            keep_for,
        } = answered?;
        let raw = connection.tap.take();
        if response.status().as_u16() == 101 {
            // An upgrade nobody asked for is not HTTP any more.
            let recv = kept.take().ok_or(FailureKind::OriginBroken)?;
            Box::pin(self.upgrade(response, raw, send, recv)).await?;
            return Ok(Left::default());
        }
        let (first, body, kind) = self.begin_answer(response, raw, head);
        let first = encode_final(&first)?;
        self.recording.answer_framed(&first);
        let recv = self.answer(first, body, kind, send, home);
        let recv = recv.await?;
        Ok(Left {
            connection: Some((connection, keep_for)),
            recv,
            sending,
        })
    }

    /// Sends the request and waits for the head of the answer; interim ones go back as they come,
    /// if there is a stream to go back on. The body is seen by `up` as it goes.
    pub(super) async fn ask(
        &mut self,
        head: &RequestHead,
        body: RequestBody,
        up: &Passing,
        send: Option<&mut SendHalf>,
    ) -> Result<Answered<OriginBody>, FailureKind> {
        let forwarder = self.forwarder;
        let origin = &forwarder.origin;
        let sent = SentAt::new(self.recording.is_wanted());
        let body = Tee::new(body, up);
        let rewrite = &origin.options.rewrite;
        let mut outgoing = rewrite
            .request(head, &origin.options.address, body)
            .map_err(|_| FailureKind::Protocol)?;
        let interims = send.is_some().then(|| Interims::of(&mut outgoing.request));
        let mut answering = pin!(origin.send(outgoing, &sent));
        let asked = self.wait(answering.as_mut(), interims.as_deref(), (head, up), send);
        let answered = asked.await;
        self.recording.sent(sent.get());
        answered
    }

    async fn wait(
        &self,
        mut answering: impl Future<Output = Result<Answered<OriginBody>, FailureKind>> + Unpin,
        interims: Option<&Interims>,
        (head, up): (&RequestHead, &Passing),
        mut send: Option<&mut SendHalf>,
    ) -> Result<Answered<OriginBody>, FailureKind> {
        let mut gone = None;
        let within = self.forwarder.origin.options.answer_within;
        let began = Instant::now();
        let (mut moved, mut deadline) = (0, began + within);
        let mut watch_at = send.is_some().then(|| began + WATCH_AFTER);
        let mut continue_at = head.expect_continue.then(|| began + CONTINUE_AFTER);
        let mut store_at = self.recording.is_kept().then(|| began + STORE_AFTER);
        loop {
            let waits = [watch_at, continue_at, store_at];
            let next = waits.into_iter().flatten().fold(deadline, Instant::min);
            tokio::select! {
                biased;
                answered = &mut answering => {
                    let answered = answered?;
                    if let (Some(interims), Some(send)) = (interims, &mut send) {
                        for head in interims.take() {
                            write_interim(send, head).await?;
                        }
                    }
                    return Ok(answered);
                }
                heads = next_interims(interims) => {
                    for head in heads {
                        if head.status == 100 {
                            continue_at = None;
                        }
                        if let Some(send) = &mut send {
                            write_interim(send, head).await?;
                        }
                    }
                }
                error = some(&mut gone) => return Err(gone_kind(&error)),
                () = sleep_until(next) => {
                    let now = Instant::now();
                    if take_due(&mut watch_at, now) {
                        gone = send.as_ref().map(|send| Box::pin(send.stopped()));
                    }
                    if take_due(&mut store_at, now) && !self.recording.store_so_far() {
                        store_at = Some(now + STORE_AGAIN_AFTER);
                    }
                    if take_due(&mut continue_at, now)
                        && let Some(send) = &mut send
                    {
                        write_interim(send, go_on()).await?;
                    }
                    if now >= deadline {
                        // A request that is still being sent is no origin that hangs.
                        if up.bytes() == moved {
                            return Err(FailureKind::OriginTimeout);
                        }
                        (moved, deadline) = (up.bytes(), now + within);
                    }
                }
            }
        }
    }

    /// The head of the answer, its body, and how that is delimited.
    pub(super) fn begin_answer(
        &mut self,
        response: Response<Incoming>,
        raw: Option<Bytes>,
        request: &RequestHead,
    ) -> (Arc<ResponseHead>, Hinting<Tee<Incoming>>, BodyKind) {
        let (parts, body) = response.into_parts();
        let bodiless = request.method.eq_ignore_ascii_case(b"HEAD")
            || matches!(parts.status.as_u16(), 204 | 304);
        let kind = match body.size_hint().exact() {
            _ if bodiless => BodyKind::Empty,
            Some(0) => BodyKind::Empty,
            Some(length) => BodyKind::Length(length),
            None => BodyKind::Chunked,
        };
        let head = Arc::new(response_head(&parts, kind, raw));
        self.recording.answered(&head);
        let body = Hinting::new(
            Tee::new(body, self.recording.down()),
            parts.status.as_u16(),
            self.forwarder.recorder.feed(),
            self.recording.id(),
        );
        (head, body, kind)
    }

    pub(super) async fn answer<B: Body<Data = Bytes> + Unpin>(
        &mut self,
        first: Bytes,
        body: B,
        kind: BodyKind,
        send: &mut SendHalf,
        home: &Arc<Home>,
    ) -> Result<Option<RecvHalf>, FailureKind> {
        let mut recv = None;
        let after = || {
            recv = home.take();
            if recv.is_some() {
                After::Again
            } else {
                After::End
            }
        };
        let pumping = pump(first, body, send, kind, None, after);
        match stored_meanwhile(&self.recording, pumping).await {
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
        raw: Option<Bytes>,
        send: &mut SendHalf,
        recv: RecvHalf,
    ) -> Result<(), FailureKind> {
        let upgraded = hyper::upgrade::on(&mut response);
        let (parts, _) = response.into_parts();
        let head = Arc::new(response_head(&parts, BodyKind::Upgrade, raw));
        self.recording.answered(&head);
        send.write(encode_final(&head)?)
            .await
            .map_err(|error| gone_kind(&error))?;
        let upgraded = upgraded.await.map_err(|_| FailureKind::OriginClosed)?;
        let (up, down) = (self.recording.up(), self.recording.down());
        let joined = upgrade::join(upgraded, send, recv, up, down);
        stored_meanwhile(&self.recording, joined).await;
        Ok(())
    }

    /// Reads on what the origin did not get of a request's body, for the history. What is here
    /// already takes no time, and mostly that is all.
    pub(super) async fn rescue(&self, head: &RequestHead, home: &Arc<Home>) {
        let up = self.recording.up();
        let Some(body) = home.take_body() else { return };
        let mut body = Tee::new(RequestBody::stream(body, home), up);
        let mut reading =
            pin!(async { while up.takes_more() && matches!(body.frame().await, Some(Ok(_))) {} });
        // Whoever waits for `100 Continue` has sent nothing yet.
        if at_once(reading.as_mut()).await.is_none() && !head.expect_continue {
            let _ = timeout(RESCUE_WITHIN, reading).await;
        }
    }
}

/// Whether the time has come; then it does not come again.
fn take_due(at: &mut Option<Instant>, now: Instant) -> bool {
    at.take_if(|at| now >= *at).is_some()
}

/// What a future gives that may not be there yet.
async fn some<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn next_interims(interims: Option<&Interims>) -> Vec<ResponseHead> {
    match interims {
        Some(interims) => interims.next().await,
        None => std::future::pending().await,
    }
}

pub(super) async fn write_interim(
    send: &mut SendHalf,
    head: ResponseHead,
) -> Result<(), FailureKind> {
    let answer = Answer::Interim(head);
    send.write(encoded(|out| head::encode_answer(&answer, out))?)
        .await
        .map_err(|error| gone_kind(&error))
}

pub(super) fn encode_final(head: &ResponseHead) -> Result<Bytes, FailureKind> {
    encoded(|out| head::encode_final(head, out))
}

fn encoded(
    encode: impl FnOnce(&mut BytesMut) -> Result<(), FrameError>,
) -> Result<Bytes, FailureKind> {
    let mut out = BytesMut::with_capacity(512);
    encode(&mut out).map_err(|_| FailureKind::OriginBroken)?;
    Ok(out.freeze())
}

/// Whoever reads our answer wants no more of it: the sender has hung up, or the tunnel is gone.
pub(super) fn gone_kind(error: &StreamError) -> FailureKind {
    match error {
        StreamError::Lost => FailureKind::TunnelLost,
        _ => FailureKind::SenderGone,
    }
}
