//! What is too old or too much goes, the oldest first; what the user marked stays.

use std::path::Path;
use std::time::Duration;

use hookreel_shared::model::{ExchangeId, Timestamp};
use rusqlite::Connection;

use super::{StoreError, remove};

/// Exchanges pruned in one transaction beside those just written: some milliseconds, so that
/// writing does not wait, and always more than come in, so that the history does not grow.
const STEP: usize = 128;

/// Under load pruning waits until there is this part of the limits too much: taking exchanges away
/// costs as much as writing them.
const SLACK: u64 = 10;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Exchanges at the most.
    pub count: u64,
    /// Since their request came.
    pub age: Duration,
    /// Bytes on disk, without index and empty pages.
    pub size: u64,
}

impl Default for Retention {
    /// 100,000 exchanges, 30 days, 2 GiB.
    fn default() -> Self {
        Self {
            count: 100_000,
            age: Duration::from_secs(30 * 24 * 3600),
            size: 2 << 30,
        }
    }
}

/// One pruning, in small steps.
#[derive(Debug)]
pub(super) struct Pruner {
    /// Exchanges and bytes that are still too many.
    count: u64,
    size: u64,
    /// What came before this is too old.
    before: Timestamp,
    /// There is so much too much that it cannot wait.
    urgent: bool,
}

impl Pruner {
    /// Finds out how much is too much.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn begin(
        connection: &Connection,
        retention: Retention,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let (count, size) = connection
            .prepare_cached("SELECT exchanges, stored FROM total")?
            .query_row((), |row| Ok((number(row.get(0)?), number(row.get(1)?))))?;
        let age = i64::try_from(retention.age.as_micros()).unwrap_or(i64::MAX);
        Ok(Self {
            count: count.saturating_sub(retention.count),
            size: size.saturating_sub(retention.size),
            before: Timestamp::from_micros(now.as_micros().saturating_sub(age)),
            urgent: count > retention.count.saturating_add(retention.count / SLACK)
                || size > retention.size.saturating_add(retention.size / SLACK),
        })
    }

    /// Whether it has to go on under load too.
    pub(super) fn is_urgent(&self) -> bool {
        self.urgent
    }

    /// Prunes some more than were `written` just now, and tells whether there is more to prune.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn step(
        &mut self,
        connection: &mut Connection,
        bodies: &Path,
        written: usize,
    ) -> Result<bool, StoreError> {
        let limit = written + STEP;
        let mut ids = Vec::new();
        {
            let mut oldest = connection.prepare_cached(
                "SELECT id, at, stored FROM exchange WHERE marked = 0 ORDER BY id LIMIT ?1",
            )?;
            let mut rows = oldest.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
            while let Some(row) = rows.next()? {
                let at = Timestamp::from_micros(row.get(1)?);
                if self.count == 0 && self.size == 0 && at >= self.before {
                    break;
                }
                self.count = self.count.saturating_sub(1);
                self.size = self.size.saturating_sub(number(row.get(2)?));
                ids.push(ExchangeId::from_uuid(row.get(0)?));
            }
        }
        if !ids.is_empty() {
            remove::all(connection, bodies, &ids)?;
        }
        Ok(ids.len() == limit)
    }
}

fn number(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
