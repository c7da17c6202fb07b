//! Keys of the developer's own, for providers whose signatures only they can make: the public
//! half is given to the local server instead of the provider's.

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};

use super::algorithm::Algorithm;

/// One key pair for each asymmetric algorithm.
pub struct DevelopmentKeys {
    ed25519: Ed25519KeyPair,
    p256: EcdsaKeyPair,
    rsa: RsaKeyPair,
}

/// The pairs as they are kept: PKCS #8 (RFC 5208) each.
#[derive(Clone)]
pub struct Pkcs8 {
    /// For Discord and Standard Webhooks `v1a`.
    pub ed25519: Vec<u8>,
    /// For SendGrid.
    pub p256: Vec<u8>,
    /// For PayPal.
    pub rsa: Vec<u8>,
}

impl fmt::Debug for Pkcs8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs8").finish_non_exhaustive()
    }
}

impl fmt::Debug for DevelopmentKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevelopmentKeys").finish_non_exhaustive()
    }
}

impl Pkcs8 {
    /// New pairs.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub fn generate(random: &SystemRandom) -> Result<Self, Unspecified> {
        let bytes = |document: aws_lc_rs::pkcs8::Document| document.as_ref().to_vec();
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048)?;
        Ok(Self {
            ed25519: bytes(Ed25519KeyPair::generate_pkcs8(random)?),
            p256: bytes(EcdsaKeyPair::generate_pkcs8(
                &ECDSA_P256_SHA256_ASN1_SIGNING,
                random,
            )?),
            rsa: rsa.as_der()?.as_ref().to_vec(),
        })
    }
}

impl DevelopmentKeys {
    /// The pairs as they are kept.
    ///
    /// # Errors
    /// If one of them is not what it should be.
    pub fn read(kept: &Pkcs8) -> Result<Self, KeyRejected> {
        Ok(Self {
            ed25519: Ed25519KeyPair::from_pkcs8(&kept.ed25519)?,
            p256: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &kept.p256)?,
            rsa: RsaKeyPair::from_pkcs8(&kept.rsa)?,
        })
    }

    /// A signature; none for algorithms that are not asymmetric.
    #[must_use]
    pub fn sign(&self, algorithm: Algorithm, signed: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match algorithm {
            Algorithm::Ed25519 => Some(self.ed25519.sign(signed).as_ref().to_vec()),
            Algorithm::EcdsaP256 => {
                let signature = self.p256.sign(&random, signed).ok()?;
                Some(signature.as_ref().to_vec())
            }
            Algorithm::RsaSha256 => {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                self.rsa
                    .sign(&RSA_PKCS1_SHA256, &random, signed, &mut signature)
                    .ok()?;
                Some(signature)
            }
            _ => None,
        }
    }

    /// The public half: the raw 32 bytes for Ed25519, a `SubjectPublicKeyInfo` in DER (RFC 5280)
    /// for the others; none for algorithms that are not asymmetric.
    #[must_use]
    pub fn public(&self, algorithm: Algorithm) -> Option<Vec<u8>> {
        match algorithm {
            Algorithm::Ed25519 => Some(self.ed25519.public_key().as_ref().to_vec()),
            Algorithm::EcdsaP256 => {
                let key = self.p256.public_key().as_der().ok()?;
                Some(key.as_ref().to_vec())
            }
            Algorithm::RsaSha256 => {
                let key = self.rsa.public_key().as_der().ok()?;
                Some(key.as_ref().to_vec())
            }
            _ => None,
        }
    }
}
