//! A filter that must look into exchanges, over a long history: strips of it are asked on several
//! threads at once, the next ones first.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use hookreel_shared::filter::Filter;
use hookreel_shared::model::{ExchangeId, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use super::glimpse::Glimpse;
use super::log::Spot;
use super::question::{Order, Question};
use super::stored::Asker;
use super::{Row, StoreError, row};

/// How many rows are looked at in one go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strips {
    /// By one thread before the others begin.
    pub(super) first: u32,
    /// By each thread from then on.
    pub(super) each: u32,
}

impl Strips {
    /// What is asked for is often among the first; the others take some milliseconds each.
    pub(super) const USUAL: Self = Self {
        first: 512,
        each: 2048,
    };
}

/// Threads that ask, at the most: beyond a few, they wait for each other's pages.
const THREADS: usize = 4;

/// What is asked, of which part of the history.
pub(super) struct Scan<'a> {
    pub(super) filter: &'a Filter,
    pub(super) now: Timestamp,
    /// What the database can decide.
    pub(super) question: Question,
    pub(super) order: Order,
    pub(super) limit: usize,
    pub(super) bodies: &'a Path,
    pub(super) strips: Strips,
}

/// Which strips are taken, and what was found in them.
struct Progress {
    /// The end of the last strip that was taken.
    edge: Option<ExchangeId>,
    /// Nothing is left to be taken.
    ended: bool,
    taken: usize,
    found: BTreeMap<usize, Vec<Row>>,
    error: Option<StoreError>,
}

struct Strip {
    number: usize,
    /// Behind this one.
    after: Option<ExchangeId>,
    /// Up to this one, which belongs to it.
    until: Option<ExchangeId>,
}

impl Scan<'_> {
    /// The rows that the filter lets through, next to the cursor first. `another` opens the
    /// history once more.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub(super) fn run(
        &self,
        connection: &Connection,
        another: impl Fn() -> Result<Connection, StoreError> + Sync,
        after: Option<ExchangeId>,
    ) -> Result<Vec<Row>, StoreError> {
        let stop = AtomicBool::new(self.limit == 0);
        let progress = Mutex::new(Progress {
            edge: after,
            ended: false,
            taken: 0,
            found: BTreeMap::new(),
            error: None,
        });
        self.ask_next(connection, &progress, &stop, self.strips.first);
        if !stop.load(Ordering::Relaxed) {
            thread::scope(|scope| {
                let cores = thread::available_parallelism().map_or(1, NonZero::get);
                for _ in 0..cores.min(THREADS) {
                    let help = || {
                        // Where a thread or its connection cannot be had, the others do its part.
                        if let Ok(connection) = another() {
                            while self.ask_next(&connection, &progress, &stop, self.strips.each) {}
                        }
                    };
                    let _ = thread::Builder::new().spawn_scoped(scope, help);
                }
            });
            // Its memory is for rows, which come again; only what nobody else could do is left.
            while self.ask_next(connection, &progress, &stop, self.strips.each) {}
        }
        let progress = progress
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match progress.error {
            Some(error) => Err(error),
            None => Ok(progress
                .found
                .into_values()
                .flatten()
                .take(self.limit)
                .collect()),
        }
    }

    /// Asks the next strip; false if there is none, or no more is needed.
    fn ask_next(
        &self,
        connection: &Connection,
        progress: &Mutex<Progress>,
        stop: &AtomicBool,
        rows: u32,
    ) -> bool {
        let lock = || progress.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = || -> Result<bool, StoreError> {
            if stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let Some(strip) = self.take(connection, &mut lock(), rows)? else {
                return Ok(false);
            };
            let found = self.ask(connection, &strip, stop)?;
            let mut progress = lock();
            progress.found.insert(strip.number, found);
            if self.is_enough(&progress) {
                stop.store(true, Ordering::Relaxed);
            }
            Ok(true)
        };
        asked().unwrap_or_else(|error| {
            stop.store(true, Ordering::Relaxed);
            lock().error.get_or_insert(error);
            false
        })
    }

    /// Whether all strips up to one are asked, and enough was found in them.
    fn is_enough(&self, progress: &Progress) -> bool {
        let whole = (0..).map_while(|number| progress.found.get(&number));
        let mut count = 0;
        for rows in whole {
            count += rows.len();
            if count >= self.limit {
                return true;
            }
        }
        false
    }

    fn take(
        &self,
        connection: &Connection,
        progress: &mut Progress,
        rows: u32,
    ) -> Result<Option<Strip>, StoreError> {
        if progress.ended {
            return Ok(None);
        }
        let after = progress.edge;
        let (condition, order) = self.order.after();
        let only = after.map_or_else(String::new, |_| format!("WHERE {condition}"));
        let sql = format!(
            "SELECT id FROM exchange {only} ORDER BY id {order} LIMIT 1 OFFSET {}",
            rows - 1
        );
        let until = connection
            .prepare_cached(&sql)?
            .query_row(params_from_iter(after.map(value)), |row| {
                row.get(0).map(ExchangeId::from_uuid)
            })
            .optional()?;
        progress.edge = until;
        progress.ended = until.is_none();
        progress.taken += 1;
        Ok(Some(Strip {
            number: progress.taken - 1,
            after,
            until,
        }))
    }

    fn ask(
        &self,
        connection: &Connection,
        strip: &Strip,
        stop: &AtomicBool,
    ) -> Result<Vec<Row>, StoreError> {
        match self.ask_once(connection, strip, stop)? {
            (found, false) => Ok(found),
            // Rows as they are now.
            (_, true) => Ok(self.ask_once(connection, strip, stop)?.0),
        }
    }

    /// What is found in a strip, and whether something was [`Asker::missed`].
    fn ask_once(
        &self,
        connection: &Connection,
        strip: &Strip,
        stop: &AtomicBool,
    ) -> Result<(Vec<Row>, bool), StoreError> {
        let mut question = self.question.clone();
        if let Some(after) = strip.after {
            question.only(self.order.after().0, value(after));
        }
        if let Some(until) = strip.until {
            question.only(self.order.until(), value(until));
        }
        // What is not asked for is not read.
        let by_rows = self.filter.asks_rows();
        let columns = match by_rows {
            true => row::COLUMNS.to_owned(),
            false => format!("seq, {}", Spot::COLUMNS),
        };
        let (sql, values) = question.sql(&columns, self.order);
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query(params_from_iter(values))?;
        let mut asker = Asker::new(connection, self.bodies, self.filter, self.now)?;
        let mut found = Vec::new();
        while found.len() < self.limit && !stop.load(Ordering::Relaxed) {
            let Some(columns) = rows.next()? else { break };
            if by_rows {
                let glimpse = Glimpse(columns);
                if asker.lets_through(Some(&glimpse), glimpse.seq()?, glimpse.spot()?)? {
                    found.push(glimpse.row()?);
                }
                continue;
            }
            let seq: i64 = columns.get(0)?;
            if asker.lets_through(None::<&Row>, seq, Spot::read_columns(columns, 1)?)? {
                found.extend(row::of(connection, seq)?);
            }
        }
        Ok((found, asker.missed))
    }
}

fn value(id: ExchangeId) -> Value {
    Value::from(id.uuid().as_bytes().to_vec())
}
