//! Who is calling, whether the signature fits, and if not, why.
//!
//! A provider is a [`Row`] of the [`Table`]: data, no code. `rows/` holds those that come with
//! the program; users write their own in the same form. What rows may say is in [`row`],
//! [`mod@detect`], [`text`], [`scheme`] and [`signed`].
//!
//! | to | call |
//! |---|---|
//! | know whose a request is | [`detect()`], and [`Row::event`], [`Row::delivery`], [`Row::line`] of what it finds |
//! | know whether its signature fits, and why not | [`check()`], which gives a [`Report`]: to be shown, or kept as JSON |
//! | know that alone, as often as anybody asks | [`is_good()`] |
//! | sign it, or sign it again | [`sign()`] on a [`Draft`] |
//!
//! A new provider is one file in `rows/`, its line in `table.rs`, and one folder of fixtures in
//! `tests/fixtures/providers`; tests say what is missing.
//!
//! Beside that: what providers ask and want to hear ([`challenge`]), what an exchange means for
//! them ([`advice`]), and requests as they send them, made up ([`samples`]).
//!
//! All functions here are pure: the clock, secrets, keys and fresh ids are arguments. What they
//! cost is bounded, whatever a sender sends: JSON up to [`READ_UP_TO`], forms up to [`MOST_FIELDS`],
//! [signatures up to a number](scheme::MOST_SIGNATURES), near misses up to a number of bytes.

pub mod advice;
pub mod algorithm;
mod bodies;
pub mod certificate;
pub mod challenge;
mod check;
pub mod detect;
mod development;
mod edit;
mod explain;
mod json_forms;
mod members;
mod names;
mod near;
mod request;
pub mod row;
pub mod samples;
pub mod scheme;
mod secret;
mod sender;
mod sign;
pub mod signed;
mod table;
#[cfg(test)]
mod tests;
pub mod text;
mod tried;
mod urls;
mod verdict;

pub use check::{CertifiedKey, Look, With, check, is_good, secrets_of};
pub use detect::{candidates, detect};
pub use development::{DevelopmentKeys, Pkcs8};
pub use edit::Draft;
pub use request::{MOST_FIELDS, READ_UP_TO, Request};
pub use row::{Handshake, Row};
pub use secret::Secret;
pub use sender::{Sender, sender};
pub use sign::{Done, Key, SignError, sign};
pub use table::{EXAMPLE, Table, TableError};
pub use verdict::{Because, NearMiss, Preview, Reason, Report, Verdict};
