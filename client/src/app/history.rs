//! The history that a client records into, by what is set.

use std::path::Path;
use std::sync::Arc;

use hookreel_shared::net::wall_clock;

use crate::config::Settings;
use crate::record::{BODY_LIMIT, Keep};
use crate::store::{Options, Place, Retention, StoreError, Writer};

/// Opens the history in `folder`, or makes it; none if nothing is to be recorded.
///
/// # Errors
/// [`StoreError`], such as a history of a newer hookreel. Forwarding can go on without one.
pub fn open(settings: &Settings, folder: &Path) -> Result<Option<Keep>, StoreError> {
    if settings.no_record.unwrap_or_default() {
        return Ok(None);
    }
    let options = Options {
        retention: retention(settings),
        clock: wall_clock,
    };
    Ok(Some(Keep {
        writer: Arc::new(Writer::open(&Place::new(folder), options)?),
        body_limit: settings.body_limit.map_or(BODY_LIMIT, |size| size.0),
    }))
}

fn retention(settings: &Settings) -> Retention {
    let (usual, set) = (Retention::default(), settings.history);
    Retention {
        count: set.count.unwrap_or(usual.count),
        age: set.age.map_or(usual.age, |age| age.0),
        size: set.size.map_or(usual.size, |size| size.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_FILE;

    #[test]
    fn the_written_defaults_are_those_of_the_code() {
        let settings: Settings = toml::from_str(DEFAULT_FILE).unwrap();
        assert_eq!(retention(&settings), Retention::default());
        assert_eq!(retention(&Settings::default()), Retention::default());
        assert_eq!(settings.body_limit.map(|size| size.0), Some(BODY_LIMIT));
        assert_eq!(settings.no_record, Some(false));
    }
}
