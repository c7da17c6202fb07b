//! Whom to believe in a TLS handshake, both ways. The crypto provider is always passed
//! explicitly: a process-wide default panics where two libraries disagree about it.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};

use super::identity::fingerprint;
use crate::model::Principal;

/// Which certificate of a server is good.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The one with this key.
    Pin(Principal),
    /// One that these authorities have signed, for the right name.
    Authorities(Arc<RootCertStore>),
    /// One that the machine's own trust store accepts, for the right name.
    WebRoots,
    /// Any, as long as the server holds its key: for origins on this machine, whose certificates
    /// are self-signed more often than not, and where the user says so. Never for relays.
    Any,
}

/// Why trust cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// No certificate can be read there.
    #[error("no certificates in PEM form: {0}")]
    NoCertificates(String),
    /// The machine's trust store is of no use.
    #[error("the machine's trust store cannot be used: {0}")]
    WebRoots(String),
}

/// The one crypto provider: aws-lc-rs with AES-128-GCM first, the cheapest suite where the
/// processor helps.
#[must_use]
pub fn crypto_provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    let preferred = aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256;
    provider
        .cipher_suites
        .sort_by_key(|suite| *suite != preferred);
    Arc::new(provider)
}

impl Trust {
    /// Trust in the authorities of a PEM file's content.
    ///
    /// # Errors
    /// [`TrustError::NoCertificates`].
    pub fn authorities(pem: &[u8]) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate =
                certificate.map_err(|error| TrustError::NoCertificates(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| TrustError::NoCertificates(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(TrustError::NoCertificates(
                "the file is empty of them".into(),
            ));
        }
        Ok(Self::Authorities(Arc::new(roots)))
    }

    /// The verifier for a TLS client.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn verifier(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, TrustError> {
        match self {
            Self::Pin(pin) => Ok(Arc::new(KeyVerifier {
                pin: Some(*pin),
                provider,
            })),
            Self::Any => Ok(Arc::new(KeyVerifier {
                pin: None,
                provider,
            })),
            Self::Authorities(roots) => {
                rustls::client::WebPkiServerVerifier::builder_with_provider(
                    Arc::clone(roots),
                    provider,
                )
                .build()
                .map(|verifier| verifier as Arc<dyn ServerCertVerifier>)
                .map_err(|error| TrustError::NoCertificates(error.to_string()))
            }
            Self::WebRoots => rustls_platform_verifier::Verifier::new(provider)
                .map(|verifier| Arc::new(verifier) as Arc<dyn ServerCertVerifier>)
                .map_err(|error| TrustError::WebRoots(error.to_string())),
        }
    }
}

/// Accepts the one key, or any, whatever name or dates its certificate carries.
#[derive(Debug)]
struct KeyVerifier {
    pin: Option<Principal>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for KeyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match (fingerprint(end_entity), self.pin) {
            (Ok(found), Some(pin)) if found != pin => Err(Error::General(format!(
                "the relay's key is {found}, the pin says {pin}"
            ))),
            (Ok(_), _) => Ok(ServerCertVerified::assertion()),
            (Err(_), _) => Err(Error::InvalidCertificate(CertificateError::BadEncoding)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Accepts any client that proves to hold the key of the certificate it shows. Who that is, and
/// what it may do, is decided by the key's fingerprint later.
#[derive(Debug)]
pub(super) struct AnyClient(pub(super) Arc<CryptoProvider>);

impl ClientCertVerifier for AnyClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match fingerprint(end_entity) {
            Ok(_) => Ok(ClientCertVerified::assertion()),
            Err(_) => Err(Error::InvalidCertificate(CertificateError::BadEncoding)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::identity::Identity;
    use super::*;

    fn verify(trust: &Trust, identity: &Identity, name: &str) -> Result<ServerCertVerified, Error> {
        let verifier = trust.verifier(crypto_provider()).unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        verifier.verify_server_cert(&identity.chain()[0], &[], &name, &[], UnixTime::now())
    }

    #[test]
    fn a_pin_accepts_its_key_for_any_name_and_no_other_key() {
        let (relay, other) = (
            Identity::generate(&["relay.example"]).unwrap(),
            Identity::generate(&[]).unwrap(),
        );
        let trust = Trust::Pin(relay.principal());
        assert!(verify(&trust, &relay, "elsewhere.example").is_ok());
        let error = verify(&trust, &other, "relay.example")
            .unwrap_err()
            .to_string();
        assert!(error.contains(&relay.principal().to_string()), "{error}");
    }

    #[test]
    fn web_roots_do_not_accept_a_self_signed_relay() {
        let relay = Identity::generate(&["relay.example"]).unwrap();
        if let Ok(verifier) = Trust::WebRoots.verifier(crypto_provider()) {
            let name = ServerName::try_from("relay.example").unwrap();
            assert!(
                verifier
                    .verify_server_cert(&relay.chain()[0], &[], &name, &[], UnixTime::now())
                    .is_err()
            );
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        assert!(matches!(
            Trust::authorities(b"nothing"),
            Err(TrustError::NoCertificates(_))
        ));
    }

    #[test]
    fn the_provider_is_never_taken_from_the_process() {
        let _ = Trust::WebRoots.verifier(crypto_provider());
        assert!(CryptoProvider::get_default().is_none());
    }
}
