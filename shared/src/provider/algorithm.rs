//! Digests and signatures, all by aws-lc-rs. Nothing here knows a provider.

use aws_lc_rs::{constant_time, digest, hmac, signature};
use serde::{Deserialize, Serialize};

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};

/// How a signature comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// HMAC with SHA-1 (RFC 2104); old, but many still use it.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-512.
    HmacSha512,
    /// A plain SHA-256; the secret is part of what is hashed.
    Sha256,
    /// The secret itself, in clear.
    Token,
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ECDSA on P-256 with SHA-256, in DER (RFC 3279).
    EcdsaP256,
    /// RSA PKCS #1 v1.5 with SHA-256 (RFC 8017).
    RsaSha256,
}

/// How bytes of a signature are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Hexadecimal; written in lower case, read in any.
    #[default]
    Hex,
    /// Base64 (RFC 4648 §4), read with padding and without.
    Base64,
    /// Base64 for addresses (RFC 4648 §5), written without padding, read with and without.
    #[serde(rename = "base64url")]
    Base64Url,
    /// As it is.
    Text,
}

impl Algorithm {
    /// Whether sender and receiver hold different keys: only the sender can sign.
    #[must_use]
    pub fn is_asymmetric(self) -> bool {
        matches!(self, Self::Ed25519 | Self::EcdsaP256 | Self::RsaSha256)
    }

    /// The digest that belongs to a key and what is signed; none for asymmetric algorithms.
    #[must_use]
    pub fn digest(self, key: &[u8], signed: &[u8]) -> Option<Vec<u8>> {
        let hmac = |algorithm| {
            let key = hmac::Key::new(algorithm, key);
            hmac::sign(&key, signed).as_ref().to_vec()
        };
        match self {
            Self::HmacSha1 => Some(hmac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY)),
            Self::HmacSha256 => Some(hmac(hmac::HMAC_SHA256)),
            Self::HmacSha512 => Some(hmac(hmac::HMAC_SHA512)),
            Self::Sha256 => Some(digest::digest(&digest::SHA256, signed).as_ref().to_vec()),
            Self::Token => Some(key.to_vec()),
            Self::Ed25519 | Self::EcdsaP256 | Self::RsaSha256 => None,
        }
    }

    /// Tells of signatures whether they belong to a key and what is signed; takes the same time
    /// wherever they differ. What is signed is digested once, however many are asked about.
    pub fn checker<'a>(self, key: &'a [u8], signed: &'a [u8]) -> impl Fn(&[u8]) -> bool + use<'a> {
        let public: Option<&'static dyn signature::VerificationAlgorithm> = match self {
            Self::Ed25519 => Some(&signature::ED25519),
            Self::EcdsaP256 => Some(&signature::ECDSA_P256_SHA256_ASN1),
            Self::RsaSha256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
            _ => None,
        };
        let expected = self.digest(key, signed);
        move |received| match (public, &expected) {
            (Some(algorithm), _) => {
                let key = signature::UnparsedPublicKey::new(algorithm, key);
                key.verify(signed, received).is_ok()
            }
            (None, Some(expected)) => {
                constant_time::verify_slices_are_equal(expected, received).is_ok()
            }
            (None, None) => false,
        }
    }

    /// Whether a signature belongs to a key and what is signed.
    #[must_use]
    pub fn verify(self, key: &[u8], signed: &[u8], received: &[u8]) -> bool {
        self.checker(key, signed)(received)
    }
}

impl Encoding {
    /// Bytes as they are written.
    #[must_use]
    pub fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => general_purpose::STANDARD.encode(bytes),
            Self::Base64Url => general_purpose::URL_SAFE_NO_PAD.encode(bytes),
            Self::Text => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// The bytes of what is written; none if it is not written so.
    #[must_use]
    pub fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => hex::decode(text).ok(),
            Self::Base64 => LENIENT.decode(text).ok(),
            Self::Base64Url => URL_SAFE.decode(text).ok(),
            Self::Text => Some(text.as_bytes().to_vec()),
        }
    }
}

/// With padding or without, as senders differ.
const LENIENT: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, INDIFFERENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, INDIFFERENT);
const INDIFFERENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
