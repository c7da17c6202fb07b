//! What passes is on disk, byte for byte, and recording holds nothing up.

mod disk;
mod exact;
mod failed;
mod full;
mod killed;
mod large;
mod long_lived;
mod once;

use hookreel_shared::model::Header;
use hookreel_tests::{Client, Origin, World};

/// A world with one client, which records, and holds the name `otter` for an origin of the test's.
async fn recorded() -> (World, Origin, Client) {
    let (world, origin) = (World::new(), Origin::start().await);
    let client = world
        .plan(origin.addr)
        .named("otter")
        .recorded()
        .start()
        .await;
    (world, origin, client)
}

/// Fields as text, bytes above ASCII escaped.
fn lines(fields: &[Header]) -> Vec<String> {
    let line = |header: &Header| {
        let (name, value) = (header.name.escape_ascii(), header.value.escape_ascii());
        format!("{name}: {value}")
    };
    fields.iter().map(line).collect()
}
