//! `hookreel tail`: what comes in, by whichever hookreel.

use std::io::Write;

use clap::Args;
use hookreel_shared::filter::Filter;
use tokio::time::{MissedTickBehavior, interval};

use super::follow::{EVERY, Follow};
use super::signals::StopSignals;
use super::{Global, history, out, select};
use crate::config::Output;
use crate::error::{Exit, Failed};
use crate::plain;
use crate::store::{Cursor, Row};

pub const EXAMPLES: &str = "\
Examples:
  hookreel tail                                    the latest ten, and what comes in
  hookreel tail -n 0 status:5xx                    only what is answered so from now on
  hookreel tail --json | jq -r .target             for programs";

#[derive(Args)]
pub struct TailFlags {
    /// Only what this filter lets through; several words must all hold
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
    /// How many of those that are there already
    #[arg(short = 'n', long = "lines", default_value_t = 10, value_name = "N")]
    lines: usize,
    /// Only their ids, one a line
    #[arg(long)]
    ids: bool,
}

/// Follows the history until it is interrupted.
pub fn run(flags: &TailFlags, global: &Global) -> Result<Exit, Failed> {
    let filter = select::filter(&flags.filter)?.without_imported();
    if flags.ids {
        global.has_no_output_beside("--ids")?;
    }
    let mut follow = Follow::new(history::open_or_make(global)?)?;
    let mut rows = follow
        .reader()
        .matching(&filter, history::now(), Cursor::Newest, flags.lines)
        .map_err(history::failed)?;
    rows.reverse();
    rows.retain(|row| row.summary.closed && follow.tell(row.summary.id));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failed::new(Exit::Runtime, error.to_string()))?;
    let form = match global.output() {
        _ if flags.ids => Form::Ids,
        Some(Output::Json) => Form::Json,
        Some(Output::Quiet) => Form::Nothing,
        _ => Form::Table,
    };
    runtime.block_on(until_stopped(follow, &filter, &rows, form))
}

/// What is printed of an exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    Json,
    Ids,
    Nothing,
}

async fn until_stopped(
    mut follow: Follow,
    filter: &Filter,
    first: &[Row],
    form: Form,
) -> Result<Exit, Failed> {
    let mut signals =
        StopSignals::new().map_err(|error| Failed::new(Exit::Runtime, error.to_string()))?;
    let table = out::table();
    let layout = table.layout_for_more(first);
    let line = |row: &Row| match form {
        Form::Json => plain::row(row),
        Form::Ids => format!("{}\n", row.summary.id),
        Form::Nothing => String::new(),
        Form::Table => layout.line(row),
    };
    let mut to = anstream::stdout();
    let mut print = |text: &str| to.write_all(text.as_bytes()).and_then(|()| to.flush());
    let heading = match form {
        Form::Table => layout.heading(),
        Form::Json | Form::Ids | Form::Nothing => String::new(),
    };
    let begun = heading + &first.iter().map(line).collect::<String>();
    if let Err(error) = print(&begun) {
        return out::ended(Err(error));
    }
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = signals.next() => return Ok(Exit::Ok),
            _ = ticks.tick() => {}
        }
        let news = follow.news(filter, history::now())?;
        if out::is_abandoned() {
            return Ok(Exit::Ok);
        }
        if news.is_empty() {
            continue;
        }
        if let Err(error) = print(&news.iter().map(line).collect::<String>()) {
            return out::ended(Err(error));
        }
    }
}
