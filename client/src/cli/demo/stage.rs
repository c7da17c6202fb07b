//! All parts of the demo, ready to run, with a history that goes when they do.

use std::time::Duration;

use hookreel_shared::net::Identity;
use tempfile::TempDir;

use super::failed;
use super::origin::SampleOrigin;
use crate::app::{self, App, Config, Relay, Wish};
use crate::command::Commands;
use crate::config::Settings;
use crate::error::Failed;
use crate::forward::{Address, Gate, HostHeader, OriginOptions, Rewrite, Scheme};
use crate::record::{Feed, Keep, Recorder};
use crate::store::Place;

/// The sample server and a client for it that does not run yet.
pub struct Stage {
    pub origin: SampleOrigin,
    pub app: App,
    pub feed: Feed,
    pub commands: Commands,
    pub keep: Option<Keep>,
    /// Where the history is.
    pub place: Place,
    /// Its folder; removed with this.
    pub folder: TempDir,
}

impl Stage {
    pub async fn new() -> Result<Self, Failed> {
        let origin = SampleOrigin::start().await.map_err(failed)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix("hookreel-demo-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir().map_err(failed)?;
        let place = Place::new(folder.path());
        let keep = app::history::open(&Settings::default(), folder.path()).map_err(failed)?;
        let feed = Feed::default();
        let recorder = Recorder::new(feed.clone(), keep.clone());
        let (commands, asked) = Commands::channel();
        let app = app::build(config(origin.port)?, &recorder)?.taking(asked, Some(place.clone()));
        Ok(Self {
            origin,
            app,
            feed,
            commands,
            keep,
            place,
            folder,
        })
    }
}

fn config(port: u16) -> Result<Config, Failed> {
    let address = Address {
        scheme: Scheme::Http,
        host: "127.0.0.1".into(),
        port,
        path: String::new(),
    };
    let origin = OriginOptions {
        address,
        rewrite: Rewrite {
            host: HostHeader::Rewrite,
            headers: Vec::new(),
            prefix: String::new(),
        },
        insecure: false,
        answer_within: super::WITHIN,
    };
    Ok(Config {
        relay: Relay::Embedded { port: 0 },
        identity: Identity::generate(&["demo.hookreel.invalid"]).map_err(failed)?,
        wishes: vec![Wish {
            name: Some("demo".parse().map_err(failed)?),
            origin,
        }],
        drain: Duration::from_secs(1),
        gate: Gate::default(),
    })
}
