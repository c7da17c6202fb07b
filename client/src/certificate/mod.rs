//! Certificates of providers that sign with keys of their own.
//!
//! | module | what |
//! |---|---|
//! | [`mod@fetch`] | a provider's, brought here because the user says so, from where the provider has them |
//! | [`serve`] | the developer's own, for servers that look at the address in a request |
//!
//! A sender chooses the address in a request: nothing is ever fetched because of what came.

pub mod fetch;
pub mod serve;

pub use fetch::{FetchError, Road, fetch};
pub use serve::Served;
