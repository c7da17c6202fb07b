//! `hookreel replay`: requests of the history, sent again.

pub mod editor;
mod flags;
mod json;
mod text;

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::Arc;

use hookreel_shared::model::{Exchange, ExchangeId};
use tokio_util::sync::CancellationToken;

pub use flags::{EXAMPLES, ReplayFlags};

use super::child::Child;
use super::flags::origin_options;
use super::{Global, history, secret, select, signals};
use crate::app;
use crate::certificate::Served;
use crate::command::{Replay, Signing};
use crate::config::{Output, Settings};
use crate::error::{Exit, Failed};
use crate::forward::{Address, Forwarder};
use crate::record::{Feed, Recorder};
use crate::replay::{
    self, Attempt, Change, ReachError, Resign, Source, SourceError, Summary, Unsent,
};
use crate::replay::{reach, resign, signature};
use crate::store::Reader;

/// What prints as the attempts end.
trait Print {
    /// An attempt has ended.
    fn attempt(&mut self, attempt: &Attempt) -> std::io::Result<()>;
    /// A request could not be sent.
    fn unsent(&mut self, unsent: &Unsent) -> std::io::Result<()>;
    /// All have ended.
    fn summary(&mut self, summary: &Summary) -> std::io::Result<()>;
}

/// Sends again what the flags say.
pub fn run(flags: &ReplayFlags, global: &Global) -> Result<Exit, Failed> {
    let settings = settings(flags, global)?;
    if let Some(to) = &flags.to {
        let address: Result<Address, _> = to.parse();
        address.map_err(|error| Failed::usage(format!("--to: {error}")))?;
    }
    let reader = history::existing(global)?;
    let ids = select::originals(&reader, &flags.which, history::now())?;
    let change = Change {
        edited: None,
        set: flags.set()?,
        resign: Some(signing(flags, global)?),
    };
    let change = if flags.edit {
        edit(&reader, &ids, change)?
    } else {
        change
    };
    drop(reader);
    let order = flags.order(ids);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(io)?;
    runtime.block_on(send(&order, &change, flags, &settings, global))
}

async fn send(
    order: &Replay,
    change: &Change,
    flags: &ReplayFlags,
    settings: &Settings,
    global: &Global,
) -> Result<Exit, Failed> {
    let stop = CancellationToken::new();
    let signals = signals::StopSignals::new().map_err(io)?;
    let watching = tokio::spawn(signals::watch(signals, stop.clone(), Child::default()));
    let folder = global.places()?.data;
    let keep = app::history::open(settings, &folder).map_err(history::failed)?;
    let providers = Arc::new(secret::providers(global)?);
    let recorder = Recorder::knowing(Feed::default(), keep, providers).map_err(io)?;
    let ways = Ways {
        settings,
        to: order.to.as_deref(),
        recorder: recorder.clone(),
        known: RefCell::default(),
        refused: RefCell::default(),
    };
    let source = Source::open(history::place(global)?)
        .await
        .map_err(unread)?;

    let attempts = order.ids.len() as u64 * u64::from(order.times);
    let mut print: Box<dyn Print> = match settings.output.unwrap_or(Output::Compact) {
        Output::Json => Box::new(json::Json),
        Output::Quiet => Box::new(Quiet),
        Output::Compact | Output::Tui => Box::new(text::Text::new(attempts, order.times > 1)),
    };
    let mut done = Done::default();
    let each = |came: Result<Attempt, Unsent>| {
        // Whoever reads no more wants no more.
        if done.add(&came, print.as_mut()).is_err() {
            stop.cancel();
        }
    };
    let way = |original: &Exchange| ways.to(original);
    let ran = replay::run(order, change, &source, way, each, &stop).await;
    ran.map_err(unread)?;
    recorder.flush();
    watching.abort();
    let tried = done.summary.sent() + done.summary.refused;
    done.summary.left = attempts.saturating_sub(tried);
    // As above: nobody is left to be told.
    let _ = print.summary(&done.summary);
    match recorder.unrecorded() {
        0 => {}
        count => warn(&format!("{count} could not be written to the history")),
    }
    match ways.refused.into_inner() {
        Some(failed) => Err(failed),
        None => done.exit(flags.fail),
    }
}

/// What has come of it so far.
#[derive(Default)]
struct Done {
    summary: Summary,
    /// An origin that could not be reached.
    unreached: Option<String>,
}

impl Done {
    fn add(
        &mut self,
        came: &Result<Attempt, Unsent>,
        print: &mut dyn Print,
    ) -> std::io::Result<()> {
        match came {
            Ok(attempt) => {
                let Attempt {
                    exchange,
                    verdict,
                    differences,
                    ..
                } = attempt;
                self.summary.add(exchange, *verdict, *differences);
                if attempt.is_unreached() {
                    let origin = exchange.origin.as_deref().unwrap_or("the origin");
                    self.unreached = Some(origin.to_owned());
                }
                print.attempt(attempt)
            }
            Err(unsent) => {
                self.summary.refused += 1;
                print.unsent(unsent)
            }
        }
    }

    fn exit(self, fail: bool) -> Result<Exit, Failed> {
        if let Some(origin) = self.unreached {
            let message = format!(
                "{origin} cannot be reached: start your server, or name another with --to URL"
            );
            return Err(Failed::new(Exit::OriginUnreachable, message));
        }
        Ok(match (self.summary.refused, self.summary.failing) {
            (1.., _) => Exit::Runtime,
            (_, 1..) if fail => Exit::NotPassed,
            _ => Exit::Ok,
        })
    }
}

/// The forwarders used so far, one for each origin.
struct Ways<'a> {
    settings: &'a Settings,
    to: Option<&'a str>,
    recorder: Recorder,
    known: RefCell<HashMap<String, Arc<Forwarder>>>,
    /// Settings that are no good are no matter of one request.
    refused: RefCell<Option<Failed>>,
}

impl Ways<'_> {
    fn to(&self, original: &Exchange) -> Result<Arc<Forwarder>, ReachError> {
        let address = reach::address(original, self.to)?;
        let key = address.to_string();
        if let Some(known) = self.known.borrow().get(&key) {
            return Ok(Arc::clone(known));
        }
        let options = match origin_options(address, self.settings) {
            Ok(options) => options,
            Err(failed) => {
                self.refused.replace(Some(failed));
                return Err(ReachError::Unknown);
            }
        };
        let forwarder = Arc::new(Forwarder::new(options, self.recorder.clone())?);
        self.known.borrow_mut().insert(key, Arc::clone(&forwarder));
        Ok(forwarder)
    }
}

/// The settings of any origin, with the flags on top.
fn settings(flags: &ReplayFlags, global: &Global) -> Result<Settings, Failed> {
    let usage = |error: crate::config::ConfigError| Failed::usage(error.to_string());
    let mut layers = global.layers()?;
    let given = Settings {
        output: global.output(),
        ..flags.settings()
    };
    layers.add_flags(&given).map_err(usage)?;
    let settings = layers.settings().map_err(usage)?;
    Ok(Settings {
        // The origin of an exchange has its prefix already.
        path: flags.path.clone(),
        ..settings
    })
}

/// How requests are signed anew.
fn signing(flags: &ReplayFlags, global: &Global) -> Result<Resign, Failed> {
    let keys = match flags.resign {
        true => Some(Served::new(&secret::development(global)?)),
        false => None,
    };
    Ok(Resign {
        signing: flags.order(Vec::new()).signing,
        known: secret::providers(global)?.now(),
        keys,
        label: flags.secret_label.clone(),
        base: resign::base(flags.sign_url.as_deref(), flags.to.as_deref()),
    })
}

/// Lets the user change the one request.
fn edit(reader: &Reader, ids: &[ExchangeId], change: Change) -> Result<Change, Failed> {
    let &[id] = ids else {
        let count = ids.len();
        return Err(Failed::usage(format!(
            "--edit is for one request, and {count} are selected"
        )));
    };
    let missing = || Failed::new(Exit::Runtime, format!("{id}: {}", SourceError::Missing));
    let original = reader
        .get(id)
        .map_err(history::failed)?
        .ok_or_else(missing)?;
    replay::refuse(&original)
        .map_err(|why| Failed::new(Exit::Runtime, format!("{id} cannot be sent again: {why}")))?;
    let edited = editor::edit(&original)?;
    let stays = match &change.resign {
        Some(resign) => resign.signing != Signing::Always,
        None => true,
    };
    for warning in edited
        .iter()
        .filter(|_| stays)
        .flat_map(|edited| signature::warnings(&original, edited))
    {
        warn(&warning);
    }
    Ok(Change { edited, ..change })
}

/// Prints nothing but errors.
struct Quiet;

impl Print for Quiet {
    fn attempt(&mut self, _: &Attempt) -> std::io::Result<()> {
        Ok(())
    }

    fn unsent(&mut self, unsent: &Unsent) -> std::io::Result<()> {
        text::unsent(unsent)
    }

    fn summary(&mut self, _: &Summary) -> std::io::Result<()> {
        Ok(())
    }
}

fn warn(text: &str) {
    // Nothing is left to be done if standard error is closed.
    let _ = writeln!(anstream::stderr(), "\x1b[33mwarning\x1b[0m: {text}");
}

/// Whether somebody looks at standard error.
fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn unread(error: SourceError) -> Failed {
    Failed::new(Exit::Runtime, error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn io(error: std::io::Error) -> Failed {
    Failed::new(Exit::Runtime, error.to_string())
}
