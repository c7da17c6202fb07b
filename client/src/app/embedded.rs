//! The relay inside: the same library, the same QUIC, on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::{self, JoinHandle};

use hookreel_relay::app::{self, Addresses, App, BuildError, RunError};
use hookreel_relay::config::Config;
use hookreel_shared::net::Trust;
use tokio_util::sync::CancellationToken;

use crate::error::{Exit, Failed};
use crate::tunnel::RelayAddress;

/// How many ports after the first are tried before any free one is taken.
const PORTS_TRIED: u16 = 10;

pub(super) struct Embedded {
    addresses: Addresses,
    shutdown: CancellationToken,
    thread: JoinHandle<Result<(), RunError>>,
}

impl Embedded {
    /// Starts a relay on loopback, on `port` or the next that is free. Its bare address leads to the
    /// tunnel if that is the only one: of several, nobody could tell which is meant.
    pub(super) fn start(port: u16, is_only: bool) -> Result<Self, Failed> {
        let failed = |error: &dyn std::fmt::Display| {
            Failed::new(Exit::Runtime, format!("the relay inside: {error}"))
        };
        let relay = build(port, is_only).map_err(|error| failed(&error))?;
        let addresses = relay.addresses.clone();
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let thread = thread::Builder::new()
            .name("relay".into())
            .spawn(move || relay.run(&stop))
            .map_err(|error| failed(&error))?;
        Ok(Self {
            addresses,
            shutdown,
            thread,
        })
    }

    pub(super) fn address(&self) -> RelayAddress {
        let tunnel = self.addresses.tunnel;
        RelayAddress {
            host: tunnel.ip().to_string(),
            port: tunnel.port(),
        }
    }

    pub(super) fn trust(&self) -> Trust {
        Trust::Pin(self.addresses.pin)
    }

    pub(super) async fn stop(self) -> Result<(), Failed> {
        self.shutdown.cancel();
        let joined = tokio::task::spawn_blocking(move || self.thread.join()).await;
        match joined {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(Failed::new(
                Exit::Runtime,
                format!("the relay inside: {error}"),
            )),
            _ => Err(Failed::new(Exit::Runtime, "the relay inside has crashed")),
        }
    }
}

fn build(port: u16, bare: bool) -> Result<App, BuildError> {
    let config = |port: u16| Config {
        http: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        bare,
        ..Config::loopback("localhost")
    };
    if port != 0 {
        for candidate in port..port.saturating_add(PORTS_TRIED) {
            match app::build(config(candidate)) {
                Err(BuildError::Listen(_)) => {}
                built => return built,
            }
        }
    }
    app::build(config(0))
}
