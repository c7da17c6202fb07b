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
use super::{Global, history, out, secret};
use crate::config::Output;
use crate::error::{Exit, Failed};

pub const EXAMPLES: &str = "\
Examples:
  hookreel import traffic.har                      what a browser or mitmproxy saved
  hookreel import all.ndjson                       what hookreel export --as json wrote
  hookreel import requests.http                    what an editor's REST client holds
  pbpaste | hookreel import -                      a curl command line from the clipboard
  hookreel import traffic.har --name shop          as if sent to this name
  hookreel import traffic.har --json               {type, file, count, refused, ids}, for programs";

/// What the long help says besides.
pub const ORDER: &str = "\
Each keeps the time it was sent at, and stands in the history there: @1 is the newest by its own
time, so not always what was imported last. The ids that are printed name what was.";

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

/// Takes exchanges into the history; each gets an id of its own and the label `imported`, and keeps
/// its time.
pub fn run(flags: &ImportFlags, global: &Global) -> Result<Exit, Failed> {
    let bytes = read(&flags.file)?;
    let now = history::now();
    let keeps = history::kept_for(global)?;
    let known = secret::providers(global)?.now();
    let mut taking = Taking::new(history::writer(global)?, known, now, keeps);
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
    let count = taken.ids.len();
    if global.output() == Some(Output::Json) {
        let ids: Vec<_> = taken.ids.iter().map(ToString::to_string).collect();
        let object = serde_json::json!({
            "type": "import", "v": 1, "file": from.to_string(),
            "count": count, "refused": taken.refused, "ids": ids,
        });
        out::text(&out::line(&object))?;
    } else if !global.is_quiet() {
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
        _ if path.is_dir() => Err(io::Error::other("is a folder; name a file in it")),
        _ => fs::read(path).map(|read| bytes = read),
    };
    result.map_err(|error| Failed::new(Exit::Runtime, format!("{}: {error}", path.display())))?;
    Ok(bytes)
}

/// An exchange of a file.
pub struct Written {
    /// The exchange, its id as written where there is one.
    pub exchange: Exchange,
    /// The address it was sent to, where that is written down.
    pub url: Option<String>,
}

/// All exchanges of a file, without the history; `-` is standard input.
///
/// # Errors
/// If the file, or one of them, cannot be read, or there is none.
pub fn exchanges(file: &Path) -> Result<Vec<Written>, Failed> {
    let bytes = read(file)?;
    let now = history::now();
    let flags = ImportFlags {
        file: file.to_owned(),
        name: None,
    };
    let mut all = Vec::new();
    let mut wrong = None;
    flags.read(&bytes, &mut |one| match one {
        Ok(Found::Ours(exchange)) => all.push(Written {
            exchange: *exchange,
            url: None,
        }),
        Ok(Found::Theirs(read)) => {
            let target = String::from_utf8_lossy(&read.target);
            let url = read.base.as_ref().map(|base| format!("{base}{target}"));
            let exchange = flags.exchange(*read, now);
            all.push(Written { exchange, url });
        }
        Err(error) => wrong = wrong.take().or(Some(error)),
    })?;
    match wrong {
        Some(error) => Err(Failed::new(
            Exit::Runtime,
            format!("{}: {error}", file.display()),
        )),
        None if all.is_empty() => Err(Failed::new(
            Exit::Runtime,
            format!("there is no exchange in {}", file.display()),
        )),
        None => Ok(all),
    }
}

/// What a file holds.
enum Found {
    Ours(Box<Exchange>),
    Theirs(Box<Imported>),
}

impl ImportFlags {
    /// Hands over what came of each exchange, one after the other: a file may be large.
    fn each(&self, bytes: &[u8], now: Timestamp, take: &mut Take<'_>) -> Result<(), Failed> {
        let ours = import::exchanges(ours(bytes).unwrap_or_default());
        let mut ids = NewIds::of(ours.flatten(), now);
        self.read(bytes, &mut |one| {
            take(one.map(|found| match found {
                Found::Ours(exchange) => ids.set(*exchange),
                Found::Theirs(read) => self.exchange(*read, now),
            }));
        })
    }

    fn read(
        &self,
        bytes: &[u8],
        take: &mut dyn FnMut(Result<Found, ImportError>),
    ) -> Result<(), Failed> {
        let failed = |error: ImportError| {
            Failed::new(Exit::Runtime, format!("{}: {error}", self.file.display()))
        };
        if let Some(text) = ours(bytes) {
            let exchanges = import::exchanges(text);
            exchanges.for_each(|one| take(one.map(|own| Found::Ours(Box::new(own)))));
            return Ok(());
        }
        let mut take_read = |one: Result<Imported, ImportError>| {
            take(one.map(|read| Found::Theirs(Box::new(read))));
        };
        let text = bare(bytes);
        if text.starts_with(b"{") {
            return import::har(text, &mut take_read).map_err(failed);
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

    fn exchange(&self, mut read: Imported, now: Timestamp) -> Exchange {
        // What is still to come would be the latest of all for years.
        let at = read.at.map_or(now, |at| at.min(now));
        read.at = Some(at);
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

/// A text without what editors put around it.
fn bare(bytes: &[u8]) -> &[u8] {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.trim_ascii()
}

/// The text, if it is our JSON form: an archive is one object with a `log`, and may be one line.
fn ours(bytes: &[u8]) -> Option<&[u8]> {
    #[derive(Deserialize)]
    struct Shape {
        log: Option<IgnoredAny>,
        request: Option<IgnoredAny>,
    }
    let text = bare(bytes);
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
    let is_ours = serde_json::from_slice::<Shape>(first)
        .is_ok_and(|shape| shape.log.is_none() && shape.request.is_some());
    is_ours.then_some(text)
}

/// The name of what was sent to no name of ours.
fn imported() -> Name {
    #[expect(clippy::unwrap_used, reason = "it is a name")]
    "imported".parse().unwrap()
}
