//! The writer: takes what happened off its callers' hands at once, and writes it on a thread of
//! its own, many at a time.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use hookreel_shared::model::{ExchangeId, Timestamp};
use tokio::sync::watch;
use tracing::warn;

use super::pack::{Batch, Entry, Job};
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

/// How often an idle writer looks after the history's size and age.
const REST: Duration = Duration::from_secs(60);

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
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Something waits, or it is over.
    wake: Condvar,
    /// A batch is done.
    done: Condvar,
    unrecorded: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    waiting: Batch,
    /// Weight of the batch that is being written.
    writing: usize,
    /// Batches handed to the thread, and batches it is done with.
    handed: u64,
    finished: u64,
    /// How many wait in [`Writer::flush`], and do not want more to gather.
    hurried: usize,
    over: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("weight", &self.waiting.weight)
            .finish_non_exhaustive()
    }
}

/// What the thread is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// A batch is to be written.
    Write,
    /// Nothing waits: time for the house.
    Rest,
    /// It is over.
    End,
}

impl Writer {
    /// Opens the history, or makes it, and starts to write.
    ///
    /// # Errors
    /// If the history cannot be opened, see [`StoreError`], or no thread can be started.
    pub fn open(place: &Place, options: Options) -> Result<Self, StoreError> {
        let work = Work::new(schema::open(place)?, place.bodies(), options);
        let shared = Arc::new(Shared::default());
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
        let mut state = self.shared.lock();
        let held = state.waiting.weight + state.writing;
        // One that is larger than the room, as a user may set the limit of bodies, goes alone.
        let fits = held == 0 || held + weight <= ROOM;
        if !(fits && state.waiting.put(entry).is_ok()) {
            self.shared.missed(ended);
            return false;
        }
        self.shared.wake_for_first(&state);
        true
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
    pub fn note(&self, id: ExchangeId, note: Option<String>) {
        self.push(Job::Note(id, note));
    }

    /// Sets how far the user's own processing has come, or takes that away.
    pub fn processing(&self, id: ExchangeId, status: Option<String>) {
        self.push(Job::Processing(id, status));
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
        let mut state = self.shared.lock();
        let target = state.handed + u64::from(!state.waiting.jobs.is_empty());
        state.hurried += 1;
        self.shared.wake.notify_one();
        while state.finished < target {
            state = wait(&self.shared.done, state);
        }
        state.hurried -= 1;
    }

    /// Operations are small and made by hand: they always have room.
    pub(super) fn push(&self, job: Job) {
        let mut state = self.shared.lock();
        state.waiting.push(job);
        self.shared.wake_for_first(&state);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // Fails only if the thread panicked, which has been reported then.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with the lock held left whole jobs only: each is added by one push.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread sleeps only while nothing waits, so only the first job needs to wake it.
    fn wake_for_first(&self, state: &State) {
        if state.waiting.jobs.len() == 1 {
            self.wake.notify_one();
        }
    }

    /// Counts exchanges that are lost to the history.
    pub(super) fn missed(&self, exchanges: u64) {
        if exchanges > 0 {
            self.unrecorded.send_modify(|total| *total += exchanges);
        }
    }

    /// Waits for the next turn. `empty` becomes the batch to write. With `busy` there is work in
    /// the house, and a rest comes at once when nothing waits.
    pub(super) fn next(&self, empty: &mut Batch, busy: bool) -> Turn {
        let mut state = self.lock();
        if state.waiting.jobs.is_empty() && !state.over {
            if busy {
                return Turn::Rest;
            }
            let idle = |state: &mut State| state.waiting.jobs.is_empty() && !state.over;
            let (woken, timeout) = self
                .wake
                .wait_timeout_while(state, REST, idle)
                .unwrap_or_else(PoisonError::into_inner);
            if timeout.timed_out() {
                return Turn::Rest;
            }
            state = woken;
        }
        if state.waiting.jobs.is_empty() {
            return Turn::End;
        }
        let gather = |state: &mut State| !state.over && state.hurried == 0;
        let mut state = self
            .wake
            .wait_timeout_while(state, GATHER, gather)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        std::mem::swap(&mut state.waiting, empty);
        state.writing = empty.weight;
        state.handed += 1;
        Turn::Write
    }

    /// The batch is done.
    pub(super) fn finish(&self) {
        let mut state = self.lock();
        state.writing = 0;
        state.finished += 1;
        self.done.notify_all();
    }

    /// Whether the program ends, and nothing may take long.
    pub(super) fn is_over(&self) -> bool {
        self.lock().over
    }
}

fn wait<'a>(on: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    on.wait(state).unwrap_or_else(PoisonError::into_inner)
}
