//! Sends a request down the tunnel that holds its name, and gets the answer.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hookreel_shared::model::{BodyKind, FailureKind, HttpVersion, RequestHead, ResponseHead};
use hookreel_shared::net::{After, RecvHalf, SendHalf, StreamBody, at_once, pump};
use hookreel_shared::wire::head::{self, Answer};
use hookreel_shared::wire::limits::{MAX_HEAD, MAX_INTERIM};
use http_body::Body;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::config::Limits;
use crate::link::{Line, Reply, ReplyBody, Sending, TunnelHandle, Upgrade};

/// How much of an unwanted body is read, and for how long (RFC 9113 §8.1).
const DISCARD_BYTES: usize = 64 * 1024;
const DISCARD_WITHIN: Duration = Duration::from_secs(1);

/// Where interim (1xx) answers go as they come.
pub trait Interim {
    /// An interim answer other than `100 Continue`.
    fn interim(&mut self, head: ResponseHead);
}

/// A request and its body, ready to go.
#[derive(Debug)]
pub struct Routed<B> {
    /// The head as it goes to the client.
    pub head: RequestHead,
    /// The body.
    pub body: B,
}

/// Sends a request and waits for the head of its answer. Request and answer run independently:
/// a body that is still coming goes on in a task of its own.
///
/// Dropping the future, or later the reply, tells the client that the sender is gone.
///
/// # Errors
/// Why there is no answer.
pub async fn send<B>(
    handle: &TunnelHandle,
    request: Routed<B>,
    limits: &Limits,
    interim: &mut impl Interim,
) -> Result<Reply, FailureKind>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    let Routed { head, body } = request;
    let Line {
        mut send,
        mut recv,
        permit,
        home,
    } = handle.open(limits.open_within).await?;
    let mut wire = BytesMut::with_capacity(1024);
    head::encode_request(&head, &mut wire).map_err(|_| FailureKind::Protocol)?;
    let wire = wire.freeze();

    // What waits for `100 Continue`, and what stays open for an upgrade.
    let (mut waiting, mut kept, mut pumping) = (None, None, Pumping::Done(None));
    if head.body == BodyKind::Upgrade {
        send.write(wire).await.map_err(|error| error.failure())?;
        kept = Some(send);
    } else if head.expect_continue {
        send.write(wire).await.map_err(|error| error.failure())?;
        waiting = Some((send, body));
    } else {
        pumping = start_pump(wire, body, send, head.body, limits.idle).await;
    }

    for _ in 0..=MAX_INTERIM {
        let frame = read_answer(&mut recv, limits.answer_within, &pumping).await?;
        match head::decode_answer(&frame).map_err(|_| FailureKind::Protocol)? {
            Answer::Interim(ResponseHead { status: 100, .. }) => {
                if let Some((send, body)) = waiting.take() {
                    pumping = start_pump(Bytes::new(), body, send, head.body, limits.idle).await;
                }
            }
            Answer::Interim(head) => interim.interim(head),
            Answer::Final(answer) if answer.body == BodyKind::Upgrade => {
                let send = kept.ok_or(FailureKind::Protocol)?;
                let upgrade = Some(Upgrade { send, recv, permit });
                return Ok(Reply {
                    head: answer,
                    body: ReplyBody::empty(),
                    upgrade,
                });
            }
            Answer::Final(answer) => {
                if let Some(mut send) = kept {
                    send.finish();
                }
                // An answer without waiting for the body. Over HTTP/2 the stream would be reset if
                // the body were simply dropped, and some senders then miss the answer; over
                // HTTP/1 reading it would ask for it.
                let sending = match (waiting, pumping) {
                    (Some((send, body)), _) => {
                        if head.version == HttpVersion::Http2 {
                            tokio::spawn(timeout(DISCARD_WITHIN, discard(body)));
                        }
                        Sending::Unwanted(send)
                    }
                    (None, Pumping::Done(Some(send))) => Sending::Sent(send),
                    (None, Pumping::Done(None) | Pumping::Task(_)) => Sending::Elsewhere,
                };
                let body = StreamBody::new(recv, answer.body);
                let body = ReplyBody::new(body, sending, permit, home);
                return Ok(Reply {
                    head: answer,
                    body,
                    upgrade: None,
                });
            }
        }
    }
    Err(FailureKind::Protocol)
}

/// The next frame of the answer. While the request is still being sent there is no hurry: a body
/// that stands still is noticed where it comes in.
async fn read_answer(
    recv: &mut RecvHalf,
    within: Duration,
    pumping: &Pumping,
) -> Result<Bytes, FailureKind> {
    let mut reading = std::pin::pin!(recv.read_frame(MAX_HEAD));
    loop {
        match timeout(within, reading.as_mut()).await {
            Ok(frame) => return frame.map_err(|error| error.failure()),
            Err(_) if matches!(pumping, Pumping::Task(task) if !task.is_finished()) => {}
            Err(_) => return Err(FailureKind::OriginTimeout),
        }
    }
}

/// The request on its way.
enum Pumping {
    /// No more: sent, if the half of the stream is here, else given up.
    Done(Option<SendHalf>),
    /// In a task of its own, which also finishes the stream.
    Task(JoinHandle<()>),
}

/// Sends head and body. Most bodies are here already and go out at once; only one that is still
/// coming gets a task, which ends with the body, the stream, or the tunnel.
async fn start_pump<B>(
    head: Bytes,
    body: B,
    send: SendHalf,
    kind: BodyKind,
    idle: Duration,
) -> Pumping
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    let mut pumping = Box::pin(pump_to_end(head, body, send, kind, idle));
    match at_once(pumping.as_mut()).await {
        Some(send) => Pumping::Done(send),
        None => Pumping::Task(tokio::spawn(async {
            if let Some(mut send) = pumping.await {
                send.finish();
            }
        })),
    }
}

/// Reads a body that nobody wants, up to a limit.
async fn discard<B: Body<Data = Bytes>>(body: B) {
    let mut body = std::pin::pin!(body);
    let mut left = DISCARD_BYTES;
    while let Some(Ok(frame)) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// Gives the half of the stream back, open, if all was sent.
async fn pump_to_end<B>(
    head: Bytes,
    body: B,
    mut send: SendHalf,
    kind: BodyKind,
    idle: Duration,
) -> Option<SendHalf>
where
    B: Body<Data = Bytes>,
{
    match pump(head, body, &mut send, kind, Some(idle), || After::More).await {
        Ok(()) => Some(send),
        // Whatever went wrong, the sender will not send the rest. If it was the client that ended
        // the stream, its answer says why.
        Err(_) => {
            send.reset(FailureKind::SenderGone);
            None
        }
    }
}
