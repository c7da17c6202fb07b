//! Takes request streams in, each into a task of its own.

use std::sync::Arc;
use std::time::Duration;

use hookreel_shared::model::{FailureKind, Name};
use hookreel_shared::net::{RecvHalf, SendHalf, Transport};
use hookreel_shared::wire::head;
use hookreel_shared::wire::limits::MAX_HEAD;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::session::NameMap;
use crate::forward::Forwarder;

/// Names granted so far, and where their requests go.
pub(super) type Routes = NameMap;

/// The relay may send the first request while the grant is still on its way on another stream.
const GRANT_WITHIN: Duration = Duration::from_secs(2);
/// A head comes in one piece; one that does not is not worth a task for longer.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Accepts streams until the connection ends.
pub(super) async fn streams(
    transport: Arc<dyn Transport>,
    routes: watch::Receiver<Routes>,
    tasks: TaskTracker,
) {
    while let Ok((send, recv)) = transport.accept().await {
        tasks.spawn(stream(send, recv, routes.clone()));
    }
}

async fn stream(mut send: SendHalf, mut recv: RecvHalf, routes: watch::Receiver<Routes>) {
    let head = match timeout(HEAD_WITHIN, recv.read_frame(MAX_HEAD)).await {
        Ok(Ok(frame)) => head::decode_request(&frame),
        _ => return send.reset(FailureKind::Protocol),
    };
    match head {
        Ok(head) => match forwarder(routes, &head.name).await {
            Some(forwarder) => forwarder.serve(head, send, recv).await,
            None => send.reset(FailureKind::NotConnected),
        },
        Err(error) => {
            tracing::warn!("a request that cannot be read: {error}");
            send.reset(FailureKind::Protocol);
        }
    }
}

/// Where requests for a name go. The grant is nearly always here already.
async fn forwarder(routes: watch::Receiver<Routes>, name: &Name) -> Option<Arc<Forwarder>> {
    let known = routes.borrow().get(name).cloned();
    match known {
        Some(forwarder) => Some(forwarder),
        None => Box::pin(granted(routes, name)).await,
    }
}

async fn granted(mut routes: watch::Receiver<Routes>, name: &Name) -> Option<Arc<Forwarder>> {
    let here = routes.wait_for(|routes| routes.contains_key(name));
    timeout(GRANT_WITHIN, here)
        .await
        .ok()?
        .ok()?
        .get(name)
        .cloned()
}
