//! One client's session: drives the state machine, claims and releases names, notices when the
//! client is gone.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookreel_shared::model::{Name, Principal};
use hookreel_shared::net::{Closed, FrameWriter, FramedError, Transport, read_frames, wall_clock};
use hookreel_shared::session::{KeepAlive, RelayEvent, RelaySession, SessionError};
use hookreel_shared::wire::code::CloseCode;
use hookreel_shared::wire::control::{ClaimId, ClientFrame, RefusalCode};
use hookreel_shared::wire::limits::{HELLO_WITHIN, MAX_CLAIMS};
use tokio::sync::mpsc;
use tokio::time::{interval, sleep, sleep_until, timeout};

use super::Tunnels;
use crate::link::TunnelHandle;
use crate::registry::{Claim, ClaimError, Revocations};

const AGENT: &str = concat!("hookreel-relay/", env!("CARGO_PKG_VERSION"));

/// Runs a session until the client or the relay is done.
pub async fn run(transport: Arc<dyn Transport>, tunnels: Tunnels) {
    let remote = transport.remote();
    let Some(principal) = transport.principal() else {
        return transport.close(CloseCode::Protocol, "no client certificate");
    };
    // The first stream is the control stream; a client that does not open it is given up.
    let (send, recv) = match timeout(HELLO_WITHIN, transport.accept()).await {
        Ok(Ok(halves)) => halves,
        Ok(Err(closed)) => return tracing::debug!(%remote, "tunnel {closed}"),
        Err(_) => return transport.close(CloseCode::TooSlow, "no control stream"),
    };
    let handle = Arc::new(TunnelHandle::new(
        Arc::clone(&transport),
        tunnels.limits.requests_per_tunnel,
    ));
    let (revocations, revoked) = mpsc::channel(MAX_CLAIMS);
    let session = Session {
        machine: RelaySession::new(Instant::now()),
        writer: FrameWriter::new(send),
        transport: Arc::clone(&transport),
        handle,
        principal,
        claims: HashMap::new(),
        leaving: false,
        revocations,
        tunnels,
    };
    let (frames, reading) = read_frames(recv);
    let (code, reason) = session.run(frames, revoked).await;
    reading.abort();
    tracing::info!(%remote, ?code, reason, "tunnel ended");
    transport.close(code, &reason);
}

struct Session {
    machine: RelaySession,
    writer: FrameWriter,
    transport: Arc<dyn Transport>,
    handle: Arc<TunnelHandle>,
    principal: Principal,
    claims: HashMap<ClaimId, Claim>,
    /// Whether the client is draining.
    leaving: bool,
    revocations: Revocations,
    tunnels: Tunnels,
}

type End = (CloseCode, String);

impl Session {
    async fn run(
        mut self,
        mut frames: mpsc::Receiver<Result<ClientFrame, FramedError>>,
        mut revoked: mpsc::Receiver<(ClaimId, RefusalCode)>,
    ) -> End {
        let mut watch = KeepAlive::new(Instant::now(), wall_clock());
        let mut ticks = interval(KeepAlive::INTERVAL);
        let transport = Arc::clone(&self.transport);
        let (shutdown, end) = (self.tunnels.shutdown.clone(), self.tunnels.end.clone());
        let (mut draining, mut drained) = (false, false);
        let handle = Arc::clone(&self.handle);
        loop {
            if let Err(ended) = self.act().await {
                return ended;
            }
            let timer = self.machine.poll_timeout();
            tokio::select! {
                frame = frames.recv() => match frame {
                    Some(Ok(frame)) => {
                        if let Err(error) = self.machine.handle_frame(frame) {
                            return protocol(&error);
                        }
                    }
                    Some(Err(FramedError::Frame(error))) => return (CloseCode::Protocol, error.to_string()),
                    // The control stream ends with the tunnel, whose own end says why.
                    Some(Err(FramedError::Stream(_))) | None => return self.gone().await,
                },
                Some((claim, code)) = revoked.recv() => {
                    if self.claims.remove(&claim).is_some() {
                        self.machine.revoke(claim, code);
                    }
                    if self.claims.is_empty() && code == RefusalCode::Replaced {
                        let _ = self.flush().await;
                        return self.finish(CloseCode::Replaced, "a newer session took over").await;
                    }
                }
                _ = ticks.tick() => {
                    if !watch.is_alive(transport.packets_received(), Instant::now(), wall_clock()) {
                        return (CloseCode::TooSlow, "the client is dead".into());
                    }
                }
                () = until(timer) => {
                    if let Err(error) = self.machine.handle_timeout(Instant::now()) {
                        return protocol(&error);
                    }
                }
                () = shutdown.cancelled(), if !draining => {
                    draining = true;
                    self.handle.drain();
                    self.machine.drain();
                }
                // The client asked for no more requests; now it may go.
                () = handle.idle(), if self.leaving && !drained => {
                    drained = true;
                    self.machine.drained();
                }
                () = end.cancelled() => return (CloseCode::Draining, "the relay is shutting down".into()),
            }
        }
    }

    /// Does what the machine asks for and sends what it has to say.
    async fn act(&mut self) -> Result<(), End> {
        while let Some(event) = self.machine.poll_event() {
            match event {
                RelayEvent::Hello(hello) => {
                    tracing::info!(remote = %self.transport.remote(), principal = %self.principal, agent = hello.agent, "tunnel");
                    let ports = match self.transport.remote().ip().is_loopback() {
                        true => self.tunnels.ports.clone(),
                        false => Vec::new(),
                    };
                    self.machine
                        .welcome(AGENT.into(), ports, Instant::now())
                        .map_err(|error| protocol(&error))?;
                }
                RelayEvent::Claim(claim, name, hint) => self.claim(claim, name, hint).await,
                RelayEvent::Release(claim) => drop(self.claims.remove(&claim)),
                RelayEvent::Drain => {
                    self.leaving = true;
                    self.handle.drain();
                    self.claims.clear();
                }
            }
        }
        self.flush()
            .await
            .map_err(|error| (CloseCode::Protocol, error.to_string()))?;
        if self.machine.is_over() {
            return Err(self.refused().await);
        }
        Ok(())
    }

    async fn claim(&mut self, claim: ClaimId, name: Option<Name>, hint: u64) {
        let (registry, now) = (&self.tunnels.registry, wall_clock());
        let claimed = match &name {
            Some(name) => registry.claim(
                name,
                self.principal,
                claim,
                &self.handle,
                &self.revocations,
                now,
            ),
            None => registry.claim_any(
                hint,
                self.principal,
                claim,
                &self.handle,
                &self.revocations,
                now,
            ),
        };
        match claimed {
            Ok(guard) => {
                let name = guard.name().clone();
                self.machine
                    .grant(claim, name.clone(), self.tunnels.urls.of(name.as_str()));
                self.claims.insert(claim, guard);
                self.keep_names().await;
            }
            Err(ClaimError::Taken) => {
                let name = name.map_or_else(String::new, |name| {
                    format!(" {name:?}", name = name.as_str())
                });
                let reason =
                    format!("the name{name} belongs to another client; choose another with --name");
                self.machine.deny(claim, RefusalCode::NameTaken, reason);
            }
            Err(ClaimError::Full) => {
                self.machine.deny(
                    claim,
                    RefusalCode::Limit,
                    "the relay knows too many names; try again later".into(),
                );
            }
        }
    }

    /// Names are on disk before the client hears that they are its own.
    async fn keep_names(&self) {
        let Some(keep) = self.tunnels.keep.clone() else {
            return;
        };
        let registry = Arc::clone(&self.tunnels.registry);
        let saved = tokio::task::spawn_blocking(move || keep.save(&registry)).await;
        if let Ok(Err(error)) = saved {
            tracing::warn!("names are not kept: {error}");
        }
    }

    async fn flush(&mut self) -> Result<(), FramedError> {
        let frames: Vec<_> = std::iter::from_fn(|| self.machine.poll_frame()).collect();
        self.writer.write(frames).await
    }

    /// Requests that are under way on a tunnel that was taken over may still finish.
    async fn finish(&self, code: CloseCode, reason: &str) -> End {
        self.within(self.tunnels.limits.drain, self.handle.idle())
            .await;
        (code, reason.into())
    }

    /// The refusal is on its way; closing at once could overtake it, so the client closes.
    async fn refused(&self) -> End {
        self.within(HELLO_WITHIN, std::future::pending()).await;
        (CloseCode::Refused, "refused".into())
    }

    /// The control stream has ended; the connection does so too, and says why.
    async fn gone(&self) -> End {
        let closed = timeout(HELLO_WITHIN, self.transport.closed());
        let why = tokio::select! {
            why = closed => why,
            () = self.tunnels.end.cancelled() => Ok(Closed::Here),
        };
        match why {
            Ok(Closed::Lost(why)) => {
                tracing::warn!(remote = %self.transport.remote(), "tunnel lost: {why}");
                (CloseCode::Done, why)
            }
            Ok(closed) => (CloseCode::Done, closed.to_string()),
            Err(_) => (CloseCode::Protocol, "the control stream has ended".into()),
        }
    }

    /// Waits for something, but not longer than `time`, the connection, or the relay last.
    async fn within(&self, time: Duration, something: impl Future<Output = ()>) {
        tokio::select! {
            () = something => {}
            _ = self.transport.closed() => {}
            () = sleep(time) => {}
            () = self.tunnels.end.cancelled() => {}
        }
    }
}

fn protocol(error: &SessionError) -> End {
    let code = match error {
        SessionError::TooSlow(_) => CloseCode::TooSlow,
        SessionError::Unexpected(_) | SessionError::TooManyClaims => CloseCode::Protocol,
    };
    (code, error.to_string())
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
