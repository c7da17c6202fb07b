//! Builds a relay and runs it. The same two calls serve the binary, tests, and a client with a
//! relay inside: [`build`] binds every address, [`App::run`] serves until told to stop.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread;

use hookreel_shared::model::Principal;
use hookreel_shared::net::{EndpointError, bind_udp, server_endpoint, wall_clock};
use serde::Serialize;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::certs::{CertError, Certificate};
use crate::config::{Config, ConfigError};
use crate::edge::{Edge, ListenError, Listener, Public, acceptor, bind_shared};
use crate::registry::{Keep, KeepError, Registry};
use crate::tunnel::{Tunnels, Urls};
use crate::{api, edge, tunnel};

/// Why a relay cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address cannot be had.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// There is no certificate.
    #[error(transparent)]
    Cert(#[from] CertError),
    /// Certificate and key cannot be used for TLS.
    #[error("the certificate and key cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// Names that were kept cannot be read.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The data directory cannot be made.
    #[error("--data cannot be made: {0}")]
    Data(io::Error),
}

/// Why a relay stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The system refuses threads, timers or sockets.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The tunnel's endpoint cannot be made.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

/// Where a relay can be reached. Serialized, it is what `serve --json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Addresses {
    /// The public listener without TLS, as a URL.
    pub http: Option<String>,
    /// The public listener with TLS, as a URL.
    pub https: Option<String>,
    /// Where clients connect.
    pub tunnel: SocketAddr,
    /// Health.
    pub admin: Option<SocketAddr>,
    /// What clients may pin.
    #[serde(serialize_with = "as_text")]
    pub pin: Principal,
}

fn as_text<S: serde::Serializer>(pin: &Principal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(pin)
}

/// A relay whose addresses are bound and which does not serve yet.
pub struct App {
    /// Where it can be reached.
    pub addresses: Addresses,
    config: Config,
    registry: Arc<Registry>,
    keep: Option<Keep>,
    certificate: Certificate,
    tls: Option<TlsAcceptor>,
    http: Vec<TcpListener>,
    https: Vec<TcpListener>,
    tunnel: UdpSocket,
    admin: Option<TcpListener>,
}

/// Checks the configuration and binds every address.
///
/// # Errors
/// [`BuildError`], which says what to change.
pub fn build(config: Config) -> Result<App, BuildError> {
    let config = config.check()?;
    if let Some(dir) = &config.data {
        std::fs::create_dir_all(dir).map_err(BuildError::Data)?;
    }
    let certificate = Certificate::load(&config.tls, &config.domain, config.data.as_deref())?;
    let tls = config.https.map(|_| acceptor(&certificate)).transpose()?;
    let registry = Arc::new(Registry::new(config.limits.lease, config.limits.names));
    let keep = config.data.as_deref().map(Keep::new);
    if let Some(keep) = &keep {
        keep.load(&registry)?;
        registry.prune(wall_clock());
    }
    let shared = |flag, addr: Option<SocketAddr>| {
        addr.map_or(Ok(Vec::new()), |addr| {
            bind_shared(flag, addr, config.threads)
        })
    };
    let http = shared("--http", config.http)?;
    let https = shared("--https", config.https)?;
    let admin = config.admin.map(|addr| bind_shared("--admin", addr, 1));
    let admin = admin.transpose()?.and_then(|mut one| one.pop());
    let unbound = |source| ListenError {
        flag: "--tunnel",
        addr: config.tunnel,
        source,
    };
    let tunnel = bind_udp(config.tunnel).map_err(unbound)?;
    let local =
        |listener: Option<&TcpListener>| listener.and_then(|listener| listener.local_addr().ok());
    let addresses = Addresses {
        http: local(http.first()).map(|addr| format!("http://{addr}")),
        https: local(https.first()).map(|addr| format!("https://{addr}")),
        tunnel: tunnel.local_addr().map_err(unbound)?,
        admin: local(admin.as_ref()),
        pin: certificate.pin,
    };
    Ok(App {
        addresses,
        config,
        registry,
        keep,
        certificate,
        tls,
        http,
        https,
        tunnel,
        admin,
    })
}

/// Every thread of a relay has a runtime of its own: a shared one costs a quarter more
/// processor time and more in latency.
fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

impl App {
    /// Serves until `shutdown`, then drains: no new connections, requests under way may finish,
    /// clients are told. Blocks; the calling thread is one of the relay's own.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn run(mut self, shutdown: &CancellationToken) -> Result<(), RunError> {
        let edge = Arc::new(Edge {
            registry: Arc::clone(&self.registry),
            limits: self.config.limits.clone(),
            public: Public {
                domain: self.config.domain.clone(),
                bare: self.config.bare,
            },
            tasks: TaskTracker::new(),
        });
        let (connections, end) = (edge.tasks.clone(), CancellationToken::new());
        let mut shares = self.shares();
        let mine = shares.pop().unwrap_or_default();
        let workers: Vec<_> = shares
            .into_iter()
            .map(|listeners| {
                let worker = Worker {
                    edge: Arc::clone(&edge),
                    listeners,
                };
                let (shutdown, end) = (shutdown.clone(), end.clone());
                thread::Builder::new()
                    .name("relay-edge".into())
                    .spawn(move || worker.run(&shutdown, &end))
            })
            .collect::<Result<_, _>>()?;
        let worker = Worker {
            edge,
            listeners: mine,
        };
        let result = runtime()?.block_on(self.main(worker, connections, shutdown, &end));
        // Whatever happened here, the other threads must not outlive it.
        shutdown.cancel();
        end.cancel();
        for worker in workers {
            match worker.join() {
                Ok(stopped) => stopped?,
                Err(_) => return Err(io::Error::other("a thread of the edge panicked").into()),
            }
        }
        result
    }

    /// The listeners of each thread.
    fn shares(&mut self) -> Vec<Vec<Listener>> {
        let mut shares: Vec<Vec<Listener>> = (0..self.config.threads).map(|_| Vec::new()).collect();
        for (share, socket) in shares.iter_mut().zip(self.http.drain(..)) {
            share.push(Listener { socket, tls: None });
        }
        for (share, socket) in shares.iter_mut().zip(self.https.drain(..)) {
            share.push(Listener {
                socket,
                tls: self.tls.clone(),
            });
        }
        shares
    }

    /// The thread that has the tunnel's endpoint, beside its share of the public listeners.
    async fn main(
        self,
        mut worker: Worker,
        connections: TaskTracker,
        shutdown: &CancellationToken,
        end: &CancellationToken,
    ) -> Result<(), RunError> {
        let endpoint = server_endpoint(
            self.tunnel,
            self.certificate.chain.clone(),
            self.certificate.key(),
        )?;
        let port = |listener: &Option<String>| {
            listener
                .as_ref()
                .and_then(|url| url.rsplit(':').next()?.parse().ok())
        };
        let (http, https) = (port(&self.addresses.http), port(&self.addresses.https));
        let admin_port = self.addresses.admin.map(|addr| addr.port());
        let sessions = TaskTracker::new();
        let tunnels = Tunnels {
            registry: Arc::clone(&self.registry),
            keep: self.keep.clone(),
            limits: self.config.limits.clone(),
            urls: Urls {
                domain: self.config.domain.clone(),
                https,
                http,
                bare: self.config.bare,
            },
            ports: [http, https, admin_port].into_iter().flatten().collect(),
            tasks: sessions.clone(),
            shutdown: shutdown.clone(),
            end: end.clone(),
        };
        let accepting = tokio::spawn(tunnel::serve(endpoint.clone(), tunnels));
        let admin_tasks = TaskTracker::new();
        if let Some(listener) = self.admin {
            tokio::spawn(api::serve(listener, admin_tasks.clone(), shutdown.clone()));
        }
        let served = worker.serve(shutdown).await;
        shutdown.cancel();
        let _ = accepting.await;
        // Clients that come now are refused at once instead of left waiting.
        endpoint.set_server_config(None);
        connections.close();
        if timeout(self.config.limits.drain, connections.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "{} connections are cut off after the drain",
                connections.len()
            );
        }
        end.cancel();
        sessions.close();
        sessions.wait().await;
        // The closing of tunnels must still leave the socket.
        let _ = timeout(self.config.limits.handshake_within, endpoint.wait_idle()).await;
        if let Some(keep) = &self.keep
            && let Err(error) = keep.save(&self.registry)
        {
            tracing::warn!("names are not kept: {error}");
        }
        Ok(served?)
    }
}

/// One thread's part of the public edge.
struct Worker {
    edge: Arc<Edge>,
    listeners: Vec<Listener>,
}

impl Worker {
    fn run(mut self, shutdown: &CancellationToken, end: &CancellationToken) -> io::Result<()> {
        runtime()?.block_on(async {
            self.serve(shutdown).await?;
            // Connections of this thread live on its runtime: it stays until all are done.
            end.cancelled().await;
            Ok(())
        })
    }

    async fn serve(&mut self, shutdown: &CancellationToken) -> io::Result<()> {
        let mut serving = tokio::task::JoinSet::new();
        // The sockets go along: they must close when accepting stops, or the kernel would go on
        // taking connections that nobody serves.
        for listener in std::mem::take(&mut self.listeners) {
            let edge = Arc::clone(&self.edge);
            serving.spawn(edge::serve(edge, listener, shutdown.clone()));
        }
        shutdown.cancelled().await;
        while let Some(served) = serving.join_next().await {
            served.map_err(io::Error::other)??;
        }
        Ok(())
    }
}
