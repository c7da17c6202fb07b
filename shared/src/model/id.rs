//! Identifiers: of exchanges, of names, of the clients that own names.

use std::fmt;
use std::str::FromStr;

use mti::prelude::TypeIdSuffix;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Identifies one exchange. A UUIDv7 inside, so ids sort by time; shown as a
/// [TypeID](https://github.com/jetify-com/typeid) with the prefix `req`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExchangeId(Uuid);

/// A text that is not an exchange id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an exchange id (expected req_ and 26 characters): {0:?}")]
pub struct IdError(String);

impl ExchangeId {
    const PREFIX: &'static str = "req_";

    /// Wraps a UUID, which should be a version 7 one for ids to sort by time.
    #[must_use]
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The UUID inside.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        self.0
    }

    /// Its 16 bytes, the highest first: their order is that of ids.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, TypeIdSuffix::from(self.0))
    }
}

impl fmt::Debug for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ExchangeId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix(Self::PREFIX)
            .and_then(|suffix| TypeIdSuffix::from_str(suffix).ok())
            .map(|suffix| Self(suffix.to_uuid()))
            .ok_or_else(|| IdError(text.to_owned()))
    }
}

/// What a sender addresses on a relay: one DNS label (RFC 1035 §2.3.1), in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot be a name: use 1 to 63 of a-z, 0-9 and '-', not starting or ending with '-'")]
pub struct NameError(String);

impl Name {
    /// Longest name, in bytes: a DNS label.
    pub const MAX_LEN: usize = 63;

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    /// Accepts upper case and lowers it, as host names ignore case.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let fits = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
        let good = (1..=Self::MAX_LEN).contains(&text.len())
            && text.bytes().all(fits)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if good {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(NameError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        name.0
    }
}

/// Lets maps that are keyed by names be searched by text.
impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whom a name belongs to: the SHA-256 of a client's public key (its
/// SubjectPublicKeyInfo, RFC 5280 §4.1.2.7). Also the form of a relay's pin.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Principal([u8; 32]);

/// A text that is not a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a fingerprint (expected sha256: and 64 hex digits): {0:?}")]
pub struct PrincipalError(String);

impl Principal {
    const PREFIX: &'static str = "sha256:";

    /// Wraps a SHA-256 digest.
    #[must_use]
    pub const fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest inside.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, hex::encode(self.0))
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Principal {
    type Err = PrincipalError;

    fn from_str(text: &str) -> Result<Self, PrincipalError> {
        let mut digest = [0; 32];
        text.strip_prefix(Self::PREFIX)
            .filter(|digits| hex::decode_to_slice(digits, &mut digest).is_ok())
            .map(|_| Self(digest))
            .ok_or_else(|| PrincipalError(text.to_owned()))
    }
}

impl TryFrom<String> for Principal {
    type Error = PrincipalError;

    fn try_from(text: String) -> Result<Self, PrincipalError> {
        text.parse()
    }
}

impl From<Principal> for String {
    fn from(principal: Principal) -> String {
        principal.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_id_is_a_typeid_and_reads_back() {
        // The TypeID specification's own example value.
        let uuid = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        let id = ExchangeId::from_uuid(uuid);
        assert_eq!(id.to_string(), "req_01h455vb4pex5vsknk084sn02q");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_text_that_is_no_exchange_id_is_refused() {
        for text in [
            "",
            "req_",
            "req_01h455vb4pex5vsknk084sn02",
            "evt_01h455vb4pex5vsknk084sn02q",
        ] {
            assert!(text.parse::<ExchangeId>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_dns_labels_in_lower_case() {
        assert_eq!(
            "Quiet-Otter-7".parse::<Name>().unwrap().as_str(),
            "quiet-otter-7"
        );
        for text in ["", "-a", "a-", "a.b", "a_b", "ä", &"a".repeat(64)] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_fingerprint_reads_back() {
        let principal = Principal::from_digest([7; 32]);
        assert_eq!(principal.to_string().parse(), Ok(principal));
        assert!("sha256:07".parse::<Principal>().is_err());
        assert!("07".repeat(32).parse::<Principal>().is_err());
    }
}
