//! What passed in exchanges of the usual size, one after another in files that are written once:
//! the logs.
//!
//! A batch goes to a log in one piece before its rows are committed, and a row says where its
//! record stands. So a row never points behind the end after a crash; what was written without a
//! row is a hole, or taken back where the process still can. After a loss of power the last rows may be there
//! without their records: a checksum tells, and such an exchange is damaged.
//!
//! Each process appends to a log of its own, and goes on with one that another left; a lock says
//! which. (On a file beside it, as on some systems nobody can read what is locked.) A log is removed
//! when no row names a spot in it; what users mark moves into the database, so that one exchange
//! does not keep a whole log.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior};

use super::{StoreError, place};

/// A log this long is full, in bytes: some thousand exchanges, as they go from the disk together.
const FULL: u64 = 16 * 1024 * 1024;

/// The newest logs that are looked at for one to go on with: as many as processes usually write.
const LOOK_AT: u32 = 4;

/// New logs that are made before it is given up, where others take each for one that is done with.
const TRIES: u32 = 8;

/// Names of their files, and of those that are locked.
const LOG: &str = "log-";
const LOCK: &str = ".lock";

/// Where something stands. Four columns of a row say so; in histories of before, of a body alone,
/// a text in the place of a file's name: `len@log+start#checksum`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) log: i64,
    pub(super) start: u64,
    pub(super) len: usize,
    pub(super) checksum: u32,
}

/// The log that one writer appends to.
#[derive(Debug, Default)]
pub(super) struct Log {
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    id: i64,
    file: File,
    /// Held as long as the log is open.
    _lock: File,
    /// Where what is committed ends.
    end: u64,
}

/// Where a batch was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) log: i64,
    start: u64,
}

impl Written {
    /// Where the part of the batch stands that begins there, and is these bytes.
    pub(super) fn spot(&self, begin: usize, bytes: &[u8]) -> Spot {
        Spot {
            log: self.log,
            start: self.start + begin as u64,
            len: bytes.len(),
            checksum: crc32fast::hash(bytes),
        }
    }
}

impl Log {
    /// Writes the bytes of a batch. They count once their rows are committed and [`Self::keep`]
    /// was called; else [`Self::take_back`] is to be, and the next batch goes to the same place.
    ///
    /// # Errors
    /// What file system and database say.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        bodies: &Path,
        bytes: &[u8],
    ) -> Result<Written, StoreError> {
        if self.open.as_ref().is_some_and(|open| open.end >= FULL) {
            self.close();
        }
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(match left(connection, bodies)? {
                Some(open) => open,
                None => new(connection, bodies)?,
            }),
        };
        open.file.seek(SeekFrom::Start(open.end))?;
        open.file.write_all(bytes)?;
        Ok(Written {
            log: open.id,
            start: open.end,
        })
    }

    /// So many bytes of what was written last are named by rows now.
    pub(super) fn keep(&mut self, bytes: usize) {
        if let Some(open) = &mut self.open {
            open.end += bytes as u64;
        }
    }

    /// What was written last is named by no row, and takes no room.
    pub(super) fn take_back(&mut self) {
        if let Some(open) = &self.open {
            // If that fails, the next batch is written over it.
            let _ = open.file.set_len(open.end);
        }
    }

    /// Makes what is written safe from a loss of power.
    pub(super) fn sync(&self) {
        if let Some(open) = &self.open {
            // What the disk did not take is found by its checksum.
            let _ = open.file.sync_data();
        }
    }

    /// Lets the log go, once it is safe from a loss of power.
    pub(super) fn close(&mut self) {
        self.sync();
        self.open = None;
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.close();
    }
}

/// A log that another process has left before it was full.
fn left(connection: &Connection, bodies: &Path) -> Result<Option<Open>, StoreError> {
    let ids: Vec<i64> = connection
        .prepare_cached("SELECT id FROM log ORDER BY id DESC LIMIT ?1")?
        .query_map([LOOK_AT], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in ids {
        let Lock::Ours(lock) = lock(bodies, id)? else {
            continue;
        };
        let Ok(mut file) = OpenOptions::new().write(true).open(path(bodies, id)) else {
            continue;
        };
        let end = file.seek(SeekFrom::End(0))?;
        // Whoever removes a log has locked it: one that is listed now stays.
        if end < FULL && is_listed(connection, id)? {
            let _lock = lock;
            return Ok(Some(Open {
                id,
                file,
                _lock,
                end,
            }));
        }
    }
    Ok(None)
}

fn new(connection: &Connection, bodies: &Path) -> Result<Open, StoreError> {
    for _ in 0..TRIES {
        let id = connection
            .prepare_cached(
                // Never one that a log had that is gone: somebody may be about to lock or to open that.
                "INSERT INTO log (id, live)
                 VALUES (max(?1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'log'), 0))
                     + 1, 0) RETURNING id",
            )?
            .query_row([highest(bodies)?], |row| row.get(0))?;
        let (Lock::Ours(_lock) | Lock::Unknown(_lock)) = lock(bodies, id)? else {
            // Somebody looks whether it can be removed; so this one stays empty, and goes.
            continue;
        };
        // It may have gone before it was locked.
        if is_listed(connection, id)? {
            return Ok(Open {
                id,
                file: place::new_private_file(&path(bodies, id))?,
                _lock,
                end: 0,
            });
        }
    }
    Err(io::Error::from(io::ErrorKind::WouldBlock).into())
}

/// The highest number of a log that lies there: a database that was made anew beside the bodies of
/// another one does not know them.
fn highest(bodies: &Path) -> io::Result<i64> {
    let mut highest = 0;
    for file in std::fs::read_dir(bodies)? {
        let name = file?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(LOG));
        let number = number.and_then(|number| number.parse().ok());
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(highest)
}

/// Whose a log is.
enum Lock {
    Ours(File),
    Theirs,
    /// Files cannot be locked here: nobody goes on with a log, or removes it.
    Unknown(File),
}

fn lock(bodies: &Path, id: i64) -> io::Result<Lock> {
    let file = place::private_file(&lock_path(bodies, id))?;
    Ok(match file.try_lock() {
        Ok(()) => Lock::Ours(file),
        Err(TryLockError::WouldBlock) => Lock::Theirs,
        Err(TryLockError::Error(_)) => Lock::Unknown(file),
    })
}

/// Removes the logs in which no row names a spot any more, but for those that are written.
///
/// # Errors
/// What the database says.
pub(super) fn sweep(connection: &mut Connection, bodies: &Path) -> Result<(), StoreError> {
    let ids: Vec<i64> = connection
        .prepare_cached("SELECT id FROM log WHERE live <= 0")?
        .query_map((), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in ids {
        let Lock::Ours(_lock) = lock(bodies, id)? else {
            continue;
        };
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let gone = tx
            .prepare_cached("DELETE FROM log WHERE id = ?1 AND live <= 0")?
            .execute([id])?;
        tx.commit()?;
        if gone > 0 {
            // What fails is an orphan, and swept as one.
            for path in [path(bodies, id), lock_path(bodies, id)] {
                let _ = std::fs::remove_file(path);
            }
        }
    }
    Ok(())
}

/// Whether a file in the folder of bodies is a log that is needed; `None` if it is no log.
///
/// # Errors
/// What the database says.
pub(super) fn is_needed(connection: &Connection, name: &str) -> Result<Option<bool>, StoreError> {
    let id = name.strip_suffix(LOCK).unwrap_or(name);
    let id = id.strip_prefix(LOG).and_then(|id| id.parse().ok());
    id.map(|id| is_listed(connection, id)).transpose()
}

fn is_listed(connection: &Connection, id: i64) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM log WHERE id = ?1")?
        .query_row([id], |_| Ok(()))
        .optional()?
        .is_some())
}

impl Spot {
    /// The columns of a row that say where its record is.
    pub(super) const COLUMNS: &str = "log, log_start, log_len, log_checksum";

    /// The values of [`Self::COLUMNS`].
    pub(super) fn columns(&self) -> [i64; 4] {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let (start, len) = (number(self.start), number(self.len as u64));
        [self.log, start, len, self.checksum.into()]
    }

    /// From [`Self::COLUMNS`], which begin at that column of a row; `None` if they are empty.
    ///
    /// # Errors
    /// If they are not numbers.
    pub(super) fn read_columns(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Self>> {
        let Some(log) = row.get(at)? else {
            return Ok(None);
        };
        // What never stood there is not found there: the checksum tells. One damaged row must not keep
        // others from being read, indexed or pruned.
        let number = |at| row.get::<_, Option<i64>>(at).map(Option::unwrap_or_default);
        Ok(Some(Self {
            log,
            start: u64::try_from(number(at + 1)?).unwrap_or(0),
            len: usize::try_from(number(at + 2)?).unwrap_or(0),
            checksum: u32::try_from(number(at + 3)?).unwrap_or(0),
        }))
    }

    /// Reads what stands in the place of a file's name; `None` if it is one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (len, rest) = text.split_once('@')?;
        let (log, rest) = rest.split_once('+')?;
        let (start, checksum) = rest.split_once('#')?;
        Some(Self {
            log: log.parse().ok()?,
            start: start.parse().ok()?,
            len: len.parse().ok()?,
            checksum: u32::from_str_radix(checksum, 16).ok()?,
        })
    }

    /// Writes over what no row names any more: what a user deletes is gone. Where something else
    /// stands nothing is done, as that may be another exchange's: after a loss of power, logs go on
    /// where rows name what was lost.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn wipe(&self, bodies: &Path) -> io::Result<()> {
        if self.read(bodies).is_none() {
            return Ok(());
        }
        let mut file = OpenOptions::new()
            .write(true)
            .open(path(bodies, self.log))?;
        file.seek(SeekFrom::Start(self.start))?;
        file.write_all(&vec![0; self.len])
    }
}

pub(super) fn path(bodies: &Path, log: i64) -> PathBuf {
    bodies.join(format!("{LOG}{log}"))
}

fn lock_path(bodies: &Path, log: i64) -> PathBuf {
    bodies.join(format!("{LOG}{log}{LOCK}"))
}
