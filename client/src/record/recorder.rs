//! Who records: every exchange goes to the feed, and to the history if there is one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::model::{BodyKind, ExchangeId, Headers, RequestHead};
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
            Some(keep) => {
                let request = self.keeper(keep, head, "request");
                let request = match head.body {
                    BodyKind::Length(bytes) => request.expecting(bytes),
                    _ => request,
                };
                let response = self.keeper(keep, head, "response");
                (Passing::kept_by(request), Passing::kept_by(response))
            }
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

    fn keeper(&self, keep: &Keep, head: &RequestHead, side: &'static str) -> Keeper {
        let large = Large::File(Arc::clone(&keep.writer), head.id, side);
        Keeper::new(keep.body_limit, &self.0.room, large)
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
#[path = "recorder_tests.rs"]
mod tests;
