//! Takes request streams in, each into a task of its own, which serves one request after another.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hookreel_shared::model::{FailureKind, Name, RequestHead};
use hookreel_shared::net::{RecvHalf, SendHalf, Transport};
use hookreel_shared::wire::head;
use hookreel_shared::wire::limits::{FIRST_STREAMS, MAX_HEAD, MAX_STREAMS};
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
    let mut allowed = FIRST_STREAMS;
    while let Ok((send, recv)) = transport.accept().await {
        // Well before none is left: the relay hears of it half a round trip later.
        if allowed < MAX_STREAMS && tasks.len() >= allowed as usize / 2 {
            allowed = MAX_STREAMS;
            transport.allow(allowed);
        }
        tokio::spawn(stream(send, recv, routes.clone(), tasks.clone()));
    }
}

/// Serves the requests of one stream. Only while there is one does it count among `tasks`.
async fn stream(
    mut send: SendHalf,
    mut recv: RecvHalf,
    routes: watch::Receiver<Routes>,
    tasks: TaskTracker,
) {
    let home = Arc::default();
    loop {
        let under_way = tasks.token();
        let (framed, forwarder) = match request(&mut recv, &routes).await {
            Ok(request) => request,
            Err(kind) => return send.reset(kind),
        };
        match forwarder.serve(framed, send, recv, &home).await {
            Some(halves) => (send, recv) = halves,
            None => return,
        }
        drop(under_way);
        if recv.ready().await.is_err() {
            return send.finish();
        }
    }
}

/// The head of the next request as it came and as it was read, and where it goes.
async fn request(
    recv: &mut RecvHalf,
    routes: &watch::Receiver<Routes>,
) -> Result<((Bytes, RequestHead), Arc<Forwarder>), FailureKind> {
    let Ok(Ok(frame)) = timeout(HEAD_WITHIN, recv.read_frame(MAX_HEAD)).await else {
        return Err(FailureKind::Protocol);
    };
    let head = head::decode_request(&frame).map_err(|error| {
        tracing::warn!("a request that cannot be read: {error}");
        FailureKind::Protocol
    })?;
    // The grant is nearly always here already.
    let known = routes.borrow().get(&head.name).cloned();
    let forwarder = match known {
        Some(forwarder) => Some(forwarder),
        None => Box::pin(granted(routes.clone(), &head.name)).await,
    };
    Ok(((frame, head), forwarder.ok_or(FailureKind::NotConnected)?))
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
