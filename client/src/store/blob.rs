//! Bodies that are too large for the database, as files beside it.
//!
//! A file is whole before the row of an exchange that has ended is committed, and goes after the
//! row is gone. So a crash leaves at most files that no row names: [`sweep`] takes them away.
//! Those of bodies that still pass grow ([`super::spill`]), and are locked meanwhile.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use hookreel_shared::model::ExchangeId;
use rusqlite::{Connection, OptionalExtension as _};

use super::{StoreError, log, place};

/// Bodies above this many bytes are spilled: pages of the database should not fill with them.
pub const SPILL_ABOVE: usize = 256 * 1024;

/// A file no row names is an orphan after this long; before, another process may be about to
/// commit the row.
const ORPHAN_AFTER: Duration = Duration::from_secs(3600);

/// Writes a body into a new file, and tells its name.
///
/// # Errors
/// Whatever the file system says; nothing is left behind then.
pub(super) fn spill(
    bodies: &Path,
    id: ExchangeId,
    side: &str,
    body: &[u8],
) -> Result<String, StoreError> {
    let (mut file, name) = new_file(bodies, id, side)?;
    if let Err(error) = file.write_all(body) {
        let _ = std::fs::remove_file(bodies.join(&name));
        return Err(error.into());
    }
    Ok(name)
}

/// Makes a new file for a body, and tells its name.
///
/// # Errors
/// Whatever the file system says.
pub(super) fn new_file(
    bodies: &Path,
    id: ExchangeId,
    side: &str,
) -> Result<(File, String), StoreError> {
    let mut name = format!("{id}-{side}");
    let mut again = 0;
    loop {
        match place::new_private_file(&bodies.join(&name)) {
            Ok(file) => return Ok((file, name)),
            // A row that is written again gets new files, as the old ones belong to it until the
            // commit.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                again += 1;
                name = format!("{id}-{side}-{again}");
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes files away. What fails is left to [`sweep`].
pub(super) fn remove(bodies: &Path, names: &[String]) {
    for name in names {
        let _ = std::fs::remove_file(bodies.join(name));
    }
}

/// Takes away what no row names, and tells how many files that were.
///
/// # Errors
/// If the folder or the database cannot be read.
pub(super) fn sweep(
    connection: &Connection,
    bodies: &Path,
    now: SystemTime,
) -> Result<usize, StoreError> {
    let mut swept = 0;
    for file in std::fs::read_dir(bodies)? {
        let file = file?;
        let age = file
            .metadata()
            .and_then(|meta| meta.modified())
            .ok()
            .and_then(|modified| now.duration_since(modified).ok());
        let name = file.file_name();
        let (Some(age), Some(name)) = (age, name.to_str()) else {
            continue;
        };
        if age > ORPHAN_AFTER && !is_named(connection, name)? && !is_locked(&file.path()) {
            let _ = std::fs::remove_file(file.path());
            swept += 1;
        }
    }
    Ok(swept)
}

/// Whether some process writes it.
fn is_locked(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

fn is_named(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    if let Some(needed) = log::is_needed(connection, name)? {
        return Ok(needed);
    }
    let id = name.split('-').next().and_then(|id| id.parse().ok());
    let Some(id) = id.map(ExchangeId::uuid) else {
        return Ok(false);
    };
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM exchange JOIN message USING (seq)
             WHERE id = ?1 AND ?2 IN (request_file, response_file)",
        )?
        .query_row((id, name), |_| Ok(()))
        .optional()?
        .is_some())
}
