//! Layers of settings: a later one goes before an earlier one, key by key.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::settings::{DEFAULT_FILE, Kind, Settings};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Compiled in.
    Default,
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// The command line.
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is wrong. The message shows line and column.
    #[error("{path}:\n{message}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
    /// A value of the environment or of a flag is wrong.
    #[error("{from}: {message}")]
    Value {
        /// From where.
        from: Source,
        /// What is wrong.
        message: String,
    },
}

/// Settings, and the source of each.
#[derive(Debug, Default)]
pub struct Layers {
    table: Table,
    sources: BTreeMap<String, Source>,
}

impl Layers {
    /// The compiled-in defaults.
    #[must_use]
    pub fn defaults() -> Self {
        let mut layers = Self::default();
        // A test parses the compiled-in file.
        layers.put(DEFAULT_FILE.parse().unwrap_or_default(), &Source::Default);
        layers
    }

    /// Adds a file, if it is there.
    ///
    /// # Errors
    /// [`ConfigError`] with line and column.
    pub fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => self.add_text(path, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(ConfigError::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Adds a file that must be there.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn add_given_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let read = std::fs::read_to_string(path);
        let text = read.map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        self.add_text(path, &text)
    }

    fn add_text(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let wrong = |message: String| ConfigError::File {
            path: path.to_owned(),
            message,
        };
        toml::from_str::<Settings>(text).map_err(|error| wrong(error.to_string()))?;
        let table = text
            .parse()
            .map_err(|error: toml::de::Error| wrong(error.to_string()))?;
        self.put(table, &Source::File(path.to_owned()));
        Ok(())
    }

    /// Adds environment variables, as `look_up` gives them.
    ///
    /// # Errors
    /// [`ConfigError::Value`].
    pub fn add_environment(
        &mut self,
        look_up: impl Fn(&str) -> Option<String>,
    ) -> Result<(), ConfigError> {
        for &(variable, key, kind) in Settings::ENVIRONMENT {
            let Some(text) = look_up(variable).filter(|text| !text.is_empty()) else {
                continue;
            };
            let from = Source::Environment(variable);
            self.put_checked(
                Table::from_iter([(key.to_owned(), value(&text, kind))]),
                from,
            )?;
        }
        Ok(())
    }

    /// Adds what flags say.
    ///
    /// # Errors
    /// [`ConfigError::Value`].
    pub fn add_flags(&mut self, flags: &Settings) -> Result<(), ConfigError> {
        let from = Source::Flag;
        let table = Table::try_from(flags).map_err(|error| ConfigError::Value {
            from: from.clone(),
            message: error.to_string(),
        })?;
        self.put_checked(table, from)
    }

    fn put_checked(&mut self, table: Table, from: Source) -> Result<(), ConfigError> {
        match table.clone().try_into::<Settings>() {
            Ok(_) => {
                self.put(table, &from);
                Ok(())
            }
            Err(error) => Err(ConfigError::Value {
                from,
                message: error.message().to_owned(),
            }),
        }
    }

    /// Tables are merged, so that one header set by a flag leaves those of a file alone.
    fn put(&mut self, table: Table, from: &Source) {
        for (key, value) in table {
            match (self.table.get_mut(&key), value) {
                (Some(Value::Table(below)), Value::Table(above)) => {
                    for (inner, value) in above {
                        // Header names ignore case (RFC 9110 §5.1).
                        let inner = inner.to_ascii_lowercase();
                        self.sources.insert(format!("{key}.{inner}"), from.clone());
                        below.insert(inner, value);
                    }
                }
                (_, value) => {
                    self.sources.insert(key.clone(), from.clone());
                    self.table.insert(key, value);
                }
            }
        }
    }

    /// All layers together.
    ///
    /// # Errors
    /// None in practice: every layer was checked when it was added.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let merged = self.table.clone().try_into();
        merged.map_err(|error: toml::de::Error| ConfigError::Value {
            from: Source::Default,
            message: error.message().to_owned(),
        })
    }

    /// The keys that have no value: what is not in files either way is off, or found out.
    pub fn unset(&self) -> Vec<&'static str> {
        let all = Settings::ENVIRONMENT.iter().map(|(_, key, _)| *key);
        let all = all.chain(Settings::TABLES.iter().copied());
        all.filter(|key| match self.table.get(*key) {
            Some(Value::Table(inner)) => inner.is_empty(),
            value => value.is_none(),
        })
        .collect()
    }

    /// Every key that has a value, with the value as TOML and its source. Values of headers are
    /// not shown: they may be secret.
    pub fn shown(&self) -> Vec<(String, String, Source)> {
        let mut rows = Vec::new();
        for (key, value) in &self.table {
            match value {
                Value::Table(inner) => {
                    for (name, value) in inner {
                        let shown = match key.as_str() {
                            "headers" => "(set)".to_owned(),
                            _ => value.to_string(),
                        };
                        rows.push((format!("{key}.{name}"), shown));
                    }
                }
                value => rows.push((key.clone(), value.to_string())),
            }
        }
        rows.into_iter()
            .map(|(key, value)| (key.clone(), value, self.source(&key)))
            .collect()
    }

    /// Where the value of a key comes from; `table.key` for one of a table.
    #[must_use]
    pub fn source(&self, key: &str) -> Source {
        let table = key.split('.').next().unwrap_or_default();
        let found = [key, table]
            .into_iter()
            .find_map(|key| self.sources.get(key));
        found.cloned().unwrap_or(Source::Default)
    }
}

/// A value of the environment. What does not read as its kind stays text, and is then refused
/// with the kind that is wanted.
fn value(text: &str, kind: Kind) -> Value {
    let read = match (kind, text) {
        (Kind::Truth, "true" | "1") => Some(Value::Boolean(true)),
        (Kind::Truth, "false" | "0") => Some(Value::Boolean(false)),
        (Kind::Number, text) => text.parse().ok().map(Value::Integer),
        _ => None,
    };
    read.unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(
        file: &str,
        environment: &[(&str, &str)],
        flags: &Settings,
    ) -> Result<Layers, ConfigError> {
        let mut layers = Layers::defaults();
        layers.add_text(Path::new("config.toml"), file)?;
        let find = |name: &str| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        layers.add_environment(find)?;
        layers.add_flags(flags)?;
        Ok(layers)
    }

    #[test]
    fn the_compiled_in_defaults_are_valid_and_complete() {
        let settings: Settings = toml::from_str(DEFAULT_FILE).unwrap();
        assert_eq!(settings.origin_timeout, Some(30));
        for (_, key, _) in Settings::ENVIRONMENT {
            assert!(
                DEFAULT_FILE.contains(&format!("{key} = ")),
                "{key} is not documented"
            );
        }
        let table = hookreel_shared::provider::Table::builtin().unwrap();
        for which in table.rows().flat_map(|row| &row.handshake) {
            let word = serde_json::to_value(which).unwrap();
            let line = format!("# {} = ", word.as_str().unwrap());
            assert!(DEFAULT_FILE.contains(&line), "{line} is not documented");
        }
    }

    #[test]
    fn flags_go_before_environment_before_file_before_default() {
        let flags = Settings {
            relay: Some("flag".into()),
            ..Settings::default()
        };
        let environment = [
            ("HOOKREEL_RELAY", "env"),
            ("HOOKREEL_NAME", "env"),
            ("HOOKREEL_DRAIN", "7"),
        ];
        let layers = layers(
            "relay = 'file'\nname = 'file'\npath = '/file'\n",
            &environment,
            &flags,
        )
        .unwrap();
        let settings = layers.settings().unwrap();
        assert_eq!(settings.relay.as_deref(), Some("flag"));
        assert_eq!(settings.name.as_deref(), Some("env"));
        assert_eq!(settings.path.as_deref(), Some("/file"));
        assert_eq!(settings.drain, Some(7));
        let sources: Vec<_> = layers
            .shown()
            .into_iter()
            .map(|(key, _, source)| format!("{key}: {source}"))
            .collect();
        for expected in [
            "relay: flag",
            "name: HOOKREEL_NAME",
            "path: config.toml",
            "origin-timeout: default",
        ] {
            assert!(
                sources.iter().any(|row| row == expected),
                "{expected} not in {sources:?}"
            );
        }
    }

    #[test]
    fn headers_of_several_layers_come_together_and_are_not_shown() {
        let flags = Settings {
            headers: [("B".into(), "hush".into())].into(),
            ..Settings::default()
        };
        let layers = layers("[headers]\nA = 'hush'\n", &[], &flags).unwrap();
        assert_eq!(layers.settings().unwrap().headers.len(), 2);
        assert!(!format!("{:?}", layers.shown()).contains("hush"));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = layers("relay = 'a'\nrelai = 'b'\n", &[], &Settings::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("config.toml") && error.contains("line 2") && error.contains("relai"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_value_of_the_environment_is_refused_with_the_variables_name() {
        let error = layers("", &[("HOOKREEL_OUTPUT", "loud")], &Settings::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("HOOKREEL_OUTPUT") && error.contains("compact"),
            "{error}"
        );
    }
}
