//! One request at a time: what passes unchanged, and what the relay says itself.

mod addressing;
mod answers;
mod connections;
mod faithful;
mod headers;
mod onward;
mod requests;
