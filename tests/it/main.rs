//! All world tests, in one binary: it links once.

mod architecture;
mod failures;
mod live;
mod streaming;
