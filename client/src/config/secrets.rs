//! Secrets shared with providers: one file, 0600, and nothing else ever holds them.

use std::collections::BTreeMap;
use std::path::Path;

use hookreel_shared::provider::Secret;
use serde::{Deserialize, Serialize};

use super::layers::ConfigError;

/// What the file holds.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    secret: Vec<Entry>,
    /// Keys of the developer's own by algorithm: PKCS #8 in base64.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    development_keys: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    provider: String,
    label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    secret: String,
}

/// Reads the secrets; none if there is no file.
///
/// # Errors
/// [`ConfigError`] if the file cannot be read, can be read by other users, or is not what it
/// should be. The message never holds a part of the file.
pub fn load(path: &Path) -> Result<Vec<Secret>, ConfigError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(ConfigError::Read {
                path: path.to_owned(),
                source,
            });
        }
    };
    private(path)?;
    let wrong = |error: toml::de::Error| ConfigError::File {
        path: path.to_owned(),
        // The usual message shows the line, which may be a secret.
        message: match error.span() {
            Some(span) => format!("line {}: {}", line(&text, span.start), error.message()),
            None => error.message().to_owned(),
        },
    };
    let file: File = toml::from_str(&text).map_err(wrong)?;
    let secrets = file
        .secret
        .into_iter()
        .map(|entry| Secret::new(&entry.provider, &entry.label, entry.secret).only_for(entry.name));
    Ok(secrets.collect())
}

fn line(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.matches('\n').count() + 1
}

fn private(path: &Path) -> Result<(), ConfigError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let read = |source| ConfigError::Read {
            path: path.to_owned(),
            source,
        };
        let mode = std::fs::metadata(path).map_err(read)?.permissions().mode();
        if mode & 0o077 != 0 {
            let path = path.to_owned();
            let message = format!(
                "it holds secrets and can be read by other users; run: chmod 600 {}",
                path.display()
            );
            return Err(ConfigError::File { path, message });
        }
    }
    Ok(())
}
