//! What other processes add to the history, as it comes.

use std::collections::BTreeSet;
use std::time::Duration;

use hookreel_shared::filter::Filter;
use hookreel_shared::model::{ExchangeId, Label, Timestamp};

use super::history;
use crate::error::Failed;
use crate::store::{Reader, Row, Seen};

/// How often the history is looked at: a look costs microseconds while nothing is new.
pub const EVERY: Duration = Duration::from_millis(50);

/// Exchanges that are remembered as told. One is written again within moments of its end, if at
/// all.
const REMEMBERED: usize = 10_000;

/// A place in the history from which it is followed.
pub struct Follow {
    reader: Reader,
    seen: Seen,
    told: BTreeSet<ExchangeId>,
    /// Those that came, and that the filter does not let through.
    others: BTreeSet<ExchangeId>,
}

impl Follow {
    /// From now on.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn new(reader: Reader) -> Result<Self, Failed> {
        let seen = reader.look().map_err(history::failed)?;
        Ok(Self {
            reader,
            seen,
            told: BTreeSet::new(),
            others: BTreeSet::new(),
        })
    }

    /// The history that is followed.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Whether this exchange is told for the first time; from then on it is not.
    pub fn tell(&mut self, id: ExchangeId) -> bool {
        if self.told.len() > REMEMBERED {
            self.told.pop_first();
        }
        self.others.remove(&id);
        self.told.insert(id)
    }

    /// How many have come and ended that no filter let through; at most 10,000.
    pub fn others(&self) -> usize {
        self.others.len()
    }

    /// Exchanges that have ended since the last call and that the filter lets through, each once.
    ///
    /// # Errors
    /// If the history cannot be read.
    pub fn news(&mut self, filter: &Filter, now: Timestamp) -> Result<Vec<Row>, Failed> {
        let changes = self.reader.changes(self.seen).map_err(history::failed)?;
        self.seen = changes.seen;
        let mut news = Vec::new();
        for row in changes.rows {
            let ended = row.summary.closed;
            let matches = ended
                && self
                    .reader
                    .is_match(filter, now, &row)
                    .map_err(history::failed)?;
            // What comes from a file comes from nobody.
            let came = ended && row.summary.label != Label::Imported;
            if matches && self.tell(row.summary.id) {
                news.push(row);
            } else if !matches && came && self.others.len() < REMEMBERED {
                self.others.insert(row.summary.id);
            }
        }
        Ok(news)
    }
}
