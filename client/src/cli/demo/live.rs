//! The demo on the screen: samples come in, a round of them at once and then one now and then,
//! until the user ends it.

use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::samples::ROUND;
use super::stage::Stage;
use super::{failed, sender};
use crate::cli::child::Child;
use crate::cli::{Global, ready, screen, signals};
use crate::error::{Exit, Failed};
use crate::record::Watcher;

/// Between the webhooks of the first round: one can follow them, and need not wait.
const QUICK: Duration = Duration::from_millis(400);
/// Between all later ones: something goes on, and one can look at things in peace.
const SLOW: Duration = Duration::from_secs(8);

/// Runs it.
pub fn run(runtime: Runtime, global: &Global) -> Result<Exit, Failed> {
    let usage = |error: crate::config::ConfigError| Failed::usage(error.to_string());
    let settings = global.layers()?.settings().map_err(usage)?;
    let mut setup = screen::Setup::read(&settings)?;
    setup.guides = true;
    let (screen, folder, result) = runtime.block_on(async {
        let signals = signals::StopSignals::new().map_err(failed)?;
        let stage = Stage::new().await?;
        let place = Some(stage.place);
        let watcher = stage.feed.watch();
        let mut screen = setup.start(
            watcher,
            stage.keep.as_ref(),
            place,
            stage.commands,
            &stage.providers,
        )?;
        // It goes with the demo.
        screen.history = None;
        let stop = CancellationToken::new();
        let watching = tokio::spawn(signals::watch(signals, stop.clone(), Child::default()));
        let playing = play(stage.feed.watch());
        let result = tokio::select! {
            result = stage.app.run(stop) => result,
            () = screen.now.cancelled() => Ok(()),
            () = playing => Ok(()),
        };
        watching.abort();
        Ok::<_, Failed>((screen, stage.folder, result))
    })?;
    // What is still running holds the feed, which the screen reads to its end.
    runtime.shutdown_timeout(Duration::from_millis(100));
    let exit = screen.end();
    drop(folder);
    result.and(exit)
}

/// Sends samples for as long as it is let, once the name is granted.
async fn play(watcher: Watcher) {
    let Some(urls) = ready::wait(watcher, 1).await else {
        return std::future::pending().await;
    };
    let url = urls.first().map_or("", String::as_str);
    let mut numbers = 0..;
    loop {
        // What does not get through is on the screen, and the next one goes all the same.
        if let Err(error) = sender::play(url, &mut numbers, pause).await {
            tracing::debug!("a sample: {error}");
        }
    }
}

fn pause(number: u64) -> Duration {
    if number < ROUND { QUICK } else { SLOW }
}
