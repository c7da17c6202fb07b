//! One row of a list.

use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::model::{ExchangeId, Failure, FailureKind, Label, Summary, Timestamp};
use rusqlite::{Connection, OptionalExtension as _};

/// The columns of [`read`], in its order.
pub(super) const COLUMNS: &str = "id, at, name, label, replay_of, method, target, request_type, \
    response_type, provider, event, status, took, request_bytes, response_bytes, failure, closed, \
    delivery, verdict, duplicate, marked, note, processing, request_cut OR response_cut, seq, \
    handshake, log, log_start, log_len, log_checksum";

/// What says that an exchange holds a delivery (?1) of a provider (?2) that came before one with this
/// verdict (?3): a user's own sending is none, nor what is worse signed, as anybody may have sent that.
pub(super) const SAME_DELIVERY: &str = "delivery = ?1 AND provider IS ?2
    AND label IN ('live', 'stored') AND coalesce(verdict, '') != 'bad'
    AND iif(verdict = 'good', 2, verdict IS NOT 'unsigned') >= iif(?3 = 'good', 2, ?3 IS NOT 'unsigned')";

/// Where each column stands among [`COLUMNS`].
pub(super) mod at {
    pub(in crate::store) const ID: usize = 0;
    pub(in crate::store) const AT: usize = 1;
    pub(in crate::store) const NAME: usize = 2;
    pub(in crate::store) const LABEL: usize = 3;
    pub(in crate::store) const REPLAY_OF: usize = 4;
    pub(in crate::store) const METHOD: usize = 5;
    pub(in crate::store) const TARGET: usize = 6;
    pub(in crate::store) const REQUEST_TYPE: usize = 7;
    pub(in crate::store) const RESPONSE_TYPE: usize = 8;
    pub(in crate::store) const PROVIDER: usize = 9;
    pub(in crate::store) const EVENT: usize = 10;
    pub(in crate::store) const STATUS: usize = 11;
    pub(in crate::store) const TOOK: usize = 12;
    pub(in crate::store) const REQUEST_BYTES: usize = 13;
    pub(in crate::store) const RESPONSE_BYTES: usize = 14;
    pub(in crate::store) const FAILURE: usize = 15;
    pub(in crate::store) const CLOSED: usize = 16;
    pub(in crate::store) const DELIVERY: usize = 17;
    pub(in crate::store) const VERDICT: usize = 18;
    pub(in crate::store) const DUPLICATE: usize = 19;
    pub(in crate::store) const MARKED: usize = 20;
    pub(in crate::store) const NOTE: usize = 21;
    pub(in crate::store) const PROCESSING: usize = 22;
    pub(in crate::store) const CUT: usize = 23;
    pub(in crate::store) const SEQ: usize = 24;
    pub(in crate::store) const HANDSHAKE: usize = 25;
    /// The first of [`Spot::COLUMNS`](crate::store::log::Spot::COLUMNS).
    pub(in crate::store) const SPOT: usize = 26;
}

/// One exchange in brief, with what became of it here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What lists show of any exchange.
    pub summary: Summary,
    /// What the sender calls this delivery.
    pub delivery: Option<String>,
    /// The sender has sent this delivery before.
    pub duplicate: bool,
    /// The user marked it: it is never pruned.
    pub marked: bool,
    /// The user's note.
    pub note: Option<String>,
    /// How far the user's own processing has come.
    pub processing: Option<String>,
    /// A body broke off: its end never came.
    pub cut: bool,
}

impl From<Summary> for Row {
    /// A row of which nothing but this is known yet.
    fn from(summary: Summary) -> Self {
        Self {
            summary,
            delivery: None,
            duplicate: false,
            marked: false,
            note: None,
            processing: None,
            cut: false,
        }
    }
}

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        summary: Summary {
            id: ExchangeId::from_uuid(row.get(at::ID)?),
            at: Timestamp::from_micros(row.get(at::AT)?),
            name: {
                let name = row.get_ref(at::NAME)?.as_str()?;
                // Written from a name, so it reads as one.
                name.parse().map_err(|_| unreadable(at::NAME))?
            },
            label: label(row.get_ref(at::LABEL)?.as_str()?).ok_or_else(|| unreadable(at::LABEL))?,
            replay_of: row
                .get::<_, Option<_>>(at::REPLAY_OF)?
                .map(ExchangeId::from_uuid),
            method: bytes(row, at::METHOD)?.unwrap_or_default(),
            target: bytes(row, at::TARGET)?.unwrap_or_default(),
            request_type: bytes(row, at::REQUEST_TYPE)?,
            response_type: bytes(row, at::RESPONSE_TYPE)?,
            provider: row.get(at::PROVIDER)?,
            event: row.get(at::EVENT)?,
            verdict: row.get(at::VERDICT)?,
            handshake: row.get(at::HANDSHAKE)?,
            status: row.get(at::STATUS)?,
            took: row
                .get::<_, Option<i64>>(at::TOOK)?
                .map(|micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0))),
            request_bytes: row
                .get::<_, Option<i64>>(at::REQUEST_BYTES)?
                .map(|n| u64::try_from(n).unwrap_or(0)),
            response_bytes: u64::try_from(row.get::<_, i64>(at::RESPONSE_BYTES)?).unwrap_or(0),
            failure: row.get_ref(at::FAILURE)?.as_str_or_null()?.map(failure),
            closed: row.get(at::CLOSED)?,
        },
        delivery: row.get(at::DELIVERY)?,
        duplicate: row.get(at::DUPLICATE)?,
        marked: row.get(at::MARKED)?,
        note: row.get(at::NOTE)?,
        processing: row.get(at::PROCESSING)?,
        cut: row.get(at::CUT)?,
    })
}

/// The row of this number; `None` if it is gone.
pub(super) fn of(connection: &Connection, seq: i64) -> rusqlite::Result<Option<Row>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM exchange WHERE seq = ?1"))?
        .query_row([seq], read)
        .optional()
}

/// A failure from its column.
pub(super) fn failure(text: &str) -> Failure {
    // The schema's number guards against kinds of a newer hookreel; what is unreadable anyway
    // is still a failure.
    serde_json::from_str(text).unwrap_or_else(|_| FailureKind::Protocol.into())
}

fn bytes(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Option<Bytes>> {
    Ok(row
        .get_ref(at)?
        .as_blob_or_null()?
        .map(Bytes::copy_from_slice))
}

/// A label from its column.
pub(super) fn label(text: &str) -> Option<Label> {
    Label::ALL.into_iter().find(|label| label.as_str() == text)
}

fn unreadable(column: usize) -> rusqlite::Error {
    let what = "not what hookreel writes there";
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, what.into())
}
