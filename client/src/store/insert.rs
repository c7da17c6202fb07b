//! One batch into the database.

use std::path::Path;

use hookreel_shared::model::{ExchangeId, Label, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::pack::{Batch, Body, Job, Packed, Part, Span};
use super::spill::Spilled;
use super::{StoreError, blob, words};

/// What a transaction does beside its rows.
#[derive(Default)]
struct Effects {
    /// Files of bodies that were made, and those that rows no longer need.
    made: Vec<String>,
    done_with: Vec<String>,
    /// Exchanges and bytes more than before.
    exchanges: i64,
    stored: i64,
}

impl Effects {
    fn add_to_total(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        if (self.exchanges, self.stored) != (0, 0) {
            tx.prepare_cached("UPDATE total SET exchanges = exchanges + ?1, stored = stored + ?2")?
                .execute((self.exchanges, self.stored))?;
        }
        Ok(())
    }
}

/// Writes a batch as one transaction: all of it, or nothing.
///
/// # Errors
/// What database and file system say, such as a full disk.
pub(super) fn batch(
    connection: &mut Connection,
    bodies: &Path,
    batch: &Batch,
) -> Result<(), StoreError> {
    let mut effects = Effects::default();
    let result = all(connection, bodies, batch, &mut effects);
    let rest = match result {
        Ok(()) => {
            batch.spilled.iter().for_each(Spilled::name_it);
            &effects.done_with
        }
        Err(_) => &effects.made,
    };
    blob::remove(bodies, rest);
    result
}

/// Takes exchanges away as one transaction, and then their files.
///
/// # Errors
/// What the database says.
pub(super) fn delete(
    connection: &mut Connection,
    bodies: &Path,
    ids: &[ExchangeId],
) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut effects = Effects::default();
    for id in ids {
        remove(&tx, *id, &mut effects)?;
    }
    effects.add_to_total(&tx)?;
    tx.commit()?;
    blob::remove(bodies, &effects.done_with);
    Ok(())
}

fn all(
    connection: &mut Connection,
    bodies: &Path,
    batch: &Batch,
    effects: &mut Effects,
) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in &batch.jobs {
        match job {
            Job::Put(packed) => put(&tx, bodies, packed, &batch.bytes, effects)?,
            Job::Mark(ids, marked) => {
                let mut update =
                    tx.prepare_cached("UPDATE exchange SET marked = ?2 WHERE id = ?1")?;
                for id in ids {
                    update.execute((id.uuid(), marked))?;
                }
            }
            Job::Note(id, note) => {
                tx.prepare_cached("UPDATE exchange SET note = ?2 WHERE id = ?1")?
                    .execute((id.uuid(), note))?;
            }
            Job::Processing(id, status) => {
                tx.prepare_cached("UPDATE exchange SET processing = ?2 WHERE id = ?1")?
                    .execute((id.uuid(), status))?;
            }
            Job::Delete(ids) => {
                for id in ids {
                    remove(&tx, *id, effects)?;
                }
            }
            #[cfg(test)]
            Job::Run(run) => run(&tx),
        }
    }
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

fn put(
    tx: &Transaction<'_>,
    bodies: &Path,
    packed: &Packed,
    bytes: &[u8],
    effects: &mut Effects,
) -> Result<(), StoreError> {
    // Nearly all are written once: what was said of an older row is asked for only if there is one.
    if !row(tx, packed, bytes, &Said::default())? {
        let said = said(tx, packed.id)?;
        remove(tx, packed.id, effects)?;
        row(tx, packed, bytes, &said.unwrap_or_default())?;
    }
    effects.exchanges += 1;
    effects.stored += number(stored(packed));
    let text = |span: &Span| bytes.get(span.clone()).unwrap_or_default();
    let seq = tx.last_insert_rowid();
    let request = Kept::new(
        bodies,
        packed.id,
        "request",
        &packed.request,
        bytes,
        effects,
    )?;
    let response = Kept::new(
        bodies,
        packed.id,
        "response",
        &packed.response,
        bytes,
        effects,
    )?;
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    tx.prepare_cached(
        "INSERT INTO message VALUES
            (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?
    .execute(params![
        seq,
        micros(packed.sent_at),
        micros(packed.answered_at),
        micros(packed.closed_at),
        number(packed.request.size),
        request.sha256,
        packed.request.trailers.as_ref().map(text),
        request.file,
        number(packed.response.size),
        response.sha256,
        packed.response.trailers.as_ref().map(text),
        response.file,
        text(&packed.request_head),
        packed.response_head.as_ref().map(text),
        request.inside,
        response.inside,
    ])?;
    Ok(())
}

/// Writes the row for lists; false if there is one already.
fn row(
    tx: &Transaction<'_>,
    packed: &Packed,
    bytes: &[u8],
    said: &Said,
) -> Result<bool, StoreError> {
    let duplicate = is_duplicate(tx, packed)?;
    let text = |span: &Span| bytes.get(span.clone()).unwrap_or_default();
    let inserted = tx
        .prepare_cached(
        "INSERT INTO exchange (id, at, name, label, replay_of, origin, method, target, request_type,
            response_type, provider, event, delivery, verdict, status, took, request_bytes,
            response_bytes, failure, closed, duplicate, marked, note, processing, stored,
            request_cut, response_cut)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
            ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)
         ON CONFLICT (id) DO NOTHING",
    )?
    .execute(params![
        packed.id.uuid(),
        packed.at.as_micros(),
        std::str::from_utf8(text(&packed.name)).unwrap_or_default(),
        packed.label.as_str(),
        packed.replay_of.map(ExchangeId::uuid),
        packed.origin.as_deref(),
        text(&packed.method),
        text(&packed.target),
        packed.request_type.as_ref().map(text),
        packed.response_type.as_ref().map(text),
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
        duplicate,
        said.marked,
        said.note,
        said.processing,
        number(stored(packed)),
        packed.request.cut,
        packed.response.cut,
    ])?;
    Ok(inserted > 0)
}

/// A body either in the row or in a file.
struct Kept<'a> {
    inside: Option<&'a [u8]>,
    file: Option<String>,
    /// Of a body that was not kept whole.
    sha256: Option<[u8; 32]>,
}

impl<'a> Kept<'a> {
    fn new(
        bodies: &Path,
        id: ExchangeId,
        side: &str,
        part: &'a Part,
        bytes: &'a [u8],
        effects: &mut Effects,
    ) -> Result<Self, StoreError> {
        let body = match &part.body {
            Body::Copied(span) => bytes.get(span.clone()).unwrap_or_default(),
            Body::Owned(body) => body,
            Body::Spilled(spilled) => {
                let file = spilled.name();
                // The row before had it as it grew.
                effects.done_with.retain(|name| Some(name) != file.as_ref());
                return Ok(Self {
                    inside: None,
                    file,
                    sha256: part.sha256.filter(|_| spilled.settle() < part.size),
                });
            }
        };
        let mut kept = Self {
            inside: Some(body),
            file: None,
            sha256: part.sha256,
        };
        if body.len() > blob::SPILL_ABOVE {
            let name = blob::spill(bodies, id, side, body)?;
            effects.made.push(name.clone());
            (kept.inside, kept.file) = (None, Some(name));
        }
        Ok(kept)
    }
}

fn said(tx: &Transaction<'_>, id: ExchangeId) -> Result<Option<Said>, StoreError> {
    let said = tx
        .prepare_cached("SELECT marked, note, processing FROM exchange WHERE id = ?1")?
        .query_row([id.uuid()], |row| {
            Ok(Said {
                marked: row.get(0)?,
                note: row.get(1)?,
                processing: row.get(2)?,
            })
        })
        .optional()?;
    Ok(said)
}

/// Whether a sender has sent this delivery before. What a user sends again is none: a sender's
/// own mistake is looked for.
fn is_duplicate(tx: &Transaction<'_>, packed: &Packed) -> Result<bool, StoreError> {
    let sent = matches!(packed.label, Label::Live | Label::Stored);
    let (true, Some(delivery)) = (sent, &packed.delivery) else {
        return Ok(false);
    };
    Ok(tx
        .prepare_cached(
            "SELECT 1 FROM exchange WHERE delivery = ?1 AND provider IS ?2
                AND label IN ('live', 'stored')",
        )?
        .exists((delivery, &packed.provider))?)
}

fn remove(tx: &Transaction<'_>, id: ExchangeId, effects: &mut Effects) -> Result<(), StoreError> {
    let found = tx
        .prepare_cached(
            "SELECT seq, stored, request_file, response_file
             FROM exchange JOIN message USING (seq) WHERE id = ?1",
        )?
        .query_row([id.uuid()], |row| {
            let names: [Option<String>; 2] = [row.get(2)?, row.get(3)?];
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, names))
        })
        .optional()?;
    let Some((seq, stored, names)) = found else {
        return Ok(());
    };
    effects.exchanges -= 1;
    effects.stored -= stored;
    effects.done_with.extend(names.into_iter().flatten());
    words::remove(tx, seq)?;
    for table in ["exchange", "message"] {
        tx.prepare_cached(&format!("DELETE FROM {table} WHERE seq = ?1"))?
            .execute([seq])?;
    }
    Ok(())
}

/// Bytes an exchange takes on disk, roughly: heads and bodies once, and half a kilobyte of row.
fn stored(packed: &Packed) -> u64 {
    const ROW: usize = 512;
    let body = |part: &Part| match &part.body {
        Body::Copied(span) => span.len() as u64,
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
