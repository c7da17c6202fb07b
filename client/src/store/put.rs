//! Exchanges of a batch into their rows.

use std::path::Path;

use bytes::Bytes;
use hookreel_shared::model::{ExchangeId, Label};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Transaction};

use super::effects::Effects;
use super::log::{Spot, Written};
use super::message::{self, Side};
use super::pack::{Batch, Body, Packed, Part, Parts, Passed, Span};
use super::remove::{into_database, remove};
use super::row::SAME_DELIVERY;
use super::{StoreError, blob};

/// Writes the exchanges of a batch. Looking a statement up costs as much as a part of a row, so
/// it is looked up once.
pub(super) struct Put<'a> {
    tx: &'a Transaction<'a>,
    bodies: &'a Path,
    batch: &'a Batch,
    /// Where the batch's records are in the log.
    written: Option<Written>,
    /// The number of the last exchange.
    seq: i64,
    insert: CachedStatement<'a>,
    /// The values that the statement has. Most are those of the row before, and to hand a text over
    /// takes memory of its own.
    bound: Values<'a>,
}

/// The row for lists, each with its place in the statement.
const INSERT: &str = "INSERT INTO exchange (seq, id, at, name, label, replay_of, origin, method,
        target, request_type, response_type, provider, event, delivery, verdict, status, took,
        request_bytes, response_bytes, failure, closed, duplicate, stored, request_cut,
        response_cut, handshake, signed_for, log, log_start, log_len, log_checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)
    ON CONFLICT (id) DO NOTHING";

/// The values of [`INSERT`].
type Values<'a> = [ValueRef<'a>; 31];

/// What a user has said about an exchange; stays when it is written again.
struct Said {
    marked: bool,
    note: Option<String>,
    processing: Option<String>,
}

impl<'a> Put<'a> {
    /// Begins. `written` is where the batch's log was written.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn new(
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
            insert: tx.prepare_cached(INSERT)?,
            // As a statement begins.
            bound: [ValueRef::Null; 31],
        })
    }

    /// Ends, and tells the number of the last exchange.
    pub(super) fn end(self) -> i64 {
        self.seq
    }

    /// Writes an exchange of the batch, the next in its order.
    ///
    /// # Errors
    /// What database and file system say.
    pub(super) fn put(
        &mut self,
        packed: &'a Packed,
        effects: &mut Effects,
    ) -> Result<(), StoreError> {
        self.seq += 1;
        let stored = number(stored(packed));
        let spot = match (&packed.passed, self.written) {
            (Passed::Record(span), Some(written)) => {
                let record = self.batch.log.get(span.clone()).unwrap_or_default();
                Some(written.spot(span.start, record))
            }
            _ => None,
        };
        let duplicate = is_duplicate(self.tx, packed)?;
        self.bind(self.values(packed, spot, duplicate, stored))?;
        // Nearly all are written once: what was said of an older row is asked for only if there is one.
        let before = match self.insert.raw_execute()? {
            0 => Some(self.replace(packed.id, effects)?),
            _ => None,
        };
        if let Some(spot) = spot {
            effects.names(spot);
        }
        if let Passed::Parts(parts) = &packed.passed {
            self.message(packed.id, parts, effects)?;
        }
        if let Some(said) = before {
            self.say(packed.id, &said, effects)?;
        }
        effects.exchanges += 1;
        effects.stored += stored;
        Ok(())
    }

    /// Writes the row whose values are bound in the place of one that is there; what was said of
    /// that is to be said of this.
    fn replace(&mut self, id: ExchangeId, effects: &mut Effects) -> Result<Said, StoreError> {
        let said = self
            .tx
            .prepare_cached("SELECT marked, note, processing FROM exchange WHERE id = ?1")?
            .query_row([id.uuid()], |row| {
                Ok(Said {
                    marked: row.get(0)?,
                    note: row.get(1)?,
                    processing: row.get(2)?,
                })
            })?;
        remove(self.tx, id, effects)?;
        self.insert.raw_execute()?;
        Ok(said)
    }

    fn say(&self, id: ExchangeId, said: &Said, effects: &mut Effects) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "UPDATE exchange SET marked = ?2, note = ?3, processing = ?4 WHERE id = ?1",
            )?
            .execute((id.uuid(), said.marked, &said.note, &said.processing))?;
        if said.marked {
            into_database(self.tx, self.bodies, id, effects)?;
        }
        Ok(())
    }

    fn text(&self, span: &Span) -> &'a [u8] {
        self.batch.bytes.get(span.clone()).unwrap_or_default()
    }

    fn values(
        &self,
        packed: &'a Packed,
        spot: Option<Spot>,
        duplicate: bool,
        stored: i64,
    ) -> Values<'a> {
        let integer = |number: Option<i64>| number.map_or(ValueRef::Null, ValueRef::Integer);
        let blob = |span: Option<&Span>| {
            span.map_or(ValueRef::Null, |span| ValueRef::Blob(self.text(span)))
        };
        let text = |text: Option<&'a str>| text.map_or(ValueRef::Null, ValueRef::from);
        let id = |id: &'a ExchangeId| ValueRef::Blob(id.as_bytes());
        let place = spot.map(|spot| spot.columns());
        let place = |at: usize| integer(place.map(|columns| columns[at]));
        [
            ValueRef::Integer(self.seq),
            id(&packed.id),
            ValueRef::Integer(packed.at.as_micros()),
            ValueRef::Text(self.text(&packed.name)),
            text(Some(packed.label.as_str())),
            packed.replay_of.as_ref().map_or(ValueRef::Null, id),
            text(packed.origin.as_deref()),
            blob(Some(&packed.method)),
            blob(Some(&packed.target)),
            blob(packed.request_type.as_ref()),
            blob(packed.response_type.as_ref()),
            text(packed.provider.as_deref()),
            text(packed.event.as_deref()),
            text(packed.delivery.as_deref()),
            text(packed.verdict.as_deref()),
            integer(packed.status.map(i64::from)),
            integer(packed.took),
            integer(packed.request_bytes.map(number)),
            ValueRef::Integer(number(packed.response_bytes)),
            text(packed.failure.as_deref()),
            ValueRef::Integer(packed.closed.into()),
            ValueRef::Integer(duplicate.into()),
            ValueRef::Integer(stored),
            ValueRef::Integer(packed.request_cut.into()),
            ValueRef::Integer(packed.response_cut.into()),
            text(packed.handshake.as_deref()),
            text(packed.signed_for.as_deref()),
            place(0),
            place(1),
            place(2),
            place(3),
        ]
    }

    /// Hands over what the statement does not have yet.
    fn bind(&mut self, values: Values<'a>) -> Result<(), StoreError> {
        for (at, (value, bound)) in values.iter().zip(&mut self.bound).enumerate() {
            if value != bound {
                self.insert
                    .raw_bind_parameter(at + 1, ToSqlOutput::Borrowed(*value))?;
                *bound = *value;
            }
        }
        Ok(())
    }

    /// Writes what passed in parts, for the row that was written last.
    fn message(
        &self,
        id: ExchangeId,
        parts: &Parts,
        effects: &mut Effects,
    ) -> Result<(), StoreError> {
        let (request, response) = (&parts.request, &parts.response);
        let sides = [
            Side {
                head: Some(&parts.request_head),
                ..self.side(id, "request", request, effects)?
            },
            Side {
                head: parts.response_head.as_deref(),
                ..self.side(id, "response", response, effects)?
            },
        ];
        Ok(message::write(self.tx, self.seq, &parts.times, &sides)?)
    }

    /// One side but for its head, its body in the row or in a file.
    fn side<'p>(
        &self,
        id: ExchangeId,
        word: &str,
        part: &'p Part,
        effects: &mut Effects,
    ) -> Result<Side<'p>, StoreError> {
        let mut side = Side {
            head: None,
            trailers: part.trailers.as_deref(),
            size: part.size,
            sha256: part.sha256,
            body: None,
            file: None,
        };
        match &part.body {
            Body::Owned(body) if body.len() <= blob::SPILL_ABOVE => side.body = Some(body),
            Body::Owned(body) => {
                let name = blob::spill(self.bodies, id, word, body)?;
                effects.made.push(name.clone());
                side.file = Some(name);
            }
            Body::Spilled(spilled) => {
                side.file = spilled.name();
                // The row before had it as it grew.
                effects.keeps(side.file.as_deref());
                side.sha256 = part.sha256.filter(|_| spilled.settle() < part.size);
            }
        }
        Ok(side)
    }
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
    const ROW: u64 = 512;
    let body = |part: &Part| match &part.body {
        Body::Owned(body) => body.len() as u64,
        Body::Spilled(spilled) => spilled.settle(),
    };
    ROW + match &packed.passed {
        Passed::Record(span) => span.len() as u64,
        Passed::Parts(parts) => {
            let response_head = parts.response_head.as_ref().map_or(0, Bytes::len);
            (parts.request_head.len() + response_head) as u64
                + body(&parts.request)
                + body(&parts.response)
        }
    }
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
