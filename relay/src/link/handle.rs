//! An open tunnel, as seen by those who want to send requests through it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hookreel_shared::model::FailureKind;
use hookreel_shared::net::{RecvHalf, SendHalf, Transport};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::idle::IdleStreams;

/// A tunnel that takes requests. Cheap to share.
pub struct TunnelHandle {
    transport: Arc<dyn Transport>,
    idle: Arc<IdleStreams>,
    permits: Arc<Semaphore>,
    limit: u32,
    draining: AtomicBool,
}

/// A place among the requests under way, and the stream that carries this one.
#[derive(Debug)]
pub struct Line {
    /// Towards the client.
    pub send: SendHalf,
    /// From the client.
    pub recv: RecvHalf,
    /// Given back when dropped.
    pub permit: OwnedSemaphorePermit,
    /// Where the stream goes when the request is over.
    pub home: Arc<IdleStreams>,
}

impl TunnelHandle {
    /// A handle that lets `limit` requests through at once.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, limit: usize) -> Self {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        Self {
            transport,
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(limit as usize)),
            limit,
            draining: AtomicBool::new(false),
        }
    }

    /// Takes a place and a stream: one that waits, or else a new one.
    ///
    /// # Errors
    /// At once [`FailureKind::Overloaded`] if all places are taken, [`FailureKind::Draining`]
    /// if the client is leaving; [`FailureKind::TunnelLost`] if the tunnel is gone.
    pub async fn open(&self, within: Duration) -> Result<Line, FailureKind> {
        if self.draining.load(Ordering::Relaxed) {
            return Err(FailureKind::Draining);
        }
        let permit = Arc::clone(&self.permits)
            .try_acquire_owned()
            .map_err(|_| FailureKind::Overloaded)?;
        let (send, recv) = match self.idle.take() {
            Some(halves) => halves,
            None => match timeout(within, self.transport.open()).await {
                Ok(Ok(halves)) => halves,
                Ok(Err(_)) => return Err(FailureKind::TunnelLost),
                Err(_) => return Err(FailureKind::Overloaded),
            },
        };
        Ok(Line {
            send,
            recv,
            permit,
            home: Arc::clone(&self.idle),
        })
    }

    /// Waits until no request is under way. Only of use once no more are taken.
    pub async fn idle(&self) {
        let _ = self.permits.acquire_many(self.limit).await;
    }

    /// Takes no more requests; those under way go on.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for TunnelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TunnelHandle")
            .field("remote", &self.transport.remote())
            .finish_non_exhaustive()
    }
}
