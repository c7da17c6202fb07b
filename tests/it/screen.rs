//! The terminal UI in a real pseudo-terminal, as a user has it.

mod keys;
mod leaving;
mod rig;
mod strangers;
