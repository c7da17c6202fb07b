//! One batch into the database.

use std::path::Path;

use hookreel_shared::model::{ExchangeId, Label, Timestamp};
use rusqlite::{CachedStatement, Connection, Transaction, TransactionBehavior, params};

use super::effects::Effects;
use super::log::{Log, Written};
use super::pack::{Batch, Body, Job, Packed, Part, Span};
use super::remove::{into_database, remove};
use super::row::SAME_DELIVERY;
use super::spill::Spilled;
use super::{StoreError, blob, judged};

/// Writes a batch as one transaction: all of it, or nothing.
///
/// # Errors
/// What database and file system say, such as a full disk.
pub(super) fn batch(
    connection: &mut Connection,
    bodies: &Path,
    log: &mut Log,
    batch: &Batch,
) -> Result<(), StoreError> {
    let written = match batch.log.is_empty() {
        true => None,
        false => Some(log.write(connection, bodies, &batch.log)?),
    };
    let mut effects = Effects::default();
    match all(connection, bodies, batch, written, &mut effects) {
        Ok(()) => {
            log.keep(batch.log.len());
            batch.spilled.iter().for_each(Spilled::name_it);
            effects.finish(connection, bodies);
            Ok(())
        }
        Err(error) => {
            effects.undo(bodies);
            Err(error)
        }
    }
}

fn all(
    connection: &mut Connection,
    bodies: &Path,
    batch: &Batch,
    written: Option<Written>,
    effects: &mut Effects,
) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut put = Put::new(&tx, bodies, batch, written)?;
    let mut packed = batch.packed.iter();
    for job in &batch.jobs {
        match job {
            Job::Put => {
                if let Some(packed) = packed.next() {
                    put.put(packed, effects)?;
                }
            }
            Job::Mark(ids, marked) => {
                let mut update =
                    tx.prepare_cached("UPDATE exchange SET marked = ?2 WHERE id = ?1")?;
                for id in ids {
                    update.execute((id.uuid(), marked))?;
                    if *marked {
                        into_database(&tx, bodies, *id, effects)?;
                    }
                }
            }
            Job::Note(ids, note) => {
                let mut set = tx.prepare_cached("UPDATE exchange SET note = ?2 WHERE id = ?1")?;
                for id in ids {
                    set.execute((id.uuid(), note))?;
                }
            }
            Job::Processing(id, status) => {
                tx.prepare_cached("UPDATE exchange SET processing = ?2 WHERE id = ?1")?
                    .execute((id.uuid(), status))?;
            }
            Job::Verdicts(words) => judged::write(&tx, words)?,
            Job::Delete(ids) => {
                for id in ids {
                    remove(&tx, *id, effects)?;
                }
                effects.wipe();
            }
            #[cfg(test)]
            Job::Run(run) => run(&tx),
        }
    }
    effects.seq = Some(put.seq);
    drop(put);
    effects.add_to_total(&tx)?;
    Ok(tx.commit()?)
}

/// What a user has said about an exchange; stays when it is written again.
#[derive(Default)]
struct Said {
    marked: bool,
    note: Option<String>,
    processing: Option<String>,
}

/// Writes the exchanges of a batch. Looking a statement up costs as much as a part of a row, so
/// each is looked up once.
struct Put<'a> {
    tx: &'a Transaction<'a>,
    bodies: &'a Path,
    batch: &'a Batch,
    /// Where the batch's bodies are in the log.
    written: Option<Written>,
    /// The number of the last exchange.
    seq: i64,
    usual: CachedStatement<'a>,
    any: CachedStatement<'a>,
    message: CachedStatement<'a>,
}

impl<'a> Put<'a> {
    fn new(
        tx: &'a Transaction<'a>,
        bodies: &'a Path,
        batch: &'a Batch,
        written: Option<Written>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            tx,
            bodies,
            batch,
            written,
            seq: tx
                .prepare_cached("SELECT seq FROM total")?
                .query_row((), |row| row.get(0))?,
            usual: tx.prepare_cached(USUAL)?,
            any: tx.prepare_cached(ANY)?,
            message: tx.prepare_cached(MESSAGE)?,
        })
    }

    fn put(&mut self, packed: &Packed, effects: &mut Effects) -> Result<(), StoreError> {
        self.seq += 1;
        let stored = number(stored(packed));
        // Nearly all are written once: what was said of an older row is asked for only if there is one.
        if !self.row(packed, stored, &Said::default())? {
            let said = self.said(packed.id)?;
            remove(self.tx, packed.id, effects)?;
            self.row(packed, stored, &said)?;
            self.message(packed, effects)?;
            if said.marked {
                into_database(self.tx, self.bodies, packed.id, effects)?;
            }
        } else {
            self.message(packed, effects)?;
        }
        effects.exchanges += 1;
        effects.stored += stored;
        Ok(())
    }

    fn said(&self, id: ExchangeId) -> Result<Said, StoreError> {
        Ok(self
            .tx
            .prepare_cached("SELECT marked, note, processing FROM exchange WHERE id = ?1")?
            .query_row([id.uuid()], |row| {
                Ok(Said {
                    marked: row.get(0)?,
                    note: row.get(1)?,
                    processing: row.get(2)?,
                })
            })?)
    }

    fn text(&self, span: &Span) -> &'a [u8] {
        self.batch.bytes.get(span.clone()).unwrap_or_default()
    }

    /// Writes the row for lists; false if there is one already.
    fn row(&mut self, packed: &Packed, stored: i64, said: &Said) -> Result<bool, StoreError> {
        let id = packed.id.uuid();
        let name = std::str::from_utf8(self.text(&packed.name)).unwrap_or_default();
        let request_type = packed.request_type.as_ref().map(|span| self.text(span));
        let response_type = packed.response_type.as_ref().map(|span| self.text(span));
        let (method, target) = (self.text(&packed.method), self.text(&packed.target));
        if is_usual(packed, said) {
            let inserted = self.usual.execute(params![
                self.seq,
                id,
                packed.at.as_micros(),
                name,
                packed.label.as_str(),
                packed.origin.as_deref(),
                method,
                target,
                request_type,
                response_type,
                packed.status,
                packed.took,
                packed.request_bytes.map(number),
                number(packed.response.size),
                packed.closed_at.is_some(),
                stored,
            ])?;
            return Ok(inserted > 0);
        }
        let inserted = self.any.execute(params![
            self.seq,
            id,
            packed.at.as_micros(),
            name,
            packed.label.as_str(),
            packed.replay_of.map(ExchangeId::uuid),
            packed.origin.as_deref(),
            method,
            target,
            request_type,
            response_type,
            packed.provider,
            packed.event,
            packed.delivery,
            packed.verdict,
            packed.status,
            packed.took,
            packed.request_bytes.map(number),
            number(packed.response.size),
            packed.failure,
            packed.closed_at.is_some(),
            is_duplicate(self.tx, packed)?,
            said.marked,
            said.note,
            said.processing,
            stored,
            packed.request.cut,
            packed.response.cut,
            packed.handshake,
            packed.signed_for.as_deref(),
        ])?;
        Ok(inserted > 0)
    }

    /// Writes what passed, for the row that was written last.
    fn message(&mut self, packed: &Packed, effects: &mut Effects) -> Result<(), StoreError> {
        let request = self.kept(packed.id, "request", &packed.request, effects)?;
        let response = self.kept(packed.id, "response", &packed.response, effects)?;
        let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
        let request_head = self.text(&packed.request_head);
        let response_head = packed.response_head.as_ref().map(|span| self.text(span));
        let trailers = |part: &Part| part.trailers.as_ref().map(|span| self.text(span));
        let trailers = [trailers(&packed.request), trailers(&packed.response)];
        self.message.execute(params![
            self.seq,
            micros(packed.sent_at),
            micros(packed.answered_at),
            micros(packed.closed_at),
            number(packed.request.size),
            request.sha256,
            trailers[0],
            request.file,
            number(packed.response.size),
            response.sha256,
            trailers[1],
            response.file,
            request_head,
            response_head,
            request.inside,
            response.inside,
        ])?;
        Ok(())
    }

    fn kept(
        &self,
        id: ExchangeId,
        side: &str,
        part: &'a Part,
        effects: &mut Effects,
    ) -> Result<Kept<'a>, StoreError> {
        let mut kept = Kept {
            inside: None,
            file: None,
            sha256: part.sha256,
        };
        let body: &[u8] = match &part.body {
            Body::Copied(span) => self.text(span),
            Body::Owned(body) => body,
            Body::Logged(span) => {
                let body = self.batch.log.get(span.clone()).unwrap_or_default();
                let spot = self.written.map(|written| written.spot(span.start, body));
                kept.file = spot.map(|spot| effects.names(spot));
                return Ok(kept);
            }
            Body::Spilled(spilled) => {
                kept.file = spilled.name();
                // The row before had it as it grew.
                effects.keeps(kept.file.as_deref());
                kept.sha256 = part.sha256.filter(|_| spilled.settle() < part.size);
                return Ok(kept);
            }
        };
        if body.len() <= blob::SPILL_ABOVE {
            kept.inside = Some(body);
        } else {
            let name = blob::spill(self.bodies, id, side, body)?;
            effects.made.push(name.clone());
            kept.file = Some(name);
        }
        Ok(kept)
    }
}

/// The rows of nearly all exchanges, without what they do not have: each value costs some time.
const USUAL: &str = "INSERT INTO exchange (seq, id, at, name, label, origin, method, target,
        request_type, response_type, status, took, request_bytes, response_bytes, closed, stored)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
    ON CONFLICT (id) DO NOTHING";

const ANY: &str = "INSERT INTO exchange (seq, id, at, name, label, replay_of, origin, method,
        target, request_type, response_type, provider, event, delivery, verdict, status, took,
        request_bytes, response_bytes, failure, closed, duplicate, marked, note, processing, stored,
        request_cut, response_cut, handshake, signed_for)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)
    ON CONFLICT (id) DO NOTHING";

const MESSAGE: &str = "INSERT INTO message VALUES
    (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

/// Whether [`USUAL`] has all of its columns.
fn is_usual(packed: &Packed, said: &Said) -> bool {
    let named = [
        &packed.provider,
        &packed.event,
        &packed.delivery,
        &packed.verdict,
        &packed.handshake,
        &packed.failure,
        &said.note,
        &said.processing,
    ];
    named.iter().all(|text| text.is_none())
        && packed.replay_of.is_none()
        && packed.signed_for.is_none()
        && !(said.marked || packed.request.cut || packed.response.cut)
}

/// A body in the row, in a log or in a file.
struct Kept<'a> {
    inside: Option<&'a [u8]>,
    /// A file's name, or where it stands in a log.
    file: Option<String>,
    /// Of a body that was not kept whole.
    sha256: Option<[u8; 32]>,
}

/// Whether a sender has sent this delivery before. What a user sends again is none: a sender's
/// own mistake is looked for. Nor is what somebody else has forged, who knows the id.
fn is_duplicate(tx: &Transaction<'_>, packed: &Packed) -> Result<bool, StoreError> {
    let sent = matches!(packed.label, Label::Live | Label::Stored);
    let verdict = packed.verdict.as_deref();
    let (true, Some(delivery)) = (sent && verdict != Some("bad"), &packed.delivery) else {
        return Ok(false);
    };
    let first = format!("SELECT 1 FROM exchange WHERE {SAME_DELIVERY}");
    let mut select = tx.prepare_cached(&first)?;
    Ok(select.exists((delivery, &packed.provider, verdict))?)
}

/// Bytes an exchange takes on disk, roughly: heads and bodies once, and half a kilobyte of row.
fn stored(packed: &Packed) -> u64 {
    const ROW: usize = 512;
    let body = |part: &Part| match &part.body {
        Body::Copied(span) | Body::Logged(span) => span.len() as u64,
        Body::Owned(body) => body.len() as u64,
        Body::Spilled(spilled) => spilled.settle(),
    };
    let heads = packed.request_head.len()
        + packed
            .response_head
            .as_ref()
            .map_or(0, ExactSizeIterator::len);
    (ROW + heads) as u64 + body(&packed.request) + body(&packed.response)
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
