//! Bodies on a request stream: how their ends are found, without I/O.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::frame::{self, FrameError, PREFIX};
use super::head;
use super::limits::{MAX_CHUNK, MAX_HEAD};
use crate::model::{BodyKind, Headers};

/// What a client writes behind an answer if the stream may carry another request.
pub const AGAIN: &[u8] = &[1];

/// One piece of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Bytes of the body; never empty.
    Data(Bytes),
    /// The trailers; the body is over.
    Trailers(Headers),
}

/// Why a body cannot be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The stream ended before the body did.
    #[error("the body ended early")]
    Truncated,
    /// A chunk or the trailers break the framing.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

/// Finds the pieces of a body in the bytes of a stream, which come in parts of any size.
///
/// Push parts with [`Decoder::push`], take pieces with [`Decoder::next`] until it gives `None`,
/// and say with [`Decoder::finish`] that the stream has ended.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    /// What was pushed and not yet taken.
    pending: Bytes,
    /// A prefix or trailers that came in several parts.
    partial: BytesMut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Raw bytes, that many to come.
    Raw(u64),
    /// Raw bytes until the stream ends.
    Endless,
    /// The length of a chunk comes next.
    Prefix,
    /// Bytes of a chunk, that many to come.
    Chunk(usize),
    /// The trailers come next.
    Trailers,
    /// What follows is no part of the body.
    End,
}

impl Decoder {
    /// A decoder for a body of this kind.
    #[must_use]
    pub fn new(kind: BodyKind) -> Self {
        let state = match kind {
            BodyKind::Empty | BodyKind::Length(0) => State::End,
            BodyKind::Length(n) => State::Raw(n),
            BodyKind::Chunked => State::Prefix,
            BodyKind::Upgrade => State::Endless,
        };
        Self {
            state,
            pending: Bytes::new(),
            partial: BytesMut::new(),
        }
    }

    /// Whether the whole body was taken.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.state == State::End
    }

    /// Bytes still to come, where that is known.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Raw(n) => Some(n),
            State::End => Some(0),
            _ => None,
        }
    }

    /// What was pushed and not taken: once the body is over, what follows it on the stream.
    #[must_use]
    pub fn into_rest(self) -> Bytes {
        self.pending
    }

    /// Adds the next part of the stream. Take all pieces before pushing again: a second part
    /// is appended by copying.
    pub fn push(&mut self, part: Bytes) {
        if self.pending.is_empty() {
            self.pending = part;
        } else {
            let mut joined = BytesMut::with_capacity(self.pending.len() + part.len());
            joined.put_slice(&self.pending);
            joined.put_slice(&part);
            self.pending = joined.freeze();
        }
    }

    /// The next piece, or `None` if more bytes are needed or the body is over.
    ///
    /// # Errors
    /// [`BodyError`] if the bytes break the framing; the decoder is of no use afterwards.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator's end is final; here more may be pushed"
    )]
    pub fn next(&mut self) -> Result<Option<Piece>, BodyError> {
        loop {
            match self.state {
                State::End => return Ok(None),
                _ if self.pending.is_empty() => return Ok(None),
                State::Endless => return Ok(Some(Piece::Data(std::mem::take(&mut self.pending)))),
                State::Raw(left) => {
                    let take = usize::try_from(left)
                        .unwrap_or(usize::MAX)
                        .min(self.pending.len());
                    let left = left - take as u64;
                    self.state = if left == 0 {
                        State::End
                    } else {
                        State::Raw(left)
                    };
                    return Ok(Some(Piece::Data(self.pending.split_to(take))));
                }
                State::Chunk(left) => {
                    let take = left.min(self.pending.len());
                    self.state = if take == left {
                        State::Prefix
                    } else {
                        State::Chunk(left - take)
                    };
                    return Ok(Some(Piece::Data(self.pending.split_to(take))));
                }
                State::Prefix => {
                    if !self.gather(PREFIX) {
                        return Ok(None);
                    }
                    let len = frame::peek_len(&self.partial, MAX_CHUNK)?.unwrap_or(0);
                    self.partial.clear();
                    self.state = if len == 0 {
                        State::Trailers
                    } else {
                        State::Chunk(len)
                    };
                }
                State::Trailers => {
                    if !self.gather(PREFIX) {
                        return Ok(None);
                    }
                    let len = frame::peek_len(&self.partial, MAX_HEAD)?.unwrap_or(0);
                    if !self.gather(PREFIX + len) {
                        return Ok(None);
                    }
                    self.state = State::End;
                    let block = self.partial.split().freeze().slice(PREFIX..);
                    let trailers = head::decode_trailers(&block)?;
                    if !trailers.is_empty() {
                        return Ok(Some(Piece::Trailers(trailers)));
                    }
                }
            }
        }
    }

    /// The stream has ended.
    ///
    /// # Errors
    /// [`BodyError::Truncated`] if the body has not.
    pub fn finish(&self) -> Result<(), BodyError> {
        match self.state {
            State::End | State::Endless => Ok(()),
            _ => Err(BodyError::Truncated),
        }
    }

    /// Moves bytes from `pending` to `partial` until it holds `want`; false if more are needed.
    fn gather(&mut self, want: usize) -> bool {
        let take = want
            .saturating_sub(self.partial.len())
            .min(self.pending.len());
        self.partial.put_slice(&self.pending[..take]);
        self.pending.advance(take);
        self.partial.len() >= want
    }
}

/// The prefix that goes before a chunk of `len` bytes, which is 1 to [`MAX_CHUNK`].
#[must_use]
pub fn chunk_prefix(len: usize) -> [u8; PREFIX] {
    debug_assert!(
        (1..=MAX_CHUNK).contains(&len),
        "a chunk has 1 to {MAX_CHUNK} bytes, not {len}"
    );
    u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes()
}

/// What ends a body of unknown length: the mark and the trailers, which may be none.
///
/// # Errors
/// [`FrameError::TooLong`] if the trailers are too large.
pub fn chunked_end(trailers: &Headers) -> Result<Bytes, FrameError> {
    let mut out = BytesMut::with_capacity(2 * PREFIX + 1);
    out.put_u32(0);
    head::encode_trailers(trailers, &mut out)?;
    Ok(out.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(kind: BodyKind, parts: &[&[u8]]) -> Result<(Vec<u8>, Option<Headers>), BodyError> {
        let mut decoder = Decoder::new(kind);
        let (mut data, mut trailers) = (Vec::new(), None);
        for part in parts {
            decoder.push(Bytes::copy_from_slice(part));
            while let Some(piece) = decoder.next()? {
                match piece {
                    Piece::Data(bytes) => data.extend_from_slice(&bytes),
                    Piece::Trailers(fields) => trailers = Some(fields),
                }
            }
        }
        decoder.finish()?;
        Ok((data, trailers))
    }

    fn chunked(chunks: &[Vec<u8>], trailers: &Headers) -> Vec<u8> {
        let mut wire = Vec::new();
        for chunk in chunks {
            wire.extend_from_slice(&chunk_prefix(chunk.len()));
            wire.extend_from_slice(chunk);
        }
        wire.extend_from_slice(&chunked_end(trailers).unwrap());
        wire
    }

    fn sample_trailers() -> Headers {
        let mut trailers = Headers::new();
        trailers.push("Grpc-Status", "0");
        trailers
    }

    proptest! {
        #[test]
        fn a_chunked_body_reads_back_wherever_it_is_split(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..30), 0..5),
            with_trailers in any::<bool>(),
            a in any::<prop::sample::Index>(),
            b in any::<prop::sample::Index>(),
        ) {
            let trailers = if with_trailers { sample_trailers() } else { Headers::new() };
            let wire = chunked(&chunks, &trailers);
            let (a, b) = (a.index(wire.len() + 1), b.index(wire.len() + 1));
            let (a, b) = (a.min(b), a.max(b));
            let (data, got) = decode(BodyKind::Chunked, &[&wire[..a], &wire[a..b], &wire[b..]]).unwrap();
            prop_assert_eq!(data, chunks.concat());
            prop_assert_eq!(got, with_trailers.then_some(trailers));
        }

        #[test]
        fn a_body_that_ends_early_is_never_taken_for_whole(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..30), 0..5),
            cut in any::<prop::sample::Index>(),
        ) {
            let wire = chunked(&chunks, &sample_trailers());
            let cut = cut.index(wire.len());
            prop_assert_eq!(decode(BodyKind::Chunked, &[&wire[..cut]]), Err(BodyError::Truncated));
            let length = BodyKind::Length(wire.len() as u64);
            prop_assert_eq!(decode(length, &[&wire[..cut]]), Err(BodyError::Truncated));
        }

        #[test]
        fn any_bytes_decode_or_fail_but_never_panic(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..4)) {
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            for kind in [BodyKind::Empty, BodyKind::Length(17), BodyKind::Chunked, BodyKind::Upgrade] {
                let _ = decode(kind, &parts);
            }
        }
    }

    #[test]
    fn bytes_after_the_end_are_kept_for_what_follows() {
        for (kind, wire, rest) in [
            (BodyKind::Length(2), &b"abc"[..], &b"c"[..]),
            (BodyKind::Empty, b"a", b"a"),
            (BodyKind::Length(2), b"ab", b""),
        ] {
            let mut decoder = Decoder::new(kind);
            decoder.push(Bytes::copy_from_slice(wire));
            while decoder.next().unwrap().is_some() {}
            assert!(decoder.is_end());
            assert_eq!(&decoder.into_rest()[..], rest, "{kind:?}");
        }
    }

    #[test]
    fn raw_bytes_of_a_known_length_pass_unframed() {
        assert_eq!(
            decode(BodyKind::Length(5), &[b"he", b"llo"]),
            Ok((b"hello".to_vec(), None))
        );
    }
}
