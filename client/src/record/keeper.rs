//! One body as it is kept: copied once, up to a limit; of what lies beyond only size and hash.
//! A large one does not gather in memory: it goes to its file while it passes.

use std::sync::Arc;

use aws_lc_rs::digest;
use bytes::Bytes;
use hookreel_shared::model::{Capture, ExchangeId, Headers};

use super::room::Room;
use crate::store::{SPILL_ABOVE, Spill, Spilled, Writer};

/// Of a body that still passes at most this much is written: it is written again at its end.
const SO_FAR: usize = 1024 * 1024;

/// The least that is taken from the room at once.
const STEP: usize = 512;

/// The most that is taken because a body says that it is so long.
const AT_ONCE: usize = 16 * 1024;

/// Keeps what passes of one body. It copies: slices would pin the buffers bytes were received
/// into, which are far larger.
#[derive(Debug)]
pub struct Keeper {
    /// What is kept and was not handed over to the file.
    held: Vec<u8>,
    /// Bytes that are kept, here and in the file.
    kept: usize,
    limit: usize,
    /// Bytes that will come, as far as that is known.
    expected: usize,
    room: Arc<Room>,
    /// Bytes taken from the room.
    taken: usize,
    large: Large,
    /// Nothing more is kept: the limit is reached, or there is no room.
    over: bool,
    /// There was no room.
    starved: bool,
    size: u64,
    /// Of all bytes, from where it was clear that it may be needed.
    hash: Option<Hash>,
    trailers: Headers,
}

/// Where a body goes that is too large for memory.
#[derive(Debug)]
pub(super) enum Large {
    /// It stays: somebody wants it back.
    Memory,
    /// Into a file, once it is large.
    File(Arc<Writer>, ExchangeId, &'static str),
    /// Into this one.
    Begun(Spill),
}

/// What was kept of a body: in memory or in a file of its own.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) capture: Capture,
    pub(super) file: Option<Spilled>,
}

impl From<Capture> for Kept {
    fn from(capture: Capture) -> Self {
        Self {
            capture,
            file: None,
        }
    }
}

struct Hash(digest::Context);

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hash").finish_non_exhaustive()
    }
}

impl Keeper {
    /// Keeps up to `limit` bytes, with memory from `room`.
    #[must_use]
    pub(super) fn new(limit: u64, room: &Arc<Room>, large: Large) -> Self {
        Self {
            held: Vec::new(),
            kept: 0,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            expected: 0,
            room: Arc::clone(room),
            taken: 0,
            large,
            over: false,
            starved: false,
            size: 0,
            hash: None,
            trailers: Headers::new(),
        }
    }

    /// The same for a body that says how long it is.
    #[must_use]
    pub(super) fn expecting(mut self, bytes: u64) -> Self {
        self.expected = usize::try_from(bytes).unwrap_or(usize::MAX).min(AT_ONCE);
        self
    }

    /// The next bytes.
    pub(super) fn data(&mut self, data: &[u8]) {
        self.size += data.len() as u64;
        let fits = match self.over {
            true => 0,
            false => data.len().min(self.limit - self.kept),
        };
        let keeps = fits > 0 && self.make_room(fits);
        // The hash is needed only where not all is kept, but then of all bytes; and what goes to a
        // file cannot be asked again.
        let cut = fits < data.len() || fits > 0 && !keeps;
        if self.hash.is_none() && (cut || self.kept + fits > SPILL_ABOVE) {
            let mut context = digest::Context::new(&digest::SHA256);
            context.update(&self.held);
            self.hash = Some(Hash(context));
        }
        if keeps {
            self.keep(&data[..fits]);
        }
        self.over |= cut;
        if let Some(Hash(context)) = &mut self.hash {
            context.update(data);
        }
    }

    /// Fields behind the body.
    pub(super) fn trailers(&mut self, trailers: Headers) {
        self.trailers = trailers;
    }

    /// Whether nothing more will be kept.
    pub(super) fn is_full(&self) -> bool {
        self.over
    }

    /// Whether less was kept than should be, for want of memory.
    pub(super) fn is_starved(&self) -> bool {
        self.starved
    }

    /// What is here so far: a copy of its beginning, or all that the file has.
    pub(super) fn so_far(&mut self) -> Kept {
        let mut capture = Capture {
            size: self.size,
            trailers: self.trailers.clone(),
            ..Capture::default()
        };
        if let Large::Begun(spill) = &mut self.large {
            // What finds no room now comes later.
            match spill.write(std::mem::take(&mut self.held)) {
                Ok(()) => self.held.reserve_exact(SPILL_ABOVE),
                Err(held) => self.held = held,
            }
            return Kept {
                capture,
                file: Some(spill.so_far().clone()),
            };
        }
        let end = self.held.len().min(SO_FAR);
        capture.kept = Bytes::copy_from_slice(&self.held[..end]);
        capture.into()
    }

    /// What was kept. The room is free again.
    pub(super) fn take(&mut self) -> Kept {
        if matches!(self.large, Large::Begun(_)) {
            self.hand_over();
        }
        self.over = true;
        self.room.give(std::mem::take(&mut self.taken));
        let file = match std::mem::replace(&mut self.large, Large::Memory) {
            Large::Begun(spill) => Some(spill.end()),
            Large::Memory | Large::File(..) => None,
        };
        let cut = file.is_some() || self.size > self.kept as u64;
        let hash = self.hash.take().filter(|_| cut);
        Kept {
            capture: Capture {
                kept: std::mem::take(&mut self.held).into(),
                size: self.size,
                sha256: hash.and_then(|Hash(hash)| hash.finish().as_ref().try_into().ok()),
                trailers: std::mem::take(&mut self.trailers),
                cut: false,
            },
            file,
        }
    }

    /// Whether with so much more it is too large for memory.
    fn is_large(&self, more: usize) -> bool {
        !matches!(self.large, Large::Memory) && self.kept + more > SPILL_ABOVE
    }

    /// Keeps these, which have room.
    fn keep(&mut self, mut data: &[u8]) {
        if self.is_large(data.len()) {
            while self.held.len() + data.len() > SPILL_ABOVE {
                let (first, rest) = data.split_at(SPILL_ABOVE - self.held.len());
                self.held.extend_from_slice(first);
                self.kept += first.len();
                data = rest;
                if !self.hand_over() {
                    return;
                }
                self.held.reserve_exact(SPILL_ABOVE);
            }
        }
        self.held.extend_from_slice(data);
        self.kept += data.len();
    }

    /// Hands what is held over to the file, or ends the keeping if there is no room for it.
    fn hand_over(&mut self) -> bool {
        if let Large::File(writer, id, side) = &self.large {
            let Some(spill) = writer.spill(*id, side) else {
                (self.over, self.starved) = (true, true);
                return false;
            };
            self.large = Large::Begun(spill);
        }
        let Large::Begun(spill) = &mut self.large else {
            return true;
        };
        let Err(held) = spill.write(std::mem::take(&mut self.held)) else {
            return true;
        };
        if self.kept == held.len() {
            // Nothing is in the file yet: what is held fits into the database.
            (self.held, self.large) = (held, Large::Memory);
        } else {
            self.kept -= held.len();
        }
        (self.over, self.starved) = (true, true);
        false
    }

    /// Makes room for so much more, and tells whether there is any.
    fn make_room(&mut self, more: usize) -> bool {
        let mut wanted = self.held.len() + more;
        let mut most = self.limit;
        if !matches!(self.large, Large::Memory) {
            wanted = wanted.min(SPILL_ABOVE);
            most = most.min(SPILL_ABOVE);
        }
        if wanted <= self.taken {
            return true;
        }
        // A body that comes in one piece, or says its length, gets what it needs; others double.
        let target = if self.taken == 0 {
            wanted.max(STEP).max(self.expected)
        } else {
            wanted.max(self.taken.saturating_mul(2))
        };
        for target in [target.min(most), wanted] {
            if self.room.take(target - self.taken) {
                self.taken = target;
                self.held.reserve_exact(target - self.held.len());
                return true;
            }
        }
        self.starved = true;
        false
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.room.give(self.taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha256(data: &[u8]) -> Option<[u8; 32]> {
        digest::digest(&digest::SHA256, data)
            .as_ref()
            .try_into()
            .ok()
    }

    fn body(len: usize) -> Vec<u8> {
        (0..len).map(|n| (n * n / 7) as u8).collect()
    }

    #[test]
    fn up_to_the_limit_every_byte_is_kept_and_nothing_is_hashed() {
        for len in [0, 1, 499, 500, 999, 1000] {
            let room = Arc::new(Room::new(1 << 20));
            let mut keeper = Keeper::new(1000, &room, Large::Memory);
            body(len).chunks(7).for_each(|chunk| keeper.data(chunk));
            assert_eq!(keeper.take().capture, Capture::whole(body(len)), "{len}");
        }
    }

    #[test]
    fn beyond_the_limit_size_and_hash_are_those_of_all_bytes_however_they_come() {
        for (len, piece) in [
            (1001, 1),
            (1001, 1001),
            (5000, 3),
            (5000, 600),
            (2000, 1000),
        ] {
            let room = Arc::new(Room::new(1 << 20));
            let mut keeper = Keeper::new(1000, &room, Large::Memory);
            body(len).chunks(piece).for_each(|chunk| keeper.data(chunk));
            let capture = keeper.take().capture;
            assert_eq!(capture.kept, body(len)[..1000], "{len} by {piece}");
            assert_eq!(capture.size, len as u64);
            assert_eq!(capture.sha256, sha256(&body(len)), "{len} by {piece}");
        }
    }

    #[test]
    fn a_body_gets_the_memory_that_it_says_it_needs_at_once_but_not_any_amount() {
        for (said, taken) in [(2000, 2000), (100, STEP), (u64::MAX, AT_ONCE)] {
            let room = Arc::new(Room::new(100_000));
            let mut keeper = Keeper::new(1 << 20, &room, Large::Memory).expecting(said);
            keeper.data(&body(300));
            assert!(room.take(100_000 - taken) && !room.take(1), "{said}");
            room.give(100_000 - taken);
            keeper.data(&body(1700));
            let kept = [body(300), body(1700)].concat();
            assert_eq!(keeper.take().capture, Capture::whole(kept), "{said}");
        }
    }

    #[test]
    fn without_room_less_is_kept_and_the_room_is_free_again_afterwards() {
        let room = Arc::new(Room::new(3000));
        let mut first = Keeper::new(10_000, &room, Large::Memory);
        first.data(&body(2000));
        let mut second = Keeper::new(10_000, &room, Large::Memory);
        body(4000).chunks(100).for_each(|chunk| second.data(chunk));
        assert!(second.is_starved() && !first.is_starved());
        let capture = second.take().capture;
        assert!(
            (900..=1000).contains(&capture.kept.len()),
            "{}",
            capture.kept.len()
        );
        assert_eq!(capture.sha256, sha256(&body(4000)));
        drop((first, second));
        assert!(room.take(3000), "all of it is free again");
        assert!(!room.take(1));
    }

    #[test]
    fn a_limit_of_nothing_keeps_size_and_hash() {
        let room = Arc::new(Room::new(0));
        let mut keeper = Keeper::new(0, &room, Large::Memory);
        keeper.data(b"abc");
        let capture = keeper.take().capture;
        assert_eq!((capture.kept.len(), capture.size), (0, 3));
        assert_eq!(capture.sha256, sha256(b"abc"));
    }
}
