//! Where files are: the XDG places, on macOS too, or all below one directory.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The directories of a user's hookreel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Configuration.
    pub config: PathBuf,
    /// What must not be lost: the identity.
    pub data: PathBuf,
}

impl Places {
    /// The places of this user; `home` (`HOOKREEL_HOME`) moves all of them.
    ///
    /// # Errors
    /// If the user has no home directory.
    pub fn find(home: Option<PathBuf>) -> Result<Self, &'static str> {
        if let Some(home) = home {
            return Ok(Self {
                config: home.clone(),
                data: home,
            });
        }
        let base = etcetera::base_strategy::choose_base_strategy()
            .map_err(|_| "there is no home directory; set HOOKREEL_HOME to a directory to use")?;
        Ok(Self {
            config: base.config_dir().join("hookreel"),
            data: base.data_dir().join("hookreel"),
        })
    }

    /// The user's configuration.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The secrets shared with providers.
    #[must_use]
    pub fn credentials_file(&self) -> PathBuf {
        self.config.join("credentials.toml")
    }

    /// The key that names belong to.
    #[must_use]
    pub fn identity_file(&self) -> PathBuf {
        self.data.join("identity.pem")
    }

    /// The folder of the history.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.data.clone()
    }

    /// The project's configuration: `hookreel.toml`, looked for from `start` upward to the root
    /// of the repository, or in `start` alone outside of one.
    #[must_use]
    pub fn project_file(start: &Path) -> Option<PathBuf> {
        let root = start
            .ancestors()
            .find(|dir| dir.join(".git").exists())
            .unwrap_or(start);
        let found = start
            .ancestors()
            .map(|dir| dir.join("hookreel.toml"))
            .find(|file| file.is_file())?;
        found.starts_with(root).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_directory_can_hold_everything() {
        let places = Places::find(Some("/h".into())).unwrap();
        assert_eq!(places.config_file(), Path::new("/h/config.toml"));
        assert_eq!(places.identity_file(), Path::new("/h/identity.pem"));
    }

    #[test]
    fn a_projects_file_is_found_upward_but_not_above_the_repository() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("repo/a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(dir.path().join("hookreel.toml"), "").unwrap();
        std::fs::create_dir(dir.path().join("repo/.git")).unwrap();
        assert_eq!(Places::project_file(&deep), None);
        let file = dir.path().join("repo/hookreel.toml");
        std::fs::write(&file, "").unwrap();
        assert_eq!(Places::project_file(&deep), Some(file));
    }
}
