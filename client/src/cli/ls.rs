//! `hookreel ls`: what is in the history.

use clap::Args;

use super::{Global, history, out, select};
use crate::config::Output;
use crate::error::{Exit, Failed};
use crate::plain;
use crate::store::Cursor;

pub const EXAMPLES: &str = "\
Examples:
  hookreel ls                                      the latest twenty
  hookreel ls status:5xx since:1h                  answered with 5xx in the last hour
  hookreel ls 'path:/stripe* method:POST'          by path and method
  hookreel ls 'body:\"order 42\" | json:$.id=42'     by what is in them
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
    /// Only what this filter lets through; several words must all hold
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
    /// How many at the most; 0 for all
    #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// Only those with all these words, or words that begin so, in target, header values or bodies:
    /// asks an index, where a bare word of a filter looks at every byte. Case and accents do not count
    #[arg(short, long, value_name = "TEXT")]
    words: Option<String>,
    /// Only their ids, one a line
    #[arg(long)]
    ids: bool,
}

/// Lists exchanges, the newest first.
pub fn run(flags: &LsFlags, global: &Global) -> Result<Exit, Failed> {
    let filter = select::filter(&flags.filter)?;
    let words = flags.words.as_deref();
    if words.is_some_and(|words| !words.contains(char::is_alphanumeric)) {
        return Err(Failed::usage("--words needs a word"));
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
        0 => usize::MAX,
        limit => limit,
    };
    let now = history::now();
    let rows = match words {
        None => reader.matching(&filter, now, Cursor::Newest, limit),
        Some(words) => {
            let counts = reader.counts().map_err(history::failed)?;
            if counts.unindexed > 0 {
                out::say(&format!(
                    "{} came too recently to be searched by --words",
                    counts.unindexed
                ));
            }
            reader.with_words(words, &filter, now, Cursor::Newest, limit)
        }
    };
    let rows = rows.map_err(history::failed)?;
    if flags.ids {
        let ids = rows.iter().map(|row| format!("{}\n", row.summary.id));
        return out::text(&ids.collect::<String>());
    }
    match global.output() {
        Some(Output::Json) => out::text(&rows.iter().map(plain::row).collect::<String>()),
        Some(Output::Quiet) => Ok(Exit::Ok),
        _ if rows.is_empty() => {
            out::say("nothing in the history is like that");
            Ok(Exit::Ok)
        }
        _ => out::text(&out::table().text(&rows)),
    }
}
