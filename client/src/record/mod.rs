//! What happened, for those who watch, and for the history.
//!
//! A body is copied as it passes ([`Passing`]), never held back. Forwarding waits for nothing in
//! here: what memory or disk cannot take is counted as unrecorded, and told.

mod examiner;
mod feed;
mod keeper;
mod passing;
mod recorder;
mod recording;
mod room;

pub use examiner::{examine, noted};
pub use feed::{Feed, Notice, Seen, State, Watcher};
pub use passing::Passing;
pub use recorder::{BODY_LIMIT, Keep, Recorder};
pub use recording::Recording;
