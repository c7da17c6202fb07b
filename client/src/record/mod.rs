//! What happened, for those who watch.

mod feed;
mod recording;

pub use feed::{Feed, Notice, Seen, State, Watcher};
pub use recording::Recording;
