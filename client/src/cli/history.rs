//! The history, as verbs need it that read or write it beside whatever else runs.

use std::time::Duration;

use hookreel_shared::model::Timestamp;
use hookreel_shared::net::wall_clock;

use super::Global;
use crate::error::{Exit, Failed};
use crate::store::{Options, Place, Reader, Retention, StoreError, Writer};

/// Where there is nothing yet, what to do.
pub const NONE_YET: &str =
    "no history yet: run hookreel 3000 first, and send something to its address";

/// Opens the history to read what is in it; `None` if there is none. Makes nothing.
///
/// # Errors
/// If it cannot be opened.
pub fn open(global: &Global) -> Result<Option<Reader>, Failed> {
    if !place(global)?.database().exists() {
        return Ok(None);
    }
    open_or_make(global).map(Some)
}

/// Opens the history for a verb that has nothing to do without one.
///
/// # Errors
/// If there is none yet, or it cannot be opened.
pub fn existing(global: &Global) -> Result<Reader, Failed> {
    open(global)?.ok_or_else(none_yet)
}

/// Opens the history to read what will be in it.
///
/// # Errors
/// If it cannot be opened or made.
pub fn open_or_make(global: &Global) -> Result<Reader, Failed> {
    Reader::open(&place(global)?).map_err(failed)
}

/// Opens the history to write. Tidying up is left to those who record: what is written here may
/// be old.
///
/// # Errors
/// If it cannot be opened or made.
pub fn writer(global: &Global) -> Result<Writer, Failed> {
    let never = Retention {
        count: u64::MAX,
        age: Duration::MAX,
        size: u64::MAX,
    };
    let options = Options {
        retention: never,
        clock: now,
    };
    Writer::open(&place(global)?, options).map_err(failed)
}

/// How long the history keeps what is not marked.
///
/// # Errors
/// If the configuration is wrong.
pub fn kept_for(global: &Global) -> Result<Duration, Failed> {
    let settings = global.layers()?.settings();
    let settings = settings.map_err(|error| Failed::usage(error.to_string()))?;
    let usual = Retention::default().age;
    Ok(settings.history.age.map_or(usual, |age| age.0))
}

/// That there is nothing to show yet, and what to do.
pub fn none_yet() -> Failed {
    Failed::new(Exit::Runtime, NONE_YET)
}

/// What the history said instead.
#[expect(clippy::needless_pass_by_value, reason = "it is called by map_err")]
pub fn failed(error: StoreError) -> Failed {
    Failed::new(Exit::Runtime, error.to_string())
}

/// What time it is.
pub fn now() -> Timestamp {
    wall_clock()
}

/// Where it lies.
///
/// # Errors
/// If the user has no home directory.
pub fn place(global: &Global) -> Result<Place, Failed> {
    Ok(Place::new(global.places()?.history()))
}
