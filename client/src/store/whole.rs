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
    get_while(connection, bodies, id, || {})
}

/// As [`get`]; `then` comes between a row and what it says where it is.
pub(super) fn get_while(
    connection: &Connection,
    bodies: &Path,
    id: ExchangeId,
    then: impl Fn(),
) -> Result<Option<Exchange>, StoreError> {
    let damaged = |why| Err(StoreError::Damaged { id, why });
    let (mut lost, mut again) = (None, false);
    loop {
        let found = connection
            .prepare_cached(SELECT)?
            .query_row([id.uuid()], |row| {
                then();
                Ok(read(row, bodies))
            })
            .optional()?;
        match found.transpose() {
            // The row may have been that of before: as it is now, it tells.
            Ok(Some(found)) if found.has_lost && !again => again = true,
            Ok(found) => return Ok(found.map(|found| found.exchange)),
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

/// An exchange as its row says.
struct Found {
    exchange: Exchange,
    /// A body is not where the row says.
    has_lost: bool,
}

/// What passed, from wherever it stands.
struct Passed {
    times: Times,
    request: RequestHead,
    response: Option<ResponseHead>,
    bodies: [Capture; 2],
    has_lost: bool,
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

fn read(row: &Row<'_>, bodies: &Path) -> Result<Found, ReadError> {
    let passed = match Spot::read_columns(row, 6)? {
        Some(spot) => recorded(&spot.read(bodies).ok_or(ReadError::Lost(spot))?)?,
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
    Ok(Found {
        exchange,
        has_lost: passed.has_lost,
    })
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
    // Of heads, parts live on in lists and in replays: they must not keep the bodies beside them.
    let own = |head: Bytes| Bytes::copy_from_slice(&head);
    let response_head = record.response_head.map(own);
    Ok(Passed {
        times: record.times,
        request: head::decode_request(&own(record.request_head))?,
        response: response_head.as_ref().map(response).transpose()?,
        has_lost: false,
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
    let (request_body, request_lost) = capture(row, 15, bodies)?;
    let (response_body, response_lost) = capture(row, 20, bodies)?;
    Ok(Passed {
        times: Times {
            sent_at: time(10)?,
            answered_at: time(11)?,
            closed_at: time(12)?,
        },
        request: head::decode_request(&bytes(13)?.unwrap_or_default())?,
        response: bytes(14)?.as_ref().map(response).transpose()?,
        bodies: [request_body, response_body],
        has_lost: request_lost || response_lost,
    })
}

/// One side's body, from five columns that begin at `at`, and whether it is not where they say.
fn capture(row: &Row<'_>, at: usize, bodies: &Path) -> Result<(Capture, bool), ReadError> {
    let file: Option<String> = row.get(at + 3)?;
    let inside: Option<Vec<u8>> = row.get(at + 4)?;
    let size = u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0);
    let (kept, is_lost) = match (inside.map(Bytes::from), file) {
        (Some(inside), _) => (inside, false),
        (None, Some(file)) => match spilled(|spot| spot.read(bodies), bodies, &file, size) {
            Some(kept) => (kept, false),
            None => (Bytes::new(), true),
        },
        (None, None) => (Bytes::new(), false),
    };
    let trailers: Option<Vec<u8>> = row.get(at + 2)?;
    let capture = Capture {
        kept,
        size,
        sha256: row.get(at + 1)?,
        trailers: fields(trailers.map(Bytes::from))?,
        cut: false,
    };
    Ok((capture, is_lost))
}

fn fields(trailers: Option<Bytes>) -> Result<Headers, FrameError> {
    trailers.map_or_else(
        || Ok(Headers::new()),
        |trailers| head::decode_trailers(&trailers),
    )
}

/// A body of this size from its file, or from a log as that is read; none if it is gone.
pub(super) fn spilled(
    from_log: impl FnOnce(&Spot) -> Option<Bytes>,
    bodies: &Path,
    file: &str,
    size: u64,
) -> Option<Bytes> {
    match Spot::parse(file) {
        Some(spot) => from_log(&spot),
        None => beginning(&bodies.join(file), size).ok().map(Bytes::from),
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
