//! Who records: every exchange goes to the feed, and to the history if there is one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::model::{ExchangeId, Headers, RequestHead};
use tokio::time::sleep;

use super::examiner::{Examiner, Goal};
use super::feed::{Feed, Notice};
use super::keeper::{Keeper, Large};
use super::passing::{self, Passing};
use super::recording::Recording;
use super::room::Room;
use crate::config::Providers;
use crate::store::{Entry, Writer};

/// Bytes of one body that are kept where nothing else is set.
pub const BODY_LIMIT: u64 = 25 * 1024 * 1024;

/// Memory for the bodies of all exchanges under way. What does not fit is not kept: size and hash
/// are recorded all the same, and the exchange is counted as unrecorded.
const ROOM: usize = 256 * 1024 * 1024;

/// Unrecorded exchanges are told of at most this often.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// A history, and how much of a body goes into it.
#[derive(Debug, Clone)]
pub struct Keep {
    /// Writes the history.
    pub writer: Arc<Writer>,
    /// Bytes of one body that are kept.
    pub body_limit: u64,
}

/// Records exchanges. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    examiner: Option<Examiner>,
    feed: Feed,
    history: Option<Keep>,
    room: Arc<Room>,
    /// Unrecorded exchanges that were told of.
    told: AtomicU64,
}

impl Drop for Inner {
    /// Nothing comes any more: what waits is written, and what was lost is told of a last time.
    fn drop(&mut self) {
        drop(self.examiner.take());
        if let Some(keep) = &self.history
            && self.feed.is_watched()
        {
            keep.writer.flush();
            self.tell(keep.writer.unrecorded());
        }
    }
}

impl Inner {
    fn tell(&self, unrecorded: u64) {
        if self.told.swap(unrecorded, Ordering::Relaxed) != unrecorded {
            self.feed.show(Notice::Unrecorded(unrecorded));
        }
    }
}

impl Recorder {
    /// Shows exchanges on `feed`, and keeps them in `history` if there is one.
    #[must_use]
    pub fn new(feed: Feed, history: Option<Keep>) -> Self {
        Self::with_room(feed, history, ROOM)
    }

    /// The same, and tells of each exchange who sent it and whether the signature fits.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn knowing(
        feed: Feed,
        history: Option<Keep>,
        providers: Arc<Providers>,
    ) -> std::io::Result<Self> {
        let goal = Goal {
            feed: feed.clone(),
            writer: history.as_ref().map(|keep| Arc::clone(&keep.writer)),
        };
        Ok(Self(Arc::new(Inner {
            examiner: Some(Examiner::start(providers, goal)?),
            feed,
            history,
            room: Arc::new(Room::new(ROOM)),
            told: AtomicU64::new(0),
        })))
    }

    fn with_room(feed: Feed, history: Option<Keep>, bytes: usize) -> Self {
        Self(Arc::new(Inner {
            examiner: None,
            feed,
            history,
            room: Arc::new(Room::new(bytes)),
            told: AtomicU64::new(0),
        }))
    }

    /// Where exchanges are shown.
    #[must_use]
    pub fn feed(&self) -> &Feed {
        &self.0.feed
    }

    /// Writes the history, if there is one.
    #[must_use]
    pub fn writer(&self) -> Option<&Arc<Writer>> {
        self.0.history.as_ref().map(|keep| &keep.writer)
    }

    /// What is known of providers, if anything is.
    #[must_use]
    pub fn providers(&self) -> Option<&Arc<Providers>> {
        self.0.examiner.as_ref().map(Examiner::providers)
    }

    /// Waits until all that has ended before is on disk, or counted as unrecorded.
    pub fn flush(&self) {
        if let Some(examiner) = &self.0.examiner {
            examiner.flush();
        }
        if let Some(writer) = self.writer() {
            writer.flush();
        }
    }

    /// Shows and records an exchange that has ended. Never waits.
    pub(super) fn take(&self, entry: Entry) {
        match &self.0.examiner {
            Some(examiner) => examiner.take(entry),
            None => {
                let goal = Goal {
                    feed: self.0.feed.clone(),
                    writer: self.writer().cloned(),
                };
                goal.take(entry);
            }
        }
    }

    /// Exchanges that could not be recorded, or not whole for want of memory.
    #[must_use]
    pub fn unrecorded(&self) -> u64 {
        self.writer().map_or(0, |writer| writer.unrecorded())
    }

    /// Begins to record the exchange of this request; `replay_of` is the one it repeats.
    #[must_use]
    pub fn begin(&self, head: &Arc<RequestHead>, replay_of: Option<ExchangeId>) -> Recording {
        let (up, down) = match &self.0.history {
            Some(keep) => (
                self.kept(keep, head, "request"),
                self.kept(keep, head, "response"),
            ),
            None => (Passing::default(), Passing::default()),
        };
        let wanted = self.0.history.is_some() || self.0.feed.is_watched();
        Recording::begin(self, wanted.then_some(head), replay_of, up, down)
    }

    /// As [`Self::begin`], for a request whose body is at hand whole. This one is recorded in any
    /// case, as somebody wants it back.
    #[must_use]
    pub fn begin_known(
        &self,
        head: &Arc<RequestHead>,
        body: &Bytes,
        trailers: &Headers,
        replay_of: Option<ExchangeId>,
    ) -> Recording {
        let history = self.0.history.as_ref();
        let limit = history.map_or(BODY_LIMIT, |keep| keep.body_limit);
        let up = Passing::known(passing::known(body, limit, trailers));
        let down = Passing::kept_by(Keeper::new(limit, &self.0.room, Large::Memory));
        Recording::begin(self, Some(head), replay_of, up, down)
    }

    fn kept(&self, keep: &Keep, head: &RequestHead, side: &'static str) -> Passing {
        let large = Large::File(Arc::clone(&keep.writer), head.id, side);
        Passing::kept_by(Keeper::new(keep.body_limit, &self.0.room, large))
    }

    /// Tells on the feed whenever exchanges could not be recorded. Never ends by itself where
    /// there is a history. Whenever it is dropped, the last recorder tells what it did not.
    pub async fn tell_unrecorded(self) {
        let Some(mut total) = self.writer().map(|writer| writer.unrecorded_changes()) else {
            return;
        };
        while total.changed().await.is_ok() {
            let total = *total.borrow_and_update();
            self.0.tell(total);
            sleep(TELL_EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use hookreel_shared::model::testing::request;
    use hookreel_shared::model::{BodyKind, Timestamp};
    use http_body::Frame;

    use super::*;
    use crate::record::Seen;
    use crate::store::{Cursor, Options, Place, Reader, Retention};

    fn head(n: u128) -> Arc<RequestHead> {
        Arc::new(RequestHead {
            id: ExchangeId::from_uuid(uuid::Uuid::from_u128(n)),
            received_at: Timestamp::from_micros(0),
            body: BodyKind::Chunked,
            ..request("/", &[], 0)
        })
    }

    fn recorder(place: &Place, room: usize) -> Recorder {
        let options = Options {
            retention: Retention::default(),
            clock: || Timestamp::from_micros(0),
        };
        let keep = Keep {
            writer: Arc::new(Writer::open(place, options).unwrap()),
            body_limit: BODY_LIMIT,
        };
        Recorder::with_room(Feed::default(), Some(keep), room)
    }

    fn pass(recording: &Recording, bytes: usize) {
        let data = vec![b'x'; bytes];
        recording.up().frame(&Frame::data(data.into()));
    }

    #[test]
    fn bodies_that_memory_cannot_hold_are_counted_and_their_exchanges_kept() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path());
        let recorder = recorder(&place, 10_000);
        let (one, two) = (
            recorder.begin(&head(1), None),
            recorder.begin(&head(2), None),
        );
        pass(&one, 8000);
        pass(&two, 8000);
        one.close();
        two.close();
        // The room of the first is free again.
        let three = recorder.begin(&head(3), None);
        pass(&three, 8000);
        three.close();
        assert_eq!(recorder.unrecorded(), 1);
        recorder.writer().unwrap().flush();
        let reader = Reader::open(&place).unwrap();
        let kept = |n| {
            let whole = reader.get(head(n).id).unwrap().unwrap();
            let body = whole.request_body;
            (body.kept.len(), body.size, body.sha256.is_some())
        };
        assert_eq!(kept(1), (8000, 8000, false));
        assert_eq!(kept(2), (0, 8000, true));
        assert_eq!(kept(3), (8000, 8000, false));
    }

    /// Bytes that differ from place to place.
    fn body(len: usize) -> Vec<u8> {
        (0..len).map(|n| (n * 7 + n / 251) as u8).collect()
    }

    /// Passes as both bodies, with what came so far stored now and then, as long as nothing is lost
    /// to a slow disk.
    fn pass_both(recorder: &Recorder, recording: &Recording, body: &[u8], piece: usize) {
        let stored_every = 4 * 1024 * 1024;
        let mut left = stored_every;
        for part in body.chunks(piece) {
            for passing in [recording.up(), recording.down()] {
                passing.frame(&Frame::data(Bytes::copy_from_slice(part)));
            }
            left -= part.len().min(left);
            if left == 0 {
                assert!(recording.store_so_far());
                recorder.writer().unwrap().flush();
                left = stored_every;
            }
        }
    }

    fn sha256(body: &[u8]) -> Option<[u8; 32]> {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body);
        digest.as_ref().try_into().ok()
    }

    #[test]
    fn bodies_of_every_size_are_kept_as_they_passed_wherever_they_go() {
        const LARGE: usize = crate::store::SPILL_ABOVE;
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path());
        let limit = usize::try_from(BODY_LIMIT).unwrap();
        let small = 3 * LARGE + 1000;
        let mut cases = vec![(limit, limit - 1), (limit, limit), (limit, limit + 1)];
        for size in [LARGE, 2 * LARGE, small] {
            cases.extend([(small, size - 1), (small, size), (small, size + 1)]);
        }
        cases.extend([
            (LARGE, LARGE + 1),
            (LARGE + 1, LARGE + 2),
            (100, 300),
            (small, 5 * LARGE),
        ]);
        let (all, mut n, mut large) = (body(limit + 1), 0, 0);
        for (limit, size) in cases {
            let mut recorder = recorder(&place, ROOM);
            let keep = Arc::get_mut(&mut recorder.0).unwrap().history.as_mut();
            keep.unwrap().body_limit = limit as u64;
            let (body, reader) = (&all[..size], Reader::open(&place).unwrap());
            let pieces = [70_001, LARGE, size];
            // What waits for the disk has a limit, which one piece must not reach.
            let fitting = if size > 16 * LARGE { 1 } else { 3 };
            for piece in pieces.into_iter().take(fitting) {
                n += 1;
                let recording = recorder.begin(&head(n), None);
                pass_both(&recorder, &recording, body, piece);
                recording.close();
                recorder.writer().unwrap().flush();
                let whole = reader.get(head(n).id).unwrap().unwrap();
                let kept = limit.min(size);
                large += 2 * usize::from(kept > LARGE);
                for capture in [whole.request_body, whole.response_body] {
                    assert_eq!(capture.size, size as u64);
                    assert!(capture.kept == body[..kept], "{size} of {limit} by {piece}");
                    let hash = sha256(body).filter(|_| kept < size);
                    assert_eq!(capture.sha256, hash, "{size} of {limit} by {piece}");
                }
            }
            assert_eq!(recorder.unrecorded(), 0);
        }
        let files = std::fs::read_dir(place.bodies()).unwrap().count();
        assert_eq!(
            files, large,
            "one for each body of which more is kept than 256 KiB"
        );
    }

    #[test]
    fn a_disk_slower_than_what_passes_cuts_large_bodies_and_holds_nothing_up() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path());
        let recorder = recorder(&place, ROOM);
        let writer = recorder.writer().unwrap();
        let hold = writer.spill(head(9).id, "request").unwrap().hold();
        let body = body(24 * 1024 * 1024);
        let (one, two) = (
            recorder.begin(&head(1), None),
            recorder.begin(&head(2), None),
        );
        for recording in [&one, &two] {
            for part in body.chunks(100_000) {
                recording
                    .up()
                    .frame(&Frame::data(Bytes::copy_from_slice(part)));
            }
        }
        drop(hold);
        one.close();
        two.close();
        writer.flush();
        let reader = Reader::open(&place).unwrap();
        let kept = [1, 2].map(|n| {
            let capture = reader.get(head(n).id).unwrap().unwrap().request_body;
            assert!(capture.kept == body[..capture.kept.len()]);
            assert_eq!(
                (capture.size, capture.sha256),
                (body.len() as u64, sha256(&body))
            );
            capture.kept.len()
        });
        // The first takes the room there is; of the second what memory holds is kept.
        assert_eq!(kept, [16 * 1024 * 1024, 256 * 1024]);
        assert_eq!(recorder.unrecorded(), 2);
    }

    #[tokio::test]
    async fn what_is_lost_within_a_second_of_the_end_is_told_of_too() {
        let dir = tempfile::tempdir().unwrap();
        let recorder = recorder(&Place::new(dir.path()), 10_000);
        let mut watcher = recorder.feed().watch();
        let mut told = async || loop {
            match watcher.next().await {
                Some(Seen::Notice(Notice::Unrecorded(total))) => break Some(total),
                Some(_) => {}
                None => break None,
            }
        };
        let telling = tokio::spawn(recorder.clone().tell_unrecorded());
        tokio::task::yield_now().await;
        recorder.writer().unwrap().missed(1);
        assert_eq!(told().await, Some(1));
        recorder.writer().unwrap().missed(2);
        // What does not fit into memory is lost as the last thing that happens.
        let last = recorder.begin(&head(1), None);
        pass(&last, 20_000);
        telling.abort();
        assert!(telling.await.unwrap_err().is_cancelled());
        drop(recorder);
        drop(last);
        assert_eq!(told().await, Some(4));
        assert_eq!(told().await, None, "once");
    }

    #[test]
    fn an_exchange_dropped_on_the_way_is_kept_with_a_failure() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path());
        let recorder = recorder(&place, ROOM);
        let recording = recorder.begin(&head(1), None);
        pass(&recording, 5);
        drop(recording);
        recorder.writer().unwrap().flush();
        let reader = Reader::open(&place).unwrap();
        let rows = reader.page(&[], Cursor::Newest, 2, |_| true).unwrap();
        assert_eq!(rows.len(), 1);
        assert!(rows[0].summary.failure.is_some() && rows[0].summary.closed);
    }

    #[test]
    fn while_nobody_watches_and_nothing_is_kept_no_facts_are_collected() {
        let recorder = Recorder::new(Feed::default(), None);
        assert!(!recorder.begin(&head(1), None).is_wanted());
        let _watcher = recorder.feed().watch();
        assert!(recorder.begin(&head(1), None).is_wanted());
    }
}
