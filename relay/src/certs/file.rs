//! Certificates from PEM files.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why PEM files cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct FileError {
    path: PathBuf,
    reason: String,
}

type ChainAndKey = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Reads a chain, leaf first, and its key.
pub(super) fn load(cert: &Path, key: &Path) -> Result<ChainAndKey, FileError> {
    let at = |path: &Path, reason: String| FileError {
        path: path.to_owned(),
        reason,
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|error| at(cert, error.to_string()))?;
    if chain.is_empty() {
        return Err(at(cert, "no certificate in PEM form".into()));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| at(key, error.to_string()))?;
    Ok((chain, key))
}
