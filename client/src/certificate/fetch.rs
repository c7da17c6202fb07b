//! Fetches a certificate of PayPal's. Only because the user asks for it, only from where PayPal has
//! them, over TLS that the machine's authorities vouch for, and only if they vouch for the
//! certificate too. Redirects are not followed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::model::Timestamp;
use hookreel_shared::net::{Certificate, CertificateError, Trust, TrustError, crypto_provider};
use hookreel_shared::provider::certificate::{Elsewhere, is_paypals_host, may_be_fetched};
use http::{Request, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

/// All of it must be done within this.
const WITHIN: Duration = Duration::from_secs(15);

/// A chain of certificates is a few KiB.
const LONGEST: usize = 64 * 1024;

/// How PayPal is reached, and who vouches for it.
#[derive(Debug, Clone)]
pub struct Road {
    trust: Trust,
    /// Instead of asking a resolver.
    address: Option<SocketAddr>,
}

impl Default for Road {
    /// As the machine's resolver and its authorities say.
    fn default() -> Self {
        Self {
            trust: Trust::WebRoots,
            address: None,
        }
    }
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It would not be PayPal's.
    #[error(transparent)]
    Elsewhere(#[from] Elsewhere),
    /// There is no connection, or no secure one.
    #[error("{host} cannot be reached: {source}")]
    Unreached {
        /// Whom.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// It does not answer, or not as it should.
    #[error("{host} {why}")]
    NoAnswer {
        /// Who.
        host: String,
        /// What it does.
        why: String,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// What came is not a certificate, or not of PayPal.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// Fetches the certificate at an address; gives it with the host it is of.
///
/// # Errors
/// [`FetchError`]; [`FetchError::Elsewhere`] before anything is connected to.
pub async fn fetch(
    address: &str,
    road: &Road,
    now: Timestamp,
) -> Result<(Certificate, String), FetchError> {
    let url = may_be_fetched(address)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let silent = FetchError::NoAnswer {
        host: host.clone(),
        why: format!("does not answer within {} s", WITHIN.as_secs()),
    };
    let asking = tokio::time::timeout(WITHIN, ask(&url, &host, road));
    let body = asking.await.unwrap_or(Err(silent))?;
    let own = Certificate::read(&String::from_utf8_lossy(&body))?;
    let name = own.check(&road.trust, is_paypals_host, now)?;
    Ok((own, name))
}

async fn ask(url: &Url, host: &str, road: &Road) -> Result<Bytes, FetchError> {
    let unreached = |source| FetchError::Unreached {
        host: host.to_owned(),
        source,
    };
    let odd = |why: String| FetchError::NoAnswer {
        host: host.to_owned(),
        why,
    };
    let connector = connector(&road.trust).map_err(|error| odd(error.to_string()))?;
    let stream = match road.address {
        Some(address) => TcpStream::connect(address).await,
        None => TcpStream::connect((host, 443)).await,
    };
    let server = ServerName::try_from(host.to_owned()).map_err(io::Error::other);
    let server = server.map_err(unreached)?;
    let stream = connector.connect(server, stream.map_err(unreached)?).await;
    let shaken = http1::handshake(TokioIo::new(stream.map_err(unreached)?)).await;
    let (mut sender, connection) = shaken.map_err(|error| odd(error.to_string()))?;
    let request = Request::get(url.path())
        .header(header::HOST, host)
        .header(
            header::USER_AGENT,
            concat!("hookreel/", env!("CARGO_PKG_VERSION")),
        )
        .header(header::ACCEPT, "*/*")
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| odd(error.to_string()))?;
    let answering = async {
        let response = sender.send_request(request).await;
        let response = response.map_err(|error| odd(error.to_string()))?;
        if response.status() != http::StatusCode::OK {
            let status = response.status().as_u16();
            return Err(odd(format!("answers {status}, and gives no certificate")));
        }
        let body = Limited::new(response.into_body(), LONGEST).collect().await;
        let body = body.map_err(|error| odd(format!("breaks off: {error}")))?;
        Ok(body.to_bytes())
    };
    let driving = async {
        // What goes wrong is told to whoever waits for the answer.
        let _ = connection.await;
        std::future::pending().await
    };
    tokio::select! {
        answer = answering => answer,
        never = driving => never,
    }
}

fn connector(trust: &Trust) -> Result<TlsConnector, Box<dyn std::error::Error>> {
    let provider = crypto_provider();
    let verifier = trust.verifier(Arc::clone(&provider))?;
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hookreel_shared::net::wall_clock;
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_RSA_SHA256,
    };
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    const URL: &str = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42";

    /// Somebody who vouches for others, and is trusted.
    struct Authority(CertifiedIssuer<'static, KeyPair>);

    impl Authority {
        fn new() -> Self {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let key = KeyPair::generate().unwrap();
            Self(CertifiedIssuer::self_signed(params, key).unwrap())
        }

        fn vouch(&self, name: &str, key: &KeyPair) -> rcgen::Certificate {
            let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
            params.signed_by(key, &self.0).unwrap()
        }

        fn trust(&self) -> Trust {
            Trust::authorities(self.0.pem().as_bytes()).unwrap()
        }

        /// A certificate that messages are checked with.
        fn message(&self, name: &str) -> String {
            let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
            self.vouch(name, &key).pem()
        }

        /// A server of this name that gives one answer, and tells what it was asked.
        async fn serve(
            &self,
            name: &str,
            answer: String,
        ) -> (SocketAddr, tokio::task::JoinHandle<String>) {
            let key = KeyPair::generate().unwrap();
            let own = self.vouch(name, &key).der().clone();
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
            let config = rustls::ServerConfig::builder_with_provider(crypto_provider())
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![own], key)
                .unwrap();
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            let serving = async move {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return String::new();
                };
                let mut asked = vec![0; 4096];
                let count = stream.read(&mut asked).await.unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
                // Whoever asked may have gone.
                let _ = stream.shutdown().await;
                String::from_utf8_lossy(&asked[..count]).into_owned()
            };
            (address, tokio::spawn(serving))
        }

        async fn fetch(
            &self,
            name: &str,
            answer: String,
        ) -> Result<(Certificate, String), FetchError> {
            let (address, _serving) = self.serve(name, answer).await;
            let road = Road {
                trust: self.trust(),
                address: Some(address),
            };
            fetch(URL, &road, wall_clock()).await
        }
    }

    fn ok(body: &str) -> String {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    const HOST: &str = "api.sandbox.paypal.com";
    const SIGNER: &str = "messageverificationcerts.sandbox.paypal.com";

    #[tokio::test]
    async fn what_paypal_has_at_its_address_is_brought_here() {
        let authority = Authority::new();
        let pem = authority.message(SIGNER);
        let (address, serving) = authority.serve(HOST, ok(&pem)).await;
        let road = Road {
            trust: authority.trust(),
            address: Some(address),
        };
        let (own, name) = fetch(URL, &road, wall_clock()).await.unwrap();
        assert_eq!(own, Certificate::read(&pem).unwrap());
        assert_eq!(name, SIGNER);
        let asked = serving.await.unwrap();
        assert!(
            asked.starts_with("GET /v1/notifications/certs/CERT-360caa42 HTTP/1.1\r\n"),
            "{asked}"
        );
        assert!(
            asked.contains("\r\nhost: api.sandbox.paypal.com\r\n"),
            "{asked}"
        );
    }

    #[tokio::test]
    async fn who_only_says_that_they_are_paypal_is_not_listened_to() {
        let (authority, other) = (Authority::new(), Authority::new());
        let pem = authority.message(SIGNER);
        // Another name, and a name that nobody vouches for.
        let wrong = authority.fetch("evil.example", ok(&pem)).await.unwrap_err();
        assert!(matches!(wrong, FetchError::Unreached { .. }), "{wrong}");
        let (address, _serving) = other.serve(HOST, ok(&pem)).await;
        let road = Road {
            trust: authority.trust(),
            address: Some(address),
        };
        let wrong = fetch(URL, &road, wall_clock()).await.unwrap_err();
        assert!(matches!(wrong, FetchError::Unreached { .. }), "{wrong}");
    }

    #[tokio::test]
    async fn a_certificate_of_somebody_else_is_not_taken_even_from_there() {
        let (authority, other) = (Authority::new(), Authority::new());
        for pem in [authority.message("evil.example"), other.message(SIGNER)] {
            let wrong = authority.fetch(HOST, ok(&pem)).await.unwrap_err();
            assert!(matches!(wrong, FetchError::Certificate(_)), "{wrong}");
        }
    }

    #[tokio::test]
    async fn redirects_and_endless_answers_lead_nowhere() {
        let authority = Authority::new();
        let away = "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n".to_owned();
        let wrong = authority.fetch(HOST, away).await.unwrap_err();
        assert!(wrong.to_string().contains("answers 302"), "{wrong}");
        let endless = ok(&"x".repeat(LONGEST + 1));
        let wrong = authority.fetch(HOST, endless).await.unwrap_err();
        assert!(wrong.to_string().contains("breaks off"), "{wrong}");
    }

    #[tokio::test]
    async fn an_address_that_is_not_of_paypals_is_never_connected_to() {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let road = Road {
            trust: Trust::Any,
            address: Some(address),
        };
        for url in [
            format!("http://{address}/v1/notifications/certs/CERT-1"),
            format!("https://{address}/v1/notifications/certs/CERT-1"),
            "https://www.paypal.com/v1/notifications/certs/CERT-1".to_owned(),
        ] {
            let wrong = fetch(&url, &road, wall_clock()).await.unwrap_err();
            assert!(matches!(wrong, FetchError::Elsewhere(_)), "{wrong}");
        }
        let nobody = listener.accept().unwrap_err();
        assert_eq!(nobody.kind(), io::ErrorKind::WouldBlock);
    }
}
