//! Looks at what has ended before views and history get it: who sent it, and whether the signature
//! fits. On a thread of its own, as hashing a large body takes longer than a request may wait.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use hookreel_shared::model::{Capture, Exchange, Summary};
use hookreel_shared::provider::{Because, Sender, Verdict};

use super::feed::{Feed, Notice};
use crate::config::{Asked, Known, Providers};
use crate::store::{Entry, Spilled, Writer};

/// Bytes of bodies that wait to be looked at. What finds no place goes on unexamined: it is shown
/// and recorded without a provider.
const WAITING: usize = 32 * 1024 * 1024;

/// What an exchange weighs beside its bodies, roughly.
const WEIGHT: usize = 4096;

/// The thread, and what waits for it. Dropping it looks at what waits, and joins it.
#[derive(Debug)]
pub(super) struct Examiner {
    shared: Arc<Shared>,
    providers: Arc<Providers>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Something waits, or it is over.
    wake: Condvar,
    /// All that waited is done.
    done: Condvar,
    goal: Goal,
}

/// Where exchanges go from here.
#[derive(Debug)]
pub(super) struct Goal {
    pub(super) feed: Feed,
    pub(super) writer: Option<Arc<Writer>>,
}

#[derive(Default)]
struct State {
    waiting: Vec<Entry>,
    weight: usize,
    busy: bool,
    over: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("weight", &self.weight)
            .finish_non_exhaustive()
    }
}

impl Goal {
    /// Shows an exchange that has ended, and records it.
    pub(super) fn take(&self, entry: Entry) {
        let text = |text: &Option<String>| text.as_deref().map(Arc::from);
        let summary = self.feed.is_watched().then(|| Summary {
            provider: text(&entry.provider),
            event: text(&entry.event),
            verdict: text(&entry.verdict),
            ..Summary::from(&entry.exchange)
        });
        // First: what views have seen, a flush of the history waits for.
        if let Some(writer) = &self.writer {
            // What finds no place is counted there.
            writer.put(entry);
        }
        if let Some(summary) = summary {
            self.feed.show(Notice::Exchange(Arc::new(summary)));
        }
    }
}

impl Examiner {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system has none left.
    pub(super) fn start(providers: Arc<Providers>, goal: Goal) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            wake: Condvar::new(),
            done: Condvar::new(),
            goal,
        });
        let thread = std::thread::Builder::new()
            .name("examiner".to_owned())
            .spawn({
                let (shared, providers) = (Arc::clone(&shared), Arc::clone(&providers));
                move || run(&shared, &providers)
            })?;
        Ok(Self {
            shared,
            providers,
            thread: Some(thread),
        })
    }

    pub(super) fn providers(&self) -> &Arc<Providers> {
        &self.providers
    }

    /// Takes an exchange that has ended. Never waits.
    pub(super) fn take(&self, entry: Entry) {
        let weight = weight(&entry.exchange);
        let mut state = self.shared.lock();
        if state.weight > 0 && state.weight + weight > WAITING {
            drop(state);
            return self.shared.goal.take(entry);
        }
        state.weight += weight;
        state.waiting.push(entry);
        if state.waiting.len() == 1 {
            self.shared.wake.notify_one();
        }
    }

    /// Waits until all that was taken before has gone on.
    pub(super) fn flush(&self) {
        let mut state = self.shared.lock();
        while state.busy || !state.waiting.is_empty() {
            state = self
                .shared
                .done
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Examiner {
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
        // Whoever panicked with the lock held left whole entries only.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run(shared: &Shared, providers: &Providers) {
    let mut batch = Vec::new();
    loop {
        let mut state = shared.lock();
        state.busy = false;
        if state.waiting.is_empty() {
            shared.done.notify_all();
        }
        while state.waiting.is_empty() && !state.over {
            state = shared
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.waiting.is_empty() {
            return;
        }
        std::mem::swap(&mut state.waiting, &mut batch);
        state.weight = 0;
        state.busy = true;
        drop(state);
        let known = providers.now();
        for mut entry in batch.drain(..) {
            examine(&known, &mut entry);
            shared.goal.take(entry);
        }
    }
}

/// Notes who sent an exchange that has ended, and whether its signature fits, by what is known.
pub fn examine(known: &Known, entry: &mut Entry) {
    let given = entry.provider.take();
    let asked = Asked {
        provider: given.as_deref(),
        ..Asked::default()
    };
    let sender = match entry.request_file.as_ref().and_then(Spilled::read) {
        // The exchange itself goes on without a body that is in a file.
        Some(body) => {
            let exchange = Exchange {
                request_body: Capture {
                    kept: body.into(),
                    ..entry.exchange.request_body.clone()
                },
                ..entry.exchange.clone()
            };
            known.sender(&exchange, &asked)
        }
        None => known.sender(&entry.exchange, &asked),
    };
    let Sender {
        provider,
        event,
        delivery,
        report,
        ..
    } = sender;
    entry.verdict = match report.verdict {
        Verdict::Unchecked {
            because: Because::UnknownProvider | Because::NotSigned,
        } => None,
        verdict => Some(verdict.word().to_owned()),
    };
    (entry.provider, entry.event, entry.delivery) = (provider, event, delivery);
}

fn weight(exchange: &Exchange) -> usize {
    WEIGHT + exchange.request_body.kept.len() + exchange.response_body.kept.len()
}
