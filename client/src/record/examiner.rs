//! Looks at what has ended before views and history get it: who sent it, and whether the signature
//! fits. On a thread of its own, as hashing a large body takes longer than a request may wait.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hookreel_shared::model::{Capture, Exchange, Summary};
use hookreel_shared::provider::{Because, Request, Sender, Table, Verdict, detect};

use super::feed::{Feed, Notice};
use crate::config::{Asked, Known, Providers};
use crate::store::{Entry, Inbox, Pile, Spilled, Turn, Writer};

/// Bytes of bodies that wait to be looked at. What finds no place goes on unexamined: it is shown
/// and recorded without a provider.
const WAITING: usize = 32 * 1024 * 1024;

/// How long more gathers after some were looked at, which nobody sees.
const GATHER: Duration = Duration::from_millis(20);

/// A body of up to this many bytes is looked at by whoever forwards, to tell whether its sender is
/// known: that takes two microseconds, and to hand it over takes more. The rest is for the thread,
/// as a signature may take a thousand.
const SMALL: usize = 16 * 1024;

/// What an exchange weighs beside its bodies, roughly.
const WEIGHT: usize = 4096;

/// The thread, and what waits for it. Dropping it looks at what waits, and joins it.
#[derive(Debug)]
pub(super) struct Examiner {
    shared: Arc<Shared>,
    providers: Arc<Providers>,
    table: Arc<Table>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    inbox: Inbox<Waiting>,
    goal: Goal,
}

/// Where exchanges go from here.
#[derive(Debug)]
pub(super) struct Goal {
    pub(super) feed: Feed,
    pub(super) writer: Option<Arc<Writer>>,
}

/// What waits to be looked at.
#[derive(Debug, Default)]
struct Waiting {
    entries: Vec<Entry>,
    weight: usize,
}

impl Pile for Waiting {
    fn weight(&self) -> usize {
        self.weight
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
            inbox: Inbox::new(GATHER, WAITING / 4),
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
            table: providers.now().table,
            providers,
            thread: Some(thread),
        })
    }

    pub(super) fn providers(&self) -> &Arc<Providers> {
        &self.providers
    }

    /// Takes an exchange that has ended. Never waits.
    pub(super) fn take(&self, entry: Entry) {
        if self.is_clear(&entry) {
            return self.shared.goal.take(entry);
        }
        let weight = weight(&entry.exchange);
        let left = self.shared.inbox.put(|waiting, taken| {
            let held = waiting.weight + taken;
            if held > 0 && held + weight > WAITING {
                return Some(entry);
            }
            waiting.weight += weight;
            waiting.entries.push(entry);
            None
        });
        if let Some(entry) = left {
            self.shared.goal.take(entry);
        }
    }

    /// Whether it can be seen at a glance that nobody known has sent it.
    fn is_clear(&self, entry: &Entry) -> bool {
        entry.provider.is_none()
            && entry.request_file.is_none()
            && entry.exchange.request_body.kept.len() <= SMALL
            && detect(&self.table, &Request::of(&entry.exchange)).is_none()
    }

    /// Waits until all that was taken before has gone on.
    pub(super) fn flush(&self) {
        self.shared.inbox.flush();
    }
}

impl Drop for Examiner {
    fn drop(&mut self) {
        self.shared.inbox.close();
        if let Some(thread) = self.thread.take() {
            // Fails only if the thread panicked, which has been reported then.
            let _ = thread.join();
        }
    }
}

fn run(shared: &Shared, providers: &Providers) {
    let mut batch = Waiting::default();
    loop {
        match shared.inbox.next(&mut batch, Duration::MAX) {
            Turn::Work => {
                let known = providers.now();
                for mut entry in batch.entries.drain(..) {
                    examine(&known, &mut entry);
                    shared.goal.take(entry);
                }
                batch.weight = 0;
                shared.inbox.finish();
            }
            Turn::Rest => {}
            Turn::End => return,
        }
    }
}

/// What is noted of a verdict: its word, if there was anything to judge.
#[must_use]
pub fn noted(verdict: &Verdict) -> Option<String> {
    let unknown = Verdict::Unchecked {
        because: Because::UnknownProvider,
    };
    let unsigned = Verdict::Unchecked {
        because: Because::NotSigned,
    };
    (*verdict != unknown && *verdict != unsigned).then(|| verdict.word().to_owned())
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
    entry.verdict = noted(&report.verdict);
    (entry.provider, entry.event, entry.delivery) = (provider, event, delivery);
}

fn weight(exchange: &Exchange) -> usize {
    WEIGHT + exchange.request_body.kept.len() + exchange.response_body.kept.len()
}
