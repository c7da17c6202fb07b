//! How a provider signs, as data: where the signature stands, what it is over, which key.

use std::fmt;

use serde::Deserialize;

use super::algorithm::{Algorithm, Encoding};
use super::request::Request;
use super::signed::Signed;
use super::text::Source;

/// One way to sign.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scheme {
    /// What it is called: `sha256`, `v1`.
    pub name: String,
    /// How the signature comes about.
    pub algorithm: Algorithm,
    /// Where the signature stands.
    pub signature: Place,
    /// How it is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// What is signed; the body, if nothing is said.
    #[serde(default)]
    pub signed: Signed,
    /// How the secret becomes a key.
    #[serde(default)]
    pub key: KeyForm,
    /// When it was signed.
    #[serde(default)]
    pub time: Option<Time>,
    /// The id that is signed with it.
    #[serde(default)]
    pub id: Option<Place>,
    /// Seconds a signature is good for; none if its age does not matter.
    #[serde(default)]
    pub tolerance: Option<u64>,
    /// Whether a time further ahead than the tolerance is refused too.
    #[serde(default)]
    pub refuses_future: bool,
    /// Addresses with and without the usual port are the same.
    #[serde(default)]
    pub any_port: bool,
    /// Signed by this one only if it is asked for, or was there before.
    #[serde(default)]
    pub legacy: bool,
    /// A digest of the body that is part of what is signed, as the body itself is not.
    #[serde(default)]
    pub body_digest: Option<BodyDigest>,
    /// Where the address of the certificate stands whose key signs.
    #[serde(default)]
    pub certificate: Option<Source>,
    /// A secret that the provider uses for tests; never good, but worth a word.
    #[serde(default)]
    pub test_keys: Vec<String>,
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Place {
    /// Where to look: `header:NAME`, `query:NAME`, `form:NAME`, `$.path`.
    pub at: Source,
    /// It is a list of several, with this between them.
    #[serde(default)]
    pub split: Option<String>,
    /// Of a list of pairs `key=value`, those with this key.
    #[serde(default)]
    pub key: Option<String>,
    /// What stands before it.
    #[serde(default)]
    pub prefix: String,
}

/// When a request was signed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Time {
    /// Where to look.
    pub at: Source,
    /// It is a list of several, with this between them.
    #[serde(default)]
    pub split: Option<String>,
    /// Of a list of pairs, the one with this key.
    #[serde(default)]
    pub key: Option<String>,
    /// What it counts.
    #[serde(default)]
    pub unit: Unit,
}

/// What a time counts, since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Seconds.
    #[default]
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// A date and time in text (RFC 3339).
    Text,
}

/// How a secret becomes a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeyForm {
    /// How it is written.
    #[serde(default = "text")]
    pub encoding: Encoding,
    /// What stands before it, and is no part of the key.
    #[serde(default)]
    pub prefix: String,
}

fn text() -> Encoding {
    Encoding::Text
}

/// A digest of the body in the address.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BodyDigest {
    /// Where it stands: SHA-256, hexadecimal.
    pub at: Source,
}

impl KeyForm {
    /// The key of a secret; none if the secret is not written so.
    #[must_use]
    pub fn key(&self, secret: &str) -> Option<Vec<u8>> {
        let secret = secret.strip_prefix(&self.prefix).unwrap_or(secret);
        match self.encoding {
            Encoding::Text => Some(secret.as_bytes().to_vec()),
            encoding => encoding.decode(secret.trim()),
        }
    }
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.encoding {
            Encoding::Text => "text",
            Encoding::Hex => "hexadecimal",
            Encoding::Base64 => "base64",
        };
        match self.prefix.as_str() {
            "" => write!(f, "{how}"),
            prefix => write!(f, "{prefix} and {how}"),
        }
    }
}

impl Place {
    /// All values that stand there, in order. Those that are not written so are left out.
    #[must_use]
    pub fn read(&self, request: &Request<'_>) -> Vec<String> {
        values(
            &self.at,
            self.split.as_deref(),
            self.key.as_deref(),
            request,
        )
        .iter()
        .filter_map(|value| value.strip_prefix(&self.prefix))
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect()
    }

    /// Whether anything stands there, well written or not.
    #[must_use]
    pub fn is_there(&self, request: &Request<'_>) -> bool {
        self.at.read(request).is_some()
    }
}

impl Time {
    /// The time as it is written.
    #[must_use]
    pub fn read(&self, request: &Request<'_>) -> Option<String> {
        values(
            &self.at,
            self.split.as_deref(),
            self.key.as_deref(),
            request,
        )
        .into_iter()
        .next()
    }
}

impl Unit {
    /// Microseconds since 1970; none if it is no time.
    #[must_use]
    pub fn micros(self, text: &str) -> Option<i64> {
        match self {
            Self::Seconds => text.parse::<i64>().ok()?.checked_mul(1_000_000),
            Self::Milliseconds => text.parse::<i64>().ok()?.checked_mul(1_000),
            Self::Text => {
                let at: jiff::Timestamp = text.parse().ok()?;
                Some(at.as_microsecond())
            }
        }
    }

    /// A time as it is written.
    #[must_use]
    pub fn write(self, micros: i64) -> String {
        match self {
            Self::Seconds => micros.div_euclid(1_000_000).to_string(),
            Self::Milliseconds => micros.div_euclid(1_000).to_string(),
            Self::Text => {
                let seconds = micros.div_euclid(1_000_000);
                jiff::Timestamp::from_second(seconds)
                    .map_or_else(|_| String::new(), |at| at.to_string())
            }
        }
    }
}

fn values(
    at: &Source,
    split: Option<&str>,
    key: Option<&str>,
    request: &Request<'_>,
) -> Vec<String> {
    let whole: Vec<String> = match at {
        // A field may come more than once; each is a value.
        Source::Header(name) => request
            .all(name)
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect(),
        _ => at.read(request).into_iter().collect(),
    };
    let parts = whole.iter().flat_map(|whole| match split {
        Some(sign) => whole.split(sign).collect::<Vec<_>>(),
        None => vec![whole.as_str()],
    });
    parts
        .map(str::trim)
        .filter_map(|part| match key {
            None => Some(part),
            Some(key) => part.strip_prefix(key)?.strip_prefix('='),
        })
        .map(str::to_owned)
        .collect()
}
