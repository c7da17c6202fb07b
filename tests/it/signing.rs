//! Secrets, verdicts, signing again and samples: the programs, files, and a server that checks as
//! real ones do.

mod going;
mod later;
mod oracle;
mod paypal;
mod replay;
pub mod rig;
mod secret;
mod silence;
mod trigger;
mod verify;
