//! What is known of providers: their rows, the secrets shared with them, and what the user set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use hookreel_shared::model::{Exchange, ExchangeId, Timestamp, sender_status};
use hookreel_shared::provider::advice::{self, Advice, Facts};
use hookreel_shared::provider::{
    DevelopmentKeys, Pkcs8, Request, Secret, Sender, Table, TableError, Verdict, With, secrets_of,
    sender,
};

use super::secrets::{self, Secrets, SecretsError};
use super::settings::Settings;

/// What the developer's own key is called where a secret would be named.
const DEVELOPMENT: &str = "your development key";

/// What is known of providers at one moment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Known {
    /// All rows, the user's own before those that come with the program.
    pub table: Arc<Table>,
    /// All secrets.
    pub secrets: Arc<[Secret]>,
    /// The developer's own keys, once they were asked for.
    pub development: Option<Arc<Pkcs8>>,
    /// Seconds allowed instead of a row's own, by provider; 0 for any age.
    pub tolerance: Arc<BTreeMap<String, u64>>,
}

/// What the user says about an exchange that is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Whose it is: the id of a row.
    pub provider: Option<&'a str>,
    /// The address that was signed.
    pub url: Option<&'a str>,
    /// Seconds a signature is good for; 0 for any age.
    pub tolerance: Option<u64>,
}

/// What there is to say about an exchange's sender.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Who it is, and whether the signature fits.
    pub sender: Sender,
    /// What the sender makes of the answer, and what the developer should know; the most pressing
    /// first.
    pub advice: Vec<Advice>,
}

impl Known {
    /// All there is to say about an exchange's sender. `first` is the earliest exchange with the
    /// same delivery, where this is not the first. What no secret fits may be signed with the
    /// developer's own key: hookreel does so in the place of some providers.
    #[must_use]
    pub fn about(
        &self,
        exchange: &Exchange,
        asked: &Asked<'_>,
        first: Option<ExchangeId>,
    ) -> About {
        let about = self.about_them(exchange, asked, first);
        if !matches!(
            about.sender.report.verdict,
            Verdict::NoSecret | Verdict::Bad { .. }
        ) {
            return about;
        }
        let own = about.sender.provider.as_deref();
        let own = own.and_then(|id| self.with_development_key(id));
        let own = own.map(|own| own.about_them(exchange, asked, first));
        own.filter(|own| own.sender.report.verdict == Verdict::Good)
            .unwrap_or(about)
    }

    /// The same, with the developer's own key in the place of this provider's; none if there is
    /// none, or the provider shares a secret.
    fn with_development_key(&self, provider: &str) -> Option<Self> {
        let kept = self.development.as_deref()?;
        let row = self.table.get(provider)?;
        let mut asymmetric = row.scheme.iter();
        let scheme = asymmetric.find(|scheme| scheme.algorithm.is_asymmetric())?;
        let keys = DevelopmentKeys::read(kept).ok()?;
        let secret = Secret::new(&row.id, DEVELOPMENT, keys.shown(scheme)?);
        Some(Self {
            secrets: [secret].into(),
            ..self.clone()
        })
    }

    fn about_them(
        &self,
        exchange: &Exchange,
        asked: &Asked<'_>,
        first: Option<ExchangeId>,
    ) -> About {
        let sender = self.sender(exchange, asked);
        let row = sender.provider.as_deref().and_then(|id| self.table.get(id));
        let advice = row.map_or_else(Vec::new, |row| {
            let head = &exchange.request;
            let with = self.with(&row.id, head.name.as_str(), head.received_at);
            let status = exchange.response.as_ref().map(|head| head.status);
            let first = first.map(|id| id.to_string());
            let facts = Facts {
                request: &Request::of(exchange),
                took: exchange.took(),
                status: sender_status(head.label, status, exchange.failure()),
                answer_bytes: exchange.response_body.size,
                verdict: &sender.report.verdict,
                duplicate_of: first.as_deref(),
                has_secret: secrets_of(row, &with).next().is_some(),
                label: head.label,
            };
            advice::of(row, &facts)
        });
        About { sender, advice }
    }

    /// Who sent an exchange, and whether the signature fits, judged for the moment it came.
    #[must_use]
    pub fn sender(&self, exchange: &Exchange, asked: &Asked<'_>) -> Sender {
        let head = &exchange.request;
        let row = asked.provider.and_then(|id| self.table.get(id));
        sender(&self.table, exchange, row, asked.url, |row| {
            let with = self.with(&row.id, head.name.as_str(), head.received_at);
            With {
                tolerance: asked.tolerance.or(with.tolerance),
                ..with
            }
        })
    }

    /// What a check of a request to this name, which came at this time, needs.
    #[must_use]
    pub fn with<'a>(&'a self, provider: &str, name: &'a str, at: Timestamp) -> With<'a> {
        With {
            secrets: &self.secrets,
            name,
            at,
            tolerance: self.tolerance.get(provider).copied(),
            certificates: &[],
        }
    }
}

/// Why nothing is known of providers.
#[derive(Debug, thiserror::Error)]
pub enum ProvidersError {
    /// A row cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Secrets cannot be read.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
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
    /// [`ProvidersError`].
    pub fn load(settings: &Settings, credentials: &Path) -> Result<Self, ProvidersError> {
        let table = Table::builtin()?.with(settings.providers.clone())?;
        let changed = changed(credentials);
        let mut known = Known {
            table: Arc::new(table),
            secrets: Arc::new([]),
            development: None,
            tolerance: Arc::new(settings.tolerance.clone()),
        };
        known.take(secrets::load(credentials)?);
        Ok(Self {
            path: credentials.to_owned(),
            now: Mutex::new((changed, known)),
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
                Ok(secrets) => now.1.take(secrets),
                Err(error) => tracing::warn!("secrets stay as they were: {error}"),
            }
        }
        now.1.clone()
    }
}

impl Known {
    fn take(&mut self, read: Secrets) {
        self.secrets = read.secrets.into();
        self.development = read.development.map(Arc::new);
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path)
        .and_then(|meta| meta.modified())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_set_later_counts_from_then_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        let providers = Providers::load(&Settings::default(), &path).unwrap();
        assert!(providers.now().secrets.is_empty());
        let own = Secret::new("github", "default", "s");
        secrets::update(&path, |all| all.secrets.push(own)).unwrap();
        assert_eq!(providers.now().secrets.len(), 1);
        std::fs::write(&path, "nonsense").unwrap();
        assert_eq!(providers.now().secrets.len(), 1, "as it was");
    }
}
