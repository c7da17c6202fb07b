//! Where the history lies: the database, and the files beside it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The files of one history. All of them are readable by their user alone: webhooks carry secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    folder: PathBuf,
}

impl Place {
    /// The history in this folder; nothing is made yet.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.join("history.db")
    }

    /// The logs of what passed, and bodies that are too large for them and for the database.
    #[must_use]
    pub fn bodies(&self) -> PathBuf {
        self.folder.join("bodies")
    }

    /// What was written and has not been copied into the database yet; there while it is open.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("history.db-wal")
    }

    /// When something was last written, by whatever process; none while nobody has it open, or where
    /// the file system does not tell.
    #[must_use]
    pub fn written(&self) -> Option<SystemTime> {
        std::fs::metadata(self.log())
            .and_then(|about| about.modified())
            .ok()
    }

    /// The copy that is made before the schema `version` is left behind.
    #[must_use]
    pub fn backup(&self, version: usize) -> PathBuf {
        self.folder.join(format!("history.v{version}.backup.db"))
    }

    /// Makes folders and an empty database, each only where it is missing.
    pub(super) fn make(&self) -> io::Result<()> {
        for folder in [&self.folder, &self.bodies()] {
            private_folder(folder).map_err(|error| at(folder, &error))?;
        }
        // One that is there is never opened here: on Unix, closing a file gives up all locks that
        // the process has on it, and SQLite's are what keeps other processes from taking the log
        // away under us. <https://sqlite.org/howtocorrupt.html> §2.2
        let database = self.database();
        match new_private_file(&database) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(at(&database, &error))
            }
            _ => Ok(()),
        }
    }

    /// Waits until no other process opens or migrates this history; holds for as long as the
    /// file that is returned.
    pub(super) fn lock(&self) -> io::Result<File> {
        let path = self.folder.join("history.lock");
        let file = private_file(&path).map_err(|error| at(&path, &error))?;
        file.lock()?;
        Ok(file)
    }
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file, which is made for its user alone if it is missing.
///
/// # Errors
/// Whatever the file system says.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a new file for its user alone.
///
/// # Errors
/// `AlreadyExists`, and whatever the file system says.
pub(super) fn new_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
