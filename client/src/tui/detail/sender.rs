//! Who sent a request, whether its signature fits, and what follows from the answer.

use hookreel_shared::provider::{Because, Report, Verdict};

use super::block::Fixed;
use super::body::long;
use super::line::{Line, Role};
use super::message::prose;
use crate::config::About;

/// Adds what is known; nothing where nobody knows who sent it.
pub(super) fn sender(lines: &mut Vec<Fixed>, about: &About) {
    let About { sender, advice } = about;
    let Some(provider) = &sender.provider else {
        return;
    };
    let mut whose = Line::new(Role::Info, provider);
    if let Some(event) = &sender.event {
        whose.push(Role::Info, &format!(" {event}"));
    }
    lines.push(whose.into());
    if let Some(line) = &sender.line {
        lines.extend(prose(Role::Text, line));
    }
    signature(lines, &sender.report);
    for advice in advice {
        lines.extend(prose(Role::Warn, &format!("! {advice}")));
    }
    lines.push(Line::default().into());
}

fn signature(lines: &mut Vec<Fixed>, report: &Report) {
    let (role, sign) = match &report.verdict {
        Verdict::Good => (Role::Ok, "✓"),
        Verdict::Bad { .. } => (Role::Bad, "✗"),
        Verdict::Unsigned => (Role::Warn, "○"),
        Verdict::NoSecret => (Role::Warn, "?"),
        // It is no news that who never signs did not.
        Verdict::Unchecked {
            because: Because::NotSigned | Because::UnknownProvider,
        } => return,
        Verdict::Unchecked { .. } => (Role::Dim, "·"),
    };
    lines.extend(prose(role, &format!("{sign} {}", report.verdict)));
    let details = report.details();
    if report.verdict == Verdict::Good {
        // What came is what was expected: what it rests on is enough.
        let told = ["scheme", "secret", "age"];
        let words: Vec<String> = details
            .into_iter()
            .filter(|(what, _)| told.contains(what))
            .map(|(what, value)| format!("{what} {value}"))
            .collect();
        lines.push(Line::new(Role::Dim, &format!("  {}", words.join(" · "))).into());
        return;
    }
    for (what, value) in details {
        if what == "expected" && report.received.contains(&value) {
            continue;
        }
        let first = Line::new(Role::Dim, &format!("  {what:<9}"));
        long(lines, first, Role::Text, value.as_bytes());
    }
    if let (Verdict::NoSecret, Some(provider)) = (&report.verdict, &report.provider) {
        let line = Line::new(Role::Dim, "  to check ");
        let command = format!("hookreel secret set {provider}");
        long(lines, line, Role::Text, command.as_bytes());
    }
}
