//! Certificates that signatures of messages are checked with, and one of the developer's own.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime, pem::PemObject};
use x509_parser::oid_registry::OID_PKCS1_RSAENCRYPTION;
use x509_parser::prelude::{GeneralName, X509Certificate};

use super::trust::{Trust, TrustError, crypto_provider};
use crate::model::Timestamp;

/// Certificates in one file; the chain of a real one has three or four.
const MOST: usize = 8;

/// A certificate of an RSA key, and those between it and an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
    names: Vec<String>,
    from: Timestamp,
    until: Timestamp,
}

/// Why a certificate is of no use.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// There is none, or it cannot be read.
    #[error("this is not a certificate in PEM form (-----BEGIN CERTIFICATE-----)")]
    NotOne,
    /// What must stay with its owner stands beside it.
    #[error(
        "there is a private key beside the certificate: leave it out, only its owner may have it"
    )]
    PrivateKey,
    /// It is of a key of another kind.
    #[error("the certificate is not of an RSA key, as that of the provider is")]
    NotRsa,
    /// It cannot be made.
    #[error("a certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    /// Nobody is trusted.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// It names nobody who may sign.
    #[error("the certificate is of {0}, who is not the provider")]
    WrongName(String),
    /// No authority vouches for it.
    #[error("no authority that this machine trusts vouches for the certificate of {name}: {why}")]
    NoAuthority {
        /// Whose it says it is.
        name: String,
        /// What the check said.
        why: String,
    },
}

impl Certificate {
    /// Reads a file in PEM form: the certificate first, those that vouch for it behind it.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn read(pem: &str) -> Result<Self, CertificateError> {
        if pem.contains("PRIVATE KEY-----") {
            return Err(CertificateError::PrivateKey);
        }
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .take(MOST)
            .collect();
        Self::of(chain.map_err(|_| CertificateError::NotOne)?)
    }

    fn of(chain: Vec<CertificateDer<'static>>) -> Result<Self, CertificateError> {
        let first = chain.first().ok_or(CertificateError::NotOne)?;
        let (_, parsed) =
            x509_parser::parse_x509_certificate(first).map_err(|_| CertificateError::NotOne)?;
        let public = &parsed.tbs_certificate.subject_pki;
        if public.algorithm.algorithm != OID_PKCS1_RSAENCRYPTION {
            return Err(CertificateError::NotRsa);
        }
        let time = |seconds: i64| Timestamp::from_micros(seconds.saturating_mul(1_000_000));
        let validity = parsed.validity();
        Ok(Self {
            key: public.raw.to_vec(),
            names: names(&parsed),
            from: time(validity.not_before.timestamp()),
            until: time(validity.not_after.timestamp()),
            chain,
        })
    }

    /// A developer's own, of an RSA key in PKCS #8: the same each time, as nothing in it is left to
    /// chance. Nobody vouches for it.
    ///
    /// # Errors
    /// [`CertificateError::Make`] if it is not such a key.
    pub fn development(pkcs8: &[u8]) -> Result<Self, CertificateError> {
        let key = PrivatePkcs8KeyDer::from(pkcs8);
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_RSA_SHA256)?;
        let mut params = CertificateParams::new(Vec::new())?;
        let name = "hookreel development key";
        params.distinguished_name.push(DnType::CommonName, name);
        Self::of(vec![params.self_signed(&key)?.der().clone()])
    }

    /// All of it in PEM form.
    #[must_use]
    pub fn pem(&self) -> String {
        self.chain
            .iter()
            .map(|der| pem("CERTIFICATE", der))
            .collect()
    }

    /// The public key: a `SubjectPublicKeyInfo` in DER (RFC 5280).
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// What tells it apart from others: 16 digits of the digest of its key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = digest(&SHA256, &self.key);
        hex::encode(digest.as_ref().get(..8).unwrap_or_default())
    }

    /// From when it is good.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Until when it is good.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Checks that somebody who is trusted vouches for it now, and for a name that `is_theirs`;
    /// gives the name.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn check(
        &self,
        trust: &Trust,
        is_theirs: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> Result<String, CertificateError> {
        let Some(name) = self.names.iter().find(|name| is_theirs(name)) else {
            let names = self.names.join(", ");
            return Err(CertificateError::WrongName(match names.as_str() {
                "" => "nobody".to_owned(),
                names => names.to_owned(),
            }));
        };
        let failed = |why: String| CertificateError::NoAuthority {
            name: name.clone(),
            why,
        };
        let Some((own, between)) = self.chain.split_first() else {
            return Err(CertificateError::NotOne);
        };
        let server = ServerName::try_from(name.clone());
        let server = server.map_err(|error| failed(error.to_string()))?;
        let seconds = u64::try_from(now.as_micros() / 1_000_000).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let verifier = trust.verifier(Arc::clone(&crypto_provider()))?;
        verifier
            .verify_server_cert(own, between, &server, &[], now)
            .map_err(|error| failed(error.to_string()))?;
        Ok(name.clone())
    }
}

/// The hosts that a certificate names; the common name where it names none.
fn names(parsed: &X509Certificate<'_>) -> Vec<String> {
    let hosts = parsed.subject_alternative_name().ok().flatten();
    let hosts = hosts.iter().flat_map(|all| &all.value.general_names);
    let mut names: Vec<String> = hosts
        .filter_map(|name| match name {
            GeneralName::DNSName(host) => Some((*host).to_owned()),
            _ => None,
        })
        .collect();
    if names.is_empty() {
        let common = parsed.subject().iter_common_name();
        names.extend(common.filter_map(|name| Some(name.as_str().ok()?.to_owned())));
    }
    names
}

/// What a key or certificate is, as other programs read it (RFC 7468).
#[must_use]
pub fn pem(what: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let body: String = lines.map(|line| format!("{line}\n")).collect();
    format!("-----BEGIN {what}-----\n{body}-----END {what}-----\n")
}

#[cfg(test)]
mod tests {
    use super::super::identity::Identity;
    use super::*;
    use crate::provider::Pkcs8;

    /// A moment at which the certificates made here are good.
    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn rsa() -> KeyPair {
        KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap()
    }

    fn is_theirs(name: &str) -> bool {
        name.ends_with(".paypal.com")
    }

    /// An authority, and what it vouches for.
    fn vouched(name: &str) -> (Trust, Certificate) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Authority");
        let authority = rcgen::CertifiedIssuer::self_signed(params, rsa()).unwrap();
        let own = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let own = own.signed_by(&rsa(), &authority).unwrap();
        let trust = Trust::authorities(authority.pem().as_bytes()).unwrap();
        (trust, Certificate::read(&own.pem()).unwrap())
    }

    #[test]
    fn what_an_authority_vouches_for_is_good_for_the_right_name_alone() {
        let (trust, own) = vouched("messageverificationcerts.paypal.com");
        let name = own.check(&trust, is_theirs, NOW).unwrap();
        assert_eq!(name, "messageverificationcerts.paypal.com");
        let (other, _) = vouched("messageverificationcerts.paypal.com");
        let error = own.check(&other, is_theirs, NOW).unwrap_err();
        assert!(
            matches!(error, CertificateError::NoAuthority { .. }),
            "{error}"
        );
        let (trust, wrong) = vouched("paypal.com.evil.example");
        let error = wrong.check(&trust, is_theirs, NOW).unwrap_err();
        assert!(
            error.to_string().contains("paypal.com.evil.example"),
            "{error}"
        );
        let late = Timestamp::from_micros(i64::MAX / 2);
        assert!(own.check(&trust, is_theirs, late).is_err());
    }

    #[test]
    fn a_certificate_is_read_again_as_it_was_written() {
        let (_, own) = vouched("a.paypal.com");
        let pem = format!("a word before\n{}", own.pem());
        assert_eq!(Certificate::read(&pem).unwrap(), own);
        assert!((own.from()..=own.until()).contains(&NOW));
    }

    #[test]
    fn what_is_no_certificate_of_an_rsa_key_is_refused() {
        let elliptic = Identity::generate(&["a.paypal.com"]).unwrap();
        let elliptic = pem("CERTIFICATE", &elliptic.chain()[0]);
        let error = |text: &str| Certificate::read(text).unwrap_err().to_string();
        assert!(error(&elliptic).contains("RSA"));
        assert!(error("").contains("PEM"));
        assert!(error(&pem("CERTIFICATE", b"no")).contains("PEM"));
        let key = rsa().serialize_pem();
        assert!(error(&key).contains("private key"));
    }

    #[test]
    fn a_developers_own_is_the_same_each_time_and_nobody_vouches_for_it() {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let kept = Pkcs8::generate(&random).unwrap();
        let own = Certificate::development(&kept.rsa).unwrap();
        assert_eq!(Certificate::development(&kept.rsa).unwrap(), own);
        assert_eq!(own.fingerprint().len(), 16);
        assert!((own.from()..=own.until()).contains(&NOW));
        let keys = crate::provider::DevelopmentKeys::read(&kept).unwrap();
        let algorithm = crate::provider::algorithm::Algorithm::RsaSha256;
        assert_eq!(keys.public(algorithm).unwrap(), own.key());
        let (trust, _) = vouched("a.paypal.com");
        let error = own.check(&trust, |_| true, NOW).unwrap_err();
        assert!(
            matches!(error, CertificateError::NoAuthority { .. }),
            "{error}"
        );
    }
}
