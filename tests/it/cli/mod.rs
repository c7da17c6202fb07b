//! The programs as their users meet them: arguments, output, signals, files and exit codes.

mod basics;
mod config;
mod embedded;
mod names;
pub mod peers;
pub mod process;
mod recording;
pub mod remote;
mod scripts;
mod secrets;
mod signals;
mod usage;
