//! What a transaction does beside its rows.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, Transaction};
use tracing::debug;

use super::log::{self, Spot};
use super::{StoreError, blob};

/// What is gathered while rows are written, and done at the end.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// Files of bodies that were made, and those that rows no longer need.
    pub(super) made: Vec<String>,
    done_with: Vec<String>,
    /// What rows no longer name in logs, and nobody is to read again.
    left: Vec<Spot>,
    /// How many spots more than before rows name in each log.
    live: BTreeMap<i64, i64>,
    /// Exchanges and bytes more than before.
    pub(super) exchanges: i64,
    pub(super) stored: i64,
    /// The last number of an exchange, if some were written.
    pub(super) seq: Option<i64>,
}

impl Effects {
    /// A row names this spot now.
    pub(super) fn names(&mut self, spot: Spot) {
        *self.live.entry(spot.log).or_default() += 1;
    }

    /// A row no longer names this spot.
    pub(super) fn leaves(&mut self, spot: Spot) {
        *self.live.entry(spot.log).or_default() -= 1;
        self.left.push(spot);
    }

    /// A row no longer names what it had in the place of a file's name.
    pub(super) fn lets_go(&mut self, named: String) {
        match Spot::parse(&named) {
            Some(spot) => self.leaves(spot),
            None => self.done_with.push(named),
        }
    }

    /// A row names this file, also if the row before it did.
    pub(super) fn keeps(&mut self, file: Option<&str>) {
        self.done_with.retain(|name| Some(name.as_str()) != file);
    }

    /// What rows no longer name is not written over: it goes with its log, as what is pruned does
    /// soon.
    pub(super) fn spare_logs(&mut self) {
        self.left.clear();
    }

    /// Writes the sums, as the last part of the transaction.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn add_to_total(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        tx.prepare_cached(
            "UPDATE total SET exchanges = exchanges + ?1, stored = stored + ?2,
                seq = coalesce(?3, seq)",
        )?
        .execute((self.exchanges, self.stored, self.seq))?;
        for (log, more) in &self.live {
            tx.prepare_cached("UPDATE log SET live = live + ?2 WHERE id = ?1")?
                .execute((log, more))?;
        }
        Ok(())
    }

    /// Removes what nothing needs any more, once the transaction is committed. What fails is tried
    /// again with the next that goes.
    pub(super) fn finish(&self, connection: &mut Connection, bodies: &Path) {
        blob::remove(bodies, &self.done_with);
        for spot in &self.left {
            if let Err(error) = spot.wipe(bodies) {
                debug!("what no row names stays until its log goes: {error}");
            }
        }
        if self.live.values().any(|more| *more < 0)
            && let Err(error) = log::sweep(connection, bodies)
        {
            debug!("logs that nothing needs stay for now: {error}");
        }
    }

    /// Removes the files that were made, as the transaction was not committed.
    pub(super) fn undo(&self, bodies: &Path) {
        blob::remove(bodies, &self.made);
    }
}
