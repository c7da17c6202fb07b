//! Senders and a server that sign and check by themselves, with nothing of ours.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, HMAC_SHA256, Key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::process::Stdio;

use crate::cli::process::{Ended, Home, Process};

pub const STRIPE: &str = "whsec_4f3c2b1a";
pub const GITHUB: &str = "it's a secret to everybody";
pub const SLACK: &str = "8f742231b10e8888abcd99yyyzzz85a5";
pub const TWILIO: &str = "12345678901234567890123456789012";

/// Sets a secret as a script does: by standard input.
#[track_caller]
pub fn set(home: &Home, flags: &[&str], text: &str) -> Ended {
    piped(home, &[&["secret", "set"], flags].concat(), text)
}

/// Runs a verb with this on standard input.
#[track_caller]
pub fn piped(home: &Home, arguments: &[&str], text: &str) -> Ended {
    let mut command = home.hookreel(arguments);
    let (input, mut sink) = std::io::pipe().expect("a pipe");
    command.stdin(Stdio::from(input));
    let process = Process::start(command);
    // It may end before it has read all.
    let _ = sink.write_all(text.as_bytes());
    drop(sink);
    process.end()
}

/// Seconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("it is later than 1970").as_secs()
}

pub fn sha256(secret: &str, signed: &[u8]) -> String {
    let key = Key::new(HMAC_SHA256, secret.as_bytes());
    hex::encode(sign(&key, signed))
}

/// Field lines of a webhook of Stripe's, signed at this time.
pub fn stripe(body: &str, at: u64) -> String {
    let signature = sha256(STRIPE, format!("{at}.{body}").as_bytes());
    format!("Content-Type: application/json\r\nStripe-Signature: t={at},v1={signature}\r\n")
}

/// Field lines of a webhook of GitHub's.
pub fn github(body: &str) -> String {
    let signature = sha256(GITHUB, body.as_bytes());
    format!(
        "Content-Type: application/json\r\nX-GitHub-Event: push\r\n\
         X-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958\r\n\
         X-Hub-Signature-256: sha256={signature}\r\n"
    )
}

/// Field lines of a webhook of Slack's, signed at this time.
pub fn slack(body: &str, at: u64) -> String {
    let signature = sha256(SLACK, format!("v0:{at}:{body}").as_bytes());
    format!(
        "Content-Type: application/json\r\nX-Slack-Request-Timestamp: {at}\r\n\
         X-Slack-Signature: v0={signature}\r\n"
    )
}

/// What Twilio signs: the address, and names and values of the form by name.
pub fn twilio_signature(url: &str, form: &[(&str, &str)]) -> String {
    let mut sorted = form.to_vec();
    sorted.sort_unstable();
    let pairs: String = sorted.iter().map(|(n, v)| format!("{n}{v}")).collect();
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, TWILIO.as_bytes());
    STANDARD.encode(sign(&key, format!("{url}{pairs}").as_bytes()))
}

/// Field lines of a webhook of Twilio's to this address.
pub fn twilio(url: &str, form: &[(&str, &str)]) -> String {
    let signature = twilio_signature(url, form);
    format!(
        "Content-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: {signature}\r\n"
    )
}

/// A message as a server sees it.
pub struct Seen {
    pub line: String,
    fields: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub fn read(message: &[u8]) -> Self {
        let text = String::from_utf8_lossy(message).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.lines();
        let line = lines.next().unwrap_or_default().to_owned();
        let field = |line: &str| {
            let (name, value) = line.split_once(':').unwrap_or_default();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        Self {
            line,
            fields: lines.map(field).collect(),
            body: body.to_owned(),
        }
    }

    pub fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value)
    }

    /// As Stripe's own library checks: the time, and that one of the signatures fits.
    pub fn is_of_stripe(&self, at: u64) -> bool {
        let header = self.field("stripe-signature");
        let all = |key: &'static str| {
            header
                .split(',')
                .filter_map(move |part| part.strip_prefix(key)?.strip_prefix('='))
        };
        let Some(time) = all("t").next() else {
            return false;
        };
        let expected = sha256(STRIPE, format!("{time}.{}", self.body).as_bytes());
        let age = at.abs_diff(time.parse().unwrap_or(0));
        age <= 300 && all("v1").any(|own| own == expected)
    }

    /// As GitHub's documentation checks.
    pub fn is_of_github(&self) -> bool {
        let expected = sha256(GITHUB, self.body.as_bytes());
        self.field("x-hub-signature-256") == format!("sha256={expected}")
    }

    /// As Slack's documentation checks.
    pub fn is_of_slack(&self, at: u64) -> bool {
        let time = self.field("x-slack-request-timestamp");
        let expected = sha256(SLACK, format!("v0:{time}:{}", self.body).as_bytes());
        at.abs_diff(time.parse().unwrap_or(0)) <= 300
            && self.field("x-slack-signature") == format!("v0={expected}")
    }
}
