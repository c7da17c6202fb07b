//! Plain data that every other module speaks in. No clock, no randomness, no I/O, no async.

mod capture;
mod event;
mod exchange;
mod failure;
mod headers;
mod id;
mod message;
mod summary;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod time;

pub use capture::Capture;
pub use event::Event;
pub use exchange::{Exchange, Stage};
pub use failure::{Failure, FailureKind, Retry, Side, sender_status};
pub use headers::{Header, Headers};
pub use id::{ExchangeId, IdError, Name, NameError, Principal, PrincipalError};
pub use message::{BodyKind, HttpVersion, Label, RequestHead, ResponseHead};
pub use summary::Summary;
pub use time::Timestamp;
