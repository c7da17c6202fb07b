//! What passed in an exchange as one piece of a log: a table of contents in postcard, then heads,
//! trailers and bodies as they are, one after another.

use bytes::{Bytes, BytesMut};
use hookreel_shared::model::Timestamp;
use hookreel_shared::wire::frame::FrameError;
use serde::{Deserialize, Serialize};

/// When what happened; nothing where it did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) sent_at: Option<Timestamp>,
    pub(super) answered_at: Option<Timestamp>,
    pub(super) closed_at: Option<Timestamp>,
}

/// What passed. Heads and trailers are the contents of frames ([`hookreel_shared::wire::head`]);
/// bodies are whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record<B> {
    pub(super) times: Times,
    pub(super) request_head: B,
    pub(super) response_head: Option<B>,
    pub(super) request_trailers: Option<B>,
    pub(super) response_trailers: Option<B>,
    pub(super) request_body: B,
    pub(super) response_body: B,
}

/// The table of contents: times in microseconds since the Unix epoch, lengths in bytes. What is
/// missing is none, other than what is empty.
#[derive(Serialize, Deserialize)]
struct Contents {
    sent_at: Option<i64>,
    answered_at: Option<i64>,
    closed_at: Option<i64>,
    request_head: u32,
    response_head: Option<u32>,
    request_trailers: Option<u32>,
    response_trailers: Option<u32>,
    request_body: u32,
    response_body: u32,
}

/// Bytes of the longest table of contents: a byte for each `Option`, ten for a varint of 64 bits,
/// five for one of 32.
const LONGEST: usize = 3 * 11 + 3 * 6 + 3 * 5;

impl Record<&[u8]> {
    /// Appends it to `out`.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] if a part of it has 4 GiB or more.
    pub(super) fn encode(&self, out: &mut BytesMut) -> Result<(), FrameError> {
        let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
        let some = |part: Option<&[u8]>| part.map(len).transpose();
        let contents = Contents {
            sent_at: micros(self.times.sent_at),
            answered_at: micros(self.times.answered_at),
            closed_at: micros(self.times.closed_at),
            request_head: len(self.request_head)?,
            response_head: some(self.response_head)?,
            request_trailers: some(self.request_trailers)?,
            response_trailers: some(self.response_trailers)?,
            request_body: len(self.request_body)?,
            response_body: len(self.response_body)?,
        };
        let mut room = [0; LONGEST];
        out.extend_from_slice(postcard::to_slice(&contents, &mut room)?);
        let some = Option::unwrap_or_default;
        for part in [
            self.request_head,
            some(self.response_head),
            some(self.request_trailers),
            some(self.response_trailers),
            self.request_body,
            self.response_body,
        ] {
            out.extend_from_slice(part);
        }
        Ok(())
    }
}

fn len(part: &[u8]) -> Result<u32, FrameError> {
    u32::try_from(part.len()).map_err(|_| FrameError::TooLong {
        len: part.len(),
        limit: u32::MAX as usize,
    })
}

impl Record<Bytes> {
    /// Reads one; its parts share the memory of `bytes`.
    ///
    /// # Errors
    /// [`FrameError::Malformed`] if it is none, or more.
    pub(super) fn decode(bytes: &Bytes) -> Result<Self, FrameError> {
        let (contents, rest) = postcard::take_from_bytes::<Contents>(bytes)?;
        let mut rest = bytes.slice_ref(rest);
        let mut next = |len: u32| match usize::try_from(len) {
            Ok(len) if len <= rest.len() => Ok(rest.split_to(len)),
            _ => Err(FrameError::Malformed("it ends before its end".to_owned())),
        };
        let at = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        let record = Self {
            times: Times {
                sent_at: at(contents.sent_at),
                answered_at: at(contents.answered_at),
                closed_at: at(contents.closed_at),
            },
            request_head: next(contents.request_head)?,
            response_head: contents.response_head.map(&mut next).transpose()?,
            request_trailers: contents.request_trailers.map(&mut next).transpose()?,
            response_trailers: contents.response_trailers.map(&mut next).transpose()?,
            request_body: next(contents.request_body)?,
            response_body: next(contents.response_body)?,
        };
        match rest.is_empty() {
            true => Ok(record),
            false => Err(FrameError::Malformed(
                "it goes on behind its end".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(any::<u8>(), 0..300)
    }

    prop_compose! {
        fn record()(
            times in any::<[Option<i64>; 3]>(),
            heads in (part(), proptest::option::of(part())),
            trailers in (proptest::option::of(part()), proptest::option::of(part())),
            bodies in (part(), part()),
        ) -> Record<Vec<u8>> {
            let [sent_at, answered_at, closed_at] =
                times.map(|at| at.map(Timestamp::from_micros));
            Record {
                times: Times { sent_at, answered_at, closed_at },
                request_head: heads.0,
                response_head: heads.1,
                request_trailers: trailers.0,
                response_trailers: trailers.1,
                request_body: bodies.0,
                response_body: bodies.1,
            }
        }
    }

    fn encoded(record: &Record<Vec<u8>>) -> Bytes {
        let mut out = BytesMut::new();
        let borrowed = Record {
            times: record.times,
            request_head: &record.request_head[..],
            response_head: record.response_head.as_deref(),
            request_trailers: record.request_trailers.as_deref(),
            response_trailers: record.response_trailers.as_deref(),
            request_body: &record.request_body,
            response_body: &record.response_body,
        };
        borrowed.encode(&mut out).unwrap();
        out.freeze()
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(record in record()) {
            let back = Record::decode(&encoded(&record)).unwrap();
            prop_assert_eq!(back.times, record.times);
            prop_assert_eq!(back.request_head, record.request_head);
            prop_assert_eq!(back.response_head.as_deref(), record.response_head.as_deref());
            prop_assert_eq!(back.request_trailers.as_deref(), record.request_trailers.as_deref());
            prop_assert_eq!(back.response_trailers.as_deref(), record.response_trailers.as_deref());
            prop_assert_eq!(back.request_body, record.request_body);
            prop_assert_eq!(back.response_body, record.response_body);
        }

        #[test]
        fn a_part_of_one_and_more_than_one_are_none(record in record(), cut in any::<prop::sample::Index>()) {
            let whole = encoded(&record);
            prop_assert!(Record::decode(&whole.slice(..cut.index(whole.len()))).is_err());
            let more = Bytes::from([&whole[..], b"x"].concat());
            prop_assert!(Record::decode(&more).is_err());
        }

        #[test]
        fn any_bytes_are_a_record_or_an_error(bytes in part()) {
            let _ = Record::decode(&Bytes::from(bytes));
        }
    }

    #[test]
    fn the_largest_numbers_have_room() {
        let at = Some(Timestamp::from_micros(i64::MIN));
        let record = Record {
            times: Times {
                sent_at: at,
                answered_at: at,
                closed_at: at,
            },
            response_head: Some(Vec::new()),
            request_trailers: Some(Vec::new()),
            response_trailers: Some(Vec::new()),
            ..Record::default()
        };
        let back = Record::decode(&encoded(&record)).unwrap();
        assert_eq!(
            (back.times, back.response_head),
            (record.times, Some(Bytes::new()))
        );
    }

    /// Histories hold this: it must not change.
    #[test]
    fn the_bytes_of_a_record_stay_what_they_are() {
        let record = Record {
            times: Times {
                sent_at: Some(Timestamp::from_micros(1)),
                answered_at: None,
                closed_at: Some(Timestamp::from_micros(-1)),
            },
            request_head: b"request".to_vec(),
            response_head: Some(b"response".to_vec()),
            request_trailers: None,
            response_trailers: Some(Vec::new()),
            request_body: b"in".to_vec(),
            response_body: b"out".to_vec(),
        };
        let golden = b"\x01\x02\x00\x01\x01\x07\x01\x08\x00\x01\x00\x02\x03requestresponseinout";
        assert_eq!(&encoded(&record)[..], golden);
    }
}
