//! The developer's own keys, and what they have signed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use hookreel_shared::net::Certificate;
use hookreel_shared::provider::algorithm::Algorithm;
use hookreel_shared::provider::certificate::{development_path, is_development};
use hookreel_shared::provider::{CertifiedKey, DevelopmentKeys, Pkcs8, Request, Row, Secret};

use super::secrets::{self, SecretsError};

/// What verdicts call a key of the developer's own.
const LABEL: &str = "your development key";

/// Why there are no keys of the developer's own.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// They cannot be read or kept.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// They cannot be made.
    #[error("development keys cannot be made: {0}")]
    Make(#[from] Unspecified),
    /// They are not what they should be.
    #[error(
        "the development keys in {0} are damaged; take [development-keys] out to have new ones made"
    )]
    Damaged(PathBuf),
}

/// The developer's own keys in the file of secrets; made there on first use. Takes a moment then.
///
/// # Errors
/// [`OwnError`].
pub fn development(credentials: &Path) -> Result<Own, OwnError> {
    let kept = match secrets::load(credentials)?.development {
        Some(kept) => kept,
        None => {
            let made = Pkcs8::generate(&SystemRandom::new())?;
            // Another process may have been quicker: its keys are the ones.
            secrets::update(credentials, |all| {
                all.development.get_or_insert(made).clone()
            })?
        }
    };
    let own = Development::new(kept).own().cloned();
    own.ok_or_else(|| OwnError::Damaged(credentials.to_owned()))
}

/// The developer's own keys. Read only when they are needed: most of the time they are not.
#[derive(Debug, Clone)]
pub struct Development(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kept: Pkcs8,
    read: OnceLock<Option<Own>>,
}

/// The keys, ready to be used.
#[derive(Debug, Clone)]
pub struct Own {
    /// They sign.
    pub keys: Arc<DevelopmentKeys>,
    /// Of the RSA key, for PayPal.
    pub certificate: Arc<Certificate>,
}

impl Development {
    /// The keys as they are kept.
    #[must_use]
    pub fn new(kept: Pkcs8) -> Self {
        let read = OnceLock::new();
        Self(Arc::new(Inner { kept, read }))
    }

    /// The keys; none if they are damaged.
    #[must_use]
    pub fn own(&self) -> Option<&Own> {
        let read = || Own::read(&self.0.kept);
        self.0.read.get_or_init(read).as_ref()
    }
}

impl Own {
    fn read(kept: &Pkcs8) -> Option<Self> {
        Some(Self {
            keys: Arc::new(DevelopmentKeys::read(kept).ok()?),
            certificate: Arc::new(Certificate::development(&kept.rsa).ok()?),
        })
    }

    /// The path under which the certificate is served.
    #[must_use]
    pub fn path(&self) -> String {
        development_path(&self.certificate.fingerprint())
    }

    /// The public half, as a provider's row takes a secret; none where no scheme takes one.
    pub(super) fn public(&self, row: &Row) -> Option<Secret> {
        let mut schemes = row.scheme.iter();
        let scheme =
            schemes.find(|own| own.certificate.is_none() && own.algorithm.is_asymmetric())?;
        let public = self.keys.public(scheme.algorithm)?;
        let form = &scheme.key;
        let text = format!("{}{}", form.prefix, form.encoding.encode(&public));
        Some(Secret::new(&row.id, LABEL, text))
    }

    /// The address of our own certificate, if that is the one that a request names, and its key.
    pub(super) fn named(&self, row: &Row, request: &Request<'_>) -> Option<CertifiedKey> {
        let mut named = row.scheme.iter().filter_map(|own| own.certificate.as_ref());
        let url = named.find_map(|at| at.read(request))?;
        let key = || self.keys.public(Algorithm::RsaSha256);
        let key = is_development(&url, &self.path()).then(key)??;
        Some(CertifiedKey::always(url, key))
    }
}
