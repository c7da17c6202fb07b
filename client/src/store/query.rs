//! The reading side: pages of rows, whole exchanges, and what is new.

use std::cell::Cell;
use std::path::PathBuf;

use hookreel_shared::filter::{Filter, Term};
use hookreel_shared::model::{Exchange, ExchangeId, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use super::find::{self, FindError};
use super::glimpse::Glimpse;
use super::log::Spot;
use super::question::{Order, Question};
use super::row::{self, COLUMNS, Row, SAME_DELIVERY};
use super::scan::{Scan, Strips};
use super::stored::Asker;
use super::{Place, StoreError, schema, whole, words};

/// New rows that one look brings, at most: a view that fell far behind catches up in steps.
const NEW_AT_ONCE: u32 = 1000;

/// Reads a history, also one that other processes write. Calls take as long as the disk does.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    access: schema::Access,
    place: Place,
    bodies: PathBuf,
    pub(super) strips: Strips,
}

/// Where a page begins. Rows are ordered by id, which is the order in which requests came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// At the newest.
    Newest,
    /// Right below this one: what came before it.
    OlderThan(ExchangeId),
    /// Right above this one: what came after it.
    NewerThan(ExchangeId),
}

/// How far a look has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    seq: i64,
    version: i64,
}

/// What became different since a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Exchanges that were written, in that order; again, if they were written again.
    pub rows: Vec<Row>,
    /// The look to go on from.
    pub seen: Seen,
    /// Anything has changed: also marks, notes, what was deleted, or how far the index has come.
    pub touched: bool,
}

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Exchanges.
    pub all: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that are marked.
    pub marked: u64,
    /// Bytes on disk, without index and empty pages.
    pub bytes: u64,
    /// Those whose words cannot be searched for yet.
    pub unindexed: u64,
}

impl Cursor {
    fn order(self) -> Order {
        match self {
            Self::Newest | Self::OlderThan(_) => Order::Down,
            Self::NewerThan(_) => Order::Up,
        }
    }

    /// The exchange it stands beside.
    fn beside(self) -> Option<ExchangeId> {
        match self {
            Self::Newest => None,
            Self::OlderThan(id) | Self::NewerThan(id) => Some(id),
        }
    }
}

impl Reader {
    /// Opens a history; makes an empty one where there is none. One that may only be read can be,
    /// if it was closed well.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open(place: &Place) -> Result<Self, StoreError> {
        let (connection, access) = schema::open_to_read(place)?;
        Ok(Self {
            connection,
            access,
            bodies: place.bodies(),
            strips: Strips::USUAL,
            place: place.clone(),
        })
    }

    /// At most `limit` rows next to the cursor for which all terms hold and `keep` is true; the
    /// newest first.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn page(
        &self,
        terms: &[Term],
        cursor: Cursor,
        limit: usize,
        mut keep: impl FnMut(&Row) -> bool,
    ) -> Result<Vec<Row>, StoreError> {
        let question = Question::of(terms);
        self.rows(question, cursor, limit, |glimpse| {
            Ok(Some(glimpse.row()?).filter(|row| keep(row)))
        })
    }

    /// At most `limit` rows next to the cursor that the filter lets through; the newest first.
    /// `now` is where its times count back from.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn matching(
        &self,
        filter: &Filter,
        now: Timestamp,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let question = Question::of(&filter.prefilter(now));
        let order = cursor.order();
        if !filter.needs_whole() {
            return self.rows(question, cursor, limit, |glimpse| {
                let lets_through = filter.glance(glimpse, now) == Some(true);
                Ok(lets_through.then(|| glimpse.row()).transpose()?)
            });
        }
        let scan = Scan {
            filter,
            now,
            question,
            order,
            limit,
            bodies: &self.bodies,
            strips: self.strips,
        };
        let (place, access) = (&self.place, self.access);
        let mut found = scan.run(
            &self.connection,
            || schema::open_again(place, access),
            cursor.beside(),
        )?;
        if order == Order::Up {
            found.reverse();
        }
        Ok(found)
    }

    /// Whether the filter lets an exchange through. Its whole is read only if its row leaves that
    /// open; what is damaged, or gone by then, does not match.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn is_match(&self, filter: &Filter, now: Timestamp, row: &Row) -> Result<bool, StoreError> {
        match self.ask(filter, now, row)? {
            // Once more, with its row as it is now.
            (_, true) => Ok(self.ask(filter, now, row)?.0),
            (matches, false) => Ok(matches),
        }
    }

    /// As [`Self::is_match`], and whether something was [`Asker::missed`].
    fn ask(&self, filter: &Filter, now: Timestamp, row: &Row) -> Result<(bool, bool), StoreError> {
        if let Some(said) = filter.glance(row, now) {
            return Ok((said, false));
        }
        let select = format!("SELECT seq, {} FROM exchange WHERE id = ?1", Spot::COLUMNS);
        let found = self
            .connection
            .prepare_cached(&select)?
            .query_row([row.summary.id.uuid()], |row| {
                Ok((row.get(0)?, Spot::read_columns(row, 1)?))
            })
            .optional()?;
        let mut asker = Asker::new(&self.connection, &self.bodies, filter, now)?;
        let matches = found.map_or(Ok(false), |(seq, spot)| {
            asker.lets_through(Some(row), seq, spot)
        })?;
        Ok((matches, asker.missed))
    }

    /// Of what [`Self::matching`] gives, at most `limit` rows that have all these words, or words that
    /// begin so, in target, header values or text bodies; the newest first. Finds what has been
    /// indexed, which follows the writing within moments.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn with_words(
        &self,
        typed: &str,
        filter: &Filter,
        now: Timestamp,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let mut question = Question::of(&filter.prefilter(now));
        if let Some(asked) = words::question(typed) {
            question.only(
                "seq IN (SELECT rowid FROM words WHERE words MATCH ?)",
                asked.into(),
            );
        }
        let missed = Cell::new(false);
        let ask = || {
            self.rows(question.clone(), cursor, limit, |glimpse| {
                let row = glimpse.row()?;
                let (matches, one) = self.ask(filter, now, &row)?;
                missed.set(missed.get() | one);
                Ok(matches.then_some(row))
            })
        };
        let found = ask()?;
        // As above, but all of them: while rows are read they stay what they were.
        if missed.get() { ask() } else { Ok(found) }
    }

    /// Ids from one to another, both included, in the order in which requests came.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn between(
        &self,
        oldest: ExchangeId,
        newest: ExchangeId,
    ) -> Result<Vec<ExchangeId>, StoreError> {
        let ids = self
            .connection
            .prepare_cached("SELECT id FROM exchange WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?
            .query_map([oldest.uuid(), newest.uuid()], |row| {
                row.get(0).map(ExchangeId::from_uuid)
            })?
            .collect::<Result<_, _>>()?;
        Ok(ids)
    }

    fn rows(
        &self,
        mut question: Question,
        cursor: Cursor,
        limit: usize,
        mut keep: impl FnMut(&Glimpse<'_>) -> Result<Option<Row>, StoreError>,
    ) -> Result<Vec<Row>, StoreError> {
        let order = cursor.order();
        if let Some(beside) = cursor.beside() {
            let beside = Value::from(beside.uuid().as_bytes().to_vec());
            question.only(order.after().0, beside);
        }
        let (sql, values) = question.sql(COLUMNS, order);
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut found = select.query(params_from_iter(values))?;
        let mut page = Vec::new();
        while page.len() < limit {
            let Some(row) = found.next()? else { break };
            page.extend(keep(&Glimpse(row))?);
        }
        if order == Order::Up {
            page.reverse();
        }
        Ok(page)
    }

    /// One row; `None` if it is not there (any more).
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn row(&self, id: ExchangeId) -> Result<Option<Row>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM exchange WHERE id = ?1");
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut rows = select.query_map([id.uuid()], row::read)?;
        Ok(rows.next().transpose()?)
    }

    /// The first exchange with the same delivery, where this is not the first.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn first_of(&self, row: &Row) -> Result<Option<ExchangeId>, StoreError> {
        let (true, Some(delivery)) = (row.duplicate, &row.delivery) else {
            return Ok(None);
        };
        let first = format!(
            "SELECT id FROM exchange WHERE {SAME_DELIVERY} AND id < ?4 ORDER BY id LIMIT 1"
        );
        let mut select = self.connection.prepare_cached(&first)?;
        let summary = &row.summary;
        let (provider, verdict) = (summary.provider.as_deref(), summary.verdict.as_deref());
        let id = summary.id.uuid();
        let first = select
            .query_row((delivery, provider, verdict, id), |row| row.get(0))
            .optional()?;
        Ok(first.map(ExchangeId::from_uuid))
    }

    /// A whole exchange; `None` if it is not there (any more).
    ///
    /// # Errors
    /// If the history cannot be read, or this exchange is damaged.
    pub fn get(&self, id: ExchangeId) -> Result<Option<Exchange>, StoreError> {
        whole::get(&self.connection, &self.bodies, id)
    }

    /// The id that a user means: a whole one, any beginning that only one has, with or without
    /// `req_`, or `@1` for the latest, `@2` for the one before.
    ///
    /// # Errors
    /// See [`FindError`].
    pub fn find(&self, text: &str) -> Result<ExchangeId, FindError> {
        find::find(&self.connection, text)
    }

    /// A look at the history as it is: [`Self::changes`] goes on from here.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn look(&self) -> Result<Seen, StoreError> {
        // The version first: what is written in between is then seen twice, not missed.
        let version = self.version()?;
        let seq = self
            .connection
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM exchange")?
            .query_row((), |row| row.get(0))?;
        Ok(Seen { seq, version })
    }

    /// What is new since a look, by whatever process. Cheap while nothing is.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn changes(&self, since: Seen) -> Result<Changes, StoreError> {
        let version = self.version()?;
        let sql = format!(
            "SELECT {COLUMNS} FROM exchange WHERE seq > ?1 ORDER BY seq LIMIT {NEW_AT_ONCE}"
        );
        let mut seen = Seen {
            seq: since.seq,
            version,
        };
        let mut rows = Vec::new();
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut found = select.query([since.seq])?;
        while let Some(row) = found.next()? {
            seen.seq = row.get("seq")?;
            rows.push(row::read(row)?);
        }
        Ok(Changes {
            touched: version != since.version || !rows.is_empty(),
            rows,
            seen,
        })
    }

    /// How much there is. Reads all rows.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let sql = "SELECT count(*), count(failure), coalesce(sum(marked), 0),
                coalesce(sum(stored), 0), count(*) FILTER (WHERE seq > (SELECT seq FROM indexed))
            FROM exchange";
        let counts = self.connection.prepare_cached(sql)?.query_row((), |row| {
            let number = |at| row.get::<_, i64>(at).map(|n| u64::try_from(n).unwrap_or(0));
            Ok(Counts {
                all: number(0)?,
                failed: number(1)?,
                marked: number(2)?,
                bytes: number(3)?,
                unindexed: number(4)?,
            })
        })?;
        Ok(counts)
    }

    /// A number that differs once another connection has committed.
    fn version(&self) -> Result<i64, StoreError> {
        Ok(self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0))?)
    }
}
