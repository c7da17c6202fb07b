//! Keeps a tunnel: connects, and connects again, with the same names, until told to stop.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookreel_shared::model::Name;
use hookreel_shared::net::{Identity, Trust, stable_hash, wall_clock};
use hookreel_shared::session::{ClaimRequest, Reconnect};
use hookreel_shared::wire::control::{ClaimId, RefusalCode};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connect::{self, ConnectError};
use super::relay::RelayAddress;
use super::serve::{self, Routes};
use super::session::{Claimed, Ended, Happening, Session};
use crate::error::{Exit, Failed};
use crate::forward::Forwarder;
use crate::record::{Feed, Notice, State};

/// Until it is connected for the first time, a client gives up with the first try that fails after
/// this: a script should learn of a wrong address. Later it never does.
const FIRST_WITHIN: Duration = Duration::from_secs(4);

/// A name wanted, and where its requests go.
pub struct Wanted {
    /// The name, or none for one of the relay's making.
    pub name: Option<Name>,
    /// Where its requests go.
    pub forwarder: Arc<Forwarder>,
}

/// What is needed to keep a tunnel.
pub struct Tunnel {
    /// The relay.
    pub relay: RelayAddress,
    /// The word for the relay in outputs.
    pub relay_label: String,
    /// Which certificate of it is good.
    pub trust: Trust,
    /// Who we are.
    pub identity: Identity,
    /// The names.
    pub wanted: Vec<Wanted>,
    /// Where to tell what happens.
    pub feed: Feed,
    /// Spreads the clients of one relay apart after it restarts.
    pub seed: u64,
}

/// When to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// Begins the drain.
    pub drain: CancellationToken,
    /// How long requests under way may take then.
    pub grace: Duration,
}

impl Tunnel {
    /// Keeps the tunnel until `stop` has drained it, or something final happens.
    ///
    /// # Errors
    /// [`Failed`]: refused, replaced, or never reached the relay.
    pub async fn keep(self, stop: Stop) -> Result<(), Failed> {
        let mut keeper = Keeper {
            names: self
                .wanted
                .iter()
                .map(|wanted| wanted.name.clone())
                .collect(),
            granted: BTreeSet::new(),
            reconnect: Reconnect::new(self.seed),
            first: true,
            last_reason: None,
            started: Instant::now(),
            tunnel: self,
        };
        let tasks = TaskTracker::new();
        loop {
            let ended = keeper.session(&tasks, &stop).await?;
            match keeper.after(ended)? {
                None => return Ok(()),
                Some(delay) => {
                    tokio::select! {
                        () = sleep(delay) => {}
                        () = stop.drain.cancelled() => return Ok(()),
                    }
                }
            }
        }
    }
}

struct Keeper {
    tunnel: Tunnel,
    /// The names to ask for: those wanted, then those granted.
    names: Vec<Option<Name>>,
    /// Which of them were granted and announced.
    granted: BTreeSet<usize>,
    reconnect: Reconnect,
    /// Whether no session was ever welcomed.
    first: bool,
    /// Why the last try failed, as it was told.
    last_reason: Option<String>,
    started: Instant,
}

impl Keeper {
    /// One connection from beginning to end.
    async fn session(&mut self, tasks: &TaskTracker, stop: &Stop) -> Result<Ended, Failed> {
        let Tunnel {
            relay,
            identity,
            trust,
            ..
        } = &self.tunnel;
        let connecting = tokio::select! {
            connecting = connect::to(relay, identity, trust) => connecting,
            () = stop.drain.cancelled() => return Ok(Ended::Drained),
        };
        let connected = match connecting {
            Ok(connected) => connected,
            Err(error) => return self.not_connected(&error),
        };
        let (routes, watching) = watch::channel(Routes::new());
        let claims = self.claims();
        let drained = CancellationToken::new();
        let (outstanding, relay) = watch::channel(false);
        let session = Session {
            transport: Arc::clone(&connected.transport),
            claims: &claims,
            routes: &routes,
            drain: &stop.drain,
            outstanding: &outstanding,
            drained: &drained,
            tasks,
            grace: stop.grace,
        };
        // Requests of an older connection may still run; they count for the drain too.
        let accepting = tokio::spawn(serve::streams(
            Arc::clone(&connected.transport),
            watching,
            tasks.clone(),
        ));
        let waiting = drain_watch(
            stop.clone(),
            relay,
            tasks.clone(),
            drained.clone(),
            self.tunnel.feed.clone(),
        );
        let waiting = tokio::spawn(waiting);
        let kind = connected.transport.kind();
        let ended = session.run(|happening| self.on(happening, kind)).await;
        accepting.abort();
        waiting.abort();
        drop(session);
        connected.goodbye().await;
        Ok(ended)
    }

    fn claims(&self) -> Vec<Claimed> {
        let numbered = (0u32..).zip(self.tunnel.wanted.iter().zip(&self.names));
        numbered
            .map(|(number, (wanted, name))| Claimed {
                request: ClaimRequest {
                    claim: ClaimId(number),
                    name: name.clone(),
                    // The same origin asks for the same name.
                    hint: stable_hash(wanted.forwarder.options().address.to_string().as_bytes()),
                },
                forwarder: Arc::clone(&wanted.forwarder),
            })
            .collect()
    }

    fn not_connected(&self, error: &ConnectError) -> Result<Ended, Failed> {
        if error.is_final() {
            return Err(Failed::new(Exit::Refused, error.to_string()));
        }
        if self.first && self.started.elapsed() >= FIRST_WITHIN {
            return Err(Failed::new(Exit::RelayUnreachable, error.to_string()));
        }
        Ok(Ended::Lost(error.to_string()))
    }

    fn on(&mut self, happening: Happening, kind: &'static str) -> Result<(), Ended> {
        let feed = &self.tunnel.feed;
        match happening {
            Happening::Welcomed(welcome) => {
                let own = |port: &u16| welcome.local_ports.contains(port);
                let mut addresses = self
                    .tunnel
                    .wanted
                    .iter()
                    .map(|wanted| &wanted.forwarder.options().address);
                if let Some(address) =
                    addresses.find(|address| address.is_loopback() && own(&address.port))
                {
                    let reason = format!(
                        "{address} is the relay itself; forwarding to it would go round in a loop"
                    );
                    return Err(Ended::Refused(RefusalCode::Limit, reason));
                }
                self.reconnect.connected(Instant::now());
                self.last_reason = None;
                if !self.first {
                    feed.show(Notice::Status {
                        state: State::Connected,
                        reason: "connected again".into(),
                    });
                }
                self.first = false;
            }
            Happening::Granted(claim, name, urls) => {
                let at = claim.0 as usize;
                let known = self.names[at].as_ref() == Some(&name) && self.granted.contains(&at);
                if !known {
                    self.granted.insert(at);
                    self.names[at] = Some(name.clone());
                    feed.show(Notice::Ready {
                        url: urls.first().cloned().unwrap_or_default(),
                        urls,
                        name,
                        origin: self.tunnel.wanted[at]
                            .forwarder
                            .options()
                            .address
                            .to_string(),
                        relay: self.tunnel.relay_label.clone(),
                        transport: kind,
                    });
                }
            }
            Happening::RoundTrip(took) => feed.set_round_trip(took),
            Happening::Draining => {
                feed.show(Notice::Status {
                    state: State::Draining,
                    reason: "the relay is shutting down".into(),
                });
            }
        }
        Ok(())
    }

    /// What follows a session's end: the delay before the next, or none if it was the last.
    fn after(&mut self, ended: Ended) -> Result<Option<Duration>, Failed> {
        let feed = &self.tunnel.feed;
        match ended {
            Ended::Drained => Ok(None),
            Ended::Lost(reason) => {
                let delay = self.reconnect.next_delay(Instant::now());
                // The same news again and again is no news.
                if self.last_reason.as_ref() != Some(&reason) {
                    self.last_reason = Some(reason.clone());
                    feed.show(Notice::Status {
                        state: State::Reconnecting,
                        reason,
                    });
                }
                Ok(Some(delay))
            }
            Ended::Replaced => {
                let reason = "a newer hookreel of yours has taken the name over";
                feed.show(Notice::Status {
                    state: State::Replaced,
                    reason: reason.into(),
                });
                Err(Failed::new(Exit::Refused, reason))
            }
            Ended::Refused(RefusalCode::Limit, reason) => Err(Failed::new(Exit::Usage, reason)),
            Ended::Refused(_, reason) => Err(Failed::new(Exit::Refused, reason)),
        }
    }
}

/// Once the drain begins, waits until the relay knows and for requests under way, then ends the
/// session.
async fn drain_watch(
    stop: Stop,
    mut relay: watch::Receiver<bool>,
    tasks: TaskTracker,
    drained: CancellationToken,
    feed: Feed,
) {
    stop.drain.cancelled().await;
    feed.show(Notice::Status {
        state: State::Draining,
        reason: "stopping; requests under way may finish".into(),
    });
    tasks.close();
    let over = async {
        // Fails only if the session has ended by itself.
        let _ = relay.wait_for(|outstanding| !outstanding).await;
        tasks.wait().await;
    };
    if timeout(stop.grace, over).await.is_err() {
        tracing::warn!("{} requests are cut off after the drain", tasks.len());
    }
    drained.cancel();
}

/// A seed that differs between clients and starts.
#[must_use]
pub fn seed() -> u64 {
    stable_hash(format!("{} {}", std::process::id(), wall_clock().as_micros()).as_bytes())
}
