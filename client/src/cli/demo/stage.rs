//! All parts of the demo, ready to run, with a history that goes when they do.

use std::sync::Arc;
use std::time::Duration;

use hookreel_shared::net::Identity;
use hookreel_shared::provider::Secret;
use tempfile::TempDir;

use super::origin::SampleOrigin;
use super::{failed, sign};
use crate::app::{self, App, Config, Relay, Wish};
use crate::command::Commands;
use crate::config::{Providers, Settings, secrets};
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
    /// Who sends the samples, and their secrets.
    pub providers: Arc<Providers>,
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
        let providers = Arc::new(providers(&folder)?);
        let known = Arc::clone(&providers);
        let recorder = Recorder::knowing(feed.clone(), keep.clone(), known).map_err(failed)?;
        let (commands, asked) = Commands::channel();
        let app = app::build(config(origin.port)?, &recorder)?.taking(asked, Some(place.clone()));
        Ok(Self {
            origin,
            app,
            feed,
            commands,
            keep,
            providers,
            place,
            folder,
        })
    }
}

/// Those who send the samples; their secrets are in this folder.
fn providers(folder: &TempDir) -> Result<Providers, Failed> {
    let path = folder.path().join("credentials.toml");
    let shared = sign::Scheme::ALL.map(|scheme| {
        let (provider, secret) = (scheme.provider(), scheme.secret());
        Secret::new(provider, "demo", secret)
    });
    secrets::update(&path, |all| all.secrets.extend(shared)).map_err(failed)?;
    Providers::load(&Settings::default(), &path).map_err(failed)
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
