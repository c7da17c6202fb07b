//! What to do with a request.

mod live;

pub use live::{Interim, Routed, send};
