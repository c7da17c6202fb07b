//! Requests of the history, sent again by the road they came on.
//!
//! | module | what |
//! |---|---|
//! | [`refuse`] | what cannot be sent again, and why |
//! | [`edit`] | a request as a text that people edit |
//! | [`signature`] | signatures that an edit leaves behind |
//! | [`request`] | the request of an attempt |
//! | [`plan`], [`drive`] | when each attempt is made; making them |
//! | [`verdict`], [`summary`] | what it came to |
//!
//! An attempt is an exchange of its own, with an id of its own and the label `replay`; what it
//! repeats stays as it was.

pub mod drive;
pub mod edit;
pub mod plan;
pub mod refuse;
pub mod request;
pub mod signature;
pub mod summary;
#[cfg(test)]
mod testing;
pub mod verdict;

pub use drive::drive;
pub use plan::Plan;
pub use refuse::{Refusal, refuse};
pub use summary::Summary;
pub use verdict::Verdict;
