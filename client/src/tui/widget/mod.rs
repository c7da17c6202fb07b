//! Widgets that no library has.

mod qr;

pub use qr::Qr;
