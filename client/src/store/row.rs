//! One row of a list.

use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::model::{ExchangeId, Failure, FailureKind, Label, Summary, Timestamp};
use rusqlite::{Connection, OptionalExtension as _};

/// The columns of [`read`], in its order.
pub(super) const COLUMNS: &str = "id, at, name, label, replay_of, method, target, request_type, \
    response_type, provider, event, status, took, request_bytes, response_bytes, failure, closed, \
    delivery, verdict, duplicate, marked, note, processing, request_cut OR response_cut, seq, \
    handshake";

/// Where `seq` stands among them.
pub(super) const SEQ: usize = 24;

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
            id: ExchangeId::from_uuid(row.get(0)?),
            at: Timestamp::from_micros(row.get(1)?),
            name: {
                let name = row.get_ref(2)?.as_str()?;
                // Written from a name, so it reads as one.
                name.parse().map_err(|_| unreadable(2))?
            },
            label: label(row.get_ref(3)?.as_str()?).ok_or_else(|| unreadable(3))?,
            replay_of: row.get::<_, Option<_>>(4)?.map(ExchangeId::from_uuid),
            method: bytes(row, 5)?.unwrap_or_default(),
            target: bytes(row, 6)?.unwrap_or_default(),
            request_type: bytes(row, 7)?,
            response_type: bytes(row, 8)?,
            provider: row.get(9)?,
            event: row.get(10)?,
            verdict: row.get(18)?,
            handshake: row.get(25)?,
            status: row.get(11)?,
            took: row
                .get::<_, Option<i64>>(12)?
                .map(|micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0))),
            request_bytes: row
                .get::<_, Option<i64>>(13)?
                .map(|n| u64::try_from(n).unwrap_or(0)),
            response_bytes: u64::try_from(row.get::<_, i64>(14)?).unwrap_or(0),
            failure: row.get_ref(15)?.as_str_or_null()?.map(failure),
            closed: row.get(16)?,
        },
        delivery: row.get(17)?,
        duplicate: row.get(19)?,
        marked: row.get(20)?,
        note: row.get(21)?,
        processing: row.get(22)?,
        cut: row.get(23)?,
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

fn label(text: &str) -> Option<Label> {
    Label::ALL.into_iter().find(|label| label.as_str() == text)
}

fn unreadable(column: usize) -> rusqlite::Error {
    let what = "not what hookreel writes there";
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, what.into())
}
