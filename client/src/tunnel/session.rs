//! One session: from the hello to the end of its connection.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookreel_shared::model::Name;
use hookreel_shared::net::{
    Closed, FrameWriter, FramedError, SendHalf, Transport, read_frames, wall_clock,
};
use hookreel_shared::session::{ClaimRequest, ClientEvent, ClientSession, KeepAlive};
use hookreel_shared::wire::code::CloseCode;
use hookreel_shared::wire::control::{ClaimId, Hello, RefusalCode, RelayFrame, Welcome};
use hookreel_shared::wire::version::SUPPORTED;
use tokio::sync::{mpsc, watch};
use tokio::time::{interval, sleep, sleep_until};
use tokio_util::task::TaskTracker;

use super::serve::Routes;
use crate::forward::Forwarder;

const AGENT: &str = concat!("hookreel/", env!("CARGO_PKG_VERSION"));

/// What the keeper must know of a session.
pub(super) enum Happening {
    /// The relay took the hello.
    Welcomed(Welcome),
    /// A name is ours.
    Granted(ClaimId, Name, Vec<String>),
    /// The relay is shutting down.
    Draining,
    /// A round trip to the relay takes that long now.
    RoundTrip(Duration),
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// It broke; a new one may work at once.
    Lost(String),
    /// The relay does not want us, or not with this name.
    Refused(RefusalCode, String),
    /// A newer session of the same client has the names.
    Replaced,
    /// We drained it.
    Drained,
}

/// One claim of a session.
pub(super) struct Claimed {
    pub(super) request: ClaimRequest,
    pub(super) forwarder: Arc<Forwarder>,
}

pub(super) struct Session<'a> {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) claims: &'a [Claimed],
    pub(super) routes: &'a watch::Sender<Routes>,
    pub(super) drain: &'a tokio_util::sync::CancellationToken,
    /// Whether the relay may have sent requests that we do not know of yet.
    pub(super) outstanding: &'a watch::Sender<bool>,
    /// Fires once requests under way have finished after a drain.
    pub(super) drained: &'a tokio_util::sync::CancellationToken,
    /// Requests under way.
    pub(super) tasks: &'a TaskTracker,
    /// How long they may take at the end.
    pub(super) grace: Duration,
}

impl Session<'_> {
    /// Runs until the end; `on` is called for everything that happens.
    pub(super) async fn run(&self, mut on: impl FnMut(Happening) -> Result<(), Ended>) -> Ended {
        let (send, recv) = match self.transport.open().await {
            Ok(halves) => halves,
            Err(error) => return Ended::Lost(error.to_string()),
        };
        let (frames, reading) = read_frames(recv);
        let ended = self.converse(send, frames, &mut on).await;
        if ended == Ended::Replaced {
            // The names are gone, but requests under way still have their answers.
            self.settle().await;
        }
        reading.abort();
        let code = match ended {
            Ended::Lost(_) => CloseCode::Protocol,
            Ended::Refused(..) | Ended::Replaced | Ended::Drained => CloseCode::Done,
        };
        self.transport.close(code, "");
        ended
    }

    /// Waits for requests under way, but not longer than the connection lasts.
    async fn settle(&self) {
        self.tasks.close();
        tokio::select! {
            () = self.tasks.wait() => {}
            _ = self.transport.closed() => {}
            () = sleep(self.grace) => {}
        }
    }

    async fn converse(
        &self,
        send: SendHalf,
        mut frames: mpsc::Receiver<Result<RelayFrame, FramedError>>,
        on: &mut impl FnMut(Happening) -> Result<(), Ended>,
    ) -> Ended {
        let hello = Hello {
            versions: SUPPORTED,
            agent: AGENT.into(),
        };
        let requests = self
            .claims
            .iter()
            .map(|claimed| claimed.request.clone())
            .collect();
        let mut machine = ClientSession::new(hello, requests, Instant::now());
        let mut writer = FrameWriter::new(send);
        let mut alive = KeepAlive::new(Instant::now(), wall_clock());
        let mut ticks = interval(KeepAlive::INTERVAL);
        let mut draining = false;
        loop {
            while let Some(event) = machine.poll_event() {
                if let Err(ended) = self.act(event, on) {
                    return ended;
                }
            }
            let out: Vec<_> = std::iter::from_fn(|| machine.poll_frame()).collect();
            if let Err(error) = writer.write(out).await {
                return self.lost(error.to_string()).await;
            }
            let timer = machine.poll_timeout();
            tokio::select! {
                frame = frames.recv() => match frame {
                    Some(Ok(frame)) => {
                        if let Err(error) = machine.handle_frame(frame) {
                            return Ended::Lost(format!("the relay broke the protocol: {error}"));
                        }
                    }
                    Some(Err(FramedError::Frame(error))) => {
                        return Ended::Lost(format!("the relay broke the protocol: {error}"));
                    }
                    Some(Err(FramedError::Stream(error))) => return self.lost(error.to_string()).await,
                    None => return self.lost("the control stream has ended".into()).await,
                },
                _ = ticks.tick() => {
                    if !alive.is_alive(self.transport.packets_received(), Instant::now(), wall_clock()) {
                        return Ended::Lost("the relay has not been heard of for three seconds".into());
                    }
                    if let Err(ended) = on(Happening::RoundTrip(self.transport.rtt())) {
                        return ended;
                    }
                }
                () = until(timer) => {
                    if let Err(error) = machine.handle_timeout(Instant::now()) {
                        return Ended::Lost(error.to_string());
                    }
                }
                () = self.drain.cancelled(), if !draining => {
                    draining = true;
                    machine.drain();
                }
                () = self.drained.cancelled() => return Ended::Drained,
            }
        }
    }

    fn act(
        &self,
        event: ClientEvent,
        on: &mut impl FnMut(Happening) -> Result<(), Ended>,
    ) -> Result<(), Ended> {
        match event {
            ClientEvent::Welcomed(welcome) => {
                self.outstanding.send_replace(true);
                on(Happening::Welcomed(welcome))
            }
            ClientEvent::Drained => {
                self.outstanding.send_replace(false);
                Ok(())
            }
            ClientEvent::Refused(code, reason) | ClientEvent::Denied(_, code, reason)
                if code.is_final() =>
            {
                Err(Ended::Refused(code, reason))
            }
            ClientEvent::Refused(_, reason) | ClientEvent::Denied(_, _, reason) => {
                Err(Ended::Lost(reason))
            }
            ClientEvent::Granted(claim, name, urls) => {
                if let Some(claimed) = self
                    .claims
                    .iter()
                    .find(|claimed| claimed.request.claim == claim)
                {
                    let forwarder = Arc::clone(&claimed.forwarder);
                    self.routes
                        .send_modify(|routes| drop(routes.insert(name.clone(), forwarder)));
                }
                on(Happening::Granted(claim, name, urls))
            }
            ClientEvent::Revoked(_, RefusalCode::Replaced) => Err(Ended::Replaced),
            ClientEvent::Revoked(_, code) => {
                Err(Ended::Refused(code, "the name was taken away".into()))
            }
            ClientEvent::Draining => on(Happening::Draining),
        }
    }

    /// The control stream broke; the connection's own end may say more.
    async fn lost(&self, reason: String) -> Ended {
        match self.transport.closed().await {
            Closed::Peer(CloseCode::Replaced, _) => Ended::Replaced,
            Closed::Peer(CloseCode::Draining, _) => Ended::Lost("the relay is restarting".into()),
            Closed::Peer(_, why) if !why.is_empty() => Ended::Lost(why),
            Closed::Lost(why) => Ended::Lost(why),
            Closed::Peer(..) | Closed::Here => Ended::Lost(reason),
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// The names of one session and where their requests go.
pub(super) type NameMap = HashMap<Name, Arc<Forwarder>>;
