//! Bodies that are too large for the database, as files beside it.
//!
//! A file is whole before the row that names it is committed, and goes after the row is gone. So
//! a crash leaves at most files that no row names: [`sweep`] takes them away.

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
    let mut name = format!("{id}-{side}");
    // A row that is written again gets new files, as the old ones belong to it until the commit.
    for again in 1.. {
        let path = bodies.join(&name);
        match place::new_private_file(&path) {
            Ok(mut file) => {
                if let Err(error) = file.write_all(body) {
                    let _ = std::fs::remove_file(&path);
                    return Err(error.into());
                }
                return Ok(name);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                name = format!("{id}-{side}-{again}");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(name)
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
        if age > ORPHAN_AFTER && !is_named(connection, name)? {
            let _ = std::fs::remove_file(file.path());
            swept += 1;
        }
    }
    Ok(swept)
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
