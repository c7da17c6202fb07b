//! Exchanges out of the database, and what is marked out of logs.

use std::path::Path;

use bytes::Bytes;
use hookreel_shared::model::ExchangeId;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::effects::Effects;
use super::log::Spot;
use super::message::{self, Side};
use super::record::Record;
use super::{StoreError, words};

/// Takes exchanges away as one transaction, and then their files and the logs that are done with.
///
/// # Errors
/// What the database says.
pub(super) fn all(
    connection: &mut Connection,
    bodies: &Path,
    ids: &[ExchangeId],
) -> Result<(), StoreError> {
    let mut effects = Effects::default();
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for id in ids {
        remove(&tx, *id, &mut effects)?;
    }
    effects.spare_logs();
    effects.add_to_total(&tx)?;
    tx.commit()?;
    effects.finish(connection, bodies);
    Ok(())
}

/// Takes an exchange away, if it is there.
///
/// # Errors
/// What the database says.
pub(super) fn remove(
    tx: &Transaction<'_>,
    id: ExchangeId,
    effects: &mut Effects,
) -> Result<(), StoreError> {
    let found = tx
        .prepare_cached(&format!(
            "SELECT seq, stored, request_file, response_file, {}
             FROM exchange LEFT JOIN message USING (seq) WHERE id = ?1",
            Spot::COLUMNS
        ))?
        .query_row([id.uuid()], |row| {
            let names: [Option<String>; 2] = [row.get(2)?, row.get(3)?];
            let spot = Spot::read_columns(row, 4)?;
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, names, spot))
        })
        .optional()?;
    let Some((seq, stored, names, spot)) = found else {
        return Ok(());
    };
    effects.exchanges -= 1;
    effects.stored -= stored;
    for name in names.into_iter().flatten() {
        effects.lets_go(name);
    }
    if let Some(spot) = spot {
        effects.leaves(spot);
    }
    words::remove(tx, seq)?;
    for table in ["exchange", "message"] {
        tx.prepare_cached(&format!("DELETE FROM {table} WHERE seq = ?1"))?
            .execute([seq])?;
    }
    Ok(())
}

/// Moves what a log has of an exchange into the database, where it keeps nothing else.
///
/// # Errors
/// What the database says.
pub(super) fn into_database(
    tx: &Transaction<'_>,
    bodies: &Path,
    id: ExchangeId,
    effects: &mut Effects,
) -> Result<(), StoreError> {
    let found = tx
        .prepare_cached(&format!(
            "SELECT seq, request_file, response_file, {}
             FROM exchange LEFT JOIN message USING (seq) WHERE id = ?1",
            Spot::COLUMNS
        ))?
        .query_row([id.uuid()], |row| {
            let names: [Option<String>; 2] = [row.get(1)?, row.get(2)?];
            Ok((row.get(0)?, names, Spot::read_columns(row, 3)?))
        })
        .optional()?;
    let Some((seq, names, spot)) = found else {
        return Ok(());
    };
    if let Some(spot) = spot {
        record_into_database(tx, bodies, seq, spot, effects)?;
    }
    for (side, name) in ["request", "response"].into_iter().zip(names) {
        let body = name
            .as_deref()
            .and_then(Spot::parse)
            .and_then(|spot| spot.read(bodies));
        if let (Some(name), Some(body)) = (name, body) {
            tx.prepare_cached(&format!(
                "UPDATE message SET {side}_file = NULL, {side}_body = ?2 WHERE seq = ?1"
            ))?
            .execute((seq, &body[..]))?;
            effects.lets_go(name);
        }
    }
    Ok(())
}

/// What is damaged stays where it is.
fn record_into_database(
    tx: &Transaction<'_>,
    bodies: &Path,
    seq: i64,
    spot: Spot,
    effects: &mut Effects,
) -> rusqlite::Result<()> {
    let Some(Ok(record)) = spot.read(bodies).map(|bytes| Record::decode(&bytes)) else {
        return Ok(());
    };
    let sides = [
        side(
            Some(&record.request_head),
            &record.request_trailers,
            &record.request_body,
        ),
        side(
            record.response_head.as_ref(),
            &record.response_trailers,
            &record.response_body,
        ),
    ];
    message::write(tx, seq, &record.times, &sides)?;
    tx.prepare_cached(
        "UPDATE exchange SET log = NULL, log_start = NULL, log_len = NULL, log_checksum = NULL
         WHERE seq = ?1",
    )?
    .execute([seq])?;
    effects.leaves(spot);
    Ok(())
}

fn side<'a>(head: Option<&'a Bytes>, trailers: &'a Option<Bytes>, body: &'a Bytes) -> Side<'a> {
    Side {
        head: head.map(|head| &head[..]),
        trailers: trailers.as_deref(),
        size: body.len() as u64,
        sha256: None,
        body: Some(body),
        file: None,
    }
}
