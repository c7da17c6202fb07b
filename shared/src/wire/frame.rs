//! Length-prefixed frames: `u32` big endian, then that many bytes of postcard.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::Serialize;

/// Bytes of the length before each frame.
pub const PREFIX: usize = 4;

/// Why bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length prefix is above the limit.
    #[error("a frame of {len} bytes is over the limit of {limit}")]
    TooLong {
        /// The length that was announced.
        len: usize,
        /// The limit it was checked against.
        limit: usize,
    },
    /// The bytes of the frame do not decode.
    #[error("a frame that cannot be read: {0}")]
    Malformed(String),
}

impl From<postcard::Error> for FrameError {
    fn from(error: postcard::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// Appends one frame to `out`.
///
/// # Errors
/// [`FrameError::TooLong`] if the encoded value is above `limit`; `out` is then unchanged.
pub fn encode<T: Serialize>(value: &T, limit: usize, out: &mut BytesMut) -> Result<(), FrameError> {
    let start = out.len();
    out.put_u32(0);
    let result = postcard::serialize_with_flavor(value, Appender(out));
    let len = out.len() - start - PREFIX;
    let error = match result {
        Err(error) => error.into(),
        Ok(()) if len > limit => FrameError::TooLong { len, limit },
        Ok(()) => {
            // The length fits: it was just checked against a limit far below 4 GiB.
            let prefix = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
            out[start..start + PREFIX].copy_from_slice(&prefix);
            return Ok(());
        }
    };
    out.truncate(start);
    Err(error)
}

/// Takes the next whole frame's content off the front of `buf`, or tells that more bytes are
/// needed by `None`.
///
/// # Errors
/// [`FrameError::TooLong`] as soon as the prefix announces more than `limit`.
pub fn split(buf: &mut BytesMut, limit: usize) -> Result<Option<Bytes>, FrameError> {
    let Some(len) = peek_len(buf, limit)? else {
        return Ok(None);
    };
    if buf.len() < PREFIX + len {
        return Ok(None);
    }
    buf.advance(PREFIX);
    Ok(Some(buf.split_to(len).freeze()))
}

/// The length announced by the prefix at the front of `buf`, if the prefix is whole.
///
/// # Errors
/// [`FrameError::TooLong`] if it is above `limit`.
pub fn peek_len(buf: &[u8], limit: usize) -> Result<Option<usize>, FrameError> {
    let Some(prefix) = buf.first_chunk::<PREFIX>() else {
        return Ok(None);
    };
    let len = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
    if len > limit {
        Err(FrameError::TooLong { len, limit })
    } else {
        Ok(Some(len))
    }
}

/// Lets postcard write straight into the buffer that will be sent.
struct Appender<'a>(&'a mut BytesMut);

impl postcard::ser_flavors::Flavor for Appender<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.put_u8(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.put_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_come_out_whole_wherever_the_bytes_are_split(
            values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut wire = BytesMut::new();
            for value in &values {
                encode(value, 1000, &mut wire).unwrap();
            }
            let cut = cut.index(wire.len() + 1);
            let mut buf = BytesMut::new();
            let mut got: Vec<Vec<u8>> = Vec::new();
            for part in [&wire[..cut], &wire[cut..]] {
                buf.extend_from_slice(part);
                while let Some(frame) = split(&mut buf, 1000).unwrap() {
                    got.push(postcard::from_bytes(&frame).unwrap());
                }
            }
            prop_assert_eq!(got, values);
            prop_assert!(buf.is_empty());
        }

        #[test]
        fn any_bytes_give_a_frame_an_error_or_a_wait_but_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut buf = BytesMut::from(&bytes[..]);
            while let Ok(Some(_)) = split(&mut buf, 32) {}
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_its_bytes_come() {
        let mut buf = BytesMut::from(&[0xff, 0xff, 0xff, 0xff][..]);
        assert_eq!(
            split(&mut buf, 10),
            Err(FrameError::TooLong {
                len: 0xffff_ffff,
                limit: 10
            })
        );
    }

    #[test]
    fn a_value_over_the_limit_leaves_the_buffer_as_it_was() {
        let mut out = BytesMut::from(&b"before"[..]);
        assert!(encode(&vec![0u8; 100], 10, &mut out).is_err());
        assert_eq!(&out[..], b"before");
    }
}
