//! Interrupts: the first drains, the second ends at once.

use std::io;

use tokio_util::sync::CancellationToken;

use super::child::Child;
use crate::error::Exit;

/// Signals that ask to stop, caught from when this is made. Must be made inside the runtime.
#[cfg(unix)]
pub struct StopSignals(
    tokio::signal::unix::Signal,
    tokio::signal::unix::Signal,
    tokio::signal::unix::Signal,
);

#[cfg(unix)]
impl StopSignals {
    pub fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ))
    }

    /// Waits for the next of them.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
            _ = self.2.recv() => {}
        }
    }
}

#[cfg(not(unix))]
pub struct StopSignals;

#[cfg(not(unix))]
impl StopSignals {
    pub fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Waits for signals and acts on them, for ever. A child is not left behind.
pub async fn watch(mut signals: StopSignals, stop: CancellationToken, child: Child) {
    signals.next().await;
    stop.cancel();
    signals.next().await;
    child.kill();
    #[expect(
        clippy::disallowed_methods,
        reason = "the second interrupt asks for exactly this"
    )]
    std::process::exit(Exit::Interrupted.code().into());
}
