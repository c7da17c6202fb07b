//! The history after secrets have changed: what is noted of signatures is judged again, so that
//! lists and filters say what `show` and `verify` say.

use hookreel_shared::filter::Filter;
use hookreel_shared::provider::Row;

use super::{Global, history, out, secret};
use crate::config::Asked;
use crate::error::Failed;
use crate::record::noted;
use crate::store::Cursor;

/// Exchanges that are judged again, the newest: a second or so.
const MOST: usize = 10_000;

/// Exchanges that are read at once.
const STEP: usize = 200;

/// Judges the signatures of a provider again, by the secrets that are stored now, and notes what
/// has changed.
///
/// # Errors
/// If the history cannot be read or written.
pub fn again(row: &Row, global: &Global) -> Result<(), Failed> {
    let Some(reader) = history::open(global)? else {
        return Ok(());
    };
    let known = secret::providers(global)?.now();
    let filter: Result<Filter, _> = format!("provider:{}", row.id).parse();
    let filter = filter.map_err(|error| Failed::usage(error.to_string()))?;
    let (mut cursor, mut seen, mut changed) = (Cursor::Newest, 0, Vec::new());
    while seen < MOST {
        let page = reader.matching(&filter, history::now(), cursor, STEP);
        let page = page.map_err(history::failed)?;
        let Some(last) = page.last() else {
            break;
        };
        (cursor, seen) = (Cursor::OlderThan(last.summary.id), seen + page.len());
        for there in page {
            let id = there.summary.id;
            // What is damaged, or has just been taken out, stays as it was.
            let Ok(Some(exchange)) = reader.get(id) else {
                continue;
            };
            let asked = Asked {
                provider: Some(&row.id),
                ..Asked::default()
            };
            let word = noted(&known.sender(&exchange, &asked).report.verdict);
            if word.as_deref() != there.summary.verdict.as_deref() {
                changed.push((id, word));
            }
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let count = changed.len();
    let writer = history::writer(global)?;
    for (id, word) in changed {
        writer.verdict(id, word);
    }
    writer.flush();
    if !global.is_quiet() {
        out::say(&format!("{count} in the history judged anew"));
    }
    Ok(())
}
