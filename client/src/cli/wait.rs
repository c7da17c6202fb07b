//! `hookreel wait`: until so many exchanges have come, for scripts and tests.

use std::io::Write;

use clap::Args;
use hookreel_shared::filter::{self, Filter};
use hookreel_shared::model::{Exchange, ExchangeId};
use hookreel_shared::pretty::decode::{codings_of, decode};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::follow::{EVERY, Follow};
use super::signals::StopSignals;
use super::{Global, history, out, select};
use crate::config::{Age, Output};
use crate::error::{Exit, Failed};
use crate::plain;
use crate::store::{Cursor, Row};

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
    /// How long to wait, such as 30s, before it ends with 124; without this, for ever
    #[arg(long, value_name = "TIME")]
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

    fn is_in(&self, document: &serde_json::Value) -> bool {
        let Some(found) = document.pointer(&self.pointer) else {
            return false;
        };
        let Some(wanted) = &self.value else {
            return true;
        };
        match found {
            serde_json::Value::String(text) => text == wanted,
            other => {
                serde_json::from_str(wanted).is_ok_and(|wanted: serde_json::Value| *other == wanted)
            }
        }
    }
}

/// Waits until enough have come, or too long.
pub fn run(flags: &WaitFlags, global: &Global) -> Result<Exit, Failed> {
    let filter = select::filter(&flags.filter)?;
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
        let deadline = self.timeout.map(|Age(timeout)| Instant::now() + timeout);
        let table = out::table();
        let layout = table.layout_for_more(&found);
        let mut to = anstream::stdout();
        let mut left = self.count;
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            for row in found {
                if left == 0 || !self.holds(&follow, row.summary.id)? {
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
            tokio::select! {
                () = signals.next() => return Ok(Exit::Interrupted),
                _ = ticks.tick() => {}
            }
            // A look after the deadline still counts what came before it.
            let is_over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            found = follow.news(filter, history::now())?;
            if is_over && found.is_empty() {
                let came = self.count - left;
                out::say(&format!("{came} of {} came in time", self.count));
                return Ok(Exit::TimedOut);
            }
        }
    }

    /// Whether the request's body has what was asked for.
    fn holds(&self, follow: &Follow, id: ExchangeId) -> Result<bool, Failed> {
        if self.body.is_empty() {
            return Ok(true);
        }
        let exchange = follow.reader().get(id).map_err(history::failed)?;
        let document = exchange.as_ref().and_then(document);
        Ok(document.is_some_and(|document| self.body.iter().all(|member| member.is_in(&document))))
    }
}

fn document(exchange: &Exchange) -> Option<serde_json::Value> {
    let codings = codings_of(&exchange.request.headers);
    let body = decode(&exchange.request_body.kept, &codings).ok()?;
    serde_json::from_slice(&body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_finds_its_place_and_what_stands_there() {
        let document = serde_json::json!({"a": {"id": 42, "s": "x=y", "n": null}, "list": [true]});
        let holds = |text: &str| Member::read(text).unwrap().is_in(&document);
        for text in [
            "/a/id=42",
            "/a",
            "/a/s=x=y",
            "/a/n=null",
            "/list/0=true",
            "",
            "/list=[true]",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in ["/a/id=43", "/b", "/a/s=x", "/list/1", "/a/id="] {
            assert!(!holds(text), "{text}");
        }
        assert!(Member::read("data/id").is_err());
    }
}
