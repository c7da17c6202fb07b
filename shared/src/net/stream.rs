//! The two halves of a stream.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes, BytesMut};
use quinn::{ReadError, VarInt, WriteError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::poll_read_buf;

use super::at_once::at_once;
use crate::model::FailureKind;
use crate::wire::body::AGAIN;
use crate::wire::code::StreamCode;
use crate::wire::frame::{self, FrameError, PREFIX};

/// Why a stream cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The peer gave this stream up.
    #[error("the peer ended the stream (code {})", .0.0)]
    Ended(StreamCode),
    /// The connection is gone.
    #[error("the tunnel is gone")]
    Lost,
    /// The stream ended where more was due.
    #[error("the stream ended early")]
    Early,
    /// The bytes are not what they should be.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

impl StreamError {
    /// What that means for the exchange on the stream.
    #[must_use]
    pub fn failure(&self) -> FailureKind {
        match self {
            Self::Ended(code) => (*code).into(),
            Self::Lost => FailureKind::TunnelLost,
            Self::Early | Self::Frame(_) => FailureKind::Protocol,
        }
    }
}

impl From<WriteError> for StreamError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Stopped(code) => Self::Ended(stream_code(code)),
            _ => Self::Lost,
        }
    }
}

impl From<ReadError> for StreamError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Reset(code) => Self::Ended(stream_code(code)),
            _ => Self::Lost,
        }
    }
}

fn stream_code(code: VarInt) -> StreamCode {
    StreamCode(u32::try_from(code.into_inner()).unwrap_or(u32::MAX))
}

/// The sending half. Dropped unfinished, it resets the stream, so that the peer never takes a
/// part for the whole.
#[derive(Debug)]
pub struct SendHalf {
    /// Gone once finished: dropping it says so to the peer, at the price of one lock instead of
    /// two.
    stream: Option<quinn::SendStream>,
}

impl SendHalf {
    pub(super) fn new(stream: quinn::SendStream) -> Self {
        Self {
            stream: Some(stream),
        }
    }

    fn open(&mut self) -> Result<&mut quinn::SendStream, StreamError> {
        self.stream.as_mut().ok_or(StreamError::Early)
    }

    /// Hands bytes over; waits while the peer's window is full.
    ///
    /// # Errors
    /// [`StreamError`]; [`StreamError::Early`] after the end.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), StreamError> {
        self.write_all(&mut [bytes]).await
    }

    /// Hands parts over that belong together; some may be empty.
    ///
    /// # Errors
    /// [`StreamError`]; [`StreamError::Early`] after the end.
    ///
    /// The library does not wake a writer for the peer's stop if it waits at that moment for the
    /// window of the whole connection, and that of its stream is used up as well (quinn-proto
    /// 0.11.19): it would wait for ever, and so would the peer for the end of the stream. So
    /// whoever has to wait watches for the stop itself.
    pub async fn write_all(&mut self, parts: &mut [Bytes]) -> Result<(), StreamError> {
        let stream = self.open()?;
        // What was written is taken out of `parts`, so that the second call goes on with the
        // rest. Most writes need no second one, and watching is not free.
        if let Some(written) = at_once(pin!(stream.write_all_chunks(parts))).await {
            return Ok(written?);
        }
        let stopped = self.stopped();
        let stream = self.open()?;
        tokio::select! {
            biased;
            written = stream.write_all_chunks(parts) => Ok(written?),
            error = stopped => Err(error),
        }
    }

    /// Says that nothing follows.
    pub fn finish(&mut self) {
        drop(self.stream.take());
    }

    /// Gives the stream up; the peer learns why.
    pub fn reset(&mut self, kind: FailureKind) {
        if let Some(mut stream) = self.stream.take() {
            // Fails only if the stream is over already.
            let _ = stream.reset(VarInt::from_u32(StreamCode::from(kind).0));
        }
    }

    /// Waits until the peer wants no more, and says why; for ever if it takes everything. Not
    /// free: to be asked for only where there is time to wait.
    pub fn stopped(&self) -> impl Future<Output = StreamError> + Send + use<> {
        let stopped = self.stream.as_ref().map(quinn::SendStream::stopped);
        async move {
            match stopped {
                None => std::future::pending().await,
                Some(stopped) => match stopped.await {
                    Ok(Some(code)) => StreamError::Ended(stream_code(code)),
                    Ok(None) => std::future::pending().await,
                    Err(_) => StreamError::Lost,
                },
            }
        }
    }

    /// Sends this stream's bytes before those of others: for the control stream.
    pub fn prioritise(&self) {
        if let Some(stream) = &self.stream {
            let _ = stream.set_priority(i32::MAX);
        }
    }
}

impl Drop for SendHalf {
    fn drop(&mut self) {
        self.reset(FailureKind::SenderGone);
    }
}

impl AsyncWrite for SendHalf {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let stream = self.open().map_err(io::Error::other)?;
        AsyncWrite::poll_write(Pin::new(stream), cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What is written is handed to the connection at once.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.finish();
        Poll::Ready(Ok(()))
    }
}

/// The receiving half. Dropped before its end, it tells the peer to stop.
#[derive(Debug)]
pub struct RecvHalf {
    stream: quinn::RecvStream,
    /// Bytes that came with the head and belong to what follows.
    rest: Bytes,
}

impl RecvHalf {
    pub(super) fn new(stream: quinn::RecvStream) -> Self {
        Self {
            stream,
            rest: Bytes::new(),
        }
    }

    /// The content of the next frame. Bytes behind it are kept for the next read.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn read_frame(&mut self, limit: usize) -> Result<Bytes, StreamError> {
        let first = if self.rest.is_empty() {
            self.read_chunk().await?
        } else {
            std::mem::take(&mut self.rest)
        };
        if let Some(len) = frame::peek_len(&first, limit)?
            && first.len() >= PREFIX + len
        {
            self.rest = first.slice(PREFIX + len..);
            return Ok(first.slice(PREFIX..PREFIX + len));
        }
        let mut buf = BytesMut::from(first);
        loop {
            if let Some(content) = frame::split(&mut buf, limit)? {
                self.rest = buf.freeze();
                return Ok(content);
            }
            buf.extend_from_slice(&self.read_chunk().await?);
        }
    }

    async fn read_chunk(&mut self) -> Result<Bytes, StreamError> {
        match self.stream.read_chunk(usize::MAX, true).await? {
            Some(chunk) => Ok(chunk.bytes),
            None => Err(StreamError::Early),
        }
    }

    /// Waits until there is something to read.
    ///
    /// # Errors
    /// [`StreamError`]; [`StreamError::Early`] if nothing follows.
    pub async fn ready(&mut self) -> Result<(), StreamError> {
        if self.rest.is_empty() {
            self.rest = self.read_chunk().await?;
        }
        Ok(())
    }

    /// Whether the peer says, here and now, that the stream takes another request; see
    /// [`AGAIN`]. It comes with the end of the answer, so there is no waiting for it.
    pub fn takes_another(&mut self) -> bool {
        let here = pin!(self.ready())
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready();
        here && self.take_rest() == AGAIN
    }

    /// Bytes that came with the last frame and were not read yet.
    pub(super) fn take_rest(&mut self) -> Bytes {
        std::mem::take(&mut self.rest)
    }

    /// Gives back what [`Self::take_rest`] took and nobody read.
    pub(super) fn put_rest(&mut self, rest: Bytes) {
        self.rest = rest;
    }

    /// Appends what has come to `buf`; 0 at the end of the stream.
    pub(super) fn poll_read_into(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut BytesMut,
    ) -> Poll<Result<usize, StreamError>> {
        poll_read_buf(Pin::new(&mut self.stream), cx, buf).map_err(|error| {
            let source = error
                .get_ref()
                .and_then(|source| source.downcast_ref::<ReadError>());
            source.map_or(StreamError::Lost, |source| source.clone().into())
        })
    }
}

impl AsyncRead for RecvHalf {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.is_empty() {
            return AsyncRead::poll_read(Pin::new(&mut self.stream), cx, buf);
        }
        let take = self.rest.len().min(buf.remaining());
        buf.put_slice(&self.rest[..take]);
        self.rest.advance(take);
        Poll::Ready(Ok(()))
    }
}
