//! What is known of an exchange's sender and signature, for people and for programs.

use std::fmt::Write as _;

use hookreel_shared::model::ExchangeId;
use hookreel_shared::pretty::safe;
use hookreel_shared::provider::{Report, Sender, Verdict};
use serde_json::json;

use super::text::{BOLD, DIM, GREEN, PLAIN, RED, YELLOW};

/// The sign of a verdict's word in lists, with a word beside it never by colour alone.
#[must_use]
pub fn glyph(word: &str) -> &'static str {
    match word {
        "good" => "✓",
        "bad" => "✗",
        "unsigned" => "○",
        "no-secret" => "?",
        _ => "",
    }
}

/// All that is known, in lines; the id first where it is given.
#[must_use]
pub fn text(id: Option<ExchangeId>, sender: &Sender) -> String {
    let mut out = String::new();
    let report = &sender.report;
    let (colour, sign) = match &report.verdict {
        Verdict::Good => (GREEN, "✓"),
        Verdict::Bad { .. } => (RED, "✗"),
        Verdict::Unsigned | Verdict::NoSecret => (YELLOW, "?"),
        Verdict::Unchecked { .. } => (DIM, "·"),
    };
    let id = id.map(|id| format!("{id}  ")).unwrap_or_default();
    let verdict = line(&report.verdict.to_string());
    let _ = writeln!(
        out,
        "{id}{colour}{BOLD}{sign}{PLAIN} {colour}{verdict}{PLAIN}"
    );
    let mut row = |what: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "  {DIM}{what:<9}{PLAIN} {}", line(&value));
        }
    };
    let mut whose: Vec<String> = Vec::new();
    whose.extend(sender.provider.clone());
    whose.extend(sender.event.clone());
    whose.extend(sender.line.clone());
    row("sender", (!whose.is_empty()).then(|| whose.join(" · ")));
    row("scheme", report.scheme.clone());
    row("secret", report.secret.clone());
    let others = report.secret.is_none() && !report.tried.is_empty();
    row("tried", others.then(|| report.tried.join(", ")));
    let differs = report.verdict != Verdict::Good;
    for received in report.received.iter().filter(|_| differs) {
        row("received", Some(received.clone()));
    }
    row("expected", report.expected.clone().filter(|_| differs));
    row(
        "signed",
        report
            .signed
            .as_ref()
            .map(|signed| format!("{} bytes: {}", signed.bytes, signed.text)),
    );
    row("age", report.age.map(|age| format!("{age} s when it came")));
    out
}

/// The same as one JSON object.
#[must_use]
pub fn json(id: ExchangeId, sender: &Sender) -> String {
    json!({
        "type": "signature",
        "v": 1,
        "id": id.to_string(),
        "event": sender.event,
        "delivery": sender.delivery,
        "summary": sender.line,
        "why": sender.report.verdict.to_string(),
        "report": report(&sender.report),
    })
    .to_string()
}

fn report(report: &Report) -> serde_json::Value {
    serde_json::to_value(report).unwrap_or_default()
}

fn line(text: &str) -> String {
    safe::line(text).into_owned()
}
