//! Which exchange a user means: an id, the beginning of one, or how far back.

use hookreel_shared::model::ExchangeId;
use rusqlite::{Connection, OptionalExtension as _};

use super::StoreError;

/// Digits of an id after `req_`: base 32, five bits each, the first only three.
const DIGITS: usize = 26;

/// Why a text does not name one exchange.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// Neither an id, nor the beginning of one, nor `@` and a number from 1.
    #[error("not an id: {0:?} (use req_…, the beginning of one, or @1 for the latest)")]
    NotAnId(String),
    /// There is none.
    #[error("no exchange {0} in the history")]
    Missing(String),
    /// There are several.
    #[error("several exchanges begin with {0}: use more of the id")]
    Several(String),
    /// The history cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finds the id of the one exchange that `text` names.
pub(super) fn find(connection: &Connection, text: &str) -> Result<ExchangeId, FindError> {
    let not_an_id = || FindError::NotAnId(text.to_owned());
    if let Some(back) = text.strip_prefix('@') {
        let back: u32 = back.parse().map_err(|_| not_an_id())?;
        let skipped = back.checked_sub(1).ok_or_else(not_an_id)?;
        return latest(connection, skipped)?.ok_or_else(|| FindError::Missing(text.to_owned()));
    }
    let (low, high) = range(text).ok_or_else(not_an_id)?;
    let found = between(connection, low, high)?;
    match found[..] {
        [id] => Ok(id),
        [] => Err(FindError::Missing(text.to_owned())),
        _ => Err(FindError::Several(text.to_owned())),
    }
}

fn latest(connection: &Connection, skipped: u32) -> Result<Option<ExchangeId>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id FROM exchange ORDER BY id DESC LIMIT 1 OFFSET ?1")?
        .query_row([skipped], |row| row.get(0).map(ExchangeId::from_uuid))
        .optional()?)
}

/// The first ids from `low` to `high`, two at the most.
fn between(
    connection: &Connection,
    low: ExchangeId,
    high: ExchangeId,
) -> Result<Vec<ExchangeId>, StoreError> {
    let ids = connection
        .prepare_cached("SELECT id FROM exchange WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 2")?
        .query_map([low.uuid(), high.uuid()], |row| {
            row.get(0).map(ExchangeId::from_uuid)
        })?
        .collect::<Result<_, _>>()?;
    Ok(ids)
}

/// The lowest and the highest id that begin so. Upper case is fine, and `req_` may be left out.
pub(super) fn range(text: &str) -> Option<(ExchangeId, ExchangeId)> {
    let text = text.to_ascii_lowercase();
    let digits = text.strip_prefix("req_").unwrap_or(&text);
    if digits.is_empty() || digits.len() > DIGITS || !digits.is_ascii() {
        return None;
    }
    let end = |digit: &str| {
        let missing = DIGITS - digits.len();
        format!("req_{digits}{}", digit.repeat(missing))
            .parse()
            .ok()
    };
    Some((end("0")?, end("z")?))
}
