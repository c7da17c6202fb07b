//! All world tests, in one binary: it links once.

mod architecture;
mod live;
