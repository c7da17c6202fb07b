//! What is done for providers while requests pass: handshakes are answered, signatures checked.

mod gate;
mod handshakes;
mod programs;
mod rig;
