//! Exchanges written to files, in the forms other tools read.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hookreel_shared::export::{self, ExportError, Secrets};
use hookreel_shared::model::Exchange;

/// A form to write in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Curl,
    Http,
    Httpie,
    Har,
    Raw,
    Json,
    Fixture,
}

impl Form {
    /// All, in the order of the menu.
    pub const ALL: [Self; 7] = [
        Self::Curl,
        Self::Http,
        Self::Httpie,
        Self::Har,
        Self::Raw,
        Self::Json,
        Self::Fixture,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Http => "http",
            Self::Httpie => "httpie",
            Self::Har => "har",
            Self::Raw => "raw",
            Self::Json => "json",
            Self::Fixture => "fixture",
        }
    }

    /// What it is.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Curl => "a command that sends the same bytes",
            Self::Http => "a .http file for editors",
            Self::Httpie => "a command for people",
            Self::Har => "HTTP Archive, secrets masked",
            Self::Raw => "the bytes of HTTP/1.1",
            Self::Json => "everything; reads back",
            Self::Fixture => "files for a test, secrets masked",
        }
    }

    /// Whether secrets are masked in it, as it is passed on to others. On the command line
    /// `--no-redact` keeps them.
    #[must_use]
    pub fn masks(self) -> bool {
        matches!(self, Self::Har | Self::Fixture)
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Curl | Self::Httpie => ".sh",
            Self::Http => ".http",
            Self::Har => ".har",
            Self::Raw => ".txt",
            Self::Json => ".json",
            Self::Fixture => "",
        }
    }

    fn bytes(self, exchanges: &[Exchange], base: &str) -> Result<Vec<u8>, ExportError> {
        let all: Vec<_> = exchanges.iter().map(|one| (one, base)).collect();
        let lines = |one: &dyn Fn(&Exchange) -> Result<String, ExportError>| {
            let lines = exchanges
                .iter()
                .map(|exchange| one(exchange).map(|line| line + "\n"));
            lines.collect::<Result<String, _>>().map(String::into_bytes)
        };
        match self {
            Self::Curl => lines(&|one| export::curl::write(one, base, export::curl::Body::Inline)),
            Self::Httpie => lines(&|one| export::httpie::write(one, base)),
            Self::Json => lines(&|one| Ok(export::json::write(one))),
            Self::Har => export::har::write(&all, Secrets::Masked).map(String::into_bytes),
            Self::Http => export::http::write(&all).map(String::into_bytes),
            Self::Raw | Self::Fixture => {
                let raw = exchanges.iter().map(export::raw::request);
                raw.collect::<Result<Vec<_>, _>>()
                    .map(|parts| parts.concat())
            }
        }
    }
}

/// Writes exchanges into a new file, or a new folder for fixtures; gives its path. Nothing that is
/// there is overwritten. Webhooks carry secrets: only their user can read it.
///
/// # Errors
/// Why not, for people.
pub fn write(
    exchanges: &[Exchange],
    form: Form,
    base: &str,
    file: Option<&Path>,
) -> Result<PathBuf, String> {
    let Some(first) = exchanges.first() else {
        return Err("there is nothing to export".into());
    };
    let stem = match exchanges.len() {
        1 => first.id().to_string(),
        count => format!("{count}-from-{}", first.id()),
    };
    let told = |path: &Path, error: &io::Error| format!("{}: {error}", path.display());
    if form != Form::Fixture {
        let bytes = form
            .bytes(exchanges, base)
            .map_err(|error| error.to_string())?;
        return fresh(file, &stem, form.extension(), |path| put(path, &bytes))
            .map_err(|(path, error)| told(&path, &error));
    }
    let mut folders = Vec::new();
    for exchange in exchanges {
        folders.push((
            exchange.id(),
            export::fixture::write(exchange, base, Secrets::Masked)
                .map_err(|error| error.to_string())?,
        ));
    }
    let many = folders.len() > 1;
    fresh(file, &stem, "", |folder| {
        make(folder)?;
        for (id, files) in &folders {
            let inner = if many {
                folder.join(id.to_string())
            } else {
                folder.to_owned()
            };
            if many {
                make(&inner)?;
            }
            for (name, bytes) in files {
                put(&inner.join(name), bytes)?;
            }
        }
        Ok(())
    })
    .map_err(|(path, error)| told(&path, &error))
}

/// Makes something at the path that was given, or else at the first free one of that name.
fn fresh(
    given: Option<&Path>,
    stem: &str,
    extension: &str,
    make: impl Fn(&Path) -> io::Result<()>,
) -> Result<PathBuf, (PathBuf, io::Error)> {
    let mut number = 1;
    loop {
        let path = match given {
            Some(path) => path.to_owned(),
            None if number == 1 => PathBuf::from(format!("{stem}{extension}")),
            None => PathBuf::from(format!("{stem}-{number}{extension}")),
        };
        match make(&path) {
            Ok(()) => return Ok(path),
            Err(error)
                if error.kind() == io::ErrorKind::AlreadyExists
                    && given.is_none()
                    && number < 100 =>
            {
                number += 1;
            }
            Err(error) => return Err((path, error)),
        }
    }
}

fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::exchange;

    #[test]
    fn every_form_writes_a_new_file_and_overwrites_none() {
        let folder = tempfile::tempdir().unwrap();
        let exchanges = [
            exchange(1, "POST", "/a", b"{}"),
            exchange(2, "POST", "/b", b"{}"),
        ];
        for form in Form::ALL {
            let path = folder.path().join(form.name());
            let written = write(&exchanges, form, "http://localhost:3000", Some(&path)).unwrap();
            assert!(written.exists(), "{form:?}");
            let again = write(&exchanges, form, "http://localhost:3000", Some(&path));
            assert!(again.unwrap_err().contains(form.name()), "{form:?}");
        }
        assert!(write(&[], Form::Json, "http://localhost", None).is_err());
    }

    #[test]
    fn what_is_passed_on_most_has_its_secrets_masked_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let body = br#"{"token":"hush"}"#;
        let exchanges = [exchange(1, "POST", "/a?access_token=hush", body)];
        for form in Form::ALL {
            let path = folder.path().join(form.name());
            write(&exchanges, form, "http://localhost:3000", Some(&path)).unwrap();
            let files = match path.is_dir() {
                true => std::fs::read_dir(&path)
                    .unwrap()
                    .map(|file| file.unwrap().path())
                    .collect(),
                false => vec![path],
            };
            let read = files
                .iter()
                .map(|file| std::fs::read_to_string(file).unwrap());
            let masked = !read.collect::<String>().contains("hush");
            assert_eq!(masked, form.masks(), "{form:?}");
            assert_eq!(masked, form.help().contains("masked"), "{form:?}");
        }
    }
}
