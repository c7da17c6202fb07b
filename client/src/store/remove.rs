//! Exchanges out of the database, and bodies out of logs.

use std::path::Path;

use hookreel_shared::model::ExchangeId;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::effects::Effects;
use super::log::Spot;
use super::{StoreError, words};

/// Takes exchanges away as one transaction, and then their files.
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
    for name in names.into_iter().flatten() {
        effects.lets_go(name);
    }
    words::remove(tx, seq)?;
    for table in ["exchange", "message"] {
        tx.prepare_cached(&format!("DELETE FROM {table} WHERE seq = ?1"))?
            .execute([seq])?;
    }
    Ok(())
}

/// Moves an exchange's bodies from the logs into the database, where they keep nothing else.
///
/// # Errors
/// What the database says.
pub(super) fn into_database(
    tx: &Transaction<'_>,
    bodies: &Path,
    id: ExchangeId,
    effects: &mut Effects,
) -> Result<(), StoreError> {
    for side in ["request", "response"] {
        let named: Option<(i64, Option<String>)> = tx
            .prepare_cached(&format!(
                "SELECT seq, {side}_file FROM exchange JOIN message USING (seq) WHERE id = ?1"
            ))?
            .query_row([id.uuid()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((seq, Some(name))) = named
            && let Some(spot) = Spot::parse(&name)
            && let Some(body) = spot.read(bodies)
        {
            tx.prepare_cached(&format!(
                "UPDATE message SET {side}_file = NULL, {side}_body = ?2 WHERE seq = ?1"
            ))?
            .execute((seq, body))?;
            effects.lets_go(name);
        }
    }
    Ok(())
}
