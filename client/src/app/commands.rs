//! Does what views ask for while tunnels run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use hookreel_shared::model::{Exchange, Name};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::keys;
use crate::certificate::Served;
use crate::command::{Command, Replay, Signing};
use crate::forward::{Address, Forwarder};
use crate::record::{Notice, Recorder, Seen, Watcher};
use crate::replay::{
    self, Attempt, Change, ReachError, Resign, Resigned, Source, SourceError, Summary, Unsent,
    Verdict, reach, resign, signature,
};
use crate::send::{self, SendError};
use crate::store::Place;

/// Commands carried out at once; further ones wait for their turn.
const AT_ONCE: usize = 8;
/// Requests of one command at once, whatever it says.
const CONCURRENCY: u32 = 64;
/// An origin that no tunnel here leads to must begin its answer within this.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What commands are carried out with.
pub(super) struct Desk {
    /// Where exchanges are read from; none if nothing is recorded.
    pub history: Option<Place>,
    /// Where replays are recorded.
    pub recorder: Recorder,
    /// Those of the tunnels.
    pub forwarders: Vec<Arc<Forwarder>>,
    /// Stops the client.
    pub stop: CancellationToken,
    /// The developer's own keys, once they are used.
    pub served: Mutex<Option<Served>>,
}

/// What is known of the tunnels, and ways made for other origins.
#[derive(Default)]
struct Known {
    /// The best address of each name, and where its requests go.
    names: HashMap<Name, (String, String)>,
    /// Public ports of the relay inside.
    own: Vec<u16>,
    others: HashMap<String, Arc<Forwarder>>,
}

impl Desk {
    /// Takes commands until the client stops; those under way then end.
    pub async fn serve(self, mut commands: mpsc::Receiver<Command>, mut watcher: Watcher) {
        let known = Mutex::new(Known::default());
        let mut running: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                Some(()) = running.next() => {}
                seen = watcher.next() => match seen {
                    Some(Seen::Notice(Notice::Ready { name, url, origin, urls, relay, .. })) => {
                        lock(&known).learn((name, url), origin, &urls, &relay);
                    }
                    Some(_) => {}
                    None => break,
                },
                command = commands.recv(), if running.len() < AT_ONCE => match command {
                    None => break,
                    Some(Command::Stop) => self.stop.cancel(),
                    Some(Command::Replay(order)) => {
                        let change = Change { resign: self.resign(&order), ..Change::default() };
                        running.push(Box::pin(self.replay(order, change, &known)));
                    }
                    Some(Command::Trigger { provider, event, name, target }) => {
                        let sample = (provider, event);
                        running.push(Box::pin(self.trigger(sample, name, target, &known)));
                    }
                    Some(Command::MakeKeys) => running.push(Box::pin(self.make_keys())),
                    Some(Command::Send { of, request, to, signing, label }) => {
                        let order = Replay { to, signing, label, ..Replay::once(of) };
                        let resign = self.resign(&order);
                        let change = Change { edited: Some(request), resign, ..Change::default() };
                        running.push(Box::pin(self.replay(order, change, &known)));
                    }
                },
            }
        }
        while running.next().await.is_some() {}
    }

    /// How an order's requests are signed anew.
    fn resign(&self, order: &Replay) -> Option<Resign> {
        let known = self.recorder.providers()?.now();
        Some(Resign {
            signing: order.signing,
            keys: match order.signing {
                Signing::Always => self.keys(&known),
                Signing::Usual | Signing::Never => None,
            },
            known,
            label: order.label.clone(),
            base: resign::base(None, order.to.as_deref()),
        })
    }

    async fn replay(&self, mut order: Replay, change: Change, known: &Mutex<Known>) {
        let Some(place) = self.history.clone() else {
            return self.tell(
                false,
                "not replayed: nothing is recorded (--no-record)".into(),
            );
        };
        order.concurrency = order.concurrency.min(CONCURRENCY);
        let mut told = Told::default();
        let ran = async {
            let source = Source::open(place).await?;
            let warnings = match (&change.edited, order.ids.first()) {
                // What is signed anew fits.
                _ if order.signing == Signing::Always => Vec::new(),
                (Some(edited), Some(id)) => signature::warnings(&*source.get(*id).await?, edited),
                _ => Vec::new(),
            };
            let way = |original: &Exchange| self.way(original, order.to.as_deref(), known);
            let each = |came| told.add(came);
            replay::run(&order, &change, &source, way, each, &self.stop).await?;
            Ok::<_, SourceError>(warnings)
        };
        match ran.await {
            Ok(warnings) => {
                let (good, text) = told.text();
                let text = [vec![text], warnings].concat().join("; ");
                self.tell(good, text);
            }
            Err(error) => self.tell(false, format!("not replayed: {error}")),
        }
    }

    /// By the tunnel of its name, or that to its origin; else by a way made for it.
    fn way(
        &self,
        original: &Exchange,
        to: Option<&str>,
        known: &Mutex<Known>,
    ) -> Result<Arc<Forwarder>, ReachError> {
        let named = lock(known).names.get(&original.request.name).cloned();
        let own = named.and_then(|(_, origin)| self.leads(&origin));
        if let (None, Some(way)) = (to, own) {
            return Ok(way);
        }
        let address = reach::address(original, to)?;
        let key = address.to_string();
        if let Some(way) = self.leads(&key) {
            return Ok(way);
        }
        let mut known = lock(known);
        if let Some(way) = known.others.get(&key) {
            return Ok(Arc::clone(way));
        }
        known.check(&address)?;
        let way = reach::forwarder(address, ANSWER_WITHIN, &self.recorder)?;
        known.others.insert(key, Arc::clone(&way));
        Ok(way)
    }

    /// The tunnel's way to an origin.
    fn leads(&self, origin: &str) -> Option<Arc<Forwarder>> {
        let own = |way: &&Arc<Forwarder>| {
            let options = way.options();
            let prefixed = format!("{}{}", options.address, options.rewrite.prefix);
            options.address.to_string() == origin || prefixed == origin
        };
        self.forwarders.iter().find(own).map(Arc::clone)
    }

    /// Sends a sample to the origin of a name.
    async fn trigger(
        &self,
        (provider, event): (String, String),
        name: Name,
        target: String,
        known: &Mutex<Known>,
    ) {
        let what = format!("{provider} {event}");
        let not = |why: &dyn std::fmt::Display| self.tell(false, format!("{what} not sent: {why}"));
        let named = lock(known).names.get(&name).cloned();
        let way = named.and_then(|(url, origin)| Some((url, self.leads(&origin)?)));
        let (Some((url, way)), Some(providers)) = (way, self.recorder.providers()) else {
            return not(&"there is no tunnel it could go by");
        };
        let place = send::Place {
            name,
            base: url.trim_end_matches('/').to_owned(),
            target,
        };
        let known = providers.now();
        let keys = self.keys(&known);
        match send::trigger(&way, &place, &known, keys, &provider, &event).await {
            Ok(attempt) => self.tell(attempt.is_taken(), sent(&what, &attempt)),
            Err(SendError::NoKey(provider)) => not(&keys::none(&provider)),
            Err(error) => not(&error),
        }
    }

    pub(super) fn tell(&self, good: bool, text: String) {
        self.recorder.feed().show(Notice::Told { good, text });
    }
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    fn learn(&mut self, (name, url): (Name, String), origin: String, urls: &[String], relay: &str) {
        self.names.insert(name, (url, origin));
        if relay == "embedded" {
            let port = |url: &String| Url::parse(url).ok()?.port_or_known_default();
            self.own = urls.iter().filter_map(port).collect();
        }
    }

    /// What goes to the relay inside would come back by the tunnel.
    fn check(&self, address: &Address) -> Result<(), ReachError> {
        if address.is_loopback() && self.own.contains(&address.port) {
            return Err(ReachError::Relay(address.clone()));
        }
        Ok(())
    }
}

/// What came of an order, for one line.
#[derive(Default)]
struct Told {
    summary: Summary,
    last: Option<Attempt>,
    unsent: Option<Unsent>,
    /// How many were signed anew, and how many were not although they came with a signature.
    resigned: [usize; 2],
}

impl Told {
    fn add(&mut self, came: Result<Attempt, Unsent>) {
        match came {
            Ok(attempt) => {
                let Attempt {
                    exchange,
                    verdict,
                    differences,
                    ..
                } = &attempt;
                self.summary.add(exchange, *verdict, *differences);
                match &attempt.resigned {
                    Some(Resigned::Done { .. }) => self.resigned[0] += 1,
                    Some(Resigned::Left { .. }) => self.resigned[1] += 1,
                    None => {}
                }
                self.last = Some(attempt);
            }
            Err(unsent) => {
                self.summary.refused += 1;
                self.unsent = Some(unsent);
            }
        }
    }

    /// Whether all went well, and the line.
    fn text(&self) -> (bool, String) {
        let good = self.summary.failing == 0 && self.summary.refused == 0;
        let text = match (self.summary.sent(), &self.last, &self.unsent) {
            (0, _, Some(unsent)) if self.summary.refused == 1 => {
                let why = keys::short(&unsent.why);
                format!(
                    "not replayed: {}",
                    why.unwrap_or_else(|| unsent.why.to_string())
                )
            }
            (0, _, Some(unsent)) => {
                format!("none of {} replayed: {}", self.summary.refused, unsent.why)
            }
            (0, ..) => "nothing replayed".into(),
            (1, Some(attempt), None) => one(attempt),
            _ => self.many(),
        };
        (good, text)
    }

    fn many(&self) -> String {
        let statuses = self.summary.statuses();
        let mut parts: Vec<_> = statuses
            .map(|(status, count)| format!("{count} × {status}"))
            .collect();
        let failures = self.summary.failures();
        parts.extend(failures.map(|(failure, count)| format!("{count} × {failure}")));
        let counts = Verdict::ALL.map(|verdict| (verdict, self.summary.count(verdict)));
        let verdicts: Vec<_> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(verdict, count)| format!("{count} {verdict}"))
            .collect();
        let mut text = format!("replayed {}: {}", self.summary.sent(), parts.join(", "));
        text += &format!(" ({})", verdicts.join(", "));
        for (count, what) in self.resigned.iter().zip(["re-signed", "not re-signed"]) {
            if *count > 0 {
                text += &format!("; {count} {what}");
            }
        }
        if let Some(unsent) = &self.unsent {
            text += &format!("; {} not: {}", self.summary.refused, unsent.why);
        }
        text
    }
}

/// `sent stripe charge.succeeded: 200; signed with the secret default (v1)`
fn sent(what: &str, attempt: &send::Attempt) -> String {
    let exchange = &attempt.exchange;
    let text = format!("sent {what}: {}", outcome(exchange));
    match &attempt.signed {
        Some(signed) => format!("{text}; {signed}"),
        None => format!("{text}; unsigned, as {} sends it", attempt.provider),
    }
}

fn outcome(exchange: &Exchange) -> String {
    match (exchange.failure(), &exchange.response) {
        (Some(failure), _) => failure.to_string(),
        (None, Some(head)) => head.status.to_string(),
        (None, None) => "no answer".into(),
    }
}

/// `replayed req_… 500 → 200 (fixed)`
fn one(attempt: &Attempt) -> String {
    let text = format!(
        "replayed {} {} → {} ({})",
        attempt.original.id(),
        outcome(&attempt.original),
        outcome(&attempt.exchange),
        attempt.verdict
    );
    match &attempt.resigned {
        Some(resigned) => format!("{text}; {resigned}"),
        None => text,
    }
}
