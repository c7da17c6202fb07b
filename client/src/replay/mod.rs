//! Requests of the history, sent again by the road they came on.
//!
//! | module | what |
//! |---|---|
//! | [`mod@refuse`] | what cannot be sent again, and why |
//! | [`edit`] | a request as a text that people edit |
//! | [`signature`] | signatures that an edit leaves behind |
//! | [`request`] | the request of an attempt |
//! | [`resign`] | signing it anew |
//! | [`attempt`], [`reach`] | one attempt, through the forwarder of its origin |
//! | [`plan`], [`drive`] | when each attempt is made; making them |
//! | [`source`], [`mod@run`] | the exchanges, read when they are due; a whole order |
//! | [`verdict`], [`summary`] | what it came to |
//!
//! An attempt is an exchange of its own, with an id of its own and the label `replay`; what it
//! repeats stays as it was.

pub mod attempt;
pub mod drive;
pub mod edit;
pub mod plan;
pub mod reach;
pub mod refuse;
pub mod request;
pub mod resign;
pub mod run;
pub mod signature;
pub mod source;
pub mod summary;
#[cfg(test)]
mod testing;
pub mod verdict;

pub use attempt::{Attempt, Change};
pub use reach::ReachError;
pub use refuse::{Refusal, refuse};
pub use resign::{Resign, ResignError, Resigned};
pub use run::{Unsent, Why, run};
pub use source::{Source, SourceError};
pub use summary::Summary;
pub use verdict::Verdict;
