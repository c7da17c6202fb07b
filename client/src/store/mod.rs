//! The history on disk: what came in and what became of it.
//!
//! ```text
//! <folder>/history.db    SQLite, write-ahead log; rows for lists, apart from what passed (schema.sql)
//! <folder>/bodies/       what passed: many exchanges in a log; bodies above 256 KiB, a file each
//! ```
//!
//! Several processes may use one history at the same time. Each writes with one [`Writer`], whose
//! thread puts what gathered in 50 milliseconds into one transaction, and reads with any number
//! of [`Reader`]s. The full-text index follows the writing, and pruning goes on in small steps in
//! between. After a `kill -9` the history opens, with all that was committed; after a loss of
//! power the last commits may be missing, or what passed in them (`synchronous = NORMAL`).
//!
//! A body above 256 KiB goes to its file while it passes, on a thread of its own, so that memory
//! stays as it was: three bodies of 100 MiB one after another make the client 20 MiB larger instead of
//! 120. At most 16 MiB wait for the disk; a body that finds no room is cut there.
//!
//! Where no body has more than 64 KiB, and both are whole, all that passed is one record in a log
//! (record.rs, log.rs), and the row says where: what goes into the database is written twice, to the
//! write-ahead log and then to its pages, and with heads and bodies in rows that was most of the
//! work. Other exchanges have a row of parts beside (message.rs). So have marked ones: they are moved
//! into the database, so that a log goes once the exchanges of its time have gone.
//!
//! Pages have 8 KiB: every transaction logs whole pages, so that with few exchanges in one small
//! pages are the quickest; larger ones gain a little only where hundreds come at once. With 15,000
//! exchanges of 2 KiB a second, the thread takes 2.9 to 3.3 µs for each and writes 2.6 kB; with heads
//! in rows and bodies in the log it took 4.9 µs and wrote 3.6 kB, with both in rows 7.7 µs and 5.7 kB
//! (two cores that had other work too; `tests/figures.rs` has the command). The words of an exchange
//! cost four times as much as its row, so the index waits while there is load.

mod blob;
mod effects;
mod entry;
mod find;
mod glimpse;
mod inbox;
mod insert;
mod judged;
mod log;
mod message;
mod opened;
mod pack;
mod pieces;
mod place;
mod prune;
mod put;
mod query;
mod question;
mod record;
mod remove;
mod row;
mod scan;
mod schema;
mod spill;
mod stored;
mod term;
mod whole;
mod words;
mod work;
mod write;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use hookreel_shared::model::ExchangeId;
use rusqlite::ErrorCode;

pub use hookreel_shared::filter::Term;

pub use blob::SPILL_ABOVE;
pub use entry::{Entry, Framed};
pub use find::FindError;
pub use inbox::{Inbox, Pile, Turn};
pub use place::Place;
pub use prune::Retention;
pub use query::{Changes, Counts, Cursor, Reader, Seen};
pub use row::Row;
pub use spill::{Spill, Spilled};
pub use write::{Options, Writer};

/// Why the history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer hookreel has changed how it is stored.
    #[error(
        "{} was written by a newer hookreel (schema {found}, this one knows {known}): update hookreel, or set HOOKREEL_HOME to another folder",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: usize,
        /// The newest schema that is known here.
        known: usize,
    },
    /// It lies where nothing may be written, and cannot be read as it is.
    #[error(
        "{} may only be read, and {why}: copy its folder to where you may write, and set HOOKREEL_HOME",
        path.display()
    )]
    ReadOnly {
        /// The database.
        path: PathBuf,
        /// Why that is not enough.
        why: &'static str,
    },
    /// An exchange cannot be read back.
    #[error("{id} is damaged in the history: {why}")]
    Damaged {
        /// Which.
        id: ExchangeId,
        /// What is wrong with it.
        why: String,
    },
    /// The files beside the database.
    #[error("the history's files: {0}")]
    Files(#[from] std::io::Error),
    /// The database.
    #[error("the history: {}{}", .0, advice(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// The steps to the newest schema.
    #[error("the history cannot be brought up to date: {0}")]
    Migration(#[from] rusqlite_migration::Error),
}

/// What to do about a database that is none (any more).
fn advice(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "; it is damaged: move it away (hookreel config show says where it lies), and a new one begins"
        }
        Some(ErrorCode::DiskFull) => "; make room there",
        _ => "",
    }
}
