//! The history after a secret was set: what is noted of signatures is judged again, so that lists and
//! filters say what `show` and `verify` say.

use hookreel_shared::filter::Filter;
use hookreel_shared::provider::{Look, Row};

use super::{Global, history, out, secret};
use crate::config::Asked;
use crate::error::{Exit, Failed};
use crate::record::noted;
use crate::store::Cursor;

/// Exchanges that are judged again, the newest: a second or so.
const MOST: usize = 10_000;

/// Exchanges that are read at once.
const STEP: usize = 200;

/// Judges what is noted of a provider's signatures again, by the secrets that are stored now, and says
/// how many verdicts are others. What was good stays so: a secret that was replaced has been right in
/// its time. The secret is set in any case; what the history does not take is a warning.
pub fn again(row: &Row, global: &Global) {
    match judged(row, global) {
        Ok(0) => {}
        Ok(count) if !global.is_quiet() => out::say(&format!("{count} in the history judged anew")),
        Ok(_) => {}
        Err(failed) => out::warn(&format!(
            "the history keeps its verdicts on {}: {failed}",
            row.id
        )),
    }
}

fn judged(row: &Row, global: &Global) -> Result<usize, Failed> {
    let Some(reader) = history::open(global)? else {
        return Ok(0);
    };
    let known = secret::providers(global)?.now();
    let filter: Result<Filter, _> = format!("provider:{} !verdict:good", row.id).parse();
    let filter = filter.map_err(|error| Failed::usage(error.to_string()))?;
    let asked = Asked {
        provider: Some(&row.id),
        closely: Look::Whether,
        ..Asked::default()
    };
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
            let word = noted(&known.sender(&exchange, &asked).report.verdict);
            if word.as_deref() != there.summary.verdict.as_deref() {
                changed.push((id, word));
            }
        }
    }
    let count = changed.len();
    if count > 0 {
        let writer = history::writer(global)?;
        writer.verdicts(changed);
        let failed = |why| Failed::new(Exit::Runtime, why);
        writer.settle().map_err(failed)?;
    }
    Ok(count)
}
