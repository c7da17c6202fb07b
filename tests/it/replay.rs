//! Sending again: the real programs, a sender, a server whose every byte is looked at.

mod bytes;
mod demo;
mod edits;
mod figures;
mod help;
mod places;
mod refused;
pub mod rig;
mod views;
