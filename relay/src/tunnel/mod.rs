//! Tunnels: accepts clients, keeps their sessions, holds the names they claim.

mod accept;
mod session;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use accept::serve;

use crate::config::Limits;
use crate::registry::{Keep, Registry};

/// What every session works with.
#[derive(Debug, Clone)]
pub struct Tunnels {
    /// Names and their tunnels.
    pub registry: Arc<Registry>,
    /// Where names are kept on disk, if anywhere.
    pub keep: Option<Keep>,
    /// Limits and time-outs.
    pub limits: Limits,
    /// How public addresses look.
    pub urls: Urls,
    /// The relay's own TCP ports; told to clients on the same machine only.
    pub ports: Vec<u16>,
    /// Sessions.
    pub tasks: TaskTracker,
    /// Begins the drain.
    pub shutdown: CancellationToken,
    /// Ends what is left after the drain.
    pub end: CancellationToken,
}

/// How public addresses look.
#[derive(Debug, Clone)]
pub struct Urls {
    /// The domain.
    pub domain: String,
    /// Port of the TLS listener.
    pub https: Option<u16>,
    /// Port of the listener without TLS.
    pub http: Option<u16>,
    /// Whether the bare address leads to the only tunnel.
    pub bare: bool,
}

impl Urls {
    /// The public addresses of a name, best first.
    #[must_use]
    pub fn of(&self, name: &str) -> Vec<String> {
        let by_host = |scheme: &str, port: u16, default: u16| match port == default {
            true => format!("{scheme}://{name}.{}", self.domain),
            false => format!("{scheme}://{name}.{}:{port}", self.domain),
        };
        let mut urls = Vec::new();
        urls.extend(self.https.map(|port| by_host("https", port, 443)));
        urls.extend(self.http.map(|port| by_host("http", port, 80)));
        if let (true, Some(port)) = (self.bare, self.http) {
            urls.push(format!("http://localhost:{port}"));
        }
        urls
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_leave_out_the_usual_ports_and_put_tls_first() {
        let urls = Urls {
            domain: "hooks.example".into(),
            https: Some(443),
            http: Some(8080),
            bare: false,
        };
        assert_eq!(
            urls.of("a"),
            ["https://a.hooks.example", "http://a.hooks.example:8080"]
        );
        let local = Urls {
            domain: "localhost".into(),
            https: None,
            http: Some(7080),
            bare: true,
        };
        assert_eq!(
            local.of("a"),
            ["http://a.localhost:7080", "http://localhost:7080"]
        );
    }
}
