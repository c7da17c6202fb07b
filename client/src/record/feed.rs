//! The feed that views read: a view that is slow misses lines and is told how many; it never
//! holds up a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hookreel_shared::model::{ExchangeId, Name, Summary};
use tokio::sync::broadcast;

/// Notices held for a view that lags. Beyond that the oldest are dropped for it: forwarding goes
/// on, and the view says how many it missed.
const CAPACITY: usize = 4096;

/// Something views may want to show.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A name was granted: senders can use its address from now on.
    Ready {
        /// The best public address.
        url: String,
        /// All public addresses.
        urls: Vec<String>,
        /// The name.
        name: Name,
        /// Where requests go.
        origin: String,
        /// Which relay; `embedded` for the one inside.
        relay: String,
        /// What carries the tunnel.
        transport: &'static str,
    },
    /// An exchange has begun, gone on, or ended.
    Exchange(Arc<Summary>),
    /// The state of the tunnel has changed.
    Status {
        /// To what.
        state: State,
        /// Why, for people.
        reason: String,
    },
    /// Advice on what was just seen.
    Hint {
        /// On which exchange, if it is one that is shown or kept.
        of: Option<ExchangeId>,
        /// For people, in one line.
        text: String,
    },
    /// What became of a command.
    Told {
        /// Whether it was done.
        good: bool,
        /// For people, in one line.
        text: String,
    },
    /// That many exchanges in all could not be recorded, as the disk is full or too slow.
    Unrecorded(u64),
}

/// The state of the tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Up.
    Connected,
    /// Down, being made anew.
    Reconnecting,
    /// Taking no new requests.
    Draining,
    /// Taken over by a newer session.
    Replaced,
    /// Over.
    Closed,
}

impl State {
    /// The word for it in outputs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Reconnecting => "reconnecting",
            Self::Draining => "draining",
            Self::Replaced => "replaced",
            Self::Closed => "closed",
        }
    }
}

/// The sending side. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Feed {
    notices: broadcast::Sender<Notice>,
    round_trip: Arc<AtomicU64>,
}

/// A view's side.
#[derive(Debug)]
pub struct Watcher {
    notices: broadcast::Receiver<Notice>,
    /// In microseconds; 0 while it is not known.
    round_trip: Arc<AtomicU64>,
}

/// What a view gets.
#[derive(Debug, Clone)]
pub enum Seen {
    /// The next notice.
    Notice(Notice),
    /// The view was too slow for that many.
    Missed(u64),
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            notices: broadcast::channel(CAPACITY).0,
            round_trip: Arc::default(),
        }
    }
}

impl Feed {
    /// Starts watching: everything from now on is seen.
    #[must_use]
    pub fn watch(&self) -> Watcher {
        Watcher {
            notices: self.notices.subscribe(),
            round_trip: Arc::clone(&self.round_trip),
        }
    }

    /// Whether anybody watches, and a notice is worth making.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.notices.receiver_count() > 0
    }

    /// Shows a notice to all who watch. Never waits.
    pub fn show(&self, notice: Notice) {
        // Fails only if nobody watches.
        let _ = self.notices.send(notice);
    }

    /// Says how long a round trip to the relay takes. That changes all the time, so it is no notice:
    /// views that draw for another reason show it.
    pub fn set_round_trip(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.round_trip.store(micros, Ordering::Relaxed);
    }
}

impl Watcher {
    /// How long a round trip to the relay takes, once that is known.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        let micros = self.round_trip.load(Ordering::Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros))
    }

    /// The next notice; `None` once the feed is over.
    pub async fn next(&mut self) -> Option<Seen> {
        match self.notices.recv().await {
            Ok(notice) => Some(Seen::Notice(notice)),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(Seen::Missed(missed)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// As [`Self::next`], if there is one already.
    pub fn next_ready(&mut self) -> Option<Seen> {
        match self.notices.try_recv() {
            Ok(notice) => Some(Seen::Notice(notice)),
            Err(broadcast::error::TryRecvError::Lagged(missed)) => Some(Seen::Missed(missed)),
            // The end is seen by those who wait.
            Err(_) => None,
        }
    }

    /// As [`Self::next`], for a thread outside the runtime.
    pub fn next_blocking(&mut self) -> Option<Seen> {
        match self.notices.blocking_recv() {
            Ok(notice) => Some(Seen::Notice(notice)),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(Seen::Missed(missed)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
