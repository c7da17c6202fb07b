//! What plans of clients are made of.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hookreel::app::Wish;
use hookreel::forward::{HostHeader, OriginOptions, Rewrite};
use hookreel::store::Place;

/// The secrets of a world.
pub(crate) fn credentials(dir: &Path) -> PathBuf {
    dir.join("credentials.toml")
}

/// The history of a world.
pub(crate) fn place(dir: &Path) -> Place {
    Place::new(dir.join("history"))
}

/// A tunnel to this origin, with nothing set.
pub(crate) fn wish(name: Option<&str>, origin: &str) -> Wish {
    Wish {
        name: name.map(|name| name.parse().expect("a name")),
        origin: OriginOptions {
            address: origin.parse().expect("an origin"),
            rewrite: Rewrite {
                host: HostHeader::Rewrite,
                headers: Vec::new(),
                prefix: String::new(),
            },
            insecure: false,
            answer_within: Duration::from_secs(30),
        },
    }
}
