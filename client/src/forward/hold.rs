//! Requests that are looked at whole before the origin gets anything of them.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use hookreel_shared::model::FailureKind;
use http::HeaderMap;
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::body::{RequestBody, Tee};
use super::run::gone_kind;
use crate::record::Passing;

/// Memory for all bodies that are held back for one origin, in KiB. What finds no place is refused
/// as overload, which senders take for a reason to try again.
const ROOM: usize = 256 * 1024;

/// Bytes of a piece that counts against the room.
const PIECE: usize = 1024;

/// Memory that a body gets at once, whatever its length is said to be.
const AT_ONCE: usize = 16 * 1024;

/// The room for bodies that are held back.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ROOM)))
    }
}

/// A body that has come whole.
pub(super) struct Held {
    pub(super) bytes: Bytes,
    trailers: Option<HeaderMap>,
    /// Sees the body on its way to the origin.
    pub(super) sending: Passing,
    _place: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// The body, for the origin: as it came.
    pub(super) fn body(&self) -> RequestBody {
        RequestBody::known(self.bytes.clone(), self.trailers.clone())
    }
}

/// Takes a body whole; none if it has more than `limit` bytes.
pub(super) async fn take(
    body: &mut Tee<RequestBody>,
    limit: u64,
    room: &Room,
) -> Result<Option<Held>, FailureKind> {
    let (mut first, mut whole) = (Bytes::new(), BytesMut::new());
    let (mut trailers, mut place) = (None, None);
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| gone_kind(&error))?;
        match frame.into_data() {
            Ok(data) => {
                let before = size;
                size += data.len();
                if size as u64 > limit {
                    return Ok(None);
                }
                room.grow(&mut place, before, size)?;
                if before == 0 {
                    first = data;
                } else {
                    if whole.is_empty() {
                        let rest = body.size_hint().upper().unwrap_or_default();
                        let rest = usize::try_from(rest).unwrap_or(usize::MAX);
                        whole.reserve(size.saturating_add(rest).min(AT_ONCE));
                    }
                    whole.extend_from_slice(&std::mem::take(&mut first));
                    whole.extend_from_slice(&data);
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    Ok(Some(Held {
        // Most come in one piece, which is not copied.
        bytes: if whole.is_empty() {
            first
        } else {
            whole.freeze()
        },
        trailers,
        sending: Passing::default(),
        _place: place,
    }))
}

impl Room {
    /// Takes what a body needs that has grown so.
    fn grow(
        &self,
        place: &mut Option<OwnedSemaphorePermit>,
        before: usize,
        size: usize,
    ) -> Result<(), FailureKind> {
        let more = size.div_ceil(PIECE) - before.div_ceil(PIECE);
        let more = u32::try_from(more).map_err(|_| FailureKind::Overloaded)?;
        if more == 0 {
            return Ok(());
        }
        let taken = Arc::clone(&self.0).try_acquire_many_owned(more);
        let taken = taken.map_err(|_| FailureKind::Overloaded)?;
        match place {
            Some(place) => place.merge(taken),
            None => *place = Some(taken),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_find_no_place_are_overload_and_the_place_is_free_again_afterwards() {
        let room = Room::default();
        let (mut one, mut two) = (None, None);
        room.grow(&mut one, 0, ROOM * PIECE - 10).unwrap();
        assert_eq!(room.grow(&mut two, 0, 1), Err(FailureKind::Overloaded));
        room.grow(&mut one, ROOM * PIECE - 10, ROOM * PIECE)
            .unwrap();
        drop(one);
        room.grow(&mut two, 0, 1).unwrap();
    }
}
