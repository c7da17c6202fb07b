//! One attempt, through the forwarder of its origin.

use std::sync::Arc;

use hookreel_shared::model::{Exchange, ExchangeId, Side};
use hookreel_shared::net::wall_clock;
use uuid::Uuid;

use super::refuse::{Refusal, refuse};
use super::request::{Request, request};
use super::resign::{Resign, Resigned};
use super::verdict::{Verdict, differences};
use crate::command::Edited;
use crate::forward::Forwarder;

/// What is changed of every request.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What the user made of it.
    pub edited: Option<Edited>,
    /// Fields set in place of those of the same names.
    pub set: Vec<(String, String)>,
    /// How it is signed anew, if at all.
    pub resign: Option<Resign>,
}

/// A request that was sent again.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What it repeats.
    pub original: Arc<Exchange>,
    /// What came of it.
    pub exchange: Exchange,
    /// What was done about its signature, if there is something to say.
    pub resigned: Option<Resigned>,
    /// Whether that is better or worse.
    pub verdict: Verdict,
    /// In how many places the answers differ, but for their date.
    pub differences: usize,
}

impl Attempt {
    /// Whether there was no connection to the origin at all.
    #[must_use]
    pub fn is_unreached(&self) -> bool {
        let failure = self.exchange.failure();
        failure.is_some_and(|failure| failure.side == Side::Origin)
            && self.exchange.sent_at.is_none()
    }
}

/// Sends the request of an exchange again.
///
/// # Errors
/// [`Refusal`]; nothing was sent then.
pub async fn again(
    forwarder: &Arc<Forwarder>,
    original: &Arc<Exchange>,
    change: &Change,
) -> Result<Attempt, Refusal> {
    refuse(original)?;
    let id = ExchangeId::from_uuid(Uuid::now_v7());
    let edited = change.edited.as_ref();
    let now = wall_clock();
    let mut request = request(original, edited, &change.set, id, now);
    let resigned = match &change.resign {
        Some(resign) => resign.apply(&mut request, original, edited.is_some(), now)?,
        None => None,
    };
    let Request {
        head,
        body,
        trailers,
    } = request;
    let signed_for = match &resigned {
        Some(Resigned::Done { url, .. }) => url.as_deref().map(Arc::from),
        _ => original.signed_for.clone(),
    };
    let exchange = forwarder
        .once(head, body, trailers, Some(original.id()), signed_for)
        .await;
    Ok(Attempt {
        verdict: Verdict::of(original, &exchange),
        differences: differences(original, &exchange),
        original: Arc::clone(original),
        resigned,
        exchange,
    })
}
