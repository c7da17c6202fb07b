//! One whole exchange, back from its rows and files.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use hookreel_shared::model::{
    Capture, Exchange, ExchangeId, Headers, RequestHead, ResponseHead, Stage, Timestamp,
};
use hookreel_shared::wire::frame::FrameError;
use hookreel_shared::wire::head::{self, Answer};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::log::Spot;
use super::record::{Record, Times};
use super::{StoreError, row};

/// Reads an exchange; `None` if it is not there (any more).
///
/// A body whose file is gone comes back empty, as one of which nothing was kept. What another process
/// removes or moves meanwhile is looked for anew.
///
/// # Errors
/// [`StoreError::Damaged`] if what is stored cannot be read back.
pub(super) fn get(
    connection: &Connection,
    bodies: &Path,
    id: ExchangeId,
) -> Result<Option<Exchange>, StoreError> {
    get_by(connection, bodies, id, &|spot: &Spot| spot.read(bodies))
}

/// As [`get`], with how a log is read.
pub(super) fn get_by(
    connection: &Connection,
    bodies: &Path,
    id: ExchangeId,
    from_log: &impl Fn(&Spot) -> Option<Bytes>,
) -> Result<Option<Exchange>, StoreError> {
    let damaged = |why| Err(StoreError::Damaged { id, why });
    let mut lost = None;
    loop {
        let found = connection
            .prepare_cached(SELECT)?
            .query_row([id.uuid()], |row| Ok(read(row, bodies, from_log)))
            .optional()?;
        match found.transpose() {
            Ok(found) => return Ok(found),
            // The row may have been that of before: as it is now, it tells.
            Err(ReadError::Lost(spot)) if lost != Some(spot) => lost = Some(spot),
            Err(ReadError::Lost(_)) => return damaged("the disk has lost what passed".to_owned()),
            Err(ReadError::Frame(error)) => return damaged(error.to_string()),
            Err(ReadError::Sqlite(error)) => return Err(error.into()),
        }
    }
}

const SELECT: &str = "SELECT failure, replay_of, origin, signed_for, request_cut, response_cut,
        log, log_start, log_len, log_checksum,
        sent_at, answered_at, closed_at, request, response,
        request_size, request_sha256, request_trailers, request_file, request_body,
        response_size, response_sha256, response_trailers, response_file, response_body
    FROM exchange LEFT JOIN message USING (seq) WHERE id = ?1";

enum ReadError {
    Sqlite(rusqlite::Error),
    Frame(FrameError),
    /// The log does not have it there (any more).
    Lost(Spot),
}

/// What passed, from wherever it stands.
struct Passed {
    times: Times,
    request: RequestHead,
    response: Option<ResponseHead>,
    bodies: [Capture; 2],
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<FrameError> for ReadError {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

fn read(
    row: &Row<'_>,
    bodies: &Path,
    from_log: &impl Fn(&Spot) -> Option<Bytes>,
) -> Result<Exchange, ReadError> {
    let passed = match Spot::read_columns(row, 6)? {
        Some(spot) => recorded(&from_log(&spot).ok_or(ReadError::Lost(spot))?)?,
        None => in_parts(row, bodies)?,
    };
    let mut exchange = Exchange::new(Arc::new(passed.request));
    exchange.sent_at = passed.times.sent_at;
    exchange.answered_at = passed.times.answered_at;
    exchange.closed_at = passed.times.closed_at;
    [exchange.request_body, exchange.response_body] = passed.bodies;
    exchange.request_body.cut = row.get(4)?;
    exchange.response_body.cut = row.get(5)?;
    exchange.response = passed.response.map(Arc::new);
    exchange.replay_of = row.get::<_, Option<_>>(1)?.map(ExchangeId::from_uuid);
    exchange.origin = row.get::<_, Option<String>>(2)?.map(Into::into);
    exchange.signed_for = row.get::<_, Option<String>>(3)?.map(Into::into);
    let failure: Option<String> = row.get(0)?;
    // The stage follows from the facts, as `Exchange::apply` goes from one to the next.
    exchange.stage = match (failure, &exchange.response, exchange.closed_at) {
        (Some(failure), _, _) => Stage::Failed(row::failure(&failure)),
        (None, Some(_), Some(_)) => Stage::Done,
        (None, Some(_), None) => Stage::Answered,
        (None, None, _) => Stage::Forwarding,
    };
    Ok(exchange)
}

/// From a record of a log.
fn recorded(bytes: &Bytes) -> Result<Passed, FrameError> {
    let record = Record::decode(bytes)?;
    let body = |kept: Bytes, trailers: Option<Bytes>| -> Result<Capture, FrameError> {
        Ok(Capture {
            trailers: fields(trailers)?,
            ..Capture::whole(kept)
        })
    };
    Ok(Passed {
        times: record.times,
        request: head::decode_request(&record.request_head)?,
        response: record.response_head.as_ref().map(response).transpose()?,
        bodies: [
            body(record.request_body, record.request_trailers)?,
            body(record.response_body, record.response_trailers)?,
        ],
    })
}

/// From the row beside, whose columns begin at the tenth.
fn in_parts(row: &Row<'_>, bodies: &Path) -> Result<Passed, ReadError> {
    let time = |at| {
        row.get::<_, Option<i64>>(at)
            .map(|at| at.map(Timestamp::from_micros))
    };
    let bytes = |at| {
        row.get::<_, Option<Vec<u8>>>(at)
            .map(|blob| blob.map(Bytes::from))
    };
    Ok(Passed {
        times: Times {
            sent_at: time(10)?,
            answered_at: time(11)?,
            closed_at: time(12)?,
        },
        request: head::decode_request(&bytes(13)?.unwrap_or_default())?,
        response: bytes(14)?.as_ref().map(response).transpose()?,
        bodies: [capture(row, 15, bodies)?, capture(row, 20, bodies)?],
    })
}

/// One side's body, from five columns that begin at `at`.
fn capture(row: &Row<'_>, at: usize, bodies: &Path) -> Result<Capture, ReadError> {
    let file: Option<String> = row.get(at + 3)?;
    let inside: Option<Vec<u8>> = row.get(at + 4)?;
    let size = u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0);
    let kept = inside
        .map(Bytes::from)
        .or_else(|| Some(spilled(|spot| spot.read(bodies), bodies, &file?, size)))
        .unwrap_or_default();
    let trailers: Option<Vec<u8>> = row.get(at + 2)?;
    Ok(Capture {
        kept,
        size,
        sha256: row.get(at + 1)?,
        trailers: fields(trailers.map(Bytes::from))?,
        cut: false,
    })
}

fn fields(trailers: Option<Bytes>) -> Result<Headers, FrameError> {
    trailers.map_or_else(
        || Ok(Headers::new()),
        |trailers| head::decode_trailers(&trailers),
    )
}

/// A body of this size from its file, or from a log as that is read; empty if it is gone.
pub(super) fn spilled(
    from_log: impl FnOnce(&Spot) -> Option<Bytes>,
    bodies: &Path,
    file: &str,
    size: u64,
) -> Bytes {
    match Spot::parse(file) {
        Some(spot) => from_log(&spot).unwrap_or_default(),
        None => beginning(&bodies.join(file), size)
            .unwrap_or_default()
            .into(),
    }
}

/// So much of a file, or all there is. That of a body that still passes has grown since its row was
/// written.
fn beginning(path: &Path, size: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let there = file.metadata()?.len().min(size);
    let mut bytes = Vec::with_capacity(usize::try_from(there).unwrap_or(0));
    file.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An answer's head from the content of its frame.
pub(super) fn response(frame: &Bytes) -> Result<ResponseHead, FrameError> {
    let (Answer::Interim(head) | Answer::Final(head)) = head::decode_answer(frame)?;
    Ok(head)
}
