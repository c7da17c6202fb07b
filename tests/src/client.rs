//! One client: what it wants, what it says, how it ends.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hookreel::app::{self, Config, Relay, Wish};
use hookreel::config::{Providers, Settings};
use hookreel::error::Failed;
use hookreel::forward::{Address, Gate, HostHeader};
use hookreel::record::{BODY_LIMIT, Feed, Keep, Notice, Recorder, Seen, State, Watcher};
use hookreel::store::{Cursor, Options, Reader, Retention, Writer};
use hookreel::tunnel::RelayAddress;
use hookreel_shared::model::{Exchange, Principal};
use hookreel_shared::net::{Trust, wall_clock};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::parts::{credentials, place, wish};
use crate::until::{until, within, within_time};
use crate::watch;
use crate::world::identity;

/// A relay that is not there is given up after ten seconds and the try under way then.
const LONGEST: Duration = Duration::from_secs(25);

static COUNT: AtomicU32 = AtomicU32::new(0);

/// What a client wants.
pub struct Plan {
    relay: Relay,
    pin: Principal,
    dir: PathBuf,
    who: String,
    wishes: Vec<Wish>,
    drain: Duration,
    history: Option<Keep>,
    gate: Option<Gate>,
}

impl Plan {
    pub(crate) fn new(relay: Relay, pin: Principal, dir: &Path, origin: SocketAddr) -> Self {
        Self {
            relay,
            pin,
            dir: dir.to_owned(),
            who: format!("client-{}", COUNT.fetch_add(1, Ordering::Relaxed)),
            wishes: vec![wish(None, &origin.to_string())],
            drain: Duration::from_secs(10),
            history: None,
            gate: None,
        }
    }

    /// Knows providers, with the secrets of this world, and has this gate before its origins.
    #[must_use]
    pub fn guarded(mut self, gate: Gate) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Records into the history of this world.
    #[must_use]
    pub fn recorded(self) -> Self {
        self.recorded_up_to(BODY_LIMIT)
    }

    /// Records into the history of this world, so many bytes of each body.
    ///
    /// # Panics
    /// If the history cannot be opened.
    #[must_use]
    pub fn recorded_up_to(mut self, body_limit: u64) -> Self {
        let options = Options {
            retention: Retention::default(),
            clock: wall_clock,
        };
        let writer = Writer::open(&place(&self.dir), options).expect("a history");
        self.history = Some(Keep {
            writer: Arc::new(writer),
            body_limit,
        });
        self
    }

    /// Asks for this name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.last().name = Some(name.parse().expect("a name"));
        self
    }

    /// Hands requests to this origin instead: a port, `host:port` or URL.
    #[must_use]
    pub fn origin(mut self, origin: &str) -> Self {
        self.last().origin.address = origin.parse::<Address>().expect("an origin");
        self
    }

    /// One tunnel more, with its name and origin.
    #[must_use]
    pub fn and(mut self, name: &str, origin: SocketAddr) -> Self {
        self.wishes.push(wish(Some(name), &origin.to_string()));
        self
    }

    /// What the origin sees as Host.
    #[must_use]
    pub fn host(mut self, host: HostHeader) -> Self {
        self.last().origin.rewrite.host = host;
        self
    }

    /// Sets a field in every request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.last()
            .origin
            .rewrite
            .headers
            .push((name.into(), value.into()));
        self
    }

    /// Puts this before every path.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.last().origin.rewrite.prefix = prefix.into();
        self
    }

    /// The origin must begin its answer within this.
    #[must_use]
    pub fn answer_within(mut self, time: Duration) -> Self {
        self.last().origin.answer_within = time;
        self
    }

    /// Has the key that belongs to this word.
    #[must_use]
    pub fn who(mut self, who: &str) -> Self {
        self.who = who.into();
        self
    }

    /// Connects by way of this address.
    #[must_use]
    pub fn via(mut self, via: SocketAddr) -> Self {
        let address = RelayAddress {
            host: via.ip().to_string(),
            port: via.port(),
        };
        self.relay = Relay::Remote {
            address,
            trust: Trust::Pin(self.pin),
        };
        self
    }

    /// When it stops, requests under way may take this long.
    #[must_use]
    pub fn drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    fn last(&mut self) -> &mut Wish {
        self.wishes.last_mut().expect("there is always one")
    }

    /// Starts it and waits until all its names are granted.
    ///
    /// # Panics
    /// If it fails.
    pub async fn start(self) -> Client {
        let count = self.wishes.len();
        let mut client = self.spawn().expect("the client can be built");
        for _ in 0..count {
            client.ready().await;
        }
        client
    }

    /// Starts it, which must fail, and gives why.
    ///
    /// # Panics
    /// If it does not fail.
    pub async fn fails(self) -> Failed {
        match self.spawn() {
            Ok(client) => client.ended().await.expect_err("the client fails"),
            Err(failed) => failed,
        }
    }

    /// Starts it and waits for nothing.
    ///
    /// # Errors
    /// If it cannot be built.
    pub fn spawn(self) -> Result<Client, Failed> {
        watch::begin();
        let feed = Feed::default();
        let config = Config {
            relay: self.relay,
            identity: identity(&self.dir, &self.who),
            wishes: self.wishes,
            drain: self.drain,
            gate: self.gate.clone().unwrap_or_default(),
        };
        let watcher = feed.watch();
        tokio::spawn(log(feed.watch()));
        let recorder = match self.gate {
            None => Recorder::new(feed, self.history),
            Some(_) => {
                let providers = Providers::load(&Settings::default(), &credentials(&self.dir));
                let providers = Arc::new(providers.expect("providers"));
                Recorder::knowing(feed, self.history, providers).expect("a thread")
            }
        };
        let app = app::build(config, &recorder)?;
        let stop = CancellationToken::new();
        let running = tokio::spawn(app.run(stop.clone()));
        Ok(Client {
            names: Vec::new(),
            urls: Vec::new(),
            recorder,
            dir: self.dir,
            watcher,
            stop,
            running,
        })
    }
}

/// Writes down what becomes of the tunnel, for whoever looks into a failure.
async fn log(mut watcher: Watcher) {
    while let Some(seen) = watcher.next().await {
        if let Seen::Notice(Notice::Status { state, reason }) = seen {
            tracing::info!("client: {}: {reason}", state.as_str());
        }
    }
}

/// A running client.
pub struct Client {
    /// Names granted so far.
    pub names: Vec<String>,
    /// All public addresses of the last name granted.
    pub urls: Vec<String>,
    /// Records what passes.
    pub recorder: Recorder,
    dir: PathBuf,
    watcher: Watcher,
    stop: CancellationToken,
    running: JoinHandle<Result<(), Failed>>,
}

impl Client {
    /// The first name granted.
    ///
    /// # Panics
    /// If none was.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.first().expect("a name was granted")
    }

    /// The next notice for which `pick` gives something.
    ///
    /// # Panics
    /// If none comes.
    pub async fn notice<T>(&mut self, what: &str, mut pick: impl FnMut(&Notice) -> Option<T>) -> T {
        let picked = async {
            loop {
                match self.watcher.next().await {
                    Some(Seen::Notice(notice)) => {
                        if let Some(picked) = pick(&notice) {
                            return picked;
                        }
                    }
                    Some(Seen::Missed(_)) => {}
                    None => panic!("the client ended before {what}"),
                }
            }
        };
        within(what, picked).await
    }

    /// The history with all that was handed over so far.
    ///
    /// # Panics
    /// If nothing is recorded.
    #[must_use]
    pub fn history(&self) -> Reader {
        assert!(self.recorder.writer().is_some(), "it records");
        self.recorder.flush();
        Reader::open(&place(&self.dir)).expect("a history")
    }

    /// The latest exchange of the history, once it holds so many that have ended.
    ///
    /// # Panics
    /// If they do not come.
    pub async fn recorded(&self, count: usize) -> Exchange {
        let reader = self.history();
        let ended = || {
            let page = reader.page(&[], Cursor::Newest, 10_000, |row| row.summary.closed);
            page.expect("a page")
        };
        until("the exchanges are recorded", || ended().len() >= count).await;
        let rows = ended();
        assert_eq!(rows.len(), count, "each is there once");
        let whole = reader.get(rows[0].summary.id).expect("it can be read");
        whole.expect("it is there")
    }

    /// Waits for the next name granted.
    ///
    /// # Panics
    /// If none is.
    pub async fn ready(&mut self) {
        let (name, urls) = self
            .notice("a name", |notice| match notice {
                Notice::Ready { name, urls, .. } => Some((name.as_str().to_owned(), urls.clone())),
                _ => None,
            })
            .await;
        self.names.push(name);
        self.urls = urls;
    }

    /// Waits for a state.
    ///
    /// # Panics
    /// If it is not reached.
    pub async fn state(&mut self, wanted: State) {
        let pick = |notice: &Notice| match notice {
            Notice::Status { state, .. } if *state == wanted => Some(()),
            _ => None,
        };
        self.notice(wanted.as_str(), pick).await;
    }

    /// Waits for the end of the next exchange, and gives how it went: a status or a failure.
    ///
    /// # Panics
    /// If it does not come.
    pub async fn exchange(&mut self) -> String {
        let pick = |notice: &Notice| match notice {
            Notice::Exchange(summary) if summary.closed => Some(match &summary.failure {
                Some(failure) => failure.to_string(),
                None => summary.status.unwrap_or_default().to_string(),
            }),
            _ => None,
        };
        self.notice("the end of an exchange", pick).await
    }

    /// Begins to stop, and does not wait for the end.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// Why it failed.
    ///
    /// # Panics
    /// If it does not end.
    pub async fn ended(mut self) -> Result<(), Failed> {
        let ended = within_time(LONGEST, "the client to end", &mut self.running).await;
        ended.expect("the client did not panic")
    }

    /// Stops it, and waits for the end, which must be a good one.
    ///
    /// # Panics
    /// If it is not.
    pub async fn end(self) {
        self.stop();
        self.ended().await.expect("the client ends well");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // An abort would leave its connection to tasks that nobody ends.
        self.stop.cancel();
    }
}
