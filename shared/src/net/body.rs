//! A body that comes in on a stream, as an [`http_body::Body`].

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

use super::convert::to_header_map;
use super::stream::{RecvHalf, StreamError};
use crate::model::BodyKind;
use crate::wire::body::{BodyError, Decoder, Piece};
use crate::wire::frame::FrameError;

/// Most bytes read at a time: large enough to keep system calls few, small enough that thousands
/// of bodies at once cost little.
const READ_SIZE: usize = 64 * 1024;

/// The body behind a head on a request stream. Ends in an error, never cleanly, if the stream
/// breaks off before the body does.
#[derive(Debug)]
pub struct StreamBody {
    recv: RecvHalf,
    decoder: Decoder,
    buffer: BytesMut,
    over: bool,
}

impl StreamBody {
    /// The rest of a stream after its head was read.
    #[must_use]
    pub fn new(mut recv: RecvHalf, kind: BodyKind) -> Self {
        let mut decoder = Decoder::new(kind);
        decoder.push(recv.take_rest());
        Self {
            over: decoder.is_end(),
            recv,
            decoder,
            buffer: BytesMut::new(),
        }
    }

    /// The stream again, for what follows the body; none if the body was not read to its end.
    #[must_use]
    pub fn into_stream(self) -> Option<RecvHalf> {
        let Self {
            mut recv, decoder, ..
        } = self;
        decoder.is_end().then(|| {
            recv.put_rest(decoder.into_rest());
            recv
        })
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Piece, StreamError>>> {
        loop {
            match self.decoder.next() {
                Err(error) => return Poll::Ready(Some(Err(error.into()))),
                Ok(Some(piece)) => {
                    self.over = self.decoder.is_end();
                    return Poll::Ready(Some(Ok(piece)));
                }
                Ok(None) if self.decoder.is_end() => {
                    self.over = true;
                    return Poll::Ready(None);
                }
                Ok(None) => {
                    let want = self.decoder.remaining().unwrap_or(READ_SIZE as u64);
                    self.buffer.reserve(
                        usize::try_from(want)
                            .unwrap_or(READ_SIZE)
                            .clamp(1, READ_SIZE),
                    );
                    if ready!(self.recv.poll_read_into(cx, &mut self.buffer))? == 0 {
                        self.over = true;
                        return match self.decoder.finish() {
                            Ok(()) => Poll::Ready(None),
                            Err(error) => Poll::Ready(Some(Err(error.into()))),
                        };
                    }
                    self.decoder.push(self.buffer.split().freeze());
                }
            }
        }
    }
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        if self.over {
            return Poll::Ready(None);
        }
        let piece = match ready!(self.poll_piece(cx)) {
            None => return Poll::Ready(None),
            Some(Ok(piece)) => piece,
            Some(Err(error)) => {
                self.over = true;
                return Poll::Ready(Some(Err(error)));
            }
        };
        Poll::Ready(Some(match piece {
            Piece::Data(bytes) => Ok(Frame::data(bytes)),
            Piece::Trailers(fields) => match to_header_map(&fields) {
                Ok(map) => Ok(Frame::trailers(map)),
                Err(error) => Err(FrameError::Malformed(error.to_string()).into()),
            },
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.over
    }

    fn size_hint(&self) -> SizeHint {
        self.decoder
            .remaining()
            .map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

impl From<BodyError> for StreamError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Truncated => Self::Early,
            BodyError::Frame(error) => Self::Frame(error),
        }
    }
}
