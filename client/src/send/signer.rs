//! What samples are signed with: a secret of the user's, or a key of their own.

use std::fmt;

use hookreel_shared::model::{Name, Timestamp};
use hookreel_shared::provider::{Draft, Key, Row, Secret, SignError, secrets_of, sign};

use super::SendError;
use crate::certificate::Served;
use crate::config::Known;

/// Signs requests of one provider.
#[derive(Debug, Clone)]
pub enum Signer {
    /// Not at all.
    Nobody,
    /// With the secret that is shared with the provider.
    Secret(Secret),
    /// With a key of the developer's own, as only the provider has the real one.
    Development {
        /// The keys.
        keys: Served,
        /// What is signed along: PayPal's id of the webhook.
        webhook: Option<Secret>,
        /// Where the certificate is, for providers whose requests say so; else nothing.
        certificate: String,
    },
}

/// How a request was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The provider's row.
    pub provider: String,
    /// What the secret is called; none for a key of the developer's own.
    pub secret: Option<String>,
    /// By which schemes.
    pub schemes: Vec<String>,
    /// Where the certificate of the developer's key is, if the request says so.
    pub certificate: Option<String>,
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes = self.schemes.join(", ");
        match &self.secret {
            Some(label) => write!(
                f,
                "signed as {} with the secret {label} ({schemes})",
                self.provider
            ),
            None => {
                let provider = &self.provider;
                write!(
                    f,
                    "signed as {provider} with your development key ({schemes}); "
                )?;
                let show = format!("hookreel secret show-dev-key {provider} prints");
                match &self.certificate {
                    Some(url) => write!(f, "its certificate is at {url} meanwhile, and {show} it"),
                    None => write!(f, "{show} its public half"),
                }
            }
        }
    }
}

impl Signer {
    /// What signs requests of a provider to this name: the secret of this label, or else the first
    /// that can.
    ///
    /// # Errors
    /// [`SendError::NoSecret`] or [`SendError::NoKey`] if it signs, and there is nothing to sign
    /// with; [`SendError::NoLabel`], [`SendError::NoPort`].
    pub fn find(
        row: &Row,
        known: &Known,
        keys: Option<Served>,
        name: &Name,
        label: Option<&str>,
    ) -> Result<Self, SendError> {
        if row.scheme.is_empty() {
            return Ok(Self::Nobody);
        }
        // The time is no matter of whose secrets these are.
        let with = known.with(&row.id, name.as_str(), Timestamp::from_micros(0));
        let labelled = label
            .map(|label| known.labelled(row, name, label))
            .transpose()?;
        let mut own = secrets_of(row, &with);
        let is_asymmetric = |scheme: &_| signs_alone(scheme);
        if row.scheme.iter().all(is_asymmetric) {
            let keys = keys.ok_or_else(|| SendError::NoKey(row.id.clone()))?;
            let certificate = keys.address_for(row);
            return Ok(Self::Development {
                webhook: labelled.or_else(|| own.next()).cloned(),
                certificate: certificate.map_err(|error| SendError::NoPort(error.to_string()))?,
                keys,
            });
        }
        let shared = row.scheme.iter().filter(|scheme| !signs_alone(scheme));
        let forms: Vec<_> = shared.map(|scheme| &scheme.key).collect();
        let fits = |secret: &&Secret| forms.iter().any(|form| form.key(secret.expose()).is_some());
        if let Some(secret) = labelled {
            return Ok(Self::Secret(secret.clone()));
        }
        let found = own.find(fits).cloned().map(Self::Secret);
        found.ok_or_else(|| SendError::NoSecret(row.id.clone()))
    }

    /// As signing wants it; none if nobody signs.
    #[must_use]
    pub fn key(&self) -> Option<Key<'_>> {
        match self {
            Self::Nobody => None,
            Self::Secret(secret) => Some(Key::Secret(secret)),
            Self::Development {
                keys,
                webhook,
                certificate,
            } => Some(Key::Development {
                keys: keys.keys(),
                webhook: webhook.as_ref().map_or("", Secret::expose),
                certificate,
            }),
        }
    }

    /// Signs a request; none if nobody signs.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(
        &self,
        row: &Row,
        draft: &mut Draft,
        now: Timestamp,
        fresh: &str,
    ) -> Result<Option<Signed>, SignError> {
        let Some(key) = self.key() else {
            return Ok(None);
        };
        let done = sign(row, draft, key, now, fresh)?;
        Ok(Some(Signed {
            provider: row.id.clone(),
            secret: match self {
                Self::Secret(secret) => Some(secret.label.clone()),
                Self::Nobody | Self::Development { .. } => None,
            },
            schemes: done.schemes,
            certificate: key.certificate().map(str::to_owned),
        }))
    }
}

fn signs_alone(scheme: &hookreel_shared::provider::scheme::Scheme) -> bool {
    scheme.algorithm.is_asymmetric()
}
