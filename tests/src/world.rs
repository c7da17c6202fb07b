//! A relay on threads of its own, and clients of it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use hookreel::config::secrets;
use hookreel::tunnel::RelayAddress;
use hookreel_relay::app::{Addresses, RunError};
use hookreel_relay::config::{Config, Tls};
use hookreel_shared::net::{Identity, Trust};
use hookreel_shared::provider::Secret;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::client::{Client, Plan};
use crate::message::Message;
use crate::origin::Origin;
use crate::parts::credentials;
use crate::until::within;
use crate::watch;
use crate::wire::Wire;

/// Names are labels below this.
pub const DOMAIN: &str = "hooks.test";

/// A running relay.
#[derive(Debug)]
pub struct Relay {
    /// Where it can be reached.
    pub addresses: Addresses,
    shutdown: CancellationToken,
    done: Option<oneshot::Receiver<Result<(), RunError>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Relay {
    /// Builds and runs one.
    ///
    /// # Panics
    /// If it cannot be built.
    #[must_use]
    pub fn start(config: Config) -> Self {
        watch::begin();
        let app = hookreel_relay::app::build(config).expect("the relay can be built");
        let (addresses, shutdown) = (app.addresses.clone(), CancellationToken::new());
        let (tell, done) = oneshot::channel();
        let stop = shutdown.clone();
        let thread = thread::Builder::new().name("relay".into()).spawn(move || {
            let _ = tell.send(app.run(&stop));
        });
        let thread = Some(thread.expect("a thread"));
        Self {
            addresses,
            shutdown,
            done: Some(done),
            thread,
        }
    }

    /// Begins the shutdown and does not wait for its end.
    pub fn stop(&self) {
        self.shutdown.cancel();
    }

    /// Shuts down, and waits for the end.
    ///
    /// # Panics
    /// If the end does not come, or is not a good one.
    pub async fn end(mut self) {
        self.stop();
        let done = self.done.take().expect("ended once");
        let result = within("the relay to end", done).await;
        result
            .expect("the relay did not panic")
            .expect("the relay ends well");
    }

    /// The public address without TLS.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        address(self.addresses.http.as_deref())
    }

    /// The public address with TLS.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn https(&self) -> SocketAddr {
        address(self.addresses.https.as_deref())
    }

    /// A new raw connection to the public address.
    ///
    /// # Panics
    /// If it is not to be had.
    pub async fn sender(&self) -> Wire {
        Wire::connect(self.http()).await
    }

    /// Where and whom clients are to connect to; `via` a network in between, if any.
    #[must_use]
    pub fn remote(&self, via: Option<SocketAddr>) -> hookreel::app::Relay {
        let tunnel = via.unwrap_or(self.addresses.tunnel);
        hookreel::app::Relay::Remote {
            address: RelayAddress {
                host: tunnel.ip().to_string(),
                port: tunnel.port(),
            },
            trust: Trust::Pin(self.addresses.pin),
        }
    }
}

fn address(url: Option<&str>) -> SocketAddr {
    let (_, address) = url
        .and_then(|url| url.split_once("://"))
        .expect("there is such a listener");
    address.parse().expect("an address")
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shutdown.cancel();
        if let Some(thread) = self.thread.take().filter(|_| !thread::panicking()) {
            let _ = thread.join();
        }
    }
}

/// A relay, what its clients need, and a place for files.
#[derive(Debug)]
pub struct World {
    relay: Option<Relay>,
    config: Config,
    dir: TempDir,
}

impl World {
    /// With a relay of the usual settings.
    ///
    /// # Panics
    /// If it cannot be built.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// With a relay whose settings `change` changes.
    ///
    /// # Panics
    /// If it cannot be built.
    #[must_use]
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::loopback(DOMAIN);
        // What a test leaves open must not hold up its end.
        config.limits.drain = Duration::from_secs(1);
        change(&mut config);
        let relay = Some(Relay::start(config.clone()));
        let dir = tempfile::tempdir().expect("a temporary directory");
        Self { relay, config, dir }
    }

    /// With a TLS listener of a self-signed certificate.
    ///
    /// # Panics
    /// If it cannot be built.
    #[must_use]
    pub fn with_tls() -> Self {
        Self::with(|config| {
            config.https = config.http;
            config.tls = Tls::SelfSigned;
        })
    }

    /// With a relay that keeps its key and names on disk, and can be restarted.
    ///
    /// # Panics
    /// If it cannot be built.
    #[must_use]
    pub fn kept() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut world = Self::with(|config| config.data = Some(dir.path().join("relay")));
        world.dir = dir;
        world
    }

    /// The relay.
    ///
    /// # Panics
    /// If it was taken away.
    #[must_use]
    pub fn relay(&self) -> &Relay {
        self.relay.as_ref().expect("there is a relay")
    }

    /// Shuts the relay down.
    ///
    /// # Panics
    /// If that does not go well.
    pub async fn stop_relay(&mut self) {
        let relay = self.relay.take().expect("there is a relay");
        self.config.http = Some(relay.http());
        self.config.tunnel = relay.addresses.tunnel;
        relay.end().await;
    }

    /// Starts the relay again, on the same ports.
    ///
    /// # Panics
    /// If it cannot be built.
    pub fn start_relay(&mut self) {
        self.relay = Some(Relay::start(self.config.clone()));
    }

    /// What a client may want, to begin with.
    #[must_use]
    pub fn plan(&self, origin: SocketAddr) -> Plan {
        Plan::new(
            self.relay().remote(None),
            self.relay().addresses.pin,
            self.dir.path(),
            origin,
        )
    }

    /// A client with one name for one origin, ready.
    ///
    /// # Panics
    /// If it does not get ready.
    pub async fn client(&self, name: &str, origin: SocketAddr) -> Client {
        self.plan(origin).named(name).start().await
    }

    /// A new raw connection to the public address.
    ///
    /// # Panics
    /// If it is not to be had.
    pub async fn sender(&self) -> Wire {
        self.relay().sender().await
    }

    /// Sends this text, which may be a request or several, on a connection of its own, and gives
    /// the first answer.
    ///
    /// # Panics
    /// If none comes.
    pub async fn ask(&self, request: impl AsRef<[u8]>) -> Message {
        let mut sender = self.sender().await;
        sender.write(request).await;
        sender.answer().await
    }

    /// A GET of `/` of this name.
    ///
    /// # Panics
    /// If no answer comes.
    pub async fn get(&self, name: &str) -> Message {
        self.ask(get(name, "/")).await
    }

    /// Sets a secret, as `hookreel secret set` does.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn secret(&self, secret: Secret) {
        let path = credentials(self.dir.path());
        let set = secrets::update(&path, |all| all.secrets.push(secret));
        set.expect("the secret is written");
    }

    /// A place for files.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Shuts the relay down, and looks for faults that nobody asked about.
    ///
    /// # Panics
    /// If there are any.
    pub async fn end(mut self) {
        if let Some(relay) = self.relay.take() {
            relay.end().await;
        }
        let faults = watch::take();
        assert!(faults.is_empty(), "faults:\n  {}", faults.join("\n  "));
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// A GET request for a name.
#[must_use]
pub fn get(name: &str, target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: {name}.{DOMAIN}\r\n\r\n")
}

/// A POST request for a name, with a body.
#[must_use]
pub fn post(name: &str, target: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {target} HTTP/1.1\r\nHost: {name}.{DOMAIN}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// A key of a client, the same for the same word in one world.
pub(crate) fn identity(dir: &Path, who: &str) -> Identity {
    let path: PathBuf = dir.join(format!("{who}.pem"));
    Identity::load_or_create(&path, &["client.hookreel.invalid"]).expect("a key")
}

/// A world with one client, which holds the name `otter` for an origin of the test's.
///
/// # Panics
/// If it cannot be had.
pub async fn otter() -> (World, Origin, Client) {
    let (world, origin) = (World::new(), Origin::start().await);
    let client = world.client("otter", origin.addr).await;
    (world, origin, client)
}

/// Sends a request, lets the origin answer it with these bytes, and gives what origin and sender
/// saw.
///
/// # Panics
/// If either does not come.
pub async fn pass(
    world: &World,
    origin: &Origin,
    request: impl AsRef<[u8]>,
    answer: impl AsRef<[u8]>,
) -> (Message, Message) {
    let mut sender = world.sender().await;
    sender.write(request).await;
    let (mut wire, seen) = tokio::select! {
        request = origin.request() => request,
        answer = sender.answer() => panic!("answered by the relay: {}", answer.outcome()),
    };
    wire.write(answer).await;
    let answered = sender.answer().await;
    (seen, answered)
}
