//! One batch into the database.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::effects::Effects;
use super::log::{Log, Written};
use super::pack::{Batch, Job};
use super::put::Put;
use super::remove::{into_database, remove};
use super::spill::Spilled;
use super::{StoreError, judged};

/// Writes a batch as one transaction: all of it, or nothing.
///
/// # Errors
/// What database and file system say, such as a full disk.
pub(super) fn batch(
    connection: &mut Connection,
    bodies: &Path,
    log: &mut Log,
    batch: &Batch,
) -> Result<(), StoreError> {
    let mut effects = Effects::default();
    let written = match batch.log.is_empty() {
        true => Ok(None),
        false => log.write(connection, bodies, &batch.log).map(Some),
    };
    match written.and_then(|written| all(connection, bodies, batch, written, &mut effects)) {
        Ok(()) => {
            log.keep(batch.log.len());
            batch.spilled.iter().for_each(Spilled::name_it);
            effects.finish(connection, bodies);
            Ok(())
        }
        Err(error) => {
            log.take_back();
            effects.undo(bodies);
            Err(error)
        }
    }
}

fn all(
    connection: &mut Connection,
    bodies: &Path,
    batch: &Batch,
    written: Option<Written>,
    effects: &mut Effects,
) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut put = Put::new(&tx, bodies, batch, written)?;
    let mut packed = batch.packed.iter();
    for job in &batch.jobs {
        match job {
            Job::Put => {
                if let Some(packed) = packed.next() {
                    put.put(packed, effects)?;
                }
            }
            Job::Mark(ids, marked) => {
                let mut update =
                    tx.prepare_cached("UPDATE exchange SET marked = ?2 WHERE id = ?1")?;
                for id in ids {
                    update.execute((id.uuid(), marked))?;
                    if *marked {
                        into_database(&tx, bodies, *id, effects)?;
                    }
                }
            }
            Job::Note(ids, note) => {
                let mut set = tx.prepare_cached("UPDATE exchange SET note = ?2 WHERE id = ?1")?;
                for id in ids {
                    set.execute((id.uuid(), note))?;
                }
            }
            Job::Processing(id, status) => {
                tx.prepare_cached("UPDATE exchange SET processing = ?2 WHERE id = ?1")?
                    .execute((id.uuid(), status))?;
            }
            Job::Verdicts(words) => judged::write(&tx, words)?,
            Job::Delete(ids) => {
                for id in ids {
                    remove(&tx, *id, effects)?;
                }
            }
            #[cfg(test)]
            Job::Run(run) => run(&tx),
        }
    }
    effects.seq = Some(put.end());
    effects.add_to_total(&tx)?;
    Ok(tx.commit()?)
}
