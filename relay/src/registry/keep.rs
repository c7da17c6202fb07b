//! Names and their owners on disk, so that they survive a restart of the relay.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hookreel_shared::model::{Name, Principal, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Entry, Registry};

/// The file that names are kept in.
#[derive(Debug, Clone)]
pub struct Keep {
    path: PathBuf,
}

/// Why names cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what we wrote.
    #[error("{path} is damaged ({source}); move it away to start with no names kept")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    owner: Principal,
    last_seen: Timestamp,
}

impl Keep {
    /// Keeps names in that directory.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self {
            path: dir.join("names.json"),
        }
    }

    /// Reads the names kept into the registry. Nothing kept is fine.
    ///
    /// # Errors
    /// [`KeepError`].
    pub fn load(&self, registry: &Registry) -> Result<(), KeepError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(self.at(source)),
        };
        let records: BTreeMap<Name, Record> =
            serde_json::from_str(&text).map_err(|source| KeepError::Damaged {
                path: self.path.clone(),
                source,
            })?;
        let mut names = registry.lock();
        for (name, Record { owner, last_seen }) in records {
            names.insert(
                name,
                Entry {
                    owner,
                    live: None,
                    last_seen,
                    epoch: 0,
                },
            );
        }
        Ok(())
    }

    /// Writes all names, whole or not at all. Blocks on the disk.
    ///
    /// # Errors
    /// [`KeepError`].
    pub fn save(&self, registry: &Registry) -> Result<(), KeepError> {
        let records: BTreeMap<Name, Record> = registry
            .lock()
            .iter()
            .map(|(name, entry)| {
                (
                    name.clone(),
                    Record {
                        owner: entry.owner,
                        last_seen: entry.last_seen,
                    },
                )
            })
            .collect();
        let text = serde_json::to_vec_pretty(&records).map_err(|source| KeepError::Damaged {
            path: self.path.clone(),
            source,
        })?;
        let draft = self.path.with_extension("json.draft");
        let write = || {
            let mut file = fs::File::create(&draft)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&draft, &self.path)
        };
        write().map_err(|source| self.at(source))
    }

    fn at(&self, source: io::Error) -> KeepError {
        KeepError::File {
            path: self.path.clone(),
            source,
        }
    }
}
