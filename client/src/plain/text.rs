//! `-o compact`: two lines an exchange, for people.

use std::fmt::Write;

use hookreel_shared::model::{Summary, Timestamp};
pub use hookreel_shared::pretty::figures::{duration, size};
use hookreel_shared::pretty::safe;

use super::{View, signature};
use crate::record::{Notice, Seen, State};

/// The view for people without a screen. Times are of `zone`.
#[derive(Debug)]
pub struct Text {
    zone: jiff::tz::TimeZone,
}

pub(super) const DIM: &str = "\x1b[2m";
pub(super) const BOLD: &str = "\x1b[1m";
pub(super) const RED: &str = "\x1b[31m";
pub(super) const GREEN: &str = "\x1b[32m";
pub(super) const YELLOW: &str = "\x1b[33m";
pub(super) const CYAN: &str = "\x1b[36m";
pub(super) const PLAIN: &str = "\x1b[0m";

impl Text {
    /// A view that shows times of that zone.
    #[must_use]
    pub fn new(zone: jiff::tz::TimeZone) -> Self {
        Self { zone }
    }

    fn clock(&self, at: Timestamp) -> String {
        match jiff::Timestamp::from_microsecond(at.as_micros()) {
            Ok(time) => time
                .to_zoned(self.zone.clone())
                .strftime("%H:%M:%S")
                .to_string(),
            Err(_) => "--:--:--".into(),
        }
    }

    fn exchange(&self, summary: &Summary) -> String {
        let id = summary.id;
        let began = summary.status.is_none() && summary.failure.is_none() && !summary.closed;
        if began {
            let target = printable(&summary.target);
            let size = summary.request_bytes.map_or_else(|| "stream".into(), size);
            let at = self.clock(summary.at);
            let method = printable(&summary.method);
            return format!(
                "{DIM}{at}{PLAIN} → {BOLD}{method}{PLAIN} {target}  {size}  {DIM}{id}{PLAIN}\n"
            );
        }
        if !summary.closed {
            return String::new();
        }
        let took = summary.took.unwrap_or_default();
        let at = self.clock(Timestamp::from_micros(
            summary
                .at
                .as_micros()
                .saturating_add(i64::try_from(took.as_micros()).unwrap_or(0)),
        ));
        let mut line = format!("{DIM}{at}{PLAIN} ← ");
        // Writing to a String cannot fail.
        let _ = match (summary.sender_status(), summary.failure) {
            (Some(status), None) => match &summary.handshake {
                Some(which) => write!(
                    line,
                    "{}{status}{PLAIN} {CYAN}hookreel answered {}{PLAIN}",
                    colour(status),
                    safe::line(which)
                ),
                None => write!(line, "{}{status}{PLAIN}", colour(status)),
            },
            (Some(status), Some(failure)) => write!(line, "{RED}{status} ✗ {failure}{PLAIN}"),
            (None, Some(failure)) => write!(line, "{RED}✗ {failure}{PLAIN}"),
            (None, None) => write!(line, "{RED}✗ no answer{PLAIN}"),
        };
        line += &sender(summary);
        let _ = writeln!(
            line,
            "  {}  {}  {DIM}{id}{PLAIN}",
            duration(took),
            size(summary.response_bytes)
        );
        line
    }
}

/// Who sent it and what, and whether the signature fits; empty if nobody knows.
fn sender(summary: &Summary) -> String {
    let mut words = Vec::new();
    for known in [&summary.provider, &summary.event].into_iter().flatten() {
        words.push(printable(known.as_bytes()));
    }
    if let Some(verdict) = &summary.verdict {
        let (mark, colour) = signature::mark(verdict);
        words.push(format!("{colour}{mark}{PLAIN}"));
    }
    match words.is_empty() {
        true => String::new(),
        false => format!("  {}", words.join(" ")),
    }
}

impl View for Text {
    fn lines(&mut self, seen: &Seen) -> (String, String) {
        match seen {
            Seen::Notice(Notice::Ready {
                url, urls, origin, ..
            }) => {
                let mut text = format!("{BOLD}{url}{PLAIN} → {origin}\n");
                for other in urls.iter().filter(|other| *other != url) {
                    let _ = writeln!(text, "{DIM}also {other}{PLAIN}");
                }
                (text, String::new())
            }
            Seen::Notice(Notice::Exchange(summary)) => (self.exchange(summary), String::new()),
            Seen::Notice(Notice::Status { state, reason }) => {
                let colour = if *state == State::Connected {
                    GREEN
                } else {
                    YELLOW
                };
                (
                    String::new(),
                    format!(
                        "{colour}{}{PLAIN}: {}\n",
                        state.as_str(),
                        printable(reason.as_bytes())
                    ),
                )
            }
            Seen::Notice(Notice::Hint { of, text }) => {
                let of = of.map(|id| format!("  {DIM}{id}{PLAIN}"));
                let of = of.unwrap_or_default();
                (String::new(), format!("{YELLOW}hint{PLAIN}: {text}{of}\n"))
            }
            Seen::Notice(Notice::Told { good, text }) => {
                let colour = if *good { GREEN } else { RED };
                let text = printable(text.as_bytes());
                (String::new(), format!("{colour}{text}{PLAIN}\n"))
            }
            Seen::Notice(Notice::Unrecorded(count)) => (
                String::new(),
                format!("{YELLOW}not recorded{PLAIN}: {count}\n"),
            ),
            Seen::Missed(lines) => (
                String::new(),
                format!("({lines} lines not shown: the output is too slow)\n"),
            ),
        }
    }
}

pub(super) fn colour(status: u16) -> &'static str {
    match status {
        200..300 => GREEN,
        300..400 => YELLOW,
        _ => RED,
    }
}

/// What came from outside, made harmless to a terminal.
#[must_use]
pub fn printable(bytes: &[u8]) -> String {
    safe::line(&String::from_utf8_lossy(bytes)).into_owned()
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
