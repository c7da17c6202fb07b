//! The wall clock, read here and passed on.

use std::time::SystemTime;

use crate::model::Timestamp;

/// What time it is.
#[must_use]
pub fn wall_clock() -> Timestamp {
    SystemTime::now().into()
}
