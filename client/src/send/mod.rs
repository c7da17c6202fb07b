//! Requests as providers send them, made up: signed and sent to the developer's own server.
//!
//! | module | what |
//! |---|---|
//! | [`place`] | where they go, and what they say of it |
//! | [`make`] | a sample as a request |
//! | [`signer`] | what it is signed with |
//! | [`deliver`] | one delivery, again until it is taken |
//! | [`mod@run`] | several of them, each at its time |
//!
//! An attempt is an exchange of its own with the label `sample`. Nothing here answers anybody:
//! what is signed goes only where the user says.

pub mod deliver;
pub mod make;
pub mod place;
pub mod run;
pub mod signer;

pub use deliver::{Attempt, Delivery, Sending, trigger};
pub use make::{bare, draft, series};
pub use place::Place;
pub use run::{Pace, run};
pub use signer::{Signed, Signer};

use hookreel_shared::provider::SignError;
use hookreel_shared::provider::samples::{SetError, Unknown, VariantError};

use crate::config::NoLabel;

/// Why a request is not made, or not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// There is no such sample.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// Nobody is called so.
    #[error("no provider is called {0}")]
    Provider(String),
    /// There is nothing to sign with.
    #[error("there is no secret of {0} to sign with; set one: hookreel secret set {0}")]
    NoSecret(String),
    /// None of the secrets is called so.
    #[error(transparent)]
    NoLabel(#[from] NoLabel),
    /// There is no key of the developer's own yet.
    #[error(
        "only {0} itself can sign, and there is no key of your own yet; \
         hookreel secret show-dev-key {0} makes one"
    )]
    NoKey(String),
    /// The certificate of the developer's own key cannot be served.
    #[error("there is no port for the certificate of your key: {0}")]
    NoPort(String),
    /// It cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A value cannot be set.
    #[error(transparent)]
    Set(#[from] SetError),
    /// There is no such series.
    #[error(transparent)]
    Variant(#[from] VariantError),
}
