//! A verdict in words.

use std::fmt;

use super::verdict::{Because, NearMiss, Reason, Verdict};

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => write!(f, "the signature is good"),
            Self::Bad { reason, near } => {
                write!(f, "the signature is bad: {reason}")?;
                near.iter().try_for_each(|near| write!(f, "; {near}"))
            }
            Self::Unsigned => write!(f, "there is no signature"),
            Self::NoSecret => write!(f, "there is a signature, but no secret to check it with"),
            Self::Unchecked { because } => write!(f, "the signature was not checked: {because}"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { what } => write!(f, "{what} is missing"),
            Self::Unreadable { what } => write!(f, "{what} is not written as it should be"),
            Self::Mismatch => write!(
                f,
                "it does not belong to this request and the secrets tried"
            ),
            Self::BodyDigest => write!(f, "the body is not the one whose digest is in the address"),
            Self::TooOld { age, tolerance } => {
                write!(
                    f,
                    "it fits, but is {age} s old, and {tolerance} s are allowed"
                )
            }
            Self::TooEarly { ahead, tolerance } => {
                write!(
                    f,
                    "it fits, but is {ahead} s ahead, and {tolerance} s are allowed"
                )
            }
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownProvider => "the sender is not known",
            Self::NotSigned => "this provider does not sign",
            Self::BodyIncomplete => "not all of the body was kept",
            Self::NoCertificate => "the provider's certificate is not at hand",
        })
    }
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url, how } => write!(f, "it matches if the address is {url} ({how})"),
            Self::Body { how } => {
                write!(
                    f,
                    "it matches if the body {how}: something before us changed it"
                )
            }
            Self::Secret { provider, label } => {
                write!(
                    f,
                    "it matches with another stored secret: {provider} {label}"
                )
            }
            Self::SecretForm { how } => write!(f, "it matches if the secret {how}"),
            Self::TestKey => write!(f, "it matches with the provider's own test key"),
        }
    }
}
