//! Large bodies go to their files while they pass: in pieces, on a thread of their own. Whoever
//! forwards hands a piece over and goes on; nobody waits for the disk but the history's thread.
//!
//! Not on the history's own thread: it may wait seconds for another process's transaction, and
//! what passes meanwhile would fill memory.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use hookreel_shared::model::ExchangeId;
use tracing::{info, warn};

use super::{StoreError, blob};

/// Bytes of pieces that wait for the disk, those of all bodies together. A body that finds no
/// room is cut there: a disk slower than what passes costs history, not memory.
const WAITING: usize = 16 * 1024 * 1024;

/// Writes pieces, on its thread.
#[derive(Debug)]
pub(super) struct Spiller {
    steps: Sender<Step>,
    waiting: Arc<AtomicUsize>,
    bodies: Arc<Path>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Step {
    Write(Piece),
    Remove(String),
    #[cfg(test)]
    Wait(Receiver<()>),
    End,
}

/// Some of a body. Dropped, it is settled: written, or given up.
#[derive(Debug)]
struct Piece {
    file: Arc<BodyFile>,
    data: Vec<u8>,
    waiting: Arc<AtomicUsize>,
}

/// One body on its way into its file. Let go of before a row names the file, it takes it along.
#[derive(Debug)]
pub struct Spill {
    waiting: Arc<AtomicUsize>,
    so_far: Spilled,
}

/// The file of a body, and how much of the body was handed over to be in it.
#[derive(Debug, Clone)]
pub struct Spilled {
    file: Arc<BodyFile>,
    handed: u64,
    /// No more will be.
    ended: bool,
}

/// A file that grows. It is locked as long as this is there, so that no other process takes it for
/// an orphan.
#[derive(Debug)]
struct BodyFile {
    steps: Sender<Step>,
    bodies: Arc<Path>,
    id: ExchangeId,
    side: &'static str,
    state: Mutex<State>,
    /// Some more is settled.
    settled: Condvar,
    /// A row names it: it stays.
    named: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    open: Option<(Arc<File>, String)>,
    /// Bytes that are written, and bytes that are written or given up.
    written: u64,
    settled: u64,
    /// Nothing more can be written: what follows would not belong there.
    failed: bool,
}

impl Spiller {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system has none left.
    pub(super) fn start(bodies: PathBuf) -> io::Result<Self> {
        let (steps, todo) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("bodies".to_owned())
            .spawn({
                let bodies = bodies.clone();
                move || run(&todo, &bodies)
            })?;
        Ok(Self {
            steps,
            waiting: Arc::default(),
            bodies: bodies.into(),
            thread: Some(thread),
        })
    }

    /// Begins a body's file. It is made when the first piece is written.
    pub(super) fn begin(&self, id: ExchangeId, side: &'static str) -> Spill {
        let file = BodyFile {
            steps: self.steps.clone(),
            bodies: Arc::clone(&self.bodies),
            id,
            side,
            state: Mutex::default(),
            settled: Condvar::new(),
            named: AtomicBool::new(false),
        };
        Spill {
            waiting: Arc::clone(&self.waiting),
            so_far: Spilled {
                file: Arc::new(file),
                handed: 0,
                ended: false,
            },
        }
    }
}

impl Drop for Spiller {
    fn drop(&mut self) {
        // Fails only if the thread is gone.
        let _ = self.steps.send(Step::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Spill {
    /// Hands the next piece over. Never waits.
    ///
    /// # Errors
    /// Gives it back if there is no room for it now.
    pub fn write(&mut self, data: Vec<u8>) -> Result<(), Vec<u8>> {
        let weight = data.capacity();
        let more = |waiting: usize| Some(waiting + weight).filter(|sum| *sum <= WAITING);
        let taken = self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        if taken.is_err() {
            return Err(data);
        }
        self.so_far.handed += data.len() as u64;
        // If the thread is gone the piece is dropped, and settled thereby.
        let file = &self.so_far.file;
        let _ = file.steps.send(Step::Write(Piece {
            file: Arc::clone(file),
            data,
            waiting: Arc::clone(&self.waiting),
        }));
        Ok(())
    }

    /// What was handed over until now.
    #[must_use]
    pub fn so_far(&self) -> &Spilled {
        &self.so_far
    }

    /// The disk stands still until what is returned is dropped.
    #[cfg(test)]
    pub fn hold(&self) -> Sender<()> {
        let (hold, until) = mpsc::channel();
        self.so_far.file.steps.send(Step::Wait(until)).unwrap();
        hold
    }

    /// What was handed over, at the end.
    #[must_use]
    pub fn end(self) -> Spilled {
        Spilled {
            ended: true,
            ..self.so_far
        }
    }
}

impl Spilled {
    /// Whose body it is, if the disk did not take all of it, and no more will come.
    pub(super) fn is_short(&self) -> Option<ExchangeId> {
        (self.ended && self.settle() < self.handed).then_some(self.file.id)
    }

    /// Waits until all of them are written, or given up; tells how many are in the file.
    pub(super) fn settle(&self) -> u64 {
        let mut state = self.file.lock();
        while state.settled < self.handed {
            state = self
                .file
                .settled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.written.min(self.handed)
    }

    /// The file's name, if it could be made.
    pub(super) fn name(&self) -> Option<String> {
        let state = self.file.lock();
        state.open.as_ref().map(|(_, name)| name.clone())
    }

    /// What is in the file, if that can be read and is all of the body.
    #[must_use]
    pub fn read(&self) -> Option<Vec<u8>> {
        let whole = self.settle() == self.handed;
        let path = self.file.bodies.join(self.name()?);
        whole.then(|| std::fs::read(path).ok())?
    }

    /// A row names it now.
    pub(super) fn name_it(&self) {
        self.file.named.store(true, Ordering::Relaxed);
    }
}

impl BodyFile {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the next bytes. The lock is not held meanwhile.
    fn write(&self, data: &[u8]) -> Result<(), StoreError> {
        let open = {
            let state = self.lock();
            if state.failed {
                return Ok(());
            }
            state.open.as_ref().map(|(file, _)| Arc::clone(file))
        };
        let file = match open {
            Some(file) => file,
            None => {
                let (file, name) = blob::new_file(&self.bodies, self.id, self.side)?;
                // Where files cannot be locked, an orphan's age alone decides.
                let _ = file.try_lock();
                let file = Arc::new(file);
                self.lock().open = Some((Arc::clone(&file), name));
                file
            }
        };
        let written = (&*file).write_all(data);
        // A full disk takes some of it.
        let size = match &written {
            Ok(()) => None,
            Err(_) => file.metadata().ok().map(|file| file.len()),
        };
        let mut state = self.lock();
        let all = state.written + data.len() as u64;
        state.written = match &written {
            Ok(()) => all,
            Err(_) => size.unwrap_or(state.written),
        };
        Ok(written?)
    }
}

impl Drop for BodyFile {
    fn drop(&mut self) {
        if !*self.named.get_mut()
            && let Some((_, name)) = self.lock().open.take()
        {
            // On the thread, as this may be one that forwards. Without it, the next start sweeps.
            let _ = self.steps.send(Step::Remove(name));
        }
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.waiting
            .fetch_sub(self.data.capacity(), Ordering::Relaxed);
        self.file.lock().settled += self.data.len() as u64;
        self.file.settled.notify_all();
    }
}

fn run(todo: &Receiver<Step>, bodies: &Path) {
    let mut failing = false;
    loop {
        match todo.recv() {
            Ok(Step::Write(piece)) => write(&piece, &mut failing),
            Ok(Step::Remove(name)) => blob::remove(bodies, &[name]),
            // Until the other side is dropped.
            #[cfg(test)]
            Ok(Step::Wait(until)) => drop(until.recv()),
            Ok(Step::End) | Err(_) => break,
        }
    }
    // What is let go of now takes its file along.
    while let Ok(step) = todo.try_recv() {
        if let Step::Remove(name) = step {
            blob::remove(bodies, &[name]);
        }
    }
}

fn write(piece: &Piece, failing: &mut bool) {
    match piece.file.write(&piece.data) {
        Ok(()) => {
            if *failing && !piece.file.lock().failed {
                info!("large bodies are kept again");
                *failing = false;
            }
        }
        Err(error) => {
            piece.file.lock().failed = true;
            if !*failing {
                warn!("large bodies cannot be kept, only their size and hash: {error}");
            }
            *failing = true;
        }
    }
}
