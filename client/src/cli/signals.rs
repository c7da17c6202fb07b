//! Interrupts: the first drains, the second ends at once.

use std::io;

use tokio_util::sync::CancellationToken;

use super::child::Child;
use crate::error::Exit;
use crate::tui;

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
        loop {
            tokio::select! {
                // Ctrl-C in an editor or pager that the screen has started is meant for that.
                _ = self.0.recv() => if tui::has_left_it_to_a_child() { continue },
                _ = self.1.recv() => {}
                _ = self.2.recv() => {}
            }
            return;
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
    tui::abandon();
    #[expect(
        clippy::disallowed_methods,
        reason = "the second interrupt asks for exactly this"
    )]
    std::process::exit(Exit::Interrupted.code().into());
}
