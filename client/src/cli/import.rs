//! `hookreel import`: exchanges that other tools, or another hookreel, wrote down.

use std::collections::HashMap;
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::BytesMut;
use clap::Args;
use hookreel_shared::export::import::{self, Each, ImportError, Imported};
use hookreel_shared::model::{Exchange, ExchangeId, Name, Timestamp};
use hookreel_shared::wire::frame::{self, FrameError};
use hookreel_shared::wire::head;
use uuid::{NoContext, Uuid};

use super::{Global, history, out};
use crate::error::{Exit, Failed};
use crate::store::Writer;

pub const EXAMPLES: &str = "\
Examples:
  hookreel import traffic.har                      what a browser or mitmproxy saved
  hookreel import all.ndjson                       what hookreel export --as json wrote
  hookreel import requests.http                    what an editor's REST client holds
  pbpaste | hookreel import -                      a curl command line from the clipboard
  hookreel import traffic.har --name shop          as if sent to this name";

/// Exchanges between two reports of how far it has come.
const REPORT_EVERY: usize = 500;

/// Bytes of bodies that wait to be written, at most: the writer takes twice as much.
const AT_ONCE: usize = 16 * 1024 * 1024;

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
    let given = flags.given(&bytes, now)?;
    if given.is_empty() {
        return Err(Failed::new(
            Exit::Runtime,
            format!("there is no exchange in {}", flags.file.display()),
        ));
    }
    let mut refused = 0;
    let mut exchanges = Vec::new();
    for one in given {
        let one = one.map_err(|error| error.to_string());
        match one.and_then(storable) {
            Ok(exchange) => exchanges.push(exchange),
            Err(error) => {
                refused += 1;
                out::say(&format!("refused: {error}"));
            }
        }
    }
    rename(&mut exchanges);
    let taken: Vec<_> = exchanges.iter().map(Exchange::id).collect();
    let keeps = history::kept_for(global)?;
    store(&history::writer(global)?, exchanges, now, keeps)?;
    if !global.is_quiet() {
        let from = flags.file.display();
        out::say(&match refused {
            0 => format!("{} imported from {from}", taken.len()),
            refused => format!("{} imported from {from}, {refused} refused", taken.len()),
        });
        let lines = taken.iter().map(|id| format!("{id}\n"));
        out::text(&lines.collect::<String>())?;
    }
    Ok(if refused == 0 {
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
    fn given(&self, bytes: &[u8], now: Timestamp) -> Result<Each<Exchange>, Failed> {
        let failed = |error: ImportError| {
            Failed::new(Exit::Runtime, format!("{}: {error}", self.file.display()))
        };
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = text.trim_ascii();
        if !text.starts_with(b"{") {
            let text = std::str::from_utf8(text).map_err(|_| self.unknown())?;
            let ends = self.file.extension().unwrap_or_default();
            if ends == "http" || ends == "rest" {
                let entries = import::http(text).into_iter();
                return Ok(entries
                    .map(|one| one.map(|read| self.exchange(read, now)))
                    .collect());
            }
            if !text.contains("curl") {
                return Err(self.unknown());
            }
            let read = import::curl(text).map_err(failed)?;
            return Ok(vec![Ok(self.exchange(read, now))]);
        }
        // An archive is one object; the JSON form of an exchange says its version.
        let first = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
        let is_ours = serde_json::from_slice::<serde_json::Value>(first)
            .is_ok_and(|value| value.get("log").is_none() && value.get("request").is_some());
        if is_ours {
            return Ok(import::exchanges(text));
        }
        let entries = import::har(text).map_err(failed)?.into_iter();
        Ok(entries
            .map(|one| one.map(|read| self.exchange(read, now)))
            .collect())
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

/// Lets through what the history can give back: a file may hold what HTTP cannot carry.
fn storable(exchange: Exchange) -> Result<Exchange, String> {
    match there_and_back(&exchange) {
        Ok(()) => Ok(exchange),
        Err(error) => {
            let target = String::from_utf8_lossy(&exchange.request.target);
            Err(format!(
                "{} {target}: {error}",
                exchange.request.method_str()
            ))
        }
    }
}

/// Writes the heads as they are stored, and reads them back.
fn there_and_back(exchange: &Exchange) -> Result<(), FrameError> {
    let mut out = BytesMut::new();
    let stored = |encoded: Result<(), FrameError>, out: &mut BytesMut| {
        encoded.map(|()| out.split().freeze().slice(frame::PREFIX..))
    };
    let encoded = head::encode_request(&exchange.request, &mut out);
    head::decode_request(&stored(encoded, &mut out)?)?;
    if let Some(answer) = &exchange.response {
        let encoded = head::encode_final(answer, &mut out);
        head::decode_answer(&stored(encoded, &mut out)?)?;
    }
    for body in [&exchange.request_body, &exchange.response_body] {
        let encoded = head::encode_trailers(&body.trailers, &mut out);
        head::decode_trailers(&stored(encoded, &mut out)?)?;
    }
    Ok(())
}

/// The name of what was sent to no name of ours.
fn imported() -> Name {
    #[expect(clippy::unwrap_used, reason = "it is a name")]
    "imported".parse().unwrap()
}

/// An id that stands where its time belongs.
fn id_at(at: Timestamp) -> ExchangeId {
    let micros = u64::try_from(at.as_micros()).unwrap_or(0);
    let nanos = u32::try_from(micros % 1_000_000 * 1000).unwrap_or(0);
    let time = uuid::Timestamp::from_unix(NoContext, micros / 1_000_000, nanos);
    ExchangeId::from_uuid(Uuid::new_v7(time))
}

/// Gives each an id of its own: the history may hold the same ones already. What repeats another
/// of them still does.
fn rename(exchanges: &mut [Exchange]) {
    let mut new_of = HashMap::new();
    for exchange in exchanges.iter_mut() {
        let mut head = exchange.request.as_ref().clone();
        let new = id_at(head.received_at);
        new_of.insert(std::mem::replace(&mut head.id, new), new);
        exchange.request = head.into();
    }
    for exchange in exchanges {
        if let Some(new) = exchange.replay_of.and_then(|old| new_of.get(&old)) {
            exchange.replay_of = Some(*new);
        }
    }
}

/// Writes them. What is older than the history keeps is marked, or it would be gone soon.
fn store(
    writer: &Writer,
    exchanges: Vec<Exchange>,
    now: Timestamp,
    keeps: Duration,
) -> Result<(), Failed> {
    let all = exchanges.len();
    let reports = io::stderr().is_terminal();
    let mut waiting = 0;
    let mut old = Vec::new();
    for (at, exchange) in exchanges.into_iter().enumerate() {
        if now.since(exchange.request.received_at) > keeps {
            old.push(exchange.id());
        }
        waiting += exchange.request_body.kept.len() + exchange.response_body.kept.len();
        writer.put(exchange.into());
        if waiting > AT_ONCE || at % REPORT_EVERY == 0 {
            writer.flush();
            waiting = 0;
            if reports {
                let _ = write!(anstream::stderr(), "{at} of {all}\x1b[K\r");
            }
        }
    }
    let marked = old.len();
    writer.mark(old, true);
    writer.flush();
    if marked > 0 {
        let days = keeps.as_secs() / 86_400;
        out::say(&format!(
            "{marked} are more than {days} days old and would be tidied away: they are marked, and stay"
        ));
    }
    match writer.unrecorded() {
        0 => Ok(()),
        missing => Err(Failed::new(
            Exit::Runtime,
            format!("{missing} of {all} could not be written: is the disk full?"),
        )),
    }
}
