//! What is known of an exchange's sender and signature, for people and for programs.

use std::fmt::Write as _;

use hookreel_shared::model::ExchangeId;
use hookreel_shared::pretty::safe;
use hookreel_shared::provider::{Because, Verdict};
use serde_json::{Value, json};

use super::text::{BOLD, DIM, GREEN, PLAIN, RED, YELLOW};
use crate::config::About;

/// The sign of a verdict's word in lists, and its colour.
fn sign(word: &str) -> (&'static str, &'static str) {
    match word {
        "good" => ("✓", GREEN),
        "bad" => ("✗", RED),
        "unsigned" => ("○", YELLOW),
        "no-secret" => ("?", YELLOW),
        _ => ("·", DIM),
    }
}

/// A verdict for a line of a list, and its colour: the sign, and the word with all that are not
/// good.
#[must_use]
pub fn mark(word: &str) -> (String, &'static str) {
    let (sign, colour) = sign(word);
    match word {
        "good" => (sign.to_owned(), colour),
        word => (format!("{sign} {}", line(word)), colour),
    }
}

/// All that is known, in lines; the id first where it is given.
#[must_use]
pub fn text(id: Option<ExchangeId>, about: &About) -> String {
    let mut out = String::new();
    let About { sender, advice } = about;
    let report = &sender.report;
    let (sign, colour) = sign(report.verdict.word());
    let id = id.map(|id| format!("{id}  ")).unwrap_or_default();
    let verdict = line(&report.verdict.to_string());
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{id}{colour}{BOLD}{sign}{PLAIN} {colour}{verdict}{PLAIN}"
    );
    let known = [&sender.provider, &sender.event, &sender.line];
    let whose: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
    let mut rows = Vec::new();
    if !whose.is_empty() {
        rows.push(("sender", whose.join(" · ")));
    }
    let fits = |value: &String| report.received.contains(value);
    let details = report.details().into_iter();
    rows.extend(details.filter(|(what, value)| *what != "expected" || !fits(value)));
    if let (Verdict::NoSecret, Some(provider)) = (&report.verdict, &report.provider) {
        rows.push(("to check", format!("hookreel secret set {provider}")));
    }
    let lacks = Verdict::Unchecked {
        because: Because::NoCertificate,
    };
    if report.verdict == lacks {
        rows.push((
            "to check",
            "hookreel verify ID --fetch-certificate".to_owned(),
        ));
    }
    for (what, value) in rows {
        let _ = writeln!(out, "  {DIM}{what:<9}{PLAIN} {}", line(&value));
    }
    for advice in advice {
        let advice = line(&advice.to_string());
        let _ = writeln!(out, "  {YELLOW}!{PLAIN} {advice}");
    }
    out
}

/// The same as one JSON object.
#[must_use]
pub fn json(id: ExchangeId, about: &About) -> String {
    let mut value = value(about);
    if let Value::Object(map) = &mut value {
        map.insert("type".to_owned(), "signature".into());
        map.insert("v".to_owned(), 1.into());
        map.insert("id".to_owned(), id.to_string().into());
    }
    safe::json(value.to_string())
}

/// An exchange's JSON form with two keys more: `verdict`, a word as in lists (null where there is
/// nothing to judge), and `signature`.
#[must_use]
pub fn added(document: &str, about: &About, verdict: Option<&str>) -> String {
    match document.strip_suffix('}') {
        Some(begin) => {
            let (verdict, signature) = (json!(verdict), safe::json(value(about).to_string()));
            format!("{begin},\"verdict\":{verdict},\"signature\":{signature}}}")
        }
        None => document.to_owned(),
    }
}

fn value(about: &About) -> Value {
    let About { sender, advice } = about;
    let advice: Vec<Value> = advice
        .iter()
        .map(|advice| {
            let mut value = json!(advice);
            value["text"] = advice.to_string().into();
            value
        })
        .collect();
    json!({
        "event": sender.event,
        "delivery": sender.delivery,
        "summary": sender.line,
        "why": sender.report.verdict.to_string(),
        "report": sender.report,
        "advice": advice,
    })
}

fn line(text: &str) -> String {
    safe::line(text).into_owned()
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
