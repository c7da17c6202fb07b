//! `hookreel wait`: until so many exchanges have come, for scripts and tests.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use hookreel_shared::filter::{self, Filter};
use hookreel_shared::json::{self, Kind, Scan, number, pointer};
use hookreel_shared::model::{Exchange, ExchangeId, Timestamp};
use hookreel_shared::pretty::decode::{codings_of, decode};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::follow::{EVERY, Follow};
use super::signals::StopSignals;
use super::{Global, history, out, select};
use crate::config::{Age, Output};
use crate::error::{Exit, Failed};
use crate::plain;
use crate::store::{Cursor, Row};

/// Levels of a document that are looked into, as `json:` in filters has it.
const DEPTH: usize = 10_000;

pub const EXAMPLES: &str = "\
Examples:
  hookreel wait --timeout 30s                      until something comes in
  hookreel wait 'path:/hooks*' --count 3 --timeout 1m  until there are three
  hookreel wait --body /data/id=42 --timeout 10s   until its JSON has this
  hookreel wait status:200 --since 5m --timeout 1s  what came in the last 5 minutes counts too";

#[derive(Args)]
pub struct WaitFlags {
    /// Only what this filter lets through; several words must all hold
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
    /// How many must come
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
    /// How long to wait, such as 30s or 2m, before it ends with 124; without this, for ever
    #[arg(long, value_name = "TIME", value_parser = span)]
    timeout: Option<Age>,
    /// What must stand in the request's JSON, by JSON pointer: /data/id=42, or /data/id for anything
    #[arg(long, value_name = "POINTER[=VALUE]", value_parser = Member::read)]
    body: Vec<Member>,
    /// Count also what came since then: 5m, 2026-11-22
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Count also all that is in the history
    #[arg(long, conflicts_with = "since")]
    all: bool,
}

/// One place of a JSON body, and what must stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    pointer: String,
    value: Option<String>,
}

impl Member {
    fn read(text: &str) -> Result<Self, String> {
        let (pointer, value) = match text.split_once('=') {
            Some((pointer, value)) => (pointer, Some(value.to_owned())),
            None => (text, None),
        };
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return Err("a JSON pointer begins with /, as in /data/id=42".to_owned());
        }
        Ok(Self {
            pointer: pointer.to_owned(),
            value,
        })
    }

    fn is_in(&self, document: &Document) -> bool {
        let Document { text, scan } = document;
        let found = pointer::find(text, scan, &self.pointer).into_iter();
        found.filter_map(|place| text.get(place)).any(|found| {
            let wanted = self.value.as_deref();
            wanted.is_none_or(|wanted| is_same(found, wanted))
        })
    }
}

/// Whether this value of a document is the one that was written on the command line.
fn is_same(found: &[u8], wanted: &str) -> bool {
    match found.first() {
        Some(b'"') => json::unescape(found) == wanted,
        Some(b'{' | b'[') => {
            let value = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).ok();
            value(found).is_some_and(|found| value(wanted.as_bytes()) == Some(found))
        }
        Some(b'-' | b'0'..=b'9') => {
            let scan = json::scan(wanted.as_bytes(), 0);
            let is_number = matches!(&scan.tokens[..], [only] if only.kind == Kind::Number);
            is_number && scan.error.is_none() && number::equal(found, wanted.trim().as_bytes())
        }
        // true, false or null
        _ => found == wanted.trim().as_bytes(),
    }
}

/// A body that is JSON.
struct Document {
    text: Vec<u8>,
    scan: Scan,
}

impl Document {
    fn of(exchange: &Exchange) -> Option<Self> {
        let codings = codings_of(&exchange.request.headers);
        let body = decode(&exchange.request_body.kept, &codings).ok()?;
        let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
        Self::read(text)
    }

    fn read(text: &[u8]) -> Option<Self> {
        let scan = json::scan(text, DEPTH);
        let text = text.to_vec();
        (scan.error.is_none() && !scan.tokens.is_empty()).then_some(Self { text, scan })
    }
}

/// Waits until enough have come, or too long.
pub fn run(flags: &WaitFlags, global: &Global) -> Result<Exit, Failed> {
    let filter = select::filter(&flags.filter)?.without_imported();
    let since = flags.earlier()?;
    let mut follow = Follow::new(history::open_or_make(global)?)?;
    let mut found = Vec::new();
    if let Some(since) = since {
        let rows = follow
            .reader()
            .matching(&since, history::now(), Cursor::Newest, usize::MAX)
            .map_err(history::failed)?;
        for row in rows.into_iter().rev() {
            let closed = row.summary.closed;
            let matches = |follow: &Follow| {
                let held = follow.reader().is_match(&filter, history::now(), &row);
                held.map_err(history::failed)
            };
            if closed && matches(&follow)? && follow.tell(row.summary.id) {
                found.push(row);
            }
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failed::new(Exit::Runtime, error.to_string()))?;
    runtime.block_on(flags.until_enough(follow, &filter, found, global.output()))
}

impl WaitFlags {
    /// What of the history counts too, if anything does.
    fn earlier(&self) -> Result<Option<Filter>, Failed> {
        let text = match (&self.since, self.all) {
            (Some(since), _) => format!("since:{since}"),
            (None, true) => String::new(),
            (None, false) => return Ok(None),
        };
        let read = filter::parse(&text).map_err(|error| Failed::usage(error.to_string()))?;
        Ok(Some(read))
    }

    async fn until_enough(
        &self,
        mut follow: Follow,
        filter: &Filter,
        mut found: Vec<Row>,
        output: Option<Output>,
    ) -> Result<Exit, Failed> {
        let mut signals =
            StopSignals::new().map_err(|error| Failed::new(Exit::Runtime, error.to_string()))?;
        let deadline = self
            .timeout
            .map(|Age(timeout)| (Instant::now() + timeout, later(history::now(), timeout)));
        let table = out::table();
        let layout = table.layout_for_more(&found);
        let mut to = anstream::stdout();
        let mut left = self.count;
        // Those whose bodies do not have what was asked for.
        let mut without = 0;
        let mut too_late = false;
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            for row in found {
                if left == 0 {
                    continue;
                }
                if !self.holds(&follow, row.summary.id)? {
                    without += 1;
                    continue;
                }
                left -= 1;
                let line = match output {
                    Some(Output::Json) => plain::row(&row),
                    Some(Output::Quiet) => continue,
                    _ => layout.line(&row),
                };
                let printed = to.write_all(line.as_bytes()).and_then(|()| to.flush());
                // Whoever closes standard output still wants to know how it ends.
                if let Err(error) = printed
                    && !out::is_closed(&error)
                {
                    return out::ended(Err(error));
                }
            }
            if left == 0 {
                return Ok(Exit::Ok);
            }
            if too_late {
                let came = self.count - left;
                let other = match follow.others() + without {
                    0 => String::new(),
                    other => format!("; {other} came that the filter does not let through"),
                };
                out::say(&format!("{came} of {} came in time{other}", self.count));
                return Ok(Exit::TimedOut);
            }
            tokio::select! {
                () = signals.next() => return Ok(Exit::Interrupted),
                _ = ticks.tick() => {}
            }
            let is_over = deadline.is_some_and(|(deadline, _)| Instant::now() >= deadline);
            found = follow.news(filter, history::now())?;
            if let (true, Some((_, deadline))) = (is_over, deadline) {
                // A look after the deadline still counts what came before it; there may be no end
                // of what comes after.
                let looked = found.len();
                found.retain(|row| ended(row) <= deadline);
                too_late = found.is_empty() || found.len() < looked;
            }
        }
    }

    /// Whether the request's body has what was asked for.
    fn holds(&self, follow: &Follow, id: ExchangeId) -> Result<bool, Failed> {
        if self.body.is_empty() {
            return Ok(true);
        }
        let exchange = follow.reader().get(id).map_err(history::failed)?;
        let document = exchange.as_ref().and_then(Document::of);
        Ok(document.is_some_and(|document| self.body.iter().all(|member| member.is_in(&document))))
    }
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(time.as_micros().saturating_add(micros))
}

/// When all of it had come.
fn ended(row: &Row) -> Timestamp {
    later(row.summary.at, row.summary.took.unwrap_or_default())
}

/// A time with its unit, or seconds.
fn span(text: &str) -> Result<Age, String> {
    match text.parse() {
        Ok(seconds @ 0..=u32::MAX) => Ok(Age(Duration::from_secs(seconds.into()))),
        Err(_) => text.parse(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_finds_its_place_and_what_stands_there() {
        let deep = format!("{}42{}", "[".repeat(500), "]".repeat(500));
        let text = format!(
            r#"{{"a": {{"id": 42, "s": "x=y", "n": null}}, "list": [true], "none": 0,
                "big": 9007199254740993, "id": 1, "id": 2, "deep": {deep}}}"#
        );
        let document = Document::read(text.as_bytes()).unwrap();
        let holds = |text: &str| Member::read(text).unwrap().is_in(&document);
        for text in [
            "/a/id=42",
            "/a",
            "/a/s=x=y",
            "/a/n=null",
            "/list/0=true",
            "",
            "/list=[true]",
            "/a/id=4.2e1",
            "/big=9007199254740993",
            "/id=1",
            "/id=2",
            &format!("/deep{}=42", "/0".repeat(500)),
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            "/a/id=43",
            "/b",
            "/a/s=x",
            "/list/1",
            "/a/id=",
            "/none=",
            "/none=x",
            "/big=9007199254740992",
        ] {
            assert!(!holds(text), "{text}");
        }
        assert!(Member::read("data/id").is_err());
        for text in ["", "{", "{} {}", "a=b", "[1,]"] {
            assert!(Document::read(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn a_time_without_a_unit_is_in_seconds() {
        for (text, millis) in [("1", 1000), ("90", 90_000), ("250ms", 250), ("1m", 60_000)] {
            let read = span(text).unwrap();
            assert_eq!(read, Age(Duration::from_millis(millis)), "{text}");
        }
        assert!(span("soon").is_err());
    }
}
