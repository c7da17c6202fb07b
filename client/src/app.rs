//! Builds a client and runs it: the tunnels asked for, through a relay elsewhere or inside.

mod commands;
#[cfg(feature = "embedded-relay")]
mod embedded;
pub mod history;
mod keys;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::OptionFuture;
use hookreel_shared::model::Name;
use hookreel_shared::net::{Identity, Trust};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::command::Command;
use crate::error::Failed;
use crate::forward::{Forwarder, Gate, OriginOptions};
use crate::record::{Recorder, Watcher};
use crate::store::Place;
use crate::tunnel::{RelayAddress, Stop, Tunnel, Wanted, seed};

/// Which relay to use.
#[derive(Debug, Clone)]
pub enum Relay {
    /// One that runs elsewhere.
    Remote {
        /// Where.
        address: RelayAddress,
        /// Which certificate of it is good.
        trust: Trust,
    },
    /// One inside this process, which only this machine can reach.
    Embedded {
        /// Its public port, or the next that is free; 0 for any.
        port: u16,
    },
}

/// One tunnel asked for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The name, or none for one of the relay's making.
    pub name: Option<Name>,
    /// Where its requests go.
    pub origin: OriginOptions,
}

/// Everything a client needs to know.
pub struct Config {
    /// Which relay.
    pub relay: Relay,
    /// Who we are.
    pub identity: Identity,
    /// The tunnels.
    pub wishes: Vec<Wish>,
    /// Requests under way may take this long when we stop.
    pub drain: Duration,
    /// What is asked of requests before the origins get them.
    pub gate: Gate,
}

/// A client that does not run yet.
pub struct App {
    tunnel: Tunnel,
    recorder: Recorder,
    drain: Duration,
    asked: Option<Asked>,
    #[cfg(feature = "embedded-relay")]
    embedded: Option<embedded::Embedded>,
}

/// What views ask for, and what it takes to do it.
struct Asked {
    commands: mpsc::Receiver<Command>,
    history: Option<Place>,
    watcher: Watcher,
}

/// Checks what can be checked before anything is sent, and starts the relay inside if that is
/// the one to use.
///
/// # Errors
/// [`Failed`], mostly wrong usage.
pub fn build(config: Config, recorder: &Recorder) -> Result<App, Failed> {
    let mut wanted = Vec::with_capacity(config.wishes.len());
    #[cfg(feature = "embedded-relay")]
    let is_only = config.wishes.len() == 1;
    for Wish { name, origin } in config.wishes {
        let forwarder = Forwarder::new(origin, recorder.clone())
            .map_err(|error| Failed::usage(error.to_string()))?
            .guarded(&config.gate);
        wanted.push(Wanted {
            name,
            forwarder: Arc::new(forwarder),
        });
    }
    let tunnel = |relay, relay_label, trust| Tunnel {
        relay,
        relay_label,
        trust,
        identity: config.identity,
        wanted,
        feed: recorder.feed().clone(),
        seed: seed(),
    };
    match config.relay {
        Relay::Remote { address, trust } => {
            let label = address.to_string();
            Ok(App {
                tunnel: tunnel(address, label, trust),
                recorder: recorder.clone(),
                drain: config.drain,
                asked: None,
                #[cfg(feature = "embedded-relay")]
                embedded: None,
            })
        }
        #[cfg(feature = "embedded-relay")]
        Relay::Embedded { port } => {
            let embedded = embedded::Embedded::start(port, is_only)?;
            let tunnel = tunnel(embedded.address(), "embedded".into(), embedded.trust());
            Ok(App {
                tunnel,
                recorder: recorder.clone(),
                drain: config.drain,
                asked: None,
                embedded: Some(embedded),
            })
        }
        #[cfg(not(feature = "embedded-relay"))]
        Relay::Embedded { .. } => Err(Failed::usage(
            "this build has no relay inside; give one with --relay",
        )),
    }
}

impl App {
    /// Does what views ask for while it runs; what is sent again is read from `history`.
    #[must_use]
    pub fn taking(mut self, commands: mpsc::Receiver<Command>, history: Option<Place>) -> Self {
        self.asked = Some(Asked {
            commands,
            history,
            watcher: self.recorder.feed().watch(),
        });
        self
    }

    /// Runs until `stop`, then drains.
    ///
    /// # Errors
    /// [`Failed`]: refused, replaced, or never reached the relay.
    pub async fn run(self, stop: tokio_util::sync::CancellationToken) -> Result<(), Failed> {
        let telling = tokio::spawn(self.recorder.clone().tell_unrecorded());
        let _telling = AbortOnDropHandle::new(telling);
        let desk = self.asked.map(|asked| {
            let wanted = self.tunnel.wanted.iter();
            let desk = commands::Desk {
                history: asked.history,
                recorder: self.recorder.clone(),
                forwarders: wanted.map(|wanted| Arc::clone(&wanted.forwarder)).collect(),
                stop: stop.clone(),
                served: Default::default(),
            };
            desk.serve(asked.commands, asked.watcher)
        });
        let mut desk = pin!(OptionFuture::from(desk));
        let mut keeping = pin!(self.tunnel.keep(Stop {
            drain: stop,
            grace: self.drain,
        }));
        let result = tokio::select! {
            result = &mut keeping => result,
            _ = &mut desk => keeping.await,
        };
        #[cfg(feature = "embedded-relay")]
        if let Some(embedded) = self.embedded {
            embedded.stop().await?;
        }
        result
    }
}
