//! The gate before an origin: what must be signed well to get there, and which requests are held
//! back until they have come whole.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hookreel_shared::model::{BodyKind, Capture, Exchange, FailureKind, RequestHead};
use hookreel_shared::net::SendHalf;
use hookreel_shared::provider::challenge::{self, Answer, Options, Reply, Why};
use hookreel_shared::provider::{Handshake, Request, Row, Table, detect, is_good};

use super::body::{Home, RequestBody, Tee};
use super::canned::Canned;
use super::hold::{Held, Room, take};
use super::interim::go_on;
use super::meanwhile::stored_meanwhile;
use super::run::{Left, Run, write_interim};
use crate::config::{Known, Providers};
use crate::record::BODY_LIMIT;

/// Handshakes have no larger bodies: those are never held back for one.
const ASKED_UP_TO: u64 = 64 * 1024;

/// Bodies this small are held back for a handshake whatever the head says: they come with it, so
/// this takes no time.
const TINY: u64 = 256;

/// Larger bodies are hashed on a thread of their own.
const HASHED_AT_ONCE: usize = 64 * 1024;

/// What is asked of requests before an origin gets them, and what is answered in its place.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Only what this provider (the id of a row) has signed well gets to the origin.
    pub verify: Option<String>,
    /// Which handshakes are answered where the origin does not; none where this is none.
    pub handshakes: Option<Options>,
    /// Bytes of a body that is checked.
    pub body_limit: u64,
}

impl Default for Gate {
    /// All pass, and nothing is answered.
    fn default() -> Self {
        Self {
            verify: None,
            handshakes: None,
            body_limit: BODY_LIMIT,
        }
    }
}

/// A gate at work.
pub(super) struct Guard {
    pub(super) gate: Gate,
    pub(super) providers: Arc<Providers>,
    /// Header fields that tell of a provider who asks something.
    marks: BTreeSet<String>,
    room: Room,
    told: Mutex<BTreeSet<(Handshake, &'static str)>>,
}

/// What becomes of a request that was held back.
pub(super) enum Admitted {
    /// It may go to the origin.
    In(Held),
    /// It was answered.
    Answered(Left),
}

/// What is done with a request once it is known whole.
#[derive(Debug)]
enum Decision {
    Pass,
    Answer(Answer),
    Refuse(u16),
}

impl Guard {
    /// None if there is nothing to do.
    pub(super) fn new(gate: &Gate, providers: &Arc<Providers>) -> Option<Self> {
        let works = gate.verify.is_some() || gate.handshakes.is_some();
        works.then(|| Self {
            gate: gate.clone(),
            providers: Arc::clone(providers),
            marks: marks(&providers.now().table),
            room: Room::default(),
            told: Mutex::default(),
        })
    }

    /// Whether a request must have come whole before it goes on.
    pub(super) fn holds(&self, head: &RequestHead) -> bool {
        if self.gate.verify.is_some() {
            return true;
        }
        // Without a body there is nothing to wait for.
        let BodyKind::Length(length @ 1..=ASKED_UP_TO) = head.body else {
            return false;
        };
        let marked = || {
            let mut fields = head.sent().iter();
            fields.any(|header| self.marks.iter().any(|mark| header.is(mark)))
        };
        !head.expect_continue && *head.method == *b"POST" && (length <= TINY || marked())
    }

    /// What a request asks, and of whom, if it is a handshake.
    pub(super) fn question(&self, exchange: &Exchange) -> Option<(Row, Reply)> {
        let options = self.gate.handshakes.as_ref()?;
        let known = self.providers.now();
        let request = Request::of(exchange);
        let row = match &self.gate.verify {
            Some(id) => Some(known.table.get(id)?),
            None => detect(&known.table, &request),
        };
        let head = &exchange.request;
        let id = row.map_or("", |row| &row.id);
        let with = known.with(id, head.name.as_str(), head.received_at);
        let (row, reply) = match row {
            Some(row) => (row, challenge::answer(row, &request, true, &with, options)?),
            None => challenge::unmarked(&known.table, &request, &with, options)?,
        };
        Some((row.clone(), reply))
    }

    /// Whether this is the first time that there is such a thing to say.
    pub(super) fn is_news(&self, which: Handshake, what: &'static str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert((which, what))
    }

    async fn decide(&self, exchange: Exchange, provider: &str) -> Decision {
        let known = self.providers.now();
        let options = self.gate.handshakes.clone();
        if exchange.request_body.kept.len() <= HASHED_AT_ONCE {
            return decide(&known, provider, &exchange, options.as_ref());
        }
        let provider = provider.to_owned();
        let hashing = tokio::task::spawn_blocking(move || {
            decide(&known, &provider, &exchange, options.as_ref())
        });
        // Fails only if it panicked; nothing gets in by that.
        hashing.await.unwrap_or(Decision::Refuse(401))
    }
}

/// The names of the fields by which the table knows providers whose questions have a body.
fn marks(table: &Table) -> BTreeSet<String> {
    let asking = |row: &&Row| row.handshake.iter().any(|which| has_body(*which));
    let marks = table.rows().filter(asking).flat_map(|row| &row.detect);
    let name = |field: &String| {
        field
            .split(':')
            .next()
            .unwrap_or(field)
            .to_ascii_lowercase()
    };
    marks
        .flat_map(|mark| mark.headers.iter().map(name))
        .collect()
}

fn has_body(which: Handshake) -> bool {
    use Handshake as H;
    match which {
        H::SlackVerification
        | H::ZoomValidation
        | H::DiscordPing
        | H::WooCommercePing
        | H::MandrillTest
        | H::GitHubPing
        | H::AsanaSecret
        | H::NotionToken
        | H::XeroIntent => true,
        H::DropboxChallenge
        | H::MetaChallenge
        | H::GraphValidation
        | H::AspNetEcho
        | H::Reachable
        | H::ReachableByHead => false,
    }
}

/// A request that has come whole, as an exchange of which nothing else is known.
pub(super) fn came(head: &Arc<RequestHead>, body: Bytes) -> Exchange {
    Exchange {
        request_body: Capture::whole(body),
        ..Exchange::new(Arc::clone(head))
    }
}

fn decide(
    known: &Known,
    provider: &str,
    exchange: &Exchange,
    options: Option<&Options>,
) -> Decision {
    let Some(row) = known.table.get(provider) else {
        return Decision::Refuse(401);
    };
    let request = Request::of(exchange);
    let head = &exchange.request;
    let with = known.with(&row.id, head.name.as_str(), head.received_at);
    if is_good(row, &request, true, &with) {
        return Decision::Pass;
    }
    // What has no body and is asked before anything is signed may go on: there is nothing in it
    // that somebody else could have made up.
    let harmless =
        exchange.request_body.kept.is_empty() && matches!(&head.method[..], b"GET" | b"HEAD");
    match challenge::answer(row, &request, true, &with, &Options::default()) {
        Some(Reply::Answer(answer)) if answer.status < 300 => {
            let is_on = options.is_some_and(|options| !options.off.contains(&answer.which));
            match (is_on, harmless) {
                (true, _) => Decision::Answer(answer),
                (false, true) => Decision::Pass,
                (false, false) => Decision::Refuse(row.refusal),
            }
        }
        Some(Reply::Left {
            why: Why::NoSecret, ..
        }) if harmless => Decision::Pass,
        _ => Decision::Refuse(row.refusal),
    }
}

impl Run<'_> {
    /// Takes a request whole, and lets it go on or answers it.
    pub(super) async fn admit(
        &mut self,
        guard: &Guard,
        head: &Arc<RequestHead>,
        body: RequestBody,
        send: &mut SendHalf,
        home: &Arc<Home>,
    ) -> Result<Admitted, FailureKind> {
        let limit = match &guard.gate.verify {
            Some(provider) => {
                self.recording.judged_as(provider);
                guard.gate.body_limit
            }
            None => ASKED_UP_TO,
        };
        let mut body = Tee::new(body, self.recording.up());
        let too_large = matches!(head.body, BodyKind::Length(length) if length > limit);
        let held = if too_large {
            None
        } else {
            if head.expect_continue {
                write_interim(send, go_on()).await?;
            }
            stored_meanwhile(&self.recording, take(&mut body, limit, &guard.room)).await?
        };
        drop(body);
        let Some(held) = held else {
            let canned = Canned::too_large(limit);
            return Ok(Admitted::Answered(
                self.reply(canned, head, send, home).await?,
            ));
        };
        let Some(provider) = &guard.gate.verify else {
            return Ok(Admitted::In(held));
        };
        let decision = guard.decide(came(head, held.bytes.clone()), provider).await;
        let canned = match decision {
            Decision::Pass => return Ok(Admitted::In(held)),
            Decision::Refuse(status) => Canned::refusal(status),
            Decision::Answer(answer) => {
                let known = guard.providers.now();
                let name = known
                    .table
                    .get(provider)
                    .map_or(provider.as_str(), |row| &row.name);
                self.learned(guard, name, provider, &answer);
                Canned::from(answer)
            }
        };
        Ok(Admitted::Answered(
            self.reply(canned, head, send, home).await?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use hookreel_shared::model::testing::request;

    use super::*;
    use crate::config::Settings;

    fn guard(verify: Option<&str>) -> Guard {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        let providers = Providers::load(&Settings::default(), &path).unwrap();
        let gate = Gate {
            verify: verify.map(str::to_owned),
            handshakes: Some(Options::default()),
            ..Gate::default()
        };
        Guard::new(&gate, &Arc::new(providers)).unwrap()
    }

    #[test]
    fn only_what_may_be_a_handshake_is_held_back_and_with_verify_all() {
        let (usual, all) = (guard(None), guard(Some("stripe")));
        let slack: &[(&str, &[u8])] = &[("x-slack-signature", b"v0=0")];
        for (method, fields, body, held) in [
            ("POST", slack, BodyKind::Length(5000), true),
            ("POST", slack, BodyKind::Length(ASKED_UP_TO + 1), false),
            ("POST", slack, BodyKind::Chunked, false),
            ("POST", slack, BodyKind::Empty, false),
            ("PUT", slack, BodyKind::Length(5000), false),
            (
                "POST",
                &[("Stripe-Signature", b"t=0")],
                BodyKind::Length(5000),
                false,
            ),
            ("POST", &[], BodyKind::Length(5000), false),
            ("POST", &[], BodyKind::Length(TINY), true),
            ("GET", &[], BodyKind::Empty, false),
            ("GET", &[], BodyKind::Upgrade, false),
        ] {
            let head = RequestHead {
                method: method.into(),
                body,
                ..request("/", fields, 0)
            };
            assert_eq!(usual.holds(&head), held, "{method} {body:?}");
            assert!(all.holds(&head));
        }
    }

    #[test]
    fn each_provider_is_refused_with_the_status_it_expects() {
        let providers = guard(None).providers;
        let builtin = Table::builtin().unwrap();
        let stripe = builtin.get("stripe").unwrap().clone();
        let own = Row {
            refusal: 403,
            ..stripe
        };
        let known = Known {
            table: Arc::new(builtin.with([("own".to_owned(), own)].into()).unwrap()),
            ..providers.now()
        };
        let exchange = came(&Arc::new(request("/", &[], 0)), Bytes::from_static(b"{}"));
        for (provider, status) in [("stripe", 401), ("own", 403), ("nobody", 401)] {
            let decision = decide(&known, provider, &exchange, None);
            assert!(
                matches!(decision, Decision::Refuse(found) if found == status),
                "{decision:?}"
            );
        }
    }

    #[test]
    fn without_anything_to_do_there_is_no_guard() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        let providers = Providers::load(&Settings::default(), &path).unwrap();
        assert!(Guard::new(&Gate::default(), &Arc::new(providers)).is_none());
    }
}
