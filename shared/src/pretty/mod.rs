//! Bodies as people read them. Nothing here changes a body: every view is made from its bytes.
//!
//! | module | shows |
//! |---|---|
//! | [`json`] | a document by lines, made on demand, with folding and paths |
//! | [`hex`] | sixteen bytes a line, made on demand |
//! | [`safe`] | any text so that a terminal shows it, and does nothing else |

pub mod hex;
pub mod json;
pub mod safe;
