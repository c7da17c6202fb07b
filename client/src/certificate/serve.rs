//! The developer's own keys, with their certificate served on this machine, so that the address of
//! it in a request that was signed here leads somewhere.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::provider::{DevelopmentKeys, Row};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use crate::config::Own;

/// After a connection that could not be accepted, as where descriptors are used up: at once the next
/// would fail as well, over and over.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Requests that are answered at once; further ones wait.
const AT_ONCE: usize = 16;

/// A request's head must come within this.
const HEAD_WITHIN: Duration = Duration::from_secs(5);

/// The whole connection ends after this.
const OVER_WITHIN: Duration = Duration::from_secs(10);

/// The developer's own keys. The certificate is on loopback from when its address is first asked
/// for until the last of these is dropped; other machines have no way to it.
#[derive(Debug, Clone)]
pub struct Served(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    own: Own,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    url: String,
    _task: AbortOnDropHandle<()>,
}

impl Served {
    /// Nothing listens yet.
    #[must_use]
    pub fn new(own: &Own) -> Self {
        Self(Arc::new(Inner {
            own: own.clone(),
            running: Mutex::default(),
        }))
    }

    /// Whether these are the keys.
    #[must_use]
    pub fn is_of(&self, own: &Own) -> bool {
        self.0.own.certificate == own.certificate
    }

    /// What signs.
    #[must_use]
    pub fn keys(&self) -> &DevelopmentKeys {
        &self.0.own.keys
    }

    /// The address of the certificate, for a provider whose requests name one; else nothing. Must
    /// be called where tokio runs.
    ///
    /// # Errors
    /// If there is no port left on loopback.
    pub fn address_for(&self, row: &Row) -> io::Result<String> {
        let mut schemes = row.scheme.iter();
        match schemes.any(|scheme| scheme.certificate.is_some()) {
            true => self.url(),
            false => Ok(String::new()),
        }
    }

    fn url(&self) -> io::Result<String> {
        let mut running = self
            .0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.as_ref() {
            return Ok(running.url.clone());
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}{}", listener.local_addr()?, self.0.own.path());
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let page = Page {
            path: self.0.own.path().into(),
            pem: self.0.own.certificate.pem().into(),
        };
        let task = AbortOnDropHandle::new(tokio::spawn(accept(listener, page)));
        let url = running.insert(Running { url, _task: task }).url.clone();
        Ok(url)
    }
}

#[derive(Clone)]
struct Page {
    path: Arc<str>,
    pem: Bytes,
}

async fn accept(listener: tokio::net::TcpListener, page: Page) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let serving = serve(stream, page.clone());
                tokio::spawn(async move {
                    // One that does not end is no loss.
                    let _ = tokio::time::timeout(OVER_WITHIN, serving).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!("nobody can ask for the certificate now: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, page: Page) {
    let service = service_fn(move |request| {
        let answer = answer(&request, &page);
        async move { Ok::<_, Infallible>(answer) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = serving.await {
        tracing::debug!("who asked for the certificate has gone: {error}");
    }
}

fn answer(request: &Request<Incoming>, page: &Page) -> Response<Full<Bytes>> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_it = request.uri().path() == &*page.path;
    let (status, body) = match (is_it, is_read) {
        (true, true) => (StatusCode::OK, page.pem.clone()),
        (true, false) => (StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
        (false, _) => (StatusCode::NOT_FOUND, Bytes::new()),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("application/x-pem-file");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests {
    use hookreel_shared::net::Certificate;
    use hookreel_shared::provider::Pkcs8;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::config::Development;

    async fn get(address: &str, line: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("{line} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn the_certificate_is_there_while_it_is_served_and_nothing_else() {
        let kept = Pkcs8::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        let development = Development::new(kept);
        let own = development.own().unwrap();
        let served = Served::new(own);
        let url = served.url().unwrap();
        assert_eq!(served.clone().url().unwrap(), url, "one address for all");
        let address = url.strip_prefix("http://").unwrap();
        let (address, path) = address.split_at(address.find('/').unwrap());
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        let answer = get(address, &format!("GET {path}")).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert_eq!(Certificate::read(body).unwrap(), *own.certificate);
        let not = |answer: String, status: &str| assert!(answer.contains(status), "{answer}");
        not(get(address, "GET /").await, " 404 ");
        not(get(address, &format!("POST {path}")).await, " 405 ");
        drop(served);
        // The task goes when it is next looked at.
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
