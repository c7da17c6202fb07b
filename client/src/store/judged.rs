//! Verdicts that are others than at first, as a secret came later; and what depends on them.

use hookreel_shared::model::ExchangeId;
use rusqlite::{OptionalExtension as _, Transaction};

use super::StoreError;
use super::row::SAME_DELIVERY;

/// Writes verdicts, and then which of these exchanges are duplicates.
///
/// # Errors
/// What the database says.
pub(super) fn write(
    tx: &Transaction<'_>,
    words: &[(ExchangeId, Option<String>)],
) -> Result<(), StoreError> {
    let mut set = tx.prepare_cached("UPDATE exchange SET verdict = ?2 WHERE id = ?1")?;
    for (id, word) in words {
        set.execute((id.uuid(), word))?;
    }
    let mut delivery = tx.prepare_cached(
        "SELECT delivery, provider FROM exchange
            WHERE id = ?1 AND delivery IS NOT NULL AND label IN ('live', 'stored')",
    )?;
    let first = format!("SELECT 1 FROM exchange WHERE {SAME_DELIVERY} AND id < ?4");
    let mut first = tx.prepare_cached(&first)?;
    let mut mark = tx.prepare_cached("UPDATE exchange SET duplicate = ?2 WHERE id = ?1")?;
    for (id, word) in words {
        let found = delivery.query_row([id.uuid()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
        });
        if let Some((delivery, provider)) = found.optional()? {
            let is_forged = word.as_deref() == Some("bad");
            let again = !is_forged && first.exists((delivery, provider, word, id.uuid()))?;
            mark.execute((id.uuid(), again))?;
        }
    }
    Ok(())
}
