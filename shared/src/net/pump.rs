//! Sends a body out on a stream, with back-pressure: nothing is read before it can be written.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::timeout;

use super::at_once::at_once;
use super::convert::from_header_map;
use super::stream::{SendHalf, StreamError};
use crate::model::{BodyKind, Headers};
use crate::wire::body::{AGAIN, chunk_prefix, chunked_end};
use crate::wire::limits::MAX_CHUNK;

/// Why a body did not get through.
#[derive(Debug, thiserror::Error)]
pub enum PumpError<E> {
    /// It could not be read; the stream still waits for a reset with the right code.
    #[error("the body broke off")]
    Body(E),
    /// It is not of the length it should be; likewise.
    #[error("the body is not of its announced length")]
    Length,
    /// It stood still for too long; likewise.
    #[error("the body stood still")]
    Idle,
    /// The stream did not take it.
    #[error(transparent)]
    Stream(StreamError),
}

/// What comes behind a body on its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Nothing: the stream is finished.
    End,
    /// Something of the caller's.
    More,
    /// The mark that the stream takes another request.
    Again,
}

/// Pumps `body` into `send` as a body of that kind. `first` goes out ahead of it in the same
/// write as what of the body is there already: a head, or nothing. `after` is asked once the end
/// of the body is here.
///
/// `idle` is how long the body may stand still; if not given, for as long as the peer wants it.
///
/// # Errors
/// [`PumpError`]; except for [`PumpError::Stream`] the caller has to reset the stream.
pub async fn pump<B>(
    first: Bytes,
    body: B,
    send: &mut SendHalf,
    kind: BodyKind,
    idle: Option<Duration>,
    after: impl FnOnce() -> After,
) -> Result<(), PumpError<B::Error>>
where
    B: Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let mut held = first;
    let mut left = match kind {
        BodyKind::Empty => Some(0),
        BodyKind::Length(n) => Some(n),
        BodyKind::Chunked | BodyKind::Upgrade => None,
    };
    let mut trailers = Headers::new();
    let mut last = Bytes::new();
    let mut gone = None;
    while left != Some(0) {
        let ready = at_once(pin!(next_frame(body.as_mut()))).await;
        let frame = match ready {
            Some(frame) => frame,
            None => {
                if !held.is_empty() {
                    let held = std::mem::take(&mut held);
                    send.write(held).await.map_err(PumpError::Stream)?;
                }
                let next = next_frame(body.as_mut());
                match idle {
                    Some(idle) => timeout(idle, next).await.map_err(|_| PumpError::Idle)?,
                    None => {
                        let gone = gone.get_or_insert_with(|| Box::pin(send.stopped()));
                        tokio::select! {
                            biased;
                            frame = next => frame,
                            error = gone => return Err(PumpError::Stream(error)),
                        }
                    }
                }
            }
        };
        let Some(frame) = frame else { break };
        match frame.map_err(PumpError::Body)?.into_data() {
            Ok(data) if data.is_empty() => {}
            Ok(data) => {
                if let Some(left) = &mut left {
                    *left = left
                        .checked_sub(data.len() as u64)
                        .ok_or(PumpError::Length)?;
                }
                if left == Some(0) {
                    // Goes out together with what comes behind the body.
                    last = data;
                    break;
                }
                let framed = kind == BodyKind::Chunked;
                write(send, std::mem::take(&mut held), data, framed)
                    .await
                    .map_err(PumpError::Stream)?;
            }
            Err(frame) => {
                if let Ok(map) = frame.into_trailers() {
                    trailers = from_header_map(&map);
                }
                break;
            }
        }
    }
    if left.is_some_and(|left| left > 0) {
        return Err(PumpError::Length);
    }
    if kind == BodyKind::Chunked {
        last = chunked_end(&trailers).map_err(|error| PumpError::Stream(error.into()))?;
    }
    let after = after();
    let mark = match after {
        After::Again => Bytes::from_static(AGAIN),
        After::End | After::More => Bytes::new(),
    };
    send.write_all(&mut [held, last, mark])
        .await
        .map_err(PumpError::Stream)?;
    if after == After::End {
        send.finish();
    }
    Ok(())
}

type MaybeFrame<B> = Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>;

/// The next frame.
async fn next_frame<B: Body>(mut body: Pin<&mut B>) -> MaybeFrame<B> {
    poll_fn(|cx| body.as_mut().poll_frame(cx)).await
}

async fn write(
    send: &mut SendHalf,
    mut held: Bytes,
    mut data: Bytes,
    framed: bool,
) -> Result<(), StreamError> {
    while framed && data.len() > MAX_CHUNK {
        let part = data.split_to(MAX_CHUNK);
        write_chunk(send, std::mem::take(&mut held), part).await?;
    }
    if framed {
        write_chunk(send, held, data).await
    } else {
        send.write_all(&mut [held, data]).await
    }
}

async fn write_chunk(send: &mut SendHalf, held: Bytes, data: Bytes) -> Result<(), StreamError> {
    let prefix = Bytes::copy_from_slice(&chunk_prefix(data.len()));
    send.write_all(&mut [held, prefix, data]).await
}
