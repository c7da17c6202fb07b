//! `hookreel import`: exchanges that other tools, or another hookreel, wrote down.

mod ids;
mod taking;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use hookreel_shared::export::import::{self, ImportError, Imported};
use hookreel_shared::model::{Exchange, Name, Timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;

use self::ids::{NewIds, id_at};
use self::taking::Taking;
use super::{Global, history, out};
use crate::error::{Exit, Failed};

pub const EXAMPLES: &str = "\
Examples:
  hookreel import traffic.har                      what a browser or mitmproxy saved
  hookreel import all.ndjson                       what hookreel export --as json wrote
  hookreel import requests.http                    what an editor's REST client holds
  pbpaste | hookreel import -                      a curl command line from the clipboard
  hookreel import traffic.har --name shop          as if sent to this name";

/// Takes what came of one exchange.
type Take<'a> = dyn FnMut(Result<Exchange, ImportError>) + 'a;

#[derive(Args)]
pub struct ImportFlags {
    /// A file, or - for standard input: HTTP Archive, hookreel's JSON, a .http file, or a curl
    /// command line
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The name they were sent to, where it is not known [default: from the address]
    #[arg(long, value_name = "NAME")]
    name: Option<Name>,
}

/// Takes exchanges into the history; each gets an id of its own, and keeps its time.
pub fn run(flags: &ImportFlags, global: &Global) -> Result<Exit, Failed> {
    let bytes = read(&flags.file)?;
    let now = history::now();
    let keeps = history::kept_for(global)?;
    let mut taking = Taking::new(history::writer(global)?, now, keeps);
    let read = flags.each(&bytes, now, &mut |one| taking.take(one));
    let taken = taking.end()?;
    let from = flags.file.display();
    if taken.ids.is_empty() && taken.refused == 0 {
        read?;
        return Err(Failed::new(
            Exit::Runtime,
            format!("there is no exchange in {from}"),
        ));
    }
    if !global.is_quiet() {
        let count = taken.ids.len();
        out::say(&match taken.refused {
            0 => format!("{count} imported from {from}"),
            refused => format!("{count} imported from {from}, {refused} refused"),
        });
        let lines = taken.ids.iter().map(|id| format!("{id}\n"));
        out::text(&lines.collect::<String>())?;
    }
    // What came before the fault has been taken.
    read?;
    Ok(if taken.refused == 0 {
        Exit::Ok
    } else {
        Exit::Runtime
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    let mut bytes = Vec::new();
    let result = match path.to_str() {
        Some("-") => io::stdin().lock().read_to_end(&mut bytes).map(drop),
        _ => fs::read(path).map(|read| bytes = read),
    };
    result.map_err(|error| Failed::new(Exit::Runtime, format!("{}: {error}", path.display())))?;
    Ok(bytes)
}

impl ImportFlags {
    /// Hands over what came of each exchange, one after the other: a file may be large.
    fn each(&self, bytes: &[u8], now: Timestamp, take: &mut Take<'_>) -> Result<(), Failed> {
        let failed = |error: ImportError| {
            Failed::new(Exit::Runtime, format!("{}: {error}", self.file.display()))
        };
        let mut take_read =
            |one: Result<Imported, ImportError>| take(one.map(|read| self.exchange(read, now)));
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = text.trim_ascii();
        if text.starts_with(b"{") {
            if !is_ours(text) {
                return import::har(text, &mut take_read).map_err(failed);
            }
            let mut ids = NewIds::of(import::exchanges(text).flatten());
            import::exchanges(text).for_each(|one| take(one.map(|exchange| ids.set(exchange))));
            return Ok(());
        }
        let text = std::str::from_utf8(text).map_err(|_| self.unknown())?;
        let ends = self.file.extension().unwrap_or_default();
        if ends == "http" || ends == "rest" {
            import::http(text).into_iter().for_each(take_read);
        } else if text.contains("curl") {
            take_read(Ok(import::curl(text).map_err(failed)?));
        } else {
            return Err(self.unknown());
        }
        Ok(())
    }

    fn exchange(&self, read: Imported, now: Timestamp) -> Exchange {
        let at = read.at.unwrap_or(now);
        let name = self.name.clone().or_else(|| read.name());
        let name = name.unwrap_or_else(imported);
        read.into_exchange(id_at(at), name, now)
    }

    fn unknown(&self) -> Failed {
        Failed::usage(format!(
            "{}: neither an HTTP Archive, nor hookreel's JSON, nor a .http file, nor a curl command line",
            self.file.display()
        ))
    }
}

/// Whether it is our JSON form: an archive is one object with a `log`, and may be one line.
fn is_ours(text: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Shape {
        log: Option<IgnoredAny>,
        request: Option<IgnoredAny>,
    }
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
    serde_json::from_slice::<Shape>(first)
        .is_ok_and(|shape| shape.log.is_none() && shape.request.is_some())
}

/// The name of what was sent to no name of ours.
fn imported() -> Name {
    #[expect(clippy::unwrap_used, reason = "it is a name")]
    "imported".parse().unwrap()
}
