//! What the writer's thread does: batches first, the house in between.

use std::path::PathBuf;
use std::time::Duration;

use hookreel_shared::model::Timestamp;
use rusqlite::{Connection, ErrorCode};
use tracing::{debug, info, warn};

use super::inbox::Turn;
use super::log::{self, Log};
use super::pack::Batch;
use super::prune::Pruner;
use super::spill::Spilled;
use super::write::{Options, Shared};
use super::{StoreError, blob, insert, schema, words};

/// Times a batch waits for another process's transaction (five seconds each) before it is given up.
const PATIENCE: u32 = 3;

/// A batch of this many jobs or more means load, some six hundred exchanges a second: the index
/// and pruning wait. With words, writing costs several times as much.
const LOAD: usize = 32;

/// How often an idle writer looks after the history's size and age.
const REST: Duration = Duration::from_secs(60);

/// Exchanges after which the history's size is looked at.
const PRUNE_EVERY: u64 = 1000;

/// Exchanges after which the write-ahead log, about a megabyte by then, goes into the database once
/// there is time.
const COPY_EVERY: u64 = 4096;

/// Exchanges after which it goes there also under load.
const COPY_AT_LAST: u64 = 16 * COPY_EVERY;

/// How much nicer than the process the thread is: a request goes first. Not more: on a machine that
/// is busy otherwise, what is nicest is hardly run at all, and an exchange has to be on disk in time.
#[cfg(target_os = "linux")]
const NICER: i32 = 5;

/// The nicest there is.
#[cfg(target_os = "linux")]
const NICEST: i32 = 19;

/// The thread's own things.
pub(super) struct Work {
    connection: Connection,
    bodies: PathBuf,
    log: Log,
    options: Options,
    /// Exchanges written since pruning last began.
    written: u64,
    /// The pruning under way.
    pruner: Option<Pruner>,
    unindexed: bool,
    /// Exchanges that are in the write-ahead log, about.
    logged: u64,
    failing: bool,
}

impl Work {
    pub(super) fn new(connection: Connection, bodies: PathBuf, options: Options) -> Self {
        Self {
            connection,
            bodies,
            log: Log::default(),
            options,
            // A look at the start.
            written: PRUNE_EVERY,
            pruner: None,
            unindexed: true,
            logged: 0,
            failing: false,
        }
    }

    /// Works until it is over.
    pub(super) fn run(mut self, shared: &Shared) {
        step_back();
        self.sweep();
        let mut batch = Batch::default();
        loop {
            let busy = self.unindexed
                || self.pruner.is_some()
                || self.written >= PRUNE_EVERY
                || self.logged >= COPY_EVERY;
            let rest = if busy { Duration::ZERO } else { REST };
            match shared.inbox.next(&mut batch, rest) {
                Turn::Work => {
                    self.write(&batch, shared);
                    let written = batch.jobs.len();
                    batch.clear();
                    shared.inbox.finish();
                    self.keep_house(written);
                }
                Turn::Rest => {
                    if !busy {
                        self.written = PRUNE_EVERY;
                    }
                    self.keep_house(0);
                }
                Turn::End => return self.log.close(),
            }
        }
    }

    fn write(&mut self, batch: &Batch, shared: &Shared) {
        // What is on its way to the disk gets there before a transaction holds others up.
        let mut short: Vec<_> = batch.spilled.iter().filter_map(Spilled::is_short).collect();
        short.dedup();
        let mut tries = 0;
        let result = loop {
            tries += 1;
            match insert::batch(&mut self.connection, &self.bodies, &mut self.log, batch) {
                Err(error) if is_busy(&error) && tries < PATIENCE && !shared.inbox.is_over() => {}
                result => break result,
            }
        };
        match result {
            Ok(()) => {
                if self.failing {
                    info!("the history is written again");
                }
                self.failing = false;
                self.written += batch.entries;
                self.logged += batch.entries;
                self.unindexed |= batch.entries > 0;
                shared.missed(short.len() as u64);
            }
            Err(error) => {
                shared.missed(batch.ended);
                if batch.has_wishes() {
                    shared.undone(&error);
                }
                if !self.failing {
                    warn!("the history cannot be written, requests go on unrecorded: {error}");
                }
                self.failing = true;
            }
        }
    }

    /// One small step of what can wait, after so many jobs. What fails is tried again after the
    /// next writing.
    fn keep_house(&mut self, written: usize) {
        if self.pruner.is_none() && self.written >= PRUNE_EVERY {
            self.written = 0;
            self.pruner = self.begin_pruning().ok();
        }
        let load = written >= LOAD;
        if let Some(pruner) = &mut self.pruner
            && (!load || pruner.is_urgent())
        {
            match pruner.step(&mut self.connection, &self.bodies, written) {
                Ok(true) => {}
                Ok(false) | Err(_) => self.pruner = None,
            }
        }
        if self.logged >= if load { COPY_AT_LAST } else { COPY_EVERY } {
            self.logged = 0;
            // Rows that are safe from a loss of power name records that are.
            self.log.sync();
            if let Err(error) = schema::copy_log(&self.connection) {
                debug!("the write-ahead log stays as it is for now: {error}");
            }
        }
        if !load && self.unindexed {
            self.unindexed = words::step(&mut self.connection, &self.bodies).unwrap_or(false);
        }
    }

    fn begin_pruning(&self) -> Result<Pruner, StoreError> {
        let now: Timestamp = (self.options.clock)();
        Pruner::begin(&self.connection, self.options.retention, now)
    }

    fn sweep(&mut self) {
        let micros = u64::try_from((self.options.clock)().as_micros()).unwrap_or(0);
        let now = std::time::UNIX_EPOCH + Duration::from_micros(micros);
        if let Err(error) = blob::sweep(&self.connection, &self.bodies, now) {
            warn!("bodies that belong to nothing cannot be swept: {error}");
        }
        // The last one that a process wrote stays while it does, and may be done with by then.
        if let Err(error) = log::sweep(&mut self.connection, &self.bodies) {
            debug!("logs that nothing needs stay for now: {error}");
        }
    }
}

/// Lets other threads go first, where the system knows priorities of threads: a request must not
/// wait for the history.
fn step_back() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        let thread = Some(rustix::thread::gettid());
        let set = getpriority_process(thread)
            .and_then(|nice| setpriority_process(thread, (nice + NICER).min(NICEST)));
        if let Err(error) = set {
            debug!("the history's thread keeps its priority: {error}");
        }
    }
}

fn is_busy(error: &StoreError) -> bool {
    matches!(error, StoreError::Sqlite(rusqlite::Error::SqliteFailure(error, _))
        if matches!(error.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
