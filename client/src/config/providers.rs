//! What is known of providers: their rows, the secrets shared with them, and what the user set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use hookreel_shared::provider::{Secret, Table};

use super::layers::ConfigError;
use super::secrets;
use super::settings::Settings;

/// What is known of providers at one moment.
#[derive(Debug, Clone)]
pub struct Known {
    /// All rows, the user's own before those that come with the program.
    pub table: Arc<Table>,
    /// All secrets.
    pub secrets: Arc<[Secret]>,
    /// Seconds allowed instead of a row's own, by provider; 0 for any age.
    pub tolerance: Arc<BTreeMap<String, u64>>,
}

/// What is known of providers, kept up to date: a secret that is set while tunnels run counts
/// from then on.
#[derive(Debug)]
pub struct Providers {
    path: PathBuf,
    now: Mutex<(Option<SystemTime>, Known)>,
}

impl Providers {
    /// Reads rows from the settings and secrets from their file.
    ///
    /// # Errors
    /// [`ConfigError`] for a row that cannot be used, and for a file of secrets that cannot.
    pub fn load(settings: &Settings, credentials: &Path) -> Result<Self, ConfigError> {
        let wrong = |error: hookreel_shared::provider::TableError| ConfigError::File {
            path: PathBuf::from("[providers]"),
            message: error.to_string(),
        };
        let table = Table::builtin()
            .and_then(|table| table.with(settings.providers.clone()))
            .map_err(wrong)?;
        let known = Known {
            table: Arc::new(table),
            secrets: secrets::load(credentials)?.into(),
            tolerance: Arc::new(settings.tolerance.clone()),
        };
        Ok(Self {
            path: credentials.to_owned(),
            now: Mutex::new((changed(credentials), known)),
        })
    }

    /// What is known now. Looks whether the file of secrets has changed; one that has become
    /// unusable counts as unchanged.
    #[must_use]
    pub fn now(&self) -> Known {
        let changed = changed(&self.path);
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.0 != changed {
            now.0 = changed;
            match secrets::load(&self.path) {
                Ok(secrets) => now.1.secrets = secrets.into(),
                Err(error) => tracing::warn!("secrets: {error}"),
            }
        }
        now.1.clone()
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path)
        .and_then(|meta| meta.modified())
        .ok()
}
