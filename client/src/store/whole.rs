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

use super::log::{Opened, Spot};
use super::{StoreError, row};

/// Reads an exchange; `None` if it is not there (any more).
///
/// A body whose file is gone comes back empty, as one of which nothing was kept.
///
/// # Errors
/// [`StoreError::Damaged`] if what is stored cannot be read back.
pub(super) fn get(
    connection: &Connection,
    bodies: &Path,
    id: ExchangeId,
) -> Result<Option<Exchange>, StoreError> {
    connection
        .prepare_cached(SELECT)?
        .query_row([id.uuid()], |row| Ok(read(row, bodies)))
        .optional()?
        .transpose()
        .map_err(|error| match error {
            ReadError::Sqlite(error) => error.into(),
            ReadError::Frame(error) => StoreError::Damaged {
                id,
                why: error.to_string(),
            },
        })
}

const SELECT: &str = "SELECT sent_at, answered_at, closed_at,
        request_size, request_sha256, request_trailers, request_file, request_body,
        response_size, response_sha256, response_trailers, response_file, response_body,
        request, response, failure, replay_of, origin, request_cut, response_cut,
        signed_for
    FROM exchange JOIN message USING (seq) WHERE id = ?1";

enum ReadError {
    Sqlite(rusqlite::Error),
    Frame(FrameError),
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

fn read(row: &Row<'_>, bodies: &Path) -> Result<Exchange, ReadError> {
    let time = |at| {
        row.get::<_, Option<i64>>(at)
            .map(|at| at.map(Timestamp::from_micros))
    };
    let mut exchange = Exchange::new(Arc::new(request(row.get(13)?)?));
    exchange.sent_at = time(0)?;
    exchange.answered_at = time(1)?;
    exchange.closed_at = time(2)?;
    exchange.request_body = capture(row, 3, row.get(18)?, bodies)?;
    exchange.response_body = capture(row, 8, row.get(19)?, bodies)?;
    exchange.response = response(row.get(14)?)?.map(Arc::new);
    exchange.replay_of = row.get::<_, Option<_>>(16)?.map(ExchangeId::from_uuid);
    exchange.origin = row.get::<_, Option<String>>(17)?.map(Into::into);
    exchange.signed_for = row.get::<_, Option<String>>(20)?.map(Into::into);
    let failure: Option<String> = row.get(15)?;
    // The stage follows from the facts, as `Exchange::apply` goes from one to the next.
    exchange.stage = match (failure, &exchange.response, exchange.closed_at) {
        (Some(failure), _, _) => Stage::Failed(row::failure(&failure)),
        (None, Some(_), Some(_)) => Stage::Done,
        (None, Some(_), None) => Stage::Answered,
        (None, None, _) => Stage::Forwarding,
    };
    Ok(exchange)
}

/// One side's body, from five columns that begin at `at`.
fn capture(row: &Row<'_>, at: usize, cut: bool, bodies: &Path) -> Result<Capture, ReadError> {
    let file: Option<String> = row.get(at + 3)?;
    let inside: Option<Vec<u8>> = row.get(at + 4)?;
    let size = u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0);
    let kept = inside
        .or_else(|| Some(spilled(&mut Opened::default(), bodies, &file?, size)))
        .unwrap_or_default();
    let trailers: Option<Vec<u8>> = row.get(at + 2)?;
    Ok(Capture {
        kept: kept.into(),
        size,
        sha256: row.get(at + 1)?,
        trailers: match trailers {
            Some(trailers) => head::decode_trailers(&trailers.into())?,
            None => Headers::new(),
        },
        cut,
    })
}

/// A body of this size from its file, or from a log; empty if it is gone.
pub(super) fn spilled(logs: &mut Opened, bodies: &Path, file: &str, size: u64) -> Vec<u8> {
    match Spot::parse(file) {
        Some(spot) => logs.read(bodies, &spot).unwrap_or_default(),
        None => beginning(&bodies.join(file), size).unwrap_or_default(),
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

/// A request's head from its column.
pub(super) fn request(column: Vec<u8>) -> Result<RequestHead, FrameError> {
    head::decode_request(&Bytes::from(column))
}

/// An answer's head from its column.
pub(super) fn response(column: Option<Vec<u8>>) -> Result<Option<ResponseHead>, FrameError> {
    column
        .map(|column| match head::decode_answer(&column.into())? {
            Answer::Interim(head) | Answer::Final(head) => Ok(head),
        })
        .transpose()
}
