//! `hookreel diff`: what two exchanges do not have in common.

use std::fmt::Write;

use clap::Args;
use hookreel_shared::diff::{self, Ignore, Ignores, LineKind, MessageDiff};
use hookreel_shared::model::{Exchange, ExchangeId};
use hookreel_shared::pretty::safe;
use serde::Serialize;

use super::show::whole;
use super::{Global, history, out, select};
use crate::config::Output;
use crate::error::{Exit, Failed};
use crate::store::Reader;

pub const EXAMPLES: &str = "\
Examples:
  hookreel diff @2 @1                              the latest, against the one before
  hookreel diff @1                                 a replay, against what it repeats
  hookreel diff @2 @1 --ignore '$..created' --ignore header:date  but for these
  hookreel diff @2 @1 --json                       for programs; ends with 1 where they differ";

#[derive(Args)]
pub struct DiffFlags {
    /// The first exchange; if it stands alone, a replay
    #[arg(value_name = "A")]
    first: String,
    /// The second exchange
    #[arg(value_name = "B")]
    second: Option<String>,
    /// Leave this out: $.path, header:NAME, trailer:NAME, method, target, status or body
    #[arg(long, value_name = "PLACE", value_parser = ignore)]
    ignore: Vec<Ignore>,
}

#[derive(Serialize)]
struct Found {
    #[serde(rename = "type")]
    kind: &'static str,
    v: u32,
    before: String,
    after: String,
    same: bool,
    request: MessageDiff,
    response: MessageDiff,
}

fn ignore(text: &str) -> Result<Ignore, String> {
    text.parse()
        .map_err(|error: diff::IgnoreError| error.to_string())
}

/// Compares two exchanges; tells by how it ends whether they differ.
pub fn run(flags: &DiffFlags, global: &Global) -> Result<Exit, Failed> {
    let reader = history::existing(global)?;
    let (before, after) = flags.pair(&reader)?;
    let (before, after) = (whole(&reader, before)?, whole(&reader, after)?);
    let ignores: Ignores = flags.ignore.iter().cloned().collect();
    let request = diff::requests(&before, &after, &ignores);
    let response = diff::responses(&before, &after, &ignores);
    let same = request.is_empty() && response.is_empty();
    let text = match global.output() {
        Some(Output::Quiet) => String::new(),
        Some(Output::Json) => {
            let found = Found {
                kind: "diff",
                v: 1,
                before: before.id().to_string(),
                after: after.id().to_string(),
                same,
                request,
                response,
            };
            safe::json(serde_json::to_string(&found).unwrap_or_default()) + "\n"
        }
        _ => {
            let heads = heading("---", &before) + &heading("+++", &after);
            heads + &part("request", &request) + &part("answer", &response)
        }
    };
    out::text(&text)?;
    Ok(if same { Exit::Ok } else { Exit::Different })
}

impl DiffFlags {
    fn pair(&self, reader: &Reader) -> Result<(ExchangeId, ExchangeId), Failed> {
        let first = select::single(reader, &self.first)?;
        if let Some(second) = &self.second {
            return Ok((first, select::single(reader, second)?));
        }
        let original = whole(reader, first)?.replay_of.ok_or_else(|| {
            Failed::usage(format!("{first} repeats no other: name two exchanges"))
        })?;
        match reader.row(original).map_err(history::failed)? {
            Some(_) => Ok((original, first)),
            None => Err(Failed::new(
                Exit::Runtime,
                format!("{original}, which {first} repeats, is no longer in the history"),
            )),
        }
    }
}

fn heading(mark: &str, exchange: &Exchange) -> String {
    let text = |bytes: &[u8]| safe::line(&String::from_utf8_lossy(bytes)).into_owned();
    let head = &exchange.request;
    format!(
        "\x1b[1m{mark} {}  {}  {} {}\x1b[0m\n",
        head.id,
        head.received_at,
        text(&head.method),
        text(&head.target)
    )
}

fn part(name: &str, diff: &MessageDiff) -> String {
    let ignored = match diff.ignored {
        0 => String::new(),
        count => format!(" ({count} left out)"),
    };
    if diff.is_empty() {
        return format!("{name}: the same{ignored}\n");
    }
    let mut out = format!("{name}:{ignored}\n");
    for line in diff.lines() {
        let colour = match line.kind {
            LineKind::Same => "\x1b[2m",
            LineKind::Added => "\x1b[32m",
            LineKind::Removed => "\x1b[31m",
            LineKind::Changed => "\x1b[33m",
        };
        let shown = line.to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {colour}{}\x1b[0m", safe::line(&shown));
    }
    out
}
