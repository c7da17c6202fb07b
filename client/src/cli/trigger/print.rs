//! What prints as attempts end.

use std::io::{self, Write};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use hookreel_shared::model::{Exchange, Summary as Brief};
use hookreel_shared::pretty::safe;
use hookreel_shared::provider::algorithm::Algorithm;
use hookreel_shared::provider::text::Source;
use hookreel_shared::provider::{Draft, Row};
use serde_json::{Value, json};

use crate::config::Output;
use crate::plain::{duration, printable};
use crate::send::Attempt;

/// Stands where a secret does.
const HIDDEN: &str = "***";

const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

/// Prints each attempt.
pub struct Print {
    output: Option<Output>,
    /// How each was signed is said once.
    several: bool,
    /// Whether the history has no such id: it comes in with one of its own.
    nameless: bool,
    /// Where the provider sends the secret itself.
    tokens: Vec<Source>,
}

impl Print {
    pub fn new(output: Option<Output>, row: &Row, several: bool, nameless: bool) -> Self {
        let tokens = row.scheme.iter();
        let tokens = tokens.filter(|own| own.algorithm == Algorithm::Token);
        Self {
            output,
            several,
            nameless,
            tokens: tokens.map(|own| own.signature.at.clone()).collect(),
        }
    }

    /// An attempt has ended.
    pub fn attempt(&self, attempt: &Attempt) -> io::Result<()> {
        let text = match self.output {
            Some(Output::Quiet) => return Ok(()),
            Some(Output::Json) => self.json(attempt),
            _ => self.text(attempt),
        };
        let mut out = anstream::stdout();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    fn text(&self, attempt: &Attempt) -> String {
        let exchange = &attempt.exchange;
        let mut notes = Vec::new();
        notes.extend(attempt.label.clone());
        if attempt.number > 1 {
            notes.push(format!("attempt {}", attempt.number));
        }
        let notes = match notes.is_empty() {
            true => String::new(),
            false => format!("  {}", notes.join(", ")),
        };
        let first = !self.several || (attempt.delivery == 1 && attempt.number == 1);
        let signed = attempt.signed.as_ref().filter(|_| first);
        let signed = signed.map_or_else(String::new, |signed| {
            let url = self.signed_for(exchange);
            let url = url.map_or_else(String::new, |url| format!(", for {url}"));
            let text = format!("{signed}{url}");
            format!("  {DIM}{}{PLAIN}\n", printable(text.as_bytes()))
        });
        let id = self.id(attempt);
        let id = id.map_or_else(String::new, |id| format!("  {DIM}{id}{PLAIN}"));
        let colour = if attempt.is_taken() { GREEN } else { RED };
        let took = Brief::from(exchange).took.unwrap_or_default();
        let origin = exchange.origin.as_deref().unwrap_or_default();
        let (target, _) = self.shown(exchange);
        format!(
            "{BOLD}{} {}{PLAIN}{notes} → {}{}  {colour}{}{PLAIN}  {}{id}\n{signed}",
            attempt.provider,
            printable(attempt.event.as_bytes()),
            printable(origin.as_bytes()),
            match &target[..] {
                b"/" => String::new(),
                target => printable(target),
            },
            outcome(exchange),
            duration(took),
        )
    }

    /// Target and body as they can be shown: without the secret, which some providers send in clear.
    fn shown(&self, exchange: &Exchange) -> (Bytes, Bytes) {
        let head = &exchange.request;
        let mut draft = Draft {
            method: head.method.clone(),
            base: Bytes::new(),
            target: head.target.clone(),
            headers: head.sent().iter().cloned().collect(),
            body: exchange.request_body.kept.clone(),
        };
        for at in &self.tokens {
            if at.is_there(&draft.request()) {
                draft.set(at, HIDDEN);
            }
        }
        (draft.target, draft.body)
    }

    /// The address that was signed, where one is; not where the secret may stand in it.
    fn signed_for<'a>(&self, exchange: &'a Exchange) -> Option<&'a str> {
        let signed = exchange.signed_for.as_deref();
        signed.filter(|_| self.tokens.is_empty())
    }

    /// Under which id the history has it.
    fn id(&self, attempt: &Attempt) -> Option<String> {
        (!self.nameless).then(|| attempt.exchange.id().to_string())
    }

    /// Keys are only ever added.
    fn json(&self, attempt: &Attempt) -> String {
        let mut line = json(attempt, self.shown(&attempt.exchange));
        line["id"] = self.id(attempt).into();
        line["signed_for"] = self.signed_for(&attempt.exchange).into();
        safe::json(line.to_string()) + "\n"
    }
}

/// A status, or what went wrong.
fn outcome(exchange: &Exchange) -> String {
    match (exchange.failure(), &exchange.response) {
        (Some(failure), _) => format!("✗ {failure}"),
        (None, Some(head)) => head.status.to_string(),
        (None, None) => "no answer".into(),
    }
}

/// `hash` is of what was sent.
fn json(attempt: &Attempt, (target, body): (Bytes, Bytes)) -> Value {
    let exchange = &attempt.exchange;
    let head = &exchange.request;
    let payload = &exchange.request_body.kept;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let origin = exchange.origin.as_deref().unwrap_or_default();
    let took = Brief::from(exchange).took;
    json!({
        "type": "trigger",
        "v": 1,
        "id": null,
        "signed_for": null,
        "delivery": attempt.delivery,
        "attempt": attempt.number,
        "provider": attempt.provider,
        "event": attempt.event,
        "variant": attempt.label,
        "signed": attempt.signed.as_ref().map(|signed| json!({
            "secret": signed.secret,
            "schemes": signed.schemes,
        })),
        "name": head.name.as_str(),
        "method": text(&head.method),
        "url": format!("{origin}{}", text(&target)),
        "hash": hex::encode(digest(&SHA256, payload)),
        "status_code": exchange.response.as_ref().map(|head| head.status),
        "failure": exchange.failure(),
        "ms": took.map(|took| (took.as_secs_f64() * 10_000.0).round() / 10.0),
        "response": text(&exchange.response_body.kept),
        "payload": text(&body),
    })
}
