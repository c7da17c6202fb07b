//! One exchange: the request to the origin, the answer back, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::model::RequestHead;
use hookreel_shared::net::{RecvHalf, SendHalf};

use super::body::Home;
use super::gate::{Gate, Guard};
use super::origin::{Origin, OriginError, OriginOptions};
use super::pool::Connection;
use super::run::{Left, OriginBody, Run};
use crate::record::{Passing, Recorder, Recording};

/// Hands requests to one origin.
pub struct Forwarder {
    pub(super) origin: Origin<OriginBody>,
    pub(super) recorder: Recorder,
    /// The origin's URL with the prefix that goes before every path.
    pub(super) url: Arc<str>,
    /// None where nothing is checked and nothing answered here.
    pub(super) guard: Option<Guard>,
}

impl Forwarder {
    /// A forwarder whose exchanges are recorded by `recorder`.
    ///
    /// # Errors
    /// [`OriginError`].
    pub fn new(options: OriginOptions, recorder: Recorder) -> Result<Self, OriginError> {
        let url = format!("{}{}", options.address, options.rewrite.prefix);
        Ok(Self {
            origin: Origin::new(options)?,
            recorder,
            url: url.into(),
            guard: None,
        })
    }

    /// The same, with a gate before the origin. It needs a recorder that knows providers.
    #[must_use]
    pub fn guarded(mut self, gate: &Gate) -> Self {
        self.guard = self
            .recorder
            .providers()
            .and_then(|providers| Guard::new(gate, providers));
        self
    }

    /// What is set for its origin.
    #[must_use]
    pub fn options(&self) -> &OriginOptions {
        &self.origin.options
    }

    /// Serves one request that came in on a stream, its head framed and read, and gives the stream
    /// back if it may carry another. What goes wrong is told to the relay by the code the stream is reset with.
    pub async fn serve(
        self: &Arc<Self>,
        (frame, head): (Bytes, RequestHead),
        mut send: SendHalf,
        recv: RecvHalf,
        home: &Arc<Home>,
    ) -> Option<(SendHalf, RecvHalf)> {
        let head = Arc::new(head);
        let recording = self.recorder.begin(&head, None).bound_for(&self.url);
        let recording = recording.framed(frame);
        let mut run = Run::new(self, recording);
        let left = match run.go(&head, &mut send, recv, home).await {
            Ok(left) => left,
            Err(kind) => {
                tracing::debug!(id = %head.id, "{kind}");
                if run.recording.is_kept() {
                    run.rescue(&head, home).await;
                }
                send.reset(kind);
                run.recording.failed(kind);
                Left::default()
            }
        };
        let up = left.sending.unwrap_or_else(|| run.recording.up().clone());
        // The exchange may outlast its answer, if its request is still being sent.
        let open = if left.connection.is_none() || run.recording.up().is_over() {
            run.recording.close();
            None
        } else {
            Some(run.recording)
        };
        if let Some((connection, keep_for)) = left.connection {
            self.keep(connection, keep_for, up, open);
        }
        left.recv.map(|recv| (send, recv))
    }

    /// Keeps a connection; the stream does not wait for that. What is still open of the exchange
    /// is closed once the library is done with it.
    pub(super) fn keep(
        self: &Arc<Self>,
        connection: Connection<OriginBody>,
        keep_for: Duration,
        up: Passing,
        open: Option<Recording>,
    ) {
        if connection.sender.is_ready() && open.is_none() {
            return self.origin.keep(connection, keep_for);
        }
        let forwarder = Arc::clone(self);
        tokio::spawn(async move {
            let origin = &forwarder.origin;
            origin.keep_once_ready(connection, keep_for, &up).await;
            if let Some(recording) = open {
                recording.close();
            }
        });
    }
}
