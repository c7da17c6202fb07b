//! What a signature check found, and why.

use serde::{Deserialize, Serialize};

/// What a signature check found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The signature fits.
    Good,
    /// It does not.
    Bad {
        /// Why.
        reason: Reason,
        /// What would have fitted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        near: Vec<NearMiss>,
    },
    /// There is none.
    Unsigned,
    /// There is one, but no secret to check it with.
    NoSecret,
    /// It could not be checked.
    Unchecked {
        /// Why.
        because: Because,
    },
}

/// Why a signature is bad.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// Something that belongs to it is not there.
    Missing {
        /// Where it should be.
        what: String,
    },
    /// Something is not written as it should be.
    Unreadable {
        /// Where it stands.
        what: String,
    },
    /// It does not belong to these bytes and the secrets that were tried.
    Mismatch,
    /// No secret that is stored is written as the provider writes them.
    Secret {
        /// What the first of them is called.
        label: String,
        /// How it should be written.
        expected: String,
    },
    /// The body is not the one the address has a digest of.
    BodyDigest,
    /// It fits, but was made too long ago.
    TooOld {
        /// Seconds since.
        age: i64,
        /// Seconds allowed.
        tolerance: u64,
    },
    /// It fits, but is from the future.
    TooEarly {
        /// Seconds ahead.
        ahead: i64,
        /// Seconds allowed.
        tolerance: u64,
    },
}

/// Why a signature was not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// Nobody knows who sent it.
    UnknownProvider,
    /// The provider does not sign.
    NotSigned,
    /// Not all of the body was kept.
    BodyIncomplete,
    /// The provider's certificate is not at hand.
    NoCertificate,
}

/// A small difference with which the signature would have fitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "if", rename_all = "kebab-case")]
pub enum NearMiss {
    /// Another address.
    Url {
        /// Which.
        url: String,
        /// What is different, in words: `http`, `without port`.
        how: String,
    },
    /// Another body: something in between changed it.
    Body {
        /// What was done to it, in words.
        how: String,
    },
    /// Another of the stored secrets, of another provider or for another name.
    Secret {
        /// Whose: the id of a row.
        provider: String,
        /// What it is called.
        label: String,
        /// The name it is for; none for all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// The same secret, written another way.
    SecretForm {
        /// What is different, in words.
        how: String,
    },
    /// The right signature, written another way.
    Written {
        /// How, in words.
        how: String,
    },
    /// The same secret, but computed another way.
    Computed {
        /// How, in words.
        how: String,
    },
    /// A key that the provider uses for tests.
    TestKey,
}

/// A check: the verdict, and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The id of the provider's row, if it is known.
    pub provider: Option<String>,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The scheme that was checked.
    pub scheme: Option<String>,
    /// The secret that fitted, by label.
    pub secret: Option<String>,
    /// The secrets that were tried, by label.
    pub tried: Vec<String>,
    /// Names that secrets of this provider are stored for, where there is none for the name that
    /// was called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_for: Vec<String>,
    /// The signatures that came, as written.
    pub received: Vec<String>,
    /// The signature that would be right, as written: of the secret that fitted, or of the first.
    pub expected: Option<String>,
    /// The beginning of what is signed, and of how many bytes.
    pub signed: Option<Preview>,
    /// Seconds between the time in the signature and the moment it is judged for.
    pub age: Option<i64>,
}

/// The beginning of what is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Its first characters, as text. Comes from the sender: not to be shown as it is.
    pub text: String,
    /// Bytes in all.
    pub bytes: usize,
}

impl Preview {
    /// Characters that are shown.
    pub const SHOWN: usize = 160;
    /// Bytes of the shortest secret that is looked for in it.
    const SECRET: usize = 3;

    /// Secrets in it (old tokens stand in bodies) are starred out, unless they are so short that they
    /// are words like any other.
    pub(super) fn of<'s>(signed: &[u8], secrets: impl Iterator<Item = &'s str>) -> Self {
        // A secret must not be half in what is shown.
        let near = signed.get(..Self::SHOWN * 8).unwrap_or(signed);
        let mut text = String::from_utf8_lossy(near).into_owned();
        for secret in secrets.filter(|secret| secret.len() >= Self::SECRET) {
            text = text.replace(secret, &"*".repeat(secret.len()));
        }
        Self {
            text: text.chars().take(Self::SHOWN).collect(),
            bytes: signed.len(),
        }
    }
}

impl Reason {
    /// Whether it would be good at another time.
    #[must_use]
    pub fn is_age(&self) -> bool {
        matches!(self, Self::TooOld { .. } | Self::TooEarly { .. })
    }
}

impl Verdict {
    /// One word for lists and filters.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad { .. } => "bad",
            Self::Unsigned => "unsigned",
            Self::NoSecret => "no-secret",
            Self::Unchecked { .. } => "unchecked",
        }
    }
}

impl Report {
    /// A report on what could not be checked.
    #[must_use]
    pub fn unchecked(provider: Option<&str>, because: Because) -> Self {
        Self::bare(provider, Verdict::Unchecked { because })
    }

    pub(super) fn bad(self, reason: Reason) -> Self {
        let near = Vec::new();
        Self {
            verdict: Verdict::Bad { reason, near },
            ..self
        }
    }

    pub(super) fn bare(provider: Option<&str>, verdict: Verdict) -> Self {
        Self {
            provider: provider.map(str::to_owned),
            verdict,
            scheme: None,
            secret: None,
            tried: Vec::new(),
            only_for: Vec::new(),
            received: Vec::new(),
            expected: None,
            signed: None,
            age: None,
        }
    }
}
