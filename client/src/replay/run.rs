//! A whole order: every exchange of it, as often and as fast as asked for.

use std::sync::Arc;

use hookreel_shared::model::{Exchange, ExchangeId};
use tokio_util::sync::CancellationToken;

use super::attempt::{Attempt, Change, again};
use super::drive::drive;
use super::plan::Plan;
use super::reach::ReachError;
use super::refuse::Refusal;
use super::source::{Source, SourceError};
use crate::command::Replay;
use crate::forward::Forwarder;

/// A request that was not sent.
#[derive(Debug)]
pub struct Unsent {
    /// Which exchange it would have repeated.
    pub id: ExchangeId,
    /// Why.
    pub why: Why,
}

/// Why a request was not sent.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// It would be another request than the one that came.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is not known where to, or not possible.
    #[error(transparent)]
    Reach(#[from] ReachError),
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Runs an order. `forwarder` says by which way an exchange goes, `each` is told what came of
/// every attempt, in the order in which they end.
///
/// # Errors
/// If the history cannot be read at all.
pub async fn run(
    order: &Replay,
    change: &Change,
    source: &Source,
    forwarder: impl Fn(&Exchange) -> Result<Arc<Forwarder>, ReachError>,
    each: impl FnMut(Result<Attempt, Unsent>),
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let came = source.times(order.ids.clone()).await?;
    let plan = Plan::new(&came, order.times, order.concurrency, order.speed);
    let (forwarder, ids) = (&forwarder, &order.ids);
    let send = |which: usize| async move {
        let id = ids[which];
        let attempt = async {
            let original = source.get(id).await?;
            // Before the way to it: what cannot be sent needs none.
            super::refuse(&original)?;
            let forwarder = forwarder(&original)?;
            Ok(again(&forwarder, &original, change).await?)
        };
        attempt.await.map_err(|why| Unsent { id, why })
    };
    drive(plan, stop, send, each).await;
    Ok(())
}
