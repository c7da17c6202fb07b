//! Where the relay's certificates come from.

mod file;

use std::path::Path;

use hookreel_shared::model::Principal;
use hookreel_shared::net::{Identity, IdentityError, fingerprint};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Tls;

pub use file::FileError;

/// A certificate chain and its key, for the tunnel and the TLS listener.
#[derive(Debug)]
pub struct Certificate {
    /// The chain, leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's key.
    pub key: PrivateKeyDer<'static>,
    /// The key's fingerprint, which clients may pin.
    pub pin: Principal,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertError {
    /// Our own key cannot be made or read.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The files cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Certificate {
    /// The certificate that `tls` asks for. A key of our own is kept in `data`, if given, so
    /// that pins stay good after a restart.
    ///
    /// # Errors
    /// [`CertError`].
    pub fn load(tls: &Tls, domain: &str, data: Option<&Path>) -> Result<Self, CertError> {
        if let Tls::Files { cert, key } = tls {
            let (chain, key) = file::load(cert, key)?;
            let pin = fingerprint(&chain[0])?;
            return Ok(Self { chain, key, pin });
        }
        let wildcard = format!("*.{domain}");
        let names = [domain, &wildcard, "localhost", "*.localhost"];
        let identity = match data {
            Some(dir) => Identity::load_or_create(&dir.join("identity.pem"), &names)?,
            None => Identity::generate(&names)?,
        };
        Ok(Self {
            chain: identity.chain(),
            key: identity.key(),
            pin: identity.principal(),
        })
    }

    /// A copy of the key, which is on purpose not `Clone`.
    #[must_use]
    pub fn key(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key()
    }
}
