//! The row of what passed in parts: where a body is large, or has a part missing, or is marked.

use rusqlite::{Transaction, params};

use hookreel_shared::model::Timestamp;

use super::record::Times;

/// One side of it.
pub(super) struct Side<'a> {
    /// The content of the head's frame; nothing where no answer came.
    pub(super) head: Option<&'a [u8]>,
    /// The content of the trailers' frame.
    pub(super) trailers: Option<&'a [u8]>,
    /// Bytes of the body that passed.
    pub(super) size: u64,
    /// Of a body that was not kept whole.
    pub(super) sha256: Option<[u8; 32]>,
    /// What was kept of the body, if not in a file.
    pub(super) body: Option<&'a [u8]>,
    /// The name of the body's file.
    pub(super) file: Option<String>,
}

/// Writes the row of the exchange with this number.
///
/// # Errors
/// What the database says.
pub(super) fn write(
    tx: &Transaction<'_>,
    seq: i64,
    times: &Times,
    [request, response]: &[Side<'_>; 2],
) -> rusqlite::Result<()> {
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    tx.prepare_cached(
        "INSERT INTO message (seq, sent_at, answered_at, closed_at,
            request, request_trailers, request_size, request_sha256, request_body, request_file,
            response, response_trailers, response_size, response_sha256, response_body,
            response_file)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?
    .execute(params![
        seq,
        micros(times.sent_at),
        micros(times.answered_at),
        micros(times.closed_at),
        request.head,
        request.trailers,
        number(request.size),
        request.sha256,
        request.body,
        request.file,
        response.head,
        response.trailers,
        number(response.size),
        response.sha256,
        response.body,
        response.file,
    ])?;
    Ok(())
}
