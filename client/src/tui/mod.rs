//! The terminal UI: what comes in, and all that can be done with it, on one screen.

pub mod detail;
pub mod theme;
