//! `hookreel ls`: what is in the history.

use clap::Args;
use hookreel_shared::filter::Filter;

use super::{Global, history, out, secret, select};
use crate::config::Output;
use crate::error::{Exit, Failed};
use crate::plain;
use crate::store::{Cursor, Reader, Row};

pub const EXAMPLES: &str = "\
Examples:
  hookreel ls                                      the latest twenty
  hookreel ls status:5xx since:1h                  answered with 5xx in the last hour
  hookreel ls 'path:/stripe* method:POST'          by path and method
  hookreel ls 'body:\"order 42\" | json:$.id=42'     by what is in them
  hookreel ls @3..@1                               the latest three
  hookreel ls --words 'order paid'                 quickly, by the beginnings of words
  hookreel ls --ids is:failed                      not answered: their ids alone
  hookreel ls --limit 0 --json is:duplicate        all of them, for programs";

/// What the long help says besides that of filters.
pub const COLUMNS: &str = "\
Columns:
  id  when  status  method  target  took  size  provider  event  check  about
  On a terminal they have headings, and give way where there is little room. In a pipe there are no
  headings, every column is there and whole, - where there is nothing, and no spaces are in any but
  the last. status is what the sender got, with ✗ where the server failed; size is of the request's
  body; check is what became of the signature; about is why it was on the road, and notes.

";

#[derive(Args)]
pub struct LsFlags {
    /// Only what this filter lets through; several words must all hold. @1, req_… and ranges such as
    /// @3..@1 name exchanges, of which the filter lets through some
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
    /// How many at the most; 0 for all [default: 20, or all that are named]
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
    /// Only those with all these words, or words that begin so, in target, header values or bodies:
    /// asks an index, where a bare word of a filter looks at every byte. Case and accents do not count
    #[arg(short, long, value_name = "TEXT")]
    words: Option<String>,
    /// Only their ids, one a line
    #[arg(long)]
    ids: bool,
}

/// So many are listed where nothing is said.
const USUAL: usize = 20;

/// Of those that are named, what the filter lets through; the newest first.
fn some_of(
    reader: &Reader,
    named: &[String],
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Row>, Failed> {
    let now = history::now();
    let mut ids = select::select(reader, named, now)?;
    ids.sort_unstable();
    let mut rows = Vec::new();
    for id in ids.into_iter().rev() {
        if rows.len() == limit {
            break;
        }
        let Some(row) = reader.row(id).map_err(history::failed)? else {
            continue;
        };
        if reader
            .is_match(filter, now, &row)
            .map_err(history::failed)?
        {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// What is said of providers that a filter asks for and nobody knows. A row may have gone since, so
/// that such a filter is not wrong.
fn unknown(filter: &Filter, global: &Global) -> Vec<String> {
    let asked = filter.providers();
    if asked.is_empty() {
        return Vec::new();
    }
    // What is wrong with the configuration has been said.
    let Ok(known) = secret::providers(global) else {
        return Vec::new();
    };
    let known = known.now();
    let unknown = asked
        .into_iter()
        .filter_map(|id| secret::row(&known.table, id).err());
    unknown.map(|failed| failed.message).collect()
}

/// Lists exchanges, the newest first.
pub fn run(flags: &LsFlags, global: &Global) -> Result<Exit, Failed> {
    let (named, filter) = select::apart(&flags.filter);
    let filter = select::filter(&filter)?;
    let words = flags.words.as_deref();
    if words.is_some_and(|words| !words.contains(char::is_alphanumeric)) {
        return Err(Failed::usage("--words needs a word"));
    }
    if let (Some(_), Some(name)) = (words, named.first()) {
        return Err(Failed::usage(format!(
            "--words asks an index of all there is: leave out {name}, or look for the text with a \
             filter such as body:\"…\""
        )));
    }
    if flags.ids {
        global.has_no_output_beside("--ids")?;
    }
    let reader = match history::open(global)? {
        Some(reader) if !select::is_empty(&reader) => reader,
        _ => {
            out::say(history::NONE_YET);
            return Ok(Exit::Ok);
        }
    };
    let limit = match flags.limit {
        Some(0) => usize::MAX,
        Some(limit) => limit,
        None if named.is_empty() => USUAL,
        None => usize::MAX,
    };
    let now = history::now();
    let rows = match words {
        None if !named.is_empty() => some_of(&reader, &named, &filter, limit)?,
        None => (reader.matching(&filter, now, Cursor::Newest, limit)).map_err(history::failed)?,
        Some(words) => {
            let counts = reader.counts().map_err(history::failed)?;
            if counts.unindexed > 0 {
                out::say(&format!(
                    "{} came too recently to be searched by --words",
                    counts.unindexed
                ));
            }
            let rows = reader.with_words(words, &filter, now, Cursor::Newest, limit);
            rows.map_err(history::failed)?
        }
    };
    if flags.ids {
        let ids = rows.iter().map(|row| format!("{}\n", row.summary.id));
        return out::text(&ids.collect::<String>());
    }
    match global.output() {
        Some(Output::Json) => out::text(&rows.iter().map(plain::row).collect::<String>()),
        Some(Output::Quiet) => Ok(Exit::Ok),
        _ if rows.is_empty() => {
            out::say("nothing in the history is like that");
            for hint in unknown(&filter, global) {
                out::say(&hint);
            }
            Ok(Exit::Ok)
        }
        _ => out::text(&out::table().text(&rows)),
    }
}
