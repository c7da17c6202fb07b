//! The database: its pragmas, its schema, and the steps from older schemas to this one.

use std::cmp::Ordering;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::{Place, StoreError};

/// Bytes of a page. Chosen by measurement; see the module's page.
pub(super) const PAGE_SIZE: u32 = 8 * 1024;

/// How long one process waits for another's transaction. Those take milliseconds; a disk that
/// stalls may take more.
const BUSY: Duration = Duration::from_secs(5);

/// The write-ahead log is copied into the database when it is this large, in bytes, whatever else
/// there is to do: small enough that a history opens quickly after a crash. Mostly it does not come
/// to that, as [`copy_log`] does it when there is time.
const CHECKPOINT_AT: u32 = 64 * 1024 * 1024;

/// Bytes the write-ahead log may keep on disk once it is empty.
const LOG_KEPT: u32 = 64 * 1024 * 1024;

/// Memory a reader may keep pages in, in KiB: the rows of a full history, so that a filter over
/// all of them reads them once. (A map of the file instead would end the program with a signal
/// where the disk fails.)
const READ_CACHE_KIB: i64 = 32 * 1024;

/// Every step a history may need, oldest first. Steps are only ever added.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("schema.sql")),
    M::up(include_str!("cut.sql")),
    M::up(include_str!("total.sql")),
    M::up(include_str!("log.sql")),
    M::up(include_str!("handshake.sql")),
    M::up(include_str!("signed.sql")),
    M::up(include_str!("record.sql")),
];

/// Opens the history for writing; makes it, or brings it up to date, where needed.
///
/// # Errors
/// [`StoreError::Newer`] if a newer hookreel has written it; else what file system or database say.
pub(super) fn open(place: &Place) -> Result<Connection, StoreError> {
    open_at(place, STEPS, PAGE_SIZE)
}

/// Copies the write-ahead log into the database, as far as nobody reads older pages.
///
/// # Errors
/// What the database says.
pub(super) fn copy_log(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))?)
}

/// How a history is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Beside others, who may write it.
    Shared,
    /// Where nothing may be written, not even who reads what: nobody must write it either.
    Fixed,
}

/// Opens the history for reading alone; makes an empty one, or brings it up to date, where needed
/// and allowed.
///
/// # Errors
/// As [`open`]; [`StoreError::ReadOnly`] if it would have to be written first, and may not be.
pub(super) fn open_to_read(place: &Place) -> Result<(Connection, Access), StoreError> {
    let opened = match open(place) {
        Ok(_) => (open_again(place, Access::Shared)?, Access::Shared),
        Err(error) if is_forbidden(&error) && place.database().exists() => {
            open_fixed(place, error)?
        }
        Err(error) => return Err(error),
    };
    opened
        .0
        .pragma_update(None, "cache_size", -READ_CACHE_KIB)?;
    Ok(opened)
}

/// Opens a history for reading that is open already, and so up to date. It keeps few pages: it is
/// for one pass over them.
///
/// # Errors
/// As [`open`].
pub(super) fn open_again(place: &Place, access: Access) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match access {
        Access::Shared => Connection::open_with_flags(place.database(), flags)?,
        Access::Fixed => {
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(fixed(&place.database()), flags)?
        }
    };
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Opens a history where nothing may be written; `denied` is what was said to the attempt.
fn open_fixed(place: &Place, denied: StoreError) -> Result<(Connection, Access), StoreError> {
    // Shared memory of one who may write it is enough.
    let shared = open_again(place, Access::Shared);
    let shared = shared.and_then(|connection| Ok((version(&connection)?, connection)));
    let (found, connection, access) = match shared {
        Ok((found, connection)) => (found, connection, Access::Shared),
        Err(_) if std::fs::metadata(place.log()).is_ok_and(|log| log.len() > 0) => {
            return Err(StoreError::ReadOnly {
                path: place.database(),
                why: "was not closed, so that the latest of it stands in a file apart",
            });
        }
        Err(_) => {
            let connection = open_again(place, Access::Fixed)?;
            // A database that may not be read either says so only here.
            let found = version(&connection).map_err(|_| denied)?;
            (found, connection, Access::Fixed)
        }
    };
    match found.cmp(&STEPS.len()) {
        Ordering::Equal => Ok((connection, access)),
        Ordering::Greater => Err(newer(place, found, STEPS.len())),
        Ordering::Less => Err(StoreError::ReadOnly {
            path: place.database(),
            why: "an older hookreel wrote it, so that it must be brought up to date",
        }),
    }
}

/// A path as SQLite takes it for a file that nobody changes.
fn fixed(path: &Path) -> String {
    let escaped = path.to_string_lossy().replace('%', "%25");
    let escaped = escaped.replace('?', "%3f").replace('#', "%23");
    format!("file:{escaped}?immutable=1")
}

/// Whether the system allows no writing.
fn is_forbidden(error: &StoreError) -> bool {
    use rusqlite::ErrorCode as Code;
    match error {
        StoreError::Files(error) => matches!(
            error.kind(),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
        ),
        StoreError::Sqlite(error) => matches!(
            error.sqlite_error_code(),
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied)
        ),
        _ => false,
    }
}

fn newer(place: &Place, found: usize, known: usize) -> StoreError {
    StoreError::Newer {
        path: place.database(),
        found,
        known,
    }
}

/// As [`open`], with these steps and pages of that size.
fn open_at(place: &Place, steps: &[M<'_>], page_size: u32) -> Result<Connection, StoreError> {
    place.make()?;
    // One process makes or migrates, the others find it done.
    let lock = place.lock()?;
    let mut connection = Connection::open(place.database())?;
    connection.busy_timeout(BUSY)?;
    // Counts only before the first table is made.
    connection.pragma_update(None, "page_size", page_size)?;
    let found = version(&connection)?;
    if found > steps.len() {
        return Err(newer(place, found, steps.len()));
    }
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // A commit survives the end of the process; the last ones may be lost with the power.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update_and_check(
        None,
        "wal_autocheckpoint",
        CHECKPOINT_AT / page_size,
        |_| Ok(()),
    )?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_KEPT, |_| Ok(()))?;
    if found < steps.len() {
        if found > 0 {
            back_up(&connection, place, found)?;
        }
        Migrations::from_slice(steps).to_latest(&mut connection)?;
    }
    drop(lock);
    Ok(connection)
}

/// As [`open`], with pages of that size, to measure.
#[cfg(test)]
pub(super) fn open_sized(place: &Place, page_size: u32) -> Result<Connection, StoreError> {
    open_at(place, STEPS, page_size)
}

fn version(connection: &Connection) -> Result<usize, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Copies the database as it is, so that an older hookreel could go on with it.
fn back_up(connection: &Connection, place: &Place, version: usize) -> Result<(), StoreError> {
    let path = place.backup(version);
    // Of an attempt that was interrupted: this one holds the same and is whole.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    // VACUUM fills an empty file that is there, and so keeps it private.
    drop(super::place::new_private_file(&path)?);
    connection.execute("VACUUM INTO ?1", [path.to_string_lossy()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, Place) {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path().join("data"));
        (dir, place)
    }

    #[test]
    fn the_steps_lead_to_a_valid_schema() {
        Migrations::from_slice(STEPS).validate().unwrap();
    }

    #[test]
    fn a_history_is_made_with_its_pages_and_its_log() {
        let (_dir, place) = place();
        let connection = open(&place).unwrap();
        let text = |name| connection.pragma_query_value(None, name, |row| row.get::<_, String>(0));
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
        assert_eq!(text("journal_mode").unwrap(), "wal");
        assert_eq!(number("page_size").unwrap(), PAGE_SIZE);
        assert_eq!(number("synchronous").unwrap(), 1);
    }

    #[test]
    fn a_history_of_a_newer_hookreel_is_refused_and_left_alone() {
        let (_dir, place) = place();
        let connection = open(&place).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let error = open(&place).unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::Newer {
                    found: 99,
                    known,
                    ..
                } if known == STEPS.len()
            ),
            "{error}"
        );
        assert!(error.to_string().contains("newer hookreel"), "{error}");
    }

    #[test]
    fn a_history_of_an_older_hookreel_is_copied_and_then_migrated() {
        let (_dir, place) = place();
        let older = open(&place).unwrap();
        older.execute("UPDATE indexed SET seq = 7", ()).unwrap();
        drop(older);
        let more = M::up("ALTER TABLE indexed ADD COLUMN more INTEGER");
        let steps = [STEPS, &[more]].concat();
        let newer = open_at(&place, &steps, PAGE_SIZE).unwrap();
        newer.execute("UPDATE indexed SET more = 1", ()).unwrap();
        let copy = Connection::open(place.backup(STEPS.len())).unwrap();
        let seq = |of: &Connection| of.query_row("SELECT seq FROM indexed", (), |row| row.get(0));
        assert_eq!((seq(&copy), seq(&newer)), (Ok(7), Ok(7)));
        assert_eq!(version(&copy).unwrap(), STEPS.len());
        assert!(copy.execute("UPDATE indexed SET more = 1", ()).is_err());
    }

    #[test]
    fn every_older_schema_leads_to_this_one_with_its_exchanges() {
        for steps in 1..STEPS.len() {
            let (_dir, place) = place();
            let older = open_at(&place, &STEPS[..steps], PAGE_SIZE).unwrap();
            let row = "INSERT INTO exchange (id, at, name, label, method, target, response_bytes,
                closed, duplicate, marked, stored) VALUES (x'00', 0, 'a', 'live', x'', x'', 0, 1, 0, 0, 700)";
            older.execute(row, ()).unwrap();
            if steps > 2 {
                let count = "UPDATE total SET exchanges = 1, stored = 700";
                older.execute(count, ()).unwrap();
            }
            if steps > 3 {
                older.execute("UPDATE total SET seq = 1", ()).unwrap();
            }
            drop(older);
            let newer = open(&place).unwrap();
            let count = "SELECT count(*) FROM exchange WHERE NOT request_cut";
            assert_eq!(newer.query_row(count, (), |row| row.get(0)), Ok(1));
            let sql = "SELECT exchanges, stored, seq FROM total";
            let total = newer.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            assert_eq!(total, Ok((1, 700, 1)));
            assert!(place.backup(steps).exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_a_history() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_dir, place) = place();
        let connection = open(&place).unwrap();
        connection
            .execute("UPDATE indexed SET seq = 7", ())
            .unwrap();
        for file in std::fs::read_dir(place.database().parent().unwrap()).unwrap() {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{:?}", file.path());
        }
    }
}
