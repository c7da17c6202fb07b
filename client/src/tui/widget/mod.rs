//! Widgets that no library has.

mod cell;
mod qr;

pub use cell::settle;
pub use qr::Qr;
