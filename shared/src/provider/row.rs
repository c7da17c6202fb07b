//! A provider as data: how it is recognised, what it calls things, how it signs.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::detect::Mark;
use super::request::Request;
use super::scheme::Scheme;
use super::text::{self, Text};

/// A kind of sender. Rows are written in TOML; users add their own in `hookreel.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Row {
    /// What it is called in outputs and filters: `github`. Not written in the row, but where it
    /// is kept.
    #[serde(skip)]
    pub id: String,
    /// What it calls itself: `GitHub`. Its id, where the row does not say.
    #[serde(default)]
    pub name: String,
    /// What its requests have; any of these is enough.
    #[serde(default)]
    pub detect: Vec<Mark>,
    /// What it calls the event; the first that can be filled in.
    #[serde(default)]
    pub event: Vec<Text>,
    /// What it calls the delivery; the first that can be filled in.
    #[serde(default)]
    pub delivery: Vec<Text>,
    /// Whether two requests with the same delivery are the same delivery. If not, they are only
    /// if their bodies are the same too.
    #[serde(default = "yes")]
    pub delivery_is_unique: bool,
    /// A line for people by event; `*` for any. The first that can be filled in.
    #[serde(default)]
    pub summary: BTreeMap<String, Vec<Text>>,
    /// How it signs, the best first. None if it does not.
    #[serde(default)]
    pub scheme: Vec<Scheme>,
    /// That it is not signed says nothing: it never is, or only where the receiver asked for it.
    #[serde(default)]
    pub unsigned_is_usual: bool,
    /// One good signature is enough where there are several, as their secrets differ.
    #[serde(default)]
    pub any_scheme: bool,
    /// Seconds within which it wants an answer.
    #[serde(default)]
    pub answer_within: Option<f64>,
    /// It never sends again: what is lost is lost.
    #[serde(default)]
    pub never_retries: bool,
    /// Whether it goes where a redirect leads; none if that is not known.
    #[serde(default)]
    pub follows_redirects: Option<bool>,
    /// After a 410 it sends nothing to this address any more.
    #[serde(default)]
    pub gone_ends_it: bool,
    /// Statuses after which it does not send the same again, though it does after others.
    #[serde(default)]
    pub not_retried: Vec<u16>,
    /// It wants a certain answer, not only a good status.
    #[serde(default)]
    pub reads_answer: bool,
    /// What requests have whose answer it reads; any of these is enough. All, if nothing is said.
    #[serde(default)]
    pub reads_answer_of: Vec<Mark>,
    /// The status it expects for a request that was not signed well.
    #[serde(default = "unauthorised")]
    pub refusal: u16,
    /// What it asks before it sends anything.
    #[serde(default)]
    pub handshake: Vec<Handshake>,
}

/// What providers ask of an address before they use it, or to see whether it still works.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Handshake {
    /// GET with `challenge`: the same text back.
    DropboxChallenge,
    /// GET with `hub.challenge` and `hub.verify_token`: the challenge, if the token is known.
    MetaChallenge,
    /// POST with `validationToken`: the same text back.
    GraphValidation,
    /// POST `url_verification`: its challenge back.
    SlackVerification,
    /// POST `endpoint.url_validation`: the token and its HMAC.
    ZoomValidation,
    /// An interaction of type 1: the same type back. A webhook event of type 0: nothing, 204.
    DiscordPing,
    /// HEAD or GET that only wants a 200.
    Reachable,
    /// HEAD that only wants a 200; a GET is somebody else's.
    ReachableByHead,
    /// A form of `webhook_id` and nothing else: 200.
    #[serde(rename = "woocommerce-ping")]
    WooCommercePing,
    /// A form of no events, signed with a key known to all: 200.
    MandrillTest,
    /// GET with `echo`: the same text back.
    #[serde(rename = "aspnet-echo")]
    AspNetEcho,
    /// The event `ping`: 200.
    #[serde(rename = "github-ping")]
    GitHubPing,
    /// POST with the header field `X-Hook-Secret`: the same field back.
    AsanaSecret,
    /// POST of `verification_token`: 200. The token is the secret of all that follow, so it is
    /// worth being shown and kept.
    NotionToken,
    /// POST with a signature that may be wrong on purpose: 200 to good ones, 401 to bad ones.
    XeroIntent,
}

/// Most characters of an event, a delivery or a line: they come from the sender.
const LONGEST: usize = 200;

fn short(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((at, _)) => text.get(..at).unwrap_or_default().to_owned(),
    }
}

fn yes() -> bool {
    true
}

fn unauthorised() -> u16 {
    401
}

impl Row {
    /// What the event of a request is called: `issues.opened`.
    #[must_use]
    pub fn event(&self, request: &Request<'_>) -> Option<String> {
        text::first(&self.event, request).map(short)
    }

    /// What the delivery is called. See [`Row::delivery_is_unique`].
    #[must_use]
    pub fn delivery(&self, request: &Request<'_>) -> Option<String> {
        text::first(&self.delivery, request).map(short)
    }

    /// A line for people about a request whose event is known: of the lines for exactly this
    /// event, then of those for its beginning (`issues.*`), the longest first.
    #[must_use]
    pub fn line(&self, request: &Request<'_>, event: Option<&str>) -> Option<String> {
        let event = event.unwrap_or_default();
        let fits = |name: &str| match name.strip_suffix('*') {
            Some(beginning) => event.starts_with(beginning),
            None => name == event,
        };
        let mut names: Vec<&String> = self.summary.keys().filter(|name| fits(name)).collect();
        names.sort_by_key(|name| (name.ends_with('*'), std::cmp::Reverse(name.len())));
        let lines = names.into_iter().filter_map(|name| self.summary.get(name));
        lines
            .filter_map(|texts| text::first(texts, request))
            .next()
            .map(short)
    }

    /// The scheme of this name.
    #[must_use]
    pub fn scheme(&self, name: &str) -> Option<&Scheme> {
        self.scheme.iter().find(|scheme| scheme.name == name)
    }
}
