//! `hookreel http`: tunnels until interrupted.

use std::io::Write;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hookreel_shared::net::Identity;
use tokio_util::sync::CancellationToken;

use super::Global;
use super::checks::Checked;
use super::child::Child;
use super::flags::{HttpFlags, gate, relay};
use super::{out, ready, screen, secret, signals};
use crate::app::{self, App, Config, Relay};
use crate::command::Commands;
use crate::config::{Layers, Output, Settings};
use crate::error::{Exit, Failed};
use crate::forward::Gate;
use crate::plain::{Json, Text, print};
use crate::record::{Feed, Keep, Recorder, Watcher};
use crate::store::Place;
use crate::tui::Tail;

/// The name in our certificate. The relay looks at the key alone.
const CERTIFICATE_NAME: &str = "client.hookreel.invalid";

/// Who waits longer for a relay than this is told of it.
const QUICK: Duration = Duration::from_secs(1);

/// Runs until interrupted, refused, or the command after `--` ends.
pub fn run(flags: HttpFlags, global: &Global) -> Result<Exit, Failed> {
    let layers = layers(&flags, global)?;
    let settings = layers
        .settings()
        .map_err(|error| Failed::usage(error.to_string()))?;
    let mut config = config(&flags, &settings, global)?;
    let providers = Arc::new(secret::providers(global)?);
    config.gate = gate(&settings, &providers.now())?;
    let places = global.places()?;
    let embedded = matches!(config.relay, Relay::Embedded { .. });
    let count = config.wishes.len();
    let output = screen::or_usual(settings.output);
    let setup = match output {
        Output::Tui => Some(screen::Setup::read(&settings)?),
        _ => None,
    };
    // Who is told in lines is told of a relay that is slow to answer too.
    let slow = (settings.relay.clone()).filter(|_| output == Output::Compact);
    // The screen itself refuses what is meant for it.
    let passed_over =
        Checked::new(&layers, &settings).passed_over(&providers.now().table, output != Output::Tui);
    if output != Output::Quiet {
        for fault in passed_over {
            out::warn(&fault);
        }
    }

    let feed = Feed::default();
    let ready = feed.watch();
    if embedded && output == Output::Compact {
        let note = "only this machine can reach this address; for a public one add --relay HOST";
        let _ = writeln!(anstream::stderr(), "\x1b[33mnote\x1b[0m: {note}");
    }
    let keep = open_history(&settings, global)?;
    let history = keep.as_ref().map(|_| Place::new(places.data));
    let providers = Arc::new(secret::providers(global)?);
    let (mut shown, mut taken) = (None, None);
    let screen = match setup {
        Some(setup) => {
            let (commands, asked) = Commands::channel();
            taken = Some(asked);
            Some(setup.start(
                feed.watch(),
                keep.as_ref(),
                history.clone(),
                commands,
                &providers,
            )?)
        }
        // Nobody can ask: then nothing is watched for, and no summaries are made for it.
        None => {
            shown = show(output, feed.watch());
            None
        }
    };
    let recorder = Recorder::knowing(feed, keep, providers).map_err(io)?;
    let writer = recorder.writer().cloned();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(io)?;
    let result = runtime.block_on(async {
        let signals = signals::StopSignals::new().map_err(io)?;
        let app = app::build(config, &recorder)?;
        let app = match taken {
            Some(taken) => app.taking(taken, history),
            None => app,
        };
        drop(recorder);
        serve(app, flags, ready, count, (signals, screen.as_ref()), slow).await
    });
    // What is still running on the runtime holds the feed, which the view reads to its end.
    runtime.shutdown_timeout(Duration::from_millis(100));
    if let Some(shown) = shown {
        let _ = shown.join();
    }
    let exit = screen.map_or(Ok(Exit::Ok), screen::Running::end);
    // What waits is written, whoever else may still hold the writer.
    if let Some(writer) = writer {
        writer.flush();
    }
    result.and(exit)
}

/// The history to record into. One that cannot be used is no reason not to forward.
fn open_history(settings: &Settings, global: &Global) -> Result<Option<Keep>, Failed> {
    let folder = global.places()?.data;
    Ok(
        app::history::open(settings, &folder).unwrap_or_else(|error| {
            let _ = writeln!(
                anstream::stderr(),
                "\x1b[33mwarning\x1b[0m: not recorded: {error}"
            );
            None
        }),
    )
}

async fn serve(
    app: App,
    flags: HttpFlags,
    watcher: Watcher,
    count: usize,
    (signals, screen): (signals::StopSignals, Option<&screen::Running>),
    relay: Option<String>,
) -> Result<(), Failed> {
    let (stop, child) = (CancellationToken::new(), Child::default());
    let watching = tokio::spawn(signals::watch(signals, stop.clone(), child.clone()));
    let log = screen.map(|screen| screen.tail.clone());
    let beside = beside(&flags, (watcher, count), &stop, &child, (log, relay));
    let now = async {
        match screen {
            Some(screen) => screen.now.cancelled().await,
            None => std::future::pending().await,
        }
    };
    let running = async {
        let result = tokio::select! {
            result = app.run(stop.clone()) => result,
            // Requests under way are cut off.
            () = now => Ok(()),
        };
        // Whatever ended the tunnel ends the command too.
        stop.cancel();
        result
    };
    let (tunnel, beside) = tokio::join!(running, beside);
    watching.abort();
    tunnel.and(beside)
}

/// Once the addresses work: tells scripts, and runs the command.
async fn beside(
    flags: &HttpFlags,
    (watcher, count): (Watcher, usize),
    stop: &CancellationToken,
    child: &Child,
    (log, relay): (Option<Tail>, Option<String>),
) -> Result<(), Failed> {
    let told = async {
        let waiting = async {
            let mut waiting = std::pin::pin!(ready::wait(watcher, count));
            tokio::select! {
                urls = &mut waiting => return urls,
                () = tokio::time::sleep(QUICK) => {}
            }
            if let Some(relay) = relay {
                out::say(&format!("connecting to {} …", relay.replace('\n', " ")));
            }
            waiting.await
        };
        let urls = tokio::select! {
            urls = waiting => urls,
            () = stop.cancelled() => None,
        };
        let Some(urls) = urls else { return Ok(()) };
        if let Some(path) = super::given(flags.url_file.as_ref()) {
            ready::write_file(path, &urls)?;
        }
        if let Some(fd) = flags.ready_fd()? {
            ready::write_fd(fd, &urls)?;
        }
        if flags.command.is_empty() {
            return Ok(());
        }
        let url = urls.first().map_or("", String::as_str);
        let result = child.run(&flags.command, url, stop.cancelled(), log).await;
        stop.cancel();
        result
    };
    let result = told.await;
    if result.is_err() {
        stop.cancel();
    }
    result
}

/// The view, on a thread of its own.
fn show(output: Output, watcher: Watcher) -> Option<thread::JoinHandle<()>> {
    let run = move || {
        // A closed standard output ends the view, not the tunnel.
        let _ = match output {
            Output::Compact => print(Text::new(jiff::tz::TimeZone::system()), watcher),
            Output::Json => print(Json, watcher),
            Output::Quiet | Output::Tui => Ok(()),
        };
    };
    if output == Output::Quiet {
        return None;
    }
    thread::Builder::new().name("view".into()).spawn(run).ok()
}

/// All layers, with that of the flags on top.
fn layers(flags: &HttpFlags, global: &Global) -> Result<Layers, Failed> {
    let mut layers = global.layers()?;
    layers
        .add_flags(&flags.settings(global.output())?)
        .map_err(|error| Failed::usage(error.to_string()))?;
    Ok(layers)
}

fn config(flags: &HttpFlags, settings: &Settings, global: &Global) -> Result<Config, Failed> {
    flags.ready_fd()?;
    let wishes = flags.wishes(settings)?;
    let relay = relay(settings)?;
    let file = global.places()?.identity_file();
    let identity = Identity::load_or_create(&file, &[CERTIFICATE_NAME])
        .map_err(|error| Failed::usage(error.to_string()))?;
    let drain = Duration::from_secs(settings.drain.unwrap_or(30).into());
    Ok(Config {
        relay,
        identity,
        wishes,
        drain,
        gate: Gate::default(),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn io(error: std::io::Error) -> Failed {
    Failed::new(Exit::Runtime, error.to_string())
}
