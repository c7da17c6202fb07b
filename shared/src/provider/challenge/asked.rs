//! Which question a request is, and what the answer to it holds.

use serde_json::{Value, json};

use super::form::Form;
use super::{Answer, VERIFY_TOKEN, Why};
use crate::model::Headers;
use crate::provider::algorithm::Algorithm;
use crate::provider::check::{With, check, secrets_of};
use crate::provider::request::Request;
use crate::provider::row::{Handshake, Row};
use crate::provider::secret::Secret;
use crate::provider::verdict::Verdict;

/// What an answer holds.
#[derive(Default)]
pub(super) struct Content {
    status: u16,
    headers: Headers,
    body: String,
    learned: Option<Secret>,
}

impl Content {
    fn nothing(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    fn text(text: String) -> Self {
        Self::with("text/plain", text)
    }

    fn json(value: &Value) -> Self {
        Self::with("application/json", value.to_string())
    }

    fn with(media_type: &'static str, body: String) -> Self {
        let mut headers = Headers::new();
        headers.push("Content-Type", media_type);
        headers.push("X-Content-Type-Options", "nosniff");
        Self {
            status: 200,
            headers,
            body,
            learned: None,
        }
    }

    pub(super) fn answer(self, which: Handshake) -> Answer {
        Answer {
            which,
            status: self.status,
            headers: self.headers,
            body: self.body.into(),
            learned: self.learned,
        }
    }
}

/// A request that may be a question.
pub(super) struct Asked<'a> {
    pub(super) row: &'a Row,
    pub(super) request: &'a Request<'a>,
    pub(super) whole: bool,
    pub(super) with: &'a With<'a>,
}

pub(super) type Found = Option<Result<Content, Why>>;

impl Asked<'_> {
    /// The answer, or why there is none; nothing if it is not that question.
    pub(super) fn reply(&self, which: Handshake) -> Found {
        match which {
            Handshake::DropboxChallenge => self.echo("GET", "challenge", Form::Token),
            Handshake::AspNetEcho => self.echo("GET", "echo", Form::Guid),
            Handshake::GraphValidation => self.echo("POST", "validationToken", Form::Words),
            Handshake::MetaChallenge => self.meta(),
            Handshake::SlackVerification => self.slack(),
            Handshake::ZoomValidation => self.zoom(),
            Handshake::DiscordPing => self.discord(),
            Handshake::Reachable => self.reachable(&["HEAD", "GET"]),
            Handshake::ReachableByHead => self.reachable(&["HEAD"]),
            Handshake::WooCommercePing => self.woocommerce(),
            Handshake::MandrillTest => self.mandrill(),
            Handshake::GitHubPing => self.github(),
            Handshake::AsanaSecret => self.asana(),
            Handshake::NotionToken => self.notion(),
            Handshake::XeroIntent => self.xero(),
        }
    }

    fn is(&self, method: &str) -> bool {
        *self.request.method == *method.as_bytes()
    }

    /// A parameter of the address, given back as it is.
    fn echo(&self, method: &str, name: &'static str, form: Form) -> Found {
        let value = self.request.query(name).filter(|_| self.is(method))?;
        Some(if form.holds(&value) {
            Ok(Content::text(value))
        } else {
            Err(Why::Form { what: name })
        })
    }

    fn meta(&self) -> Found {
        let mode = self.request.query("hub.mode")?;
        let challenge = self.request.query("hub.challenge")?;
        if mode != "subscribe" || !self.is("GET") {
            return None;
        }
        if !Form::Token.holds(&challenge) {
            return Some(Err(Why::Form {
                what: "hub.challenge",
            }));
        }
        let token = self.request.query("hub.verify_token").unwrap_or_default();
        let is_it = |secret: &&Secret| {
            Algorithm::Token.verify(secret.expose().as_bytes(), &[], token.as_bytes())
        };
        let own: Vec<&Secret> = secrets_of(self.row, self.with).collect();
        let named = own.iter().any(|secret| secret.label == VERIFY_TOKEN);
        let mut tried = own
            .iter()
            .filter(|secret| !named || secret.label == VERIFY_TOKEN);
        Some(if tried.any(is_it) {
            Ok(Content::text(challenge))
        } else if named {
            Ok(Content::nothing(403))
        } else if own.is_empty() {
            Err(Why::NoSecret)
        } else {
            // The origin may know it: what is stored here may be for signatures.
            Err(Why::Token)
        })
    }

    fn slack(&self) -> Found {
        let value = self.json("type", "url_verification")?;
        let what = "$.challenge";
        let challenge = text(value, "challenge").filter(|text| Form::Token.holds(text));
        let Some(challenge) = challenge else {
            return Some(Err(Why::Form { what }));
        };
        Some(self.proven().map(|_| Content::text(challenge.to_owned())))
    }

    fn zoom(&self) -> Found {
        let value = self.json("event", "endpoint.url_validation")?;
        let what = "$.payload.plainToken";
        let token = value
            .get("payload")
            .and_then(|payload| text(payload, "plainToken"));
        let Some(token) = token.filter(|text| Form::Token.holds(text)) else {
            return Some(Err(Why::Form { what }));
        };
        let answer = |secret: &Secret| {
            let key = secret.expose().as_bytes();
            let digest = Algorithm::HmacSha256.digest(key, token.as_bytes());
            let digest = hex::encode(digest.unwrap_or_default());
            Content::json(&json!({ "plainToken": token, "encryptedToken": digest }))
        };
        Some(self.proven().map(answer))
    }

    /// Discord also sends some with bad signatures, to see that they are refused.
    fn discord(&self) -> Found {
        let value = self.request.json().filter(|_| self.is("POST"))?;
        // An event has the same type as an interaction that only asks.
        let is_event = value.get("event").is_some();
        let content = match value.get("type")?.as_u64()? {
            0 => Content::nothing(204),
            1 if !is_event => Content::json(&json!({ "type": 1 })),
            _ => return None,
        };
        Some(self.or_refused(content))
    }

    /// Xero, too, sends some with bad signatures.
    fn xero(&self) -> Found {
        let value = self.request.json().filter(|_| self.is("POST"))?;
        let empty = value.get("events")?.as_array()?.is_empty();
        empty.then(|| self.or_refused(Content::nothing(200)))
    }

    /// For those who want to see that bad signatures are refused.
    fn or_refused(&self, content: Content) -> Result<Content, Why> {
        match self.proven() {
            Ok(_) => Ok(content),
            Err(Why::Signature(Verdict::Bad { .. } | Verdict::Unsigned)) => {
                Ok(Content::nothing(self.row.refusal))
            }
            Err(why) => Err(why),
        }
    }

    fn asana(&self) -> Found {
        const FIELD: &str = "X-Hook-Secret";
        let value = self.request.header(FIELD).filter(|_| self.is("POST"))?;
        let text = String::from_utf8_lossy(value).into_owned();
        if !Form::Token.holds(&text) {
            return Some(Err(Why::Form { what: FIELD }));
        }
        let mut content = Content::nothing(200);
        content.headers.push(FIELD, text.clone());
        content.learned = Some(self.handed_over(text));
        Some(Ok(content))
    }

    fn notion(&self) -> Found {
        let value = self.request.json().filter(|_| self.is("POST"))?;
        let token = text(value, "verification_token")?;
        if !Form::Token.holds(token) {
            let what = "$.verification_token";
            return Some(Err(Why::Form { what }));
        }
        let mut content = Content::nothing(200);
        content.learned = Some(self.handed_over(token.to_owned()));
        Some(Ok(content))
    }

    fn handed_over(&self, text: String) -> Secret {
        Secret::new(&self.row.id, "handed over", text)
    }

    fn reachable(&self, methods: &[&str]) -> Found {
        let asks = methods.iter().any(|method| self.is(method));
        asks.then(|| Ok(Content::nothing(200)))
    }

    fn woocommerce(&self) -> Found {
        let [(name, id)] = self.request.form() else {
            return None;
        };
        let is_ping = name == "webhook_id" && self.is("POST");
        let known = self.request.header("X-WC-Webhook-Topic").is_some();
        if !is_ping || known {
            return None;
        }
        let number = !id.is_empty() && id.len() <= 20 && id.bytes().all(|c| c.is_ascii_digit());
        Some(if number {
            Ok(Content::nothing(200))
        } else {
            Err(Why::Form { what: "webhook_id" })
        })
    }

    /// Signed with a key that everybody knows, as the real one is not made yet.
    fn mandrill(&self) -> Found {
        let events = self.request.form_field("mandrill_events")?;
        if events.trim() != "[]" || !self.is("POST") {
            return None;
        }
        let keys = self.row.scheme.iter().flat_map(|scheme| &scheme.test_keys);
        let known = keys.map(|key| Secret::new(&self.row.id, "test key", key.as_str()));
        let known: Vec<Secret> = known.chain(self.own().cloned()).collect();
        let with = With {
            secrets: &known,
            ..*self.with
        };
        let verdict = check(self.row, self.request, self.whole, &with).verdict;
        Some(match verdict {
            Verdict::Good => Ok(Content::nothing(200)),
            verdict => Err(Why::Signature(verdict)),
        })
    }

    fn github(&self) -> Found {
        let is_ping = self.request.header("X-GitHub-Event") == Some(b"ping");
        if !is_ping || !self.is("POST") {
            return None;
        }
        // Who has no secret set gets no signatures either.
        Some(match self.proven() {
            Ok(_) | Err(Why::NoSecret) => Ok(Content::nothing(200)),
            Err(why) => Err(why),
        })
    }

    /// The body as JSON, if it is a POST and has this in it.
    fn json(&self, name: &str, expected: &str) -> Option<&Value> {
        let value = self.request.json().filter(|_| self.is("POST"))?;
        (text(value, name)? == expected).then_some(value)
    }

    fn own(&self) -> impl Iterator<Item = &Secret> {
        secrets_of(self.row, self.with)
    }

    /// The secret by which the request is signed well.
    fn proven(&self) -> Result<&Secret, Why> {
        if self.own().next().is_none() {
            return Err(Why::NoSecret);
        }
        let report = check(self.row, self.request, self.whole, self.with);
        let label = match report.verdict {
            Verdict::Good => report.secret.unwrap_or_default(),
            verdict => return Err(Why::Signature(verdict)),
        };
        // Two secrets may be called the same.
        let fits = |secret: &&Secret| {
            let with = With {
                secrets: std::slice::from_ref(*secret),
                ..*self.with
            };
            secret.label == label
                && check(self.row, self.request, self.whole, &with).verdict == Verdict::Good
        };
        self.own().find(fits).ok_or(Why::NoSecret)
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

#[cfg(test)]
#[path = "asked_tests.rs"]
mod tests;
