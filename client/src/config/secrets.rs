//! Secrets shared with providers, and the developer's own keys: one file, 0600, and nothing else
//! ever holds them. Certificates of providers stand there too: they are no secret, but whoever
//! could change them would decide what is good.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookreel_shared::net::{Certificate, create_private_dir, is_exposed};
use hookreel_shared::provider::{Pkcs8, Secret};
use serde::{Deserialize, Serialize};

/// What a file of secrets holds.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// In the order they were set.
    pub secrets: Vec<Secret>,
    /// The developer's own keys, once they were asked for.
    pub development: Option<Pkcs8>,
    /// Certificates of providers, by the address they are at.
    pub certificates: Vec<(String, Certificate)>,
}

/// Why secrets cannot be read or kept. No message ever holds a part of the file.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is open to others.
    #[error("{path} holds secrets and can be read by other users; run: chmod 600 {path}")]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// The file is not what it should be.
    #[error("{path}, line {line}: {message}")]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Where; 1 is the first.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    secret: Vec<Entry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    development_keys: Option<Keys>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    certificate: Vec<Kept>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    url: String,
    pem: String,
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

/// PKCS #8 in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    ed25519: String,
    p256: String,
    rsa: String,
}

/// Reads the secrets; none if there is no file.
///
/// # Errors
/// [`SecretsError`].
pub fn load(path: &Path) -> Result<Secrets, SecretsError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Secrets::default()),
        Err(source) => return Err(at(path)(source)),
    };
    if is_exposed(path).map_err(at(path))? {
        let path = path.to_owned();
        return Err(SecretsError::Exposed { path });
    }
    let wrong = |line, message: &str| SecretsError::Wrong {
        path: path.to_owned(),
        line,
        message: message.to_owned(),
    };
    // The error as it displays itself shows the line, which may hold a secret; so may its
    // message where it quotes what it found.
    let written: Written = toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        wrong(
            line,
            "this is not a file of secrets as hookreel secret set writes it",
        )
    })?;
    let development = match written.development_keys {
        None => None,
        Some(keys) => {
            let read = |text: &String| STANDARD.decode(text).ok();
            let all = (read(&keys.ed25519), read(&keys.p256), read(&keys.rsa));
            let (Some(ed25519), Some(p256), Some(rsa)) = all else {
                return Err(wrong(1, "a development key is damaged"));
            };
            Some(Pkcs8 { ed25519, p256, rsa })
        }
    };
    let secrets = written.secret.into_iter().map(|entry| {
        let secret = Secret::new(&entry.provider, &entry.label, entry.secret);
        match &entry.name {
            Some(name) => secret.only_for(name),
            None => secret,
        }
    });
    let certificates = written.certificate.into_iter().map(|kept| {
        let read = Certificate::read(&kept.pem);
        let read = read.map_err(|error| wrong(1, &format!("{}: {error}", kept.url)))?;
        Ok((kept.url, read))
    });
    let certificates: Result<_, SecretsError> = certificates.collect();
    Ok(Secrets {
        secrets: secrets.collect(),
        development,
        certificates: certificates?,
    })
}

/// Keeps a certificate by its address; whether there was another one there.
///
/// # Errors
/// [`SecretsError`].
pub fn keep_certificate(path: &Path, url: &str, own: Certificate) -> Result<bool, SecretsError> {
    update(path, |all| {
        let before = all.certificates.len();
        all.certificates.retain(|(at, _)| at != url);
        let replaced = all.certificates.len() < before;
        all.certificates.push((url.to_owned(), own));
        replaced
    })
}

/// Changes the secrets: reads them, lets `change` change them, and writes them whole or not at
/// all. Two processes that do so at once do not lose each other's.
///
/// # Errors
/// [`SecretsError`]; the file is as it was then.
pub fn update<T>(path: &Path, change: impl FnOnce(&mut Secrets) -> T) -> Result<T, SecretsError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create_private_dir(folder).map_err(at(folder))?;
    let lock_file = folder.join(".credentials.lock");
    let mut open = fs::OpenOptions::new();
    open.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    let lock = open.open(&lock_file).map_err(at(&lock_file))?;
    lock.lock().map_err(at(&lock_file))?;
    let mut secrets = load(path)?;
    let result = change(&mut secrets);
    write(path, folder, &secrets).map_err(at(path))?;
    Ok(result)
}

fn write(path: &Path, folder: &Path, secrets: &Secrets) -> io::Result<()> {
    let entry = |secret: &Secret| Entry {
        provider: secret.provider.clone(),
        label: secret.label.clone(),
        name: secret.name.clone(),
        secret: secret.expose().to_owned(),
    };
    let keys = |keys: &Pkcs8| Keys {
        ed25519: STANDARD.encode(&keys.ed25519),
        p256: STANDARD.encode(&keys.p256),
        rsa: STANDARD.encode(&keys.rsa),
    };
    let written = Written {
        secret: secrets.secrets.iter().map(entry).collect(),
        development_keys: secrets.development.as_ref().map(keys),
        certificate: (secrets.certificates.iter())
            .map(|(url, own)| Kept {
                url: url.clone(),
                pem: own.pem(),
            })
            .collect(),
    };
    let text = toml::to_string(&written).map_err(io::Error::other)?;
    // Made with mode 0600, as temporary files are.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn at(path: &Path) -> impl Fn(io::Error) -> SecretsError + use<'_> {
    |source| SecretsError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "canary-7c1f";

    #[test]
    fn what_is_set_is_read_again_and_only_the_user_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/credentials.toml");
        assert!(load(&path).unwrap().secrets.is_empty());
        let own = Secret::new("stripe", "old \"one\"", "whsec_\\\n\u{e9}").only_for("shop");
        update(&path, |all| all.secrets.push(own)).unwrap();
        update(&path, |all| {
            all.secrets.push(Secret::new("github", "default", CANARY));
        })
        .unwrap();
        let all = load(&path).unwrap().secrets;
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].expose(), "whsec_\\\n\u{e9}");
        assert_eq!(
            (all[0].label.as_str(), all[0].name.as_deref()),
            ("old \"one\"", Some("shop"))
        );
        assert_eq!(all[1].expose(), CANARY);
        assert!(!format!("{all:?}").contains(CANARY));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            for file in [&path, &path.with_file_name(".credentials.lock")] {
                let mode = fs::metadata(file).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{}", file.display());
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_with_what_to_do() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        update(&path, |all| all.secrets.push(Secret::new("a", "b", CANARY))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn an_error_tells_the_line_and_nothing_of_what_stands_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        for line in [
            format!("secret = '{CANARY}"),
            format!("{CANARY} = 1"),
            format!("secret = {CANARY}"),
            format!("[[secret]]\nprovider = 'a'\nlabel = 'b'\nsecret = ['{CANARY}']"),
        ] {
            let mut file = tempfile::NamedTempFile::new_in(dir.path()).unwrap();
            write!(file, "\n{line}\n").unwrap();
            file.persist(&path).unwrap();
            let error = load(&path).unwrap_err();
            assert!(error.to_string().contains("line "), "{error}");
            assert!(!format!("{error} {error:?}").contains(CANARY), "{error:?}");
        }
    }

    #[test]
    fn several_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    let own = Secret::new("a", &number.to_string(), "s");
                    update(path, |all| all.secrets.push(own)).unwrap();
                });
            }
        });
        assert_eq!(load(&path).unwrap().secrets.len(), 8);
    }

    #[test]
    fn development_keys_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        let keys = Pkcs8 {
            ed25519: vec![1],
            p256: vec![2, 2],
            rsa: vec![3, 3, 3],
        };
        update(&path, |all| all.development = Some(keys)).unwrap();
        let read = load(&path).unwrap().development.unwrap();
        assert_eq!(
            (read.ed25519, read.p256, read.rsa),
            (vec![1], vec![2, 2], vec![3, 3, 3])
        );
    }
}
