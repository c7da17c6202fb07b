//! Takes exchanges into the history, one after the other.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use bytes::BytesMut;
use hookreel_shared::export::import::ImportError;
use hookreel_shared::model::{Exchange, ExchangeId, Timestamp};
use hookreel_shared::wire::frame::{self, FrameError};
use hookreel_shared::wire::head;

use super::out;
use crate::config::Known;
use crate::error::{Exit, Failed};
use crate::record;
use crate::store::{Entry, Writer};

/// Exchanges between two reports of how far it has come.
const REPORT_EVERY: usize = 500;

/// Bytes of bodies that wait to be written, at most: the writer takes twice as much.
const AT_ONCE: usize = 16 * 1024 * 1024;

/// An import under way.
pub(super) struct Taking {
    writer: Writer,
    known: Known,
    now: Timestamp,
    keeps: Duration,
    taken: Taken,
    /// What is older than the history keeps.
    old: Vec<ExchangeId>,
    waiting: usize,
    reports: bool,
}

/// What was taken.
#[derive(Default)]
pub(super) struct Taken {
    /// In the order of the file.
    pub(super) ids: Vec<ExchangeId>,
    /// How many could not be.
    pub(super) refused: usize,
}

impl Taking {
    /// Into this history, which keeps exchanges for so long; senders are told by what is known.
    pub(super) fn new(writer: Writer, known: Known, now: Timestamp, keeps: Duration) -> Self {
        Self {
            writer,
            known,
            now,
            keeps,
            taken: Taken::default(),
            old: Vec::new(),
            waiting: 0,
            reports: io::stderr().is_terminal(),
        }
    }

    /// Takes an exchange, or says why not.
    pub(super) fn take(&mut self, one: Result<Exchange, ImportError>) {
        let one = one.map_err(|error| error.to_string());
        let exchange = match one.and_then(storable) {
            Ok(exchange) => exchange,
            Err(error) => {
                self.taken.refused += 1;
                return out::say(&format!("refused: {error}"));
            }
        };
        let id = exchange.id();
        if self.now.since(exchange.request.received_at) > self.keeps {
            self.old.push(id);
        }
        self.waiting += exchange.request_body.kept.len() + exchange.response_body.kept.len();
        self.taken.ids.push(id);
        let mut entry = Entry::from(exchange);
        record::examine(&self.known, &mut entry);
        self.writer.put(entry);
        let count = self.taken.ids.len();
        if self.waiting > AT_ONCE || count.is_multiple_of(REPORT_EVERY) {
            self.writer.flush();
            self.waiting = 0;
            if self.reports {
                let _ = write!(anstream::stderr(), "{count} so far\x1b[K\r");
            }
        }
    }

    /// Waits for the disk. What is older than the history keeps is marked, or it would be gone
    /// soon.
    ///
    /// # Errors
    /// [`Failed`] if the disk has not taken all.
    pub(super) fn end(self) -> Result<Taken, Failed> {
        let (all, marked) = (self.taken.ids.len(), self.old.len());
        if marked > 0 {
            self.writer.mark(self.old, true);
        }
        let settled = self.writer.settle();
        if marked > 0 && settled.is_ok() {
            let days = self.keeps.as_secs() / 86_400;
            out::say(&format!(
                "{marked} are more than {days} days old and would be tidied away: they are marked, and stay"
            ));
        }
        match self.writer.unrecorded() {
            0 => settled.map(|()| self.taken).map_err(|why| {
                let what = format!(
                    "{all} are in the history, but {marked} old ones are not marked and will be tidied away: {why}"
                );
                Failed::new(Exit::Runtime, what)
            }),
            missing => Err(Failed::new(
                Exit::Runtime,
                format!("{missing} of {all} could not be written: is the disk full?"),
            )),
        }
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
