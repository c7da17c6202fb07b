//! A key of one's own: who a client is to the relay, and what a relay's pin pins.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::model::Principal;

/// A key pair (ECDSA P-256) and a self-signed certificate of it.
///
/// Only the key is kept on disk; the certificate is made anew each time. What others know it by
/// is the key's fingerprint, which therefore stays the same.
#[derive(Debug)]
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    principal: Principal,
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is open to others.
    #[error("{path} can be read by other users; run: chmod 600 {path}")]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// The file does not hold a private key.
    #[error(
        "{path} does not hold a private key in PEM form ({reason}); move it away to have a new one made"
    )]
    NotAKey {
        /// Which file.
        path: PathBuf,
        /// What the parser said.
        reason: String,
    },
    /// A key or certificate cannot be made.
    #[error("cannot make a key: {0}")]
    Make(#[from] rcgen::Error),
    /// A certificate that is not X.509.
    #[error("not a certificate: {0}")]
    NotACertificate(String),
}

impl Identity {
    /// A new key that lives only in memory. `names` are what the certificate is good for.
    ///
    /// # Errors
    /// [`IdentityError::Make`].
    pub fn generate(names: &[&str]) -> Result<Self, IdentityError> {
        Self::from_key(&KeyPair::generate()?, names)
    }

    /// The key kept in `path`; made and kept there (mode 0600) on first use.
    ///
    /// # Errors
    /// [`IdentityError`]; a file that is there is never overwritten.
    pub fn load_or_create(path: &Path, names: &[&str]) -> Result<Self, IdentityError> {
        let at = |source| IdentityError::File {
            path: path.to_owned(),
            source,
        };
        match fs::read_to_string(path) {
            Ok(pem) => Self::load(path, &pem, names),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = KeyPair::generate()?;
                if keep(path, &key.serialize_pem()).map_err(at)? {
                    Self::from_key(&key, names)
                } else {
                    // Another process was quicker; its key is the one.
                    let pem = fs::read_to_string(path).map_err(at)?;
                    Self::load(path, &pem, names)
                }
            }
            Err(error) => Err(at(error)),
        }
    }

    fn load(path: &Path, pem: &str, names: &[&str]) -> Result<Self, IdentityError> {
        if is_exposed(path).map_err(|source| IdentityError::File {
            path: path.to_owned(),
            source,
        })? {
            return Err(IdentityError::Exposed {
                path: path.to_owned(),
            });
        }
        let key = KeyPair::from_pem(pem).map_err(|error| IdentityError::NotAKey {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        Self::from_key(&key, names)
    }

    fn from_key(key: &KeyPair, names: &[&str]) -> Result<Self, IdentityError> {
        let mut params = CertificateParams::new(
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>(),
        )?;
        params
            .distinguished_name
            .push(DnType::CommonName, "hookreel");
        let certificate = params.self_signed(key)?.der().clone();
        let principal = fingerprint(&certificate)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(Self {
            certificate,
            key,
            principal,
        })
    }

    /// The certificate chain: one, self-signed.
    #[must_use]
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.clone()]
    }

    /// The private key, to be handed to a TLS configuration.
    #[must_use]
    pub fn key(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key()
    }

    /// The key's fingerprint.
    #[must_use]
    pub fn principal(&self) -> Principal {
        self.principal
    }
}

/// The fingerprint of a certificate's key: SHA-256 of its SubjectPublicKeyInfo, as in
/// RFC 7469 §2.4. It stays the same when a certificate is renewed with the same key.
///
/// # Errors
/// [`IdentityError::NotACertificate`].
pub fn fingerprint(certificate: &CertificateDer<'_>) -> Result<Principal, IdentityError> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate)
        .map_err(|error| IdentityError::NotACertificate(error.to_string()))?;
    let hash = digest(&SHA256, parsed.tbs_certificate.subject_pki.raw);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash.as_ref());
    Ok(Principal::from_digest(bytes))
}

/// A number that stands for some bytes: the same on every machine and in every version.
#[must_use]
pub fn stable_hash(bytes: &[u8]) -> u64 {
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .take(8)
        .fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

/// Writes a new file of mode 0600, whole or not at all. False if one is there already.
fn keep(path: &Path, content: &str) -> io::Result<bool> {
    if let Some(dir) = path.parent() {
        create_private_dir(dir)?;
    }
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let linked = options
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(content.as_bytes())?;
            file.sync_all()
        })
        // A hard link, unlike a rename, fails if the name is taken.
        .and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match linked.and(removed) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes a folder, and those above it, that only the user can look into; one that is there stays.
///
/// # Errors
/// What the file system says.
pub fn create_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Whether others than the user can read or write a file; never on systems without such modes.
///
/// # Errors
/// If the file cannot be looked at.
#[cfg(unix)]
pub fn is_exposed(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

/// Whether others than the user can read or write a file; never on systems without such modes.
///
/// # Errors
/// None here.
#[cfg(not(unix))]
pub fn is_exposed(_path: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_kept_on_disk_is_the_same_next_time_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/identity.pem");
        let first = Identity::load_or_create(&path, &["a.example"]).unwrap();
        let again = Identity::load_or_create(&path, &["b.example"]).unwrap();
        assert_eq!(first.principal(), again.principal());
        assert!(!is_exposed(&path).unwrap());
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "drafts are cleaned up"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity.pem");
        Identity::load_or_create(&path, &[]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = Identity::load_or_create(&path, &[])
            .unwrap_err()
            .to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_key_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity.pem");
        assert!(keep(&path, "not a key").unwrap());
        assert!(matches!(
            Identity::load_or_create(&path, &[]),
            Err(IdentityError::NotAKey { .. })
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), "not a key");
    }
}
