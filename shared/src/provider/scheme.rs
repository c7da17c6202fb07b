//! How a provider signs, as data: where the signature stands, what it is over, which key.

use std::fmt;

use serde::Deserialize;

use super::algorithm::{Algorithm, Encoding};
use super::detect::Value;
use super::request::Request;
use super::signed::Signed;
use super::text::Source;
use super::urls;

/// What a scheme is called that has no name of its own: most are the only one of their provider.
fn only() -> String {
    "signature".to_owned()
}

/// One way to sign.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scheme {
    /// What it is called: `sha256`, `v1`.
    #[serde(default = "only")]
    pub name: String,
    /// How the signature comes about.
    pub algorithm: Algorithm,
    /// Where the signature stands.
    pub signature: Place,
    /// What else tells that it is this one, as in [`Value`]; signing writes it.
    #[serde(default)]
    pub with: Vec<Value>,
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
    /// Addresses with and without `%3A` and the like decoded are the same: see
    /// [`Scheme::other_urls`].
    #[serde(default)]
    pub any_escapes: bool,
    /// Checked only where no better one is there; never chosen for what was not signed by it before.
    #[serde(default)]
    pub legacy: bool,
    /// The provider sends it beside the best one: so does who signs in its place.
    #[serde(default)]
    pub beside: bool,
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
    /// What stands before a list as a whole.
    #[serde(default)]
    pub before: String,
    /// It is a list of several, with this between them.
    #[serde(default)]
    pub split: Option<String>,
    /// Of a list of pairs `key=value`, those with this key.
    #[serde(default)]
    pub key: Option<String>,
    /// What stands before each.
    #[serde(default)]
    pub prefix: String,
    /// Of what each must have one that fits: `$.items[*]`. None if one of all is enough.
    #[serde(default)]
    pub every: Option<Source>,
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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct KeyForm {
    /// How it is written.
    pub encoding: Encoding,
    /// What stands before it, and is no part of the key.
    pub prefix: String,
}

impl Default for KeyForm {
    /// The secret as it stands is the key.
    fn default() -> Self {
        Self {
            encoding: Encoding::Text,
            prefix: String::new(),
        }
    }
}

/// A digest of the body in the address.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BodyDigest {
    /// Where it stands: SHA-256, hexadecimal.
    pub at: Source,
}

/// Most signatures of one request that are looked at: each costs a comparison, and their number
/// is the sender's choice.
pub const MOST_SIGNATURES: usize = 32;

impl Scheme {
    /// Whether a request is signed by it, well or not.
    #[must_use]
    pub fn is_there(&self, request: &Request<'_>) -> bool {
        self.signature.at.read(request).is_some()
            && self.with.iter().all(|value| value.holds(request))
    }

    /// Why it cannot be used, if so.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        if self.signed.is_nothing() && self.algorithm != Algorithm::Token {
            return Some("signed is empty, so that one signature fits all; say {body} or more");
        }
        if self.signed.has_time() && self.time.is_none() {
            return Some(
                "{time} is signed, but time is not given: time = { at = \"header:NAME\" }",
            );
        }
        if self.signed.has_id() && self.id.is_none() {
            return Some("{id} is signed, but id is not given: id = { at = \"header:NAME\" }");
        }
        if self.algorithm == Algorithm::Sha256 && !self.signed.has_secret() {
            return Some(
                "sha256 is no proof without {secret} in what is signed; an HMAC is hmac-sha256",
            );
        }
        let time = self.time.as_ref().and_then(|time| time.split.as_deref());
        if [self.signature.split.as_deref(), time].contains(&Some("")) {
            return Some("split is what stands between several; without it there is one");
        }
        if self.signature.every.is_some() && self.algorithm.is_asymmetric() {
            return Some("every is for what can be compared: a token or an HMAC");
        }
        None
    }

    /// Other addresses that are the same to the provider.
    #[must_use]
    pub fn other_urls(&self, url: &[u8]) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        if self.any_port {
            found.extend(urls::other_ports(url));
        }
        if self.any_escapes {
            let decoded = urls::decoded(url, |byte| b":/?@!$'()*,;".contains(&byte));
            found.extend((decoded != url).then_some(decoded));
        }
        found
    }

    /// Whether the body takes part in it.
    #[must_use]
    pub fn needs_body(&self) -> bool {
        let in_body = matches!(self.signature.at, Source::Json(_) | Source::Form(_));
        in_body || self.algorithm != Algorithm::Token
    }
}

impl KeyForm {
    /// The key of a secret; none if the secret is not written so.
    #[must_use]
    pub fn key(&self, secret: &str) -> Option<Vec<u8>> {
        let key = match self.encoding {
            Encoding::Text => {
                let bare = secret.strip_prefix(&self.prefix).unwrap_or(secret);
                bare.as_bytes().to_vec()
            }
            encoding => {
                let bare = secret.trim();
                encoding.decode(bare.strip_prefix(&self.prefix).unwrap_or(bare))?
            }
        };
        (!key.is_empty()).then_some(key)
    }

    /// A key as the provider writes it: for public halves of development keys.
    #[must_use]
    pub fn write(&self, key: &[u8]) -> String {
        format!("{}{}", self.prefix, self.encoding.encode(key))
    }

    /// How well a secret looks like one of this form; less is better. None if it is not one.
    #[must_use]
    pub fn rank(&self, secret: &str) -> Option<u8> {
        self.key(secret)?;
        Some(match self.prefix.as_str() {
            "" => 1,
            prefix if secret.trim().starts_with(prefix) => 0,
            _ => 2,
        })
    }
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.encoding {
            Encoding::Text => "text",
            Encoding::Hex => "hexadecimal",
            Encoding::Base64 => "base64",
            Encoding::Base64Url => "base64url",
        };
        match self.prefix.as_str() {
            "" => write!(f, "{how}"),
            prefix => write!(f, "{how} behind {prefix}"),
        }
    }
}

impl Place {
    /// The values that stand there, in order, but no more than [`MOST_SIGNATURES`] where one is
    /// enough. Those that are not written so are left out.
    #[must_use]
    pub fn read(&self, request: &Request<'_>) -> Vec<String> {
        let list = List {
            at: &self.at,
            before: &self.before,
            split: self.split.as_deref(),
            key: self.key.as_deref(),
            most: match self.every {
                Some(_) => usize::MAX,
                None => MOST_SIGNATURES,
            },
        };
        list.values(request, |value| {
            let value = value.strip_prefix(&self.prefix)?;
            (!value.is_empty()).then(|| value.to_owned())
        })
    }

    /// Whether all that must have one have one; `count` is how many there are.
    #[must_use]
    pub fn is_everywhere(&self, request: &Request<'_>, count: usize) -> bool {
        let each = self.every.as_ref();
        each.is_none_or(|each| each.places(request) == count)
    }

    /// All that stands there, as it is written.
    #[must_use]
    pub fn raw(&self, request: &Request<'_>) -> Vec<String> {
        let list = List {
            at: &self.at,
            before: "",
            split: None,
            key: None,
            most: MOST_SIGNATURES,
        };
        list.values(request, |value| Some(value.to_owned()))
    }
}

impl Time {
    /// The time as it is written.
    #[must_use]
    pub fn read(&self, request: &Request<'_>) -> Option<String> {
        let list = List {
            at: &self.at,
            before: "",
            split: self.split.as_deref(),
            key: self.key.as_deref(),
            most: 1,
        };
        let values = list.values(request, |value| Some(value.to_owned()));
        values.into_iter().next()
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

struct List<'a> {
    at: &'a Source,
    before: &'a str,
    split: Option<&'a str>,
    key: Option<&'a str>,
    most: usize,
}

impl List<'_> {
    fn values(
        &self,
        request: &Request<'_>,
        mut wanted: impl FnMut(&str) -> Option<String>,
    ) -> Vec<String> {
        let mut found = Vec::new();
        for whole in self.at.all(request) {
            let Some(whole) = whole.strip_prefix(self.before) else {
                continue;
            };
            let parts: &mut dyn Iterator<Item = &str> = match self.split {
                // Blanks around the sign are for those who write.
                Some(sign) if !sign.trim().is_empty() => &mut whole.split(sign.trim()),
                Some(sign) => &mut whole.split(sign),
                None => &mut std::iter::once(whole),
            };
            for part in parts.map(str::trim) {
                if found.len() == self.most {
                    return found;
                }
                let value = match self.key {
                    None => Some(part),
                    Some(key) => (part.strip_prefix(key)).and_then(|rest| rest.strip_prefix('=')),
                };
                found.extend(value.and_then(&mut wanted));
            }
        }
        found
    }
}
