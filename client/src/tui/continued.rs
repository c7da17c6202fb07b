//! That the shell has let us go on.

use std::io;

/// Tells when the process goes on after it was stopped: the shell had the terminal meanwhile.
pub struct Continued {
    #[cfg(unix)]
    signals: tokio::signal::unix::Signal,
}

impl Continued {
    /// Listens from now on.
    ///
    /// # Errors
    /// If signals cannot be caught.
    #[cfg(unix)]
    pub fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let kind = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
        Ok(Self {
            signals: signal(kind)?,
        })
    }

    /// There are no such signals here.
    ///
    /// # Errors
    /// Never.
    #[cfg(not(unix))]
    pub fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// The next time.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        if self.signals.recv().await.is_some() {
            return;
        }
        std::future::pending::<()>().await;
    }
}
