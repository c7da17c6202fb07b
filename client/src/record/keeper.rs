//! One body as it is kept: copied once, up to a limit; of what lies beyond only size and hash.

use std::sync::Arc;

use aws_lc_rs::digest;
use bytes::Bytes;
use hookreel_shared::model::{Capture, Headers};

use super::recorder::BODY_LIMIT;
use super::room::Room;

/// Of a body that still passes at most this much is written: it is written again at its end.
const SO_FAR: usize = 1024 * 1024;

/// The least that is taken from the room at once.
const STEP: usize = 512;

/// A body beyond this many bytes gets memory for all that is kept of one, as far as that is usual,
/// at once: a page that is not written to takes none, and to grow, it would be here twice.
const LARGE: usize = 1024 * 1024;

/// Keeps what passes of one body. It copies: slices would pin the buffers bytes were received
/// into, which are far larger.
#[derive(Debug)]
pub struct Keeper {
    kept: Vec<u8>,
    limit: usize,
    room: Arc<Room>,
    /// Bytes taken from the room.
    taken: usize,
    /// Nothing more is kept: the limit is reached, or the room is full.
    over: bool,
    /// The room was full.
    starved: bool,
    size: u64,
    hash: Option<Hash>,
    trailers: Headers,
}

/// The hash of the first `done` bytes.
#[derive(Clone)]
struct Hash {
    context: digest::Context,
    done: usize,
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hash").finish_non_exhaustive()
    }
}

impl Keeper {
    /// Keeps up to `limit` bytes, with memory from `room`.
    #[must_use]
    pub(super) fn new(limit: u64, room: &Arc<Room>) -> Self {
        Self {
            kept: Vec::new(),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            room: Arc::clone(room),
            taken: 0,
            over: false,
            starved: false,
            size: 0,
            hash: None,
            trailers: Headers::new(),
        }
    }

    /// The next bytes.
    pub(super) fn data(&mut self, data: &[u8]) {
        self.size += data.len() as u64;
        if self.over {
            return self.hash(data);
        }
        let fits = data.len().min(self.limit - self.kept.len());
        let fits = fits.min(self.make_room(self.kept.len() + fits) - self.kept.len());
        let (kept, rest) = data.split_at(fits);
        self.kept.extend_from_slice(kept);
        if rest.is_empty() {
            // The hash is needed only beyond the limit, but then of all bytes. In the second
            // half it goes twice as fast as the bytes come: so it never holds up a request.
            if self.kept.len() > self.limit / 2 {
                self.catch_up(2 * data.len());
            }
        } else {
            self.over = true;
            self.catch_up(usize::MAX);
            self.hash(rest);
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

    /// A copy of what is here so far, or of its beginning.
    pub(super) fn so_far(&self) -> Capture {
        let end = self.kept.len().min(SO_FAR);
        Capture {
            kept: Bytes::copy_from_slice(&self.kept[..end]),
            size: self.size,
            sha256: None,
            trailers: self.trailers.clone(),
            cut: false,
        }
    }

    /// What was kept. The room is free again.
    pub(super) fn take(&mut self) -> Capture {
        let cut = self.size > self.kept.len() as u64;
        let hash = self.hash.take().filter(|_| cut);
        self.over = true;
        self.room.give(std::mem::take(&mut self.taken));
        Capture {
            kept: std::mem::take(&mut self.kept).into(),
            size: self.size,
            sha256: hash.and_then(|hash| hash.context.finish().as_ref().try_into().ok()),
            trailers: std::mem::take(&mut self.trailers),
            cut: false,
        }
    }

    /// Makes room for so many bytes in all, and tells how many fit.
    fn make_room(&mut self, wanted: usize) -> usize {
        if wanted <= self.taken {
            return wanted;
        }
        // A body that comes in one piece gets what it needs; one in many grows by halves.
        let target = if self.taken == 0 {
            wanted.max(STEP)
        } else {
            wanted.max(self.taken.saturating_mul(2))
        };
        let target = target.min(self.limit);
        for target in [target, wanted] {
            if self.room.take(target - self.taken) {
                self.taken = target;
                self.reserve(target);
                return wanted;
            }
        }
        self.starved = true;
        self.taken
    }

    /// Memory for so many bytes in all.
    fn reserve(&mut self, bytes: usize) {
        let usual = usize::try_from(BODY_LIMIT).unwrap_or(usize::MAX);
        let most = self.limit.min(usual);
        let wanted = if bytes > LARGE {
            bytes.max(most)
        } else {
            bytes
        };
        let here = self.kept.len();
        // A system that counts pages before they are written to may not give that much.
        if self.kept.try_reserve_exact(wanted - here).is_err() {
            self.kept.reserve_exact(bytes - here);
        }
    }

    /// Hashes so many of the kept bytes that are not hashed yet.
    fn catch_up(&mut self, bytes: usize) {
        let hash = self.hash.get_or_insert_with(|| Hash {
            context: digest::Context::new(&digest::SHA256),
            done: 0,
        });
        let end = hash.done.saturating_add(bytes).min(self.kept.len());
        hash.context.update(&self.kept[hash.done..end]);
        hash.done = end;
    }

    fn hash(&mut self, data: &[u8]) {
        if let Some(hash) = &mut self.hash {
            hash.context.update(data);
        }
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
            let mut keeper = Keeper::new(1000, &room);
            body(len).chunks(7).for_each(|chunk| keeper.data(chunk));
            assert_eq!(keeper.take(), Capture::whole(body(len)), "{len}");
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
            let mut keeper = Keeper::new(1000, &room);
            body(len).chunks(piece).for_each(|chunk| keeper.data(chunk));
            let capture = keeper.take();
            assert_eq!(capture.kept, body(len)[..1000], "{len} by {piece}");
            assert_eq!(capture.size, len as u64);
            assert_eq!(capture.sha256, sha256(&body(len)), "{len} by {piece}");
        }
    }

    #[test]
    fn without_room_less_is_kept_and_the_room_is_free_again_afterwards() {
        let room = Arc::new(Room::new(3000));
        let mut first = Keeper::new(10_000, &room);
        first.data(&body(2000));
        let mut second = Keeper::new(10_000, &room);
        body(4000).chunks(100).for_each(|chunk| second.data(chunk));
        assert!(second.is_starved() && !first.is_starved());
        let capture = second.take();
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
    fn a_large_body_stays_where_it_is_while_it_grows() {
        let limit = usize::try_from(BODY_LIMIT).unwrap();
        let room = Arc::new(Room::new(limit));
        let mut keeper = Keeper::new(BODY_LIMIT, &room);
        let piece = body(64 * 1024);
        let mut places = std::collections::BTreeSet::new();
        while !keeper.is_full() {
            keeper.data(&piece);
            if keeper.kept.len() > 2 * LARGE {
                places.insert(keeper.kept.as_ptr() as usize);
            }
        }
        assert_eq!((places.len(), keeper.take().kept.len()), (1, limit));
    }

    #[test]
    fn a_limit_of_nothing_keeps_size_and_hash() {
        let room = Arc::new(Room::new(0));
        let mut keeper = Keeper::new(0, &room);
        keeper.data(b"abc");
        let capture = keeper.take();
        assert_eq!((capture.kept.len(), capture.size), (0, 3));
        assert_eq!(capture.sha256, sha256(b"abc"));
    }
}
