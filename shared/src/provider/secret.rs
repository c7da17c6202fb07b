//! What is shared between a sender and the developer.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

/// A secret of a provider. Never printed: its `Debug` shows only whose it is.
#[derive(Clone)]
pub struct Secret {
    /// The id of the provider's row.
    pub provider: String,
    /// What the user calls it; verdicts name it so.
    pub label: String,
    /// The name it is for; none for all.
    pub name: Option<String>,
    text: SecretString,
}

impl Secret {
    /// A secret for all names.
    #[must_use]
    pub fn new(provider: &str, label: &str, text: impl Into<String>) -> Self {
        Self {
            provider: provider.to_owned(),
            label: label.to_owned(),
            name: None,
            text: SecretString::from(text.into()),
        }
    }

    /// The same, for one name only.
    #[must_use]
    pub fn only_for(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// The secret itself. Only for computing over it, and for writing it where secrets are kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("provider", &self.provider)
            .field("label", &self.label)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
