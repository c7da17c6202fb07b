//! The writer: takes what happened off its callers' hands at once, and writes it on a thread of
//! its own, many at a time.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use hookreel_shared::model::{ExchangeId, Timestamp};
use tokio::sync::watch;
use tracing::warn;

use super::entry::Entry;
use super::inbox::Inbox;
use super::pack::{Batch, Job};
use super::prune::Retention;
use super::spill::{Spill, Spiller};
use super::work::Work;
use super::{Place, StoreError, schema};

/// Bytes of memory that wait to be written, at most. What does not fit is counted as unrecorded:
/// a slow disk costs history, not requests.
const ROOM: usize = 64 * 1024 * 1024;

/// How long jobs gather before they are written together. An exchange must be on disk within
/// 200 ms; a transaction for each would cost ten times as much, and one for a few twice as much.
const GATHER: Duration = Duration::from_millis(50);

/// How a writer works.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What is kept.
    pub retention: Retention,
    /// The wall clock, for what is too old.
    pub clock: fn() -> Timestamp,
}

/// The writing side of a history. Cheap to share; dropping it writes what waits, and joins its
/// thread.
#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    bodies: PathBuf,
    /// There from the first large body on, if a thread could be started. Dropped after the history's
    /// thread has ended, which waits for it.
    spiller: OnceLock<Option<Spiller>>,
}

/// What callers and thread share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) inbox: Inbox<Batch>,
    unrecorded: watch::Sender<u64>,
    /// Why something that the user asked for was not done.
    undone: Mutex<Option<String>>,
}

impl Writer {
    /// Opens the history, or makes it, and starts to write.
    ///
    /// # Errors
    /// If the history cannot be opened, see [`StoreError`], or no thread can be started.
    pub fn open(place: &Place, options: Options) -> Result<Self, StoreError> {
        let work = Work::new(schema::open(place)?, place.bodies(), options);
        let shared = Arc::new(Shared {
            inbox: Inbox::new(GATHER, ROOM / 4),
            unrecorded: watch::Sender::default(),
            undone: Mutex::default(),
        });
        let thread = {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name("history".to_owned())
                .spawn(move || work.run(&shared))?
        };
        Ok(Self {
            shared,
            thread: Some(thread),
            bodies: place.bodies(),
            spiller: OnceLock::new(),
        })
    }

    /// Hands an exchange over to be written. Never waits for the disk. Tells whether it will be
    /// written; if not, it has been counted as unrecorded, unless it goes on and will come again.
    pub fn put(&self, entry: Entry) -> bool {
        let weight = Batch::weight_of(&entry);
        let ended = u64::from(entry.exchange.closed_at.is_some());
        let taken = self.shared.inbox.put(|batch, writing| {
            let held = batch.weight + writing;
            // One that is larger than the room, as a user may set the limit of bodies, goes alone.
            (held == 0 || held + weight <= ROOM) && batch.put(entry).is_ok()
        });
        if !taken {
            self.shared.missed(ended);
        }
        taken
    }

    /// Begins the file of a body that is too large for the database, while it passes; `side` is a
    /// word for the file's name. Nothing waits for the disk.
    #[must_use]
    pub fn spill(&self, id: ExchangeId, side: &'static str) -> Option<Spill> {
        let start = || {
            let started = Spiller::start(self.bodies.clone());
            started
                .inspect_err(|error| warn!("large bodies cannot be kept: {error}"))
                .ok()
        };
        let spiller = self.spiller.get_or_init(start).as_ref()?;
        Some(spiller.begin(id, side))
    }

    /// Marks exchanges, or takes their marks away. Marked ones are never pruned.
    pub fn mark(&self, ids: Vec<ExchangeId>, marked: bool) {
        self.push(Job::Mark(ids, marked));
    }

    /// Sets a note, or takes it away.
    pub fn note(&self, ids: Vec<ExchangeId>, note: Option<String>) {
        self.push(Job::Note(ids, note));
    }

    /// Sets how far the user's own processing has come, or takes that away.
    pub fn processing(&self, id: ExchangeId, status: Option<String>) {
        self.push(Job::Processing(id, status));
    }

    /// Sets verdicts on signatures that were judged again, as words, or takes them away; and whether
    /// these exchanges are duplicates, which depends on that.
    pub fn verdicts(&self, words: Vec<(ExchangeId, Option<String>)>) {
        self.push(Job::Verdicts(words));
    }

    /// Takes exchanges out of the history, marked or not.
    pub fn delete(&self, ids: Vec<ExchangeId>) {
        self.push(Job::Delete(ids));
    }

    /// How many exchanges could not be recorded: no room, or the disk did not take them.
    #[must_use]
    pub fn unrecorded(&self) -> u64 {
        *self.shared.unrecorded.borrow()
    }

    /// [`Self::unrecorded`], each time it changes.
    #[must_use]
    pub fn unrecorded_changes(&self) -> watch::Receiver<u64> {
        self.shared.unrecorded.subscribe()
    }

    /// Counts exchanges that are lost to the history, or in part.
    pub fn missed(&self, exchanges: u64) {
        self.shared.missed(exchanges);
    }

    /// Waits until all that was handed over before is on disk, or counted as unrecorded.
    pub fn flush(&self) {
        self.shared.inbox.flush();
    }

    /// As [`Self::flush`], for who has marked, noted or deleted something.
    ///
    /// # Errors
    /// Why that, or anything of the kind since the last call, was not done.
    pub fn settle(&self) -> Result<(), String> {
        self.flush();
        let undone = self.shared.undone.lock();
        let why = undone.unwrap_or_else(PoisonError::into_inner).take();
        why.map_or(Ok(()), Err)
    }

    /// Operations are small and made by hand: they always have room.
    pub(super) fn push(&self, job: Job) {
        self.shared.inbox.put(|batch, _| batch.push(job));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.inbox.close();
        if let Some(thread) = self.thread.take() {
            // Fails only if the thread panicked, which has been reported then.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Counts exchanges that are lost to the history.
    pub(super) fn missed(&self, exchanges: u64) {
        if exchanges > 0 {
            self.unrecorded.send_modify(|total| *total += exchanges);
        }
    }

    /// Keeps why what a user asked for was not done.
    pub(super) fn undone(&self, error: &StoreError) {
        let mut undone = self.undone.lock().unwrap_or_else(PoisonError::into_inner);
        *undone = Some(error.to_string());
    }
}
