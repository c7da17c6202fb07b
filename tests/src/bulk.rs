//! An origin for bulk: it echoes, hashes, counts, and waits where told to.
//!
//! | path | what |
//! |---|---|
//! | `/echo` | the request's body back, as it comes |
//! | `/hash` | length and SHA-256 of the request's body |
//! | `/made/N`, `/made-chunked/N` | a made-up body of N bytes |
//! | `/held` | answers once released |
//! | any other | `ok` |

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::http::{MadeUp, hash};

type Answer = Response<BoxBody<Bytes, hyper::Error>>;

#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    connections: AtomicU64,
    held: AtomicU64,
}

/// An origin for bulk.
#[derive(Debug)]
pub struct Bulk {
    /// Where it listens.
    pub addr: SocketAddr,
    counters: Arc<Counters>,
    release: Arc<Semaphore>,
    task: JoinHandle<()>,
}

impl Bulk {
    /// On a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (counters, release) = (Arc::<Counters>::default(), Arc::new(Semaphore::new(0)));
        let (counting, releasing) = (Arc::clone(&counters), Arc::clone(&release));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                counting.connections.fetch_add(1, Ordering::Relaxed);
                let _ = stream.set_nodelay(true);
                let (counters, release) = (Arc::clone(&counting), Arc::clone(&releasing));
                let service = service_fn(move |request| {
                    answer(request, Arc::clone(&counters), Arc::clone(&release))
                });
                let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                connections.spawn(serving);
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            addr,
            counters,
            release,
            task,
        }
    }

    /// How many requests have come.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.counters.requests.load(Ordering::Relaxed)
    }

    /// How many connections have come.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.counters.connections.load(Ordering::Relaxed)
    }

    /// How many requests are held now.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.counters.held.load(Ordering::Relaxed)
    }

    /// Lets so many of those held go on.
    pub fn release(&self, count: usize) {
        self.release.add_permits(count);
    }
}

impl Drop for Bulk {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    request: Request<Incoming>,
    counters: Arc<Counters>,
    release: Arc<Semaphore>,
) -> Result<Answer, Infallible> {
    counters.requests.fetch_add(1, Ordering::Relaxed);
    let path = request.uri().path().to_owned();
    let made = |length: &str, sized| {
        let body = MadeUp::new(length.parse().unwrap_or_default(), sized);
        Response::new(body.map_err(|never| match never {}).boxed())
    };
    Ok(match path.rsplit_once('/') {
        Some(("/made", length)) => made(length, true),
        Some(("/made-chunked", length)) => made(length, false),
        _ if path == "/echo" => Response::new(request.into_body().boxed()),
        _ if path == "/hash" => match hash(request.into_body()).await {
            Ok((length, hash)) => text(format!("{length} {hash}")),
            Err(_) => text("broken"),
        },
        _ if path == "/held" => {
            let held = Held::new(&counters);
            if let Ok(permit) = release.acquire().await {
                permit.forget();
            }
            drop(held);
            text("released")
        }
        _ => text("ok"),
    })
}

fn text(text: impl Into<Bytes>) -> Answer {
    Response::new(
        Full::from(text.into())
            .map_err(|never| match never {})
            .boxed(),
    )
}

/// Counts a request as held, also if it is given up.
struct Held<'a>(&'a Counters);

impl<'a> Held<'a> {
    fn new(counters: &'a Counters) -> Self {
        counters.held.fetch_add(1, Ordering::Relaxed);
        Self(counters)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::Relaxed);
    }
}
