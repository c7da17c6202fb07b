//! What is known of providers: their rows, the secrets shared with them, and what the user set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use hookreel_shared::model::{Exchange, ExchangeId, Label, Name, Timestamp, sender_status};
use hookreel_shared::provider::advice::{self, Advice, Facts};
use hookreel_shared::provider::{
    CertifiedKey, Look, Request, Row, Secret, Sender, Table, TableError, Verdict, With, secrets_of,
    sender,
};

use super::own::Development;
use super::secrets::{self, Secrets, SecretsError};
use super::settings::Settings;

/// What is known of providers at one moment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Known {
    /// All rows, the user's own before those that come with the program.
    pub table: Arc<Table>,
    /// All secrets.
    pub secrets: Arc<[Secret]>,
    /// The developer's own keys, once they were asked for.
    pub development: Option<Development>,
    /// Certificates of providers, by the address they are at.
    pub certificates: Arc<[CertifiedKey]>,
    /// Seconds allowed instead of a row's own, by provider; 0 for any age.
    pub tolerance: Arc<BTreeMap<String, u64>>,
}

/// What the user says about an exchange that is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Whose it is: the id of a row.
    pub provider: Option<&'a str>,
    /// The address that was signed, if it is not the one that the exchange tells of.
    pub url: Option<&'a str>,
    /// Seconds a signature is good for; 0 for any age.
    pub tolerance: Option<u64>,
    /// Whether it is looked for what would have fitted.
    pub closely: Look,
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
    /// same delivery, where this is not the first.
    #[must_use]
    pub fn about(
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
        let row = asked.provider.and_then(|id| self.table.get(id));
        let found = self.judged(exchange, asked, row, &self.secrets, &self.certificates);
        self.by_own_key(exchange, asked, &found).unwrap_or(found)
    }

    fn judged(
        &self,
        exchange: &Exchange,
        asked: &Asked<'_>,
        row: Option<&Row>,
        secrets: &[Secret],
        certificates: &[CertifiedKey],
    ) -> Sender {
        let head = &exchange.request;
        let url = asked.url.or(exchange.signed_for.as_deref());
        let with = |row: &Row| {
            let with = self.with(&row.id, head.name.as_str(), head.received_at);
            With {
                tolerance: asked.tolerance.or(with.tolerance),
                secrets,
                certificates,
                ..with
            }
        };
        sender(&self.table, exchange, row, url, with, asked.closely)
    }

    /// What is found with the developer's own keys, where the real ones do not fit and theirs do.
    /// Only of what was sent from here: nothing that comes is good because of them.
    fn by_own_key(&self, exchange: &Exchange, asked: &Asked<'_>, found: &Sender) -> Option<Sender> {
        let is_ours = matches!(exchange.request.label, Label::Replay | Label::Sample);
        let is_open = matches!(
            found.report.verdict,
            Verdict::Bad { .. } | Verdict::NoSecret | Verdict::Unchecked { .. }
        );
        if !is_ours || !is_open {
            return None;
        }
        let row = self.table.get(found.provider.as_deref()?)?;
        let own = self.development.as_ref()?.own()?;
        let named = own.named(row, &Request::of(exchange));
        let public = own.public(row);
        let second = match (&named, &public) {
            (Some(named), _) => {
                let certificates = std::slice::from_ref(named);
                self.judged(exchange, asked, Some(row), &self.secrets, certificates)
            }
            (None, Some(public)) => {
                let secrets = std::slice::from_ref(public);
                self.judged(exchange, asked, Some(row), secrets, &[])
            }
            (None, None) => return None,
        };
        (second.report.verdict == Verdict::Good).then_some(second)
    }

    /// The secret of this label that counts for a provider's requests to a name; of two, that for
    /// this name alone.
    ///
    /// # Errors
    /// [`NoLabel`].
    pub fn labelled(&self, row: &Row, name: &Name, label: &str) -> Result<&Secret, NoLabel> {
        let mut schemes = row.scheme.iter();
        if schemes.all(|own| own.certificate.is_none() && own.algorithm.is_asymmetric()) {
            return Err(NoLabel::Key(row.name.clone()));
        }
        let counts = |own: &&Secret| {
            own.provider == row.id && own.name.as_deref().is_none_or(|own| own == name.as_str())
        };
        let all: Vec<&Secret> = self.secrets.iter().filter(counts).collect();
        let called = all.iter().filter(|own| own.label == label);
        if let Some(found) = called.max_by_key(|own| own.name.is_some()) {
            return Ok(found);
        }
        let mut labels: Vec<&str> = all.iter().map(|own| own.label.as_str()).collect();
        labels.dedup();
        Err(match labels.as_slice() {
            [] => NoLabel::None(row.id.clone()),
            labels => NoLabel::Other {
                provider: row.id.clone(),
                labels: labels.join(", "),
            },
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
            certificates: &self.certificates,
        }
    }
}

/// None of a provider's secrets is called as the user says. What they said is not repeated: it may
/// be a secret that was taken for a label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLabel {
    /// There are others.
    #[error("no secret of {provider} has this label; there are {labels} (hookreel secret list)")]
    Other {
        /// The provider's row.
        provider: String,
        /// What they are called.
        labels: String,
    },
    /// There are none.
    #[error("there is no secret of {0}; set one: hookreel secret set {0}")]
    None(String),
    /// Nobody but the provider can sign, and a key of the developer's own has no label.
    #[error("{0} shares no secret that could be chosen by its label: your development key signs")]
    Key(String),
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
            certificates: Arc::new([]),
            tolerance: Arc::new(settings.tolerance.clone()),
        };
        known.take(secrets::load(credentials)?);
        Ok(Self {
            path: credentials.to_owned(),
            now: Mutex::new((changed, known)),
        })
    }

    /// The file of secrets.
    #[must_use]
    pub fn credentials(&self) -> &Path {
        &self.path
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
        self.development = read.development.map(Development::new);
        let certified = read
            .certificates
            .into_iter()
            .map(|(url, own)| CertifiedKey {
                url,
                key: own.key().to_vec(),
                good: own.from()..=own.until(),
            });
        self.certificates = certified.collect();
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
