//! Exports as files: one, or a folder of them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hookreel_shared::export::curl;
use hookreel_shared::model::Exchange;

use super::{ExportFlags, Form, Rest};
use crate::error::{Exit, Failed};

impl ExportFlags {
    /// Writes the exchanges into a file or a folder, and tells which files that were: one fixture
    /// into the folder itself, several into folders of their own.
    ///
    /// # Errors
    /// If a form does not take an exchange, or a file cannot be written.
    pub(super) fn write_files(
        &self,
        exchanges: impl Iterator<Item = Result<Exchange, Failed>>,
        rest: &Rest,
        path: &Path,
    ) -> Result<Vec<PathBuf>, Failed> {
        let count = rest.count;
        let mut written = Vec::new();
        let apart = is_folder(path);
        if count > 1 && !apart && self.form == Form::Raw {
            return Err(Failed::usage(format!(
                "raw requests cannot stand in one file: write -O {}/ for a folder",
                path.display()
            )));
        }
        if count > 1 && !apart && self.form != Form::Fixture {
            let all: Vec<_> = exchanges.collect::<Result<_, _>>()?;
            put(path, &self.together(&all, rest)?, &mut written)?;
            return Ok(written);
        }
        if apart {
            make(path)?;
        }
        for exchange in exchanges {
            let exchange = exchange?;
            if self.form == Form::Fixture {
                if let Some(files) = rest.unless_left(self.fixture(&exchange))? {
                    let folder = match count {
                        1 => path.to_owned(),
                        _ => path.join(exchange.id().to_string()),
                    };
                    put_all(&folder, files, &mut written)?;
                }
                continue;
            }
            let Some(made) = rest.unless_left(self.one(&exchange))? else {
                continue;
            };
            let file = if apart {
                path.join(&made.name)
            } else {
                path.to_owned()
            };
            self.write(&file, &made.bytes, &exchange, &mut written)?;
        }
        Ok(written)
    }

    /// A command line stays readable if a body that is no text stands in a file beside it.
    fn write(
        &self,
        path: &Path,
        bytes: &[u8],
        exchange: &Exchange,
        written: &mut Vec<PathBuf>,
    ) -> Result<(), Failed> {
        let body = &exchange.request_body.kept;
        let is_text = std::str::from_utf8(body).is_ok_and(|text| !text.contains('\0'));
        if self.form != Form::Curl || is_text {
            return put(path, bytes, written);
        }
        let mut beside = path.with_extension("body");
        if beside == path {
            beside.add_extension("body");
        }
        let named = beside.to_string_lossy();
        let line = curl::write(exchange, &self.base(exchange), curl::Body::File(&named));
        let line = line.map_err(super::failed)? + "\n";
        put(path, line.as_bytes(), written)?;
        put(&beside, body, written)
    }
}

fn put_all(
    folder: &Path,
    files: Vec<(String, Vec<u8>)>,
    written: &mut Vec<PathBuf>,
) -> Result<(), Failed> {
    make(folder)?;
    for (name, bytes) in files {
        put(&folder.join(name), &bytes, written)?;
    }
    Ok(())
}

fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.to_string_lossy().ends_with(std::path::MAIN_SEPARATOR)
}

fn make(folder: &Path) -> Result<(), Failed> {
    fs::create_dir_all(folder).map_err(|error| at(folder, &error))
}

/// Writes a file that only its user may read: what came in may be secret.
fn put(path: &Path, bytes: &[u8], written: &mut Vec<PathBuf>) -> Result<(), Failed> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let result = options
        .open(path)
        .and_then(|mut file| file.write_all(bytes));
    result.map_err(|error| at(path, &error))?;
    written.push(path.to_owned());
    Ok(())
}

fn at(path: &Path, error: &io::Error) -> Failed {
    Failed::new(Exit::Runtime, format!("{}: {error}", path.display()))
}
