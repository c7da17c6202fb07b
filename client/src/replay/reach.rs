//! The way to an origin that no tunnel here leads to.

use std::sync::Arc;
use std::time::Duration;

use hookreel_shared::model::Exchange;

use crate::forward::{
    Address, AddressError, Forwarder, HostHeader, OriginError, OriginOptions, Rewrite,
};
use crate::record::Recorder;

/// Why it is not known where to send to, or not possible.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// It never went to an origin.
    #[error("it never reached an origin: say where to send it (--to URL; in the screen R, to)")]
    Unknown,
    /// It is no origin's address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// It must not be one.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// It is the relay inside.
    #[error("{0} is the relay itself; sending there would go round in a loop")]
    Relay(Address),
}

/// Where an exchange is sent again: to `to`, or to the origin it went to.
///
/// # Errors
/// [`ReachError::Unknown`] and [`ReachError::Address`].
pub fn address(original: &Exchange, to: Option<&str>) -> Result<Address, ReachError> {
    let origin = to.or(original.origin.as_deref());
    Ok(origin.ok_or(ReachError::Unknown)?.parse()?)
}

/// A forwarder for an origin that no tunnel here leads to, with the usual rewrite.
///
/// # Errors
/// [`ReachError::Origin`].
pub fn forwarder(
    address: Address,
    answer_within: Duration,
    recorder: &Recorder,
) -> Result<Arc<Forwarder>, ReachError> {
    let host = if address.is_loopback() {
        HostHeader::Rewrite
    } else {
        HostHeader::Keep
    };
    let options = OriginOptions {
        address,
        rewrite: Rewrite {
            host,
            headers: Vec::new(),
            prefix: String::new(),
        },
        insecure: false,
        answer_within,
    };
    Ok(Arc::new(Forwarder::new(options, recorder.clone())?))
}
