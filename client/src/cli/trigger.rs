//! `hookreel trigger`: a sample of what a provider sends, signed, to the user's own server.

mod flags;
mod list;
mod place;
mod print;

use std::fs;
use std::io::Write;
use std::sync::Arc;

use hookreel_shared::model::{Capture, Exchange, ExchangeId, Headers};
use hookreel_shared::net::wall_clock;
use hookreel_shared::provider::samples::{self, Again, Sample};
use hookreel_shared::provider::{Draft, Row};
use tokio_util::sync::CancellationToken;

pub use flags::{EXAMPLES, TriggerFlags};

use self::place::Goal;
use self::print::Print;
use super::child::Child;
use super::flags::origin_options;
use super::replay::editor;
use super::{Global, history, secret, signals};
use crate::app;
use crate::certificate::Served;
use crate::config::{Known, Output, Settings};
use crate::error::{Exit, Failed};
use crate::forward::Forwarder;
use crate::record::{Feed, Recorder};
use crate::send::{self, Attempt, Delivery, Pace, SendError, Sending, Signer};

/// What is sent where nothing says which event it is.
const NO_EVENT: &str = "";

/// Sends what the flags say.
pub fn run(flags: &TriggerFlags, global: &Global) -> Result<Exit, Failed> {
    if flags.list {
        return list::run(flags.provider.as_deref(), global);
    }
    let settings = settings(flags, global)?;
    let known = secret::providers(global)?.now();
    let row = flags.row(&known)?;
    let samples = flags.samples(row)?;
    let goal = place::find(flags, row, &settings, global)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(io)?;
    // What signs may have something to serve.
    let inside = runtime.enter();
    let signer = signer(flags, row, &samples, &known, &goal, global)?;
    let drafts = flags.drafts(&samples, &goal)?;
    let deliveries = deliveries(flags, row, drafts, &samples, &signer)?;
    let pace = Pace {
        delays: flags.delays()?,
        rate: flags.rate,
    };
    drop(inside);
    let order = Order {
        row: row.clone(),
        goal,
        signer,
        deliveries,
        pace,
        fail: flags.fail,
    };
    runtime.block_on(order.send(&settings, global))
}

/// All that is sent.
struct Order {
    row: Row,
    goal: Goal,
    signer: Signer,
    deliveries: Vec<Delivery>,
    pace: Pace,
    fail: bool,
}

impl Order {
    async fn send(self, settings: &Settings, global: &Global) -> Result<Exit, Failed> {
        let stop = CancellationToken::new();
        let signals = signals::StopSignals::new().map_err(io)?;
        let watching = tokio::spawn(signals::watch(signals, stop.clone(), Child::default()));
        let folder = global.places()?.data;
        // What goes by the relay is recorded as it comes in, and not twice.
        let keep = match self.goal.public {
            true => None,
            false => app::history::open(settings, &folder).map_err(history::failed)?,
        };
        let providers = Arc::new(secret::providers(global)?);
        let recorder = Recorder::knowing(Feed::default(), keep, providers).map_err(io)?;
        let options = origin_options(self.goal.address, settings)?;
        let forwarder = Forwarder::new(options, recorder.clone());
        let forwarder = forwarder.map_err(|error| Failed::usage(error.to_string()))?;
        let print = Print::new(
            settings.output,
            &self.row,
            self.deliveries.len() > 1,
            self.goal.public,
        );
        let sending = Sending {
            forwarder: Arc::new(forwarder),
            place: self.goal.place,
            row: self.row,
            signer: self.signer,
        };
        let count = self.deliveries.len();
        let mut done = Done::default();
        let each = |attempt: Attempt| {
            done.add(&attempt);
            // Whoever reads no more wants no more.
            if print.attempt(&attempt).is_err() {
                stop.cancel();
            }
        };
        let ran = send::run(
            &sending,
            self.deliveries.into_iter(),
            &self.pace,
            &stop,
            each,
        )
        .await;
        recorder.flush();
        watching.abort();
        ran.map_err(|error| unsendable(error.into()))?;
        if let count @ 1.. = recorder.unrecorded() {
            let text =
                format!("\x1b[33mwarning\x1b[0m: {count} could not be written to the history");
            // Nothing is left to be done if standard error is closed.
            let _ = writeln!(anstream::stderr(), "{text}");
        }
        done.exit(count, self.fail)
    }
}

/// What has come of it so far.
#[derive(Default)]
struct Done {
    taken: usize,
    unreached: Option<String>,
}

impl Done {
    fn add(&mut self, attempt: &Attempt) {
        self.taken += usize::from(attempt.is_taken());
        if attempt.is_unreached() {
            let origin = attempt.exchange.origin.as_deref().unwrap_or("the server");
            self.unreached = Some(origin.to_owned());
        } else {
            self.unreached = None;
        }
    }

    fn exit(self, count: usize, fail: bool) -> Result<Exit, Failed> {
        if let Some(origin) = self.unreached {
            let message = format!(
                "{origin} cannot be reached: start your server, or name another with --to URL"
            );
            return Err(Failed::new(Exit::OriginUnreachable, message));
        }
        Ok(match self.taken < count && fail {
            true => Exit::NotPassed,
            false => Exit::Ok,
        })
    }
}

/// What signs, where anything is to be signed.
fn signer(
    flags: &TriggerFlags,
    row: &Row,
    samples: &[Option<Sample>],
    known: &Known,
    goal: &Goal,
    global: &Global,
) -> Result<Signer, Failed> {
    let is_signed = |sample: &Option<Sample>| sample.as_ref().is_none_or(|one| one.signed);
    if flags.unsigned || !samples.iter().any(is_signed) {
        return Ok(Signer::Nobody);
    }
    let only_provider = row
        .scheme
        .iter()
        .all(|scheme| scheme.algorithm.is_asymmetric());
    let keys = match only_provider && !row.scheme.is_empty() {
        true => Some(Served::new(&secret::development(global)?)),
        false => None,
    };
    let label = flags.secret_label.as_deref();
    Signer::find(row, known, keys, &goal.place.name, label).map_err(|error| match error {
        SendError::NoSecret(_) => {
            let mut theirs = known.secrets.iter().filter(|own| own.provider == row.id);
            let other = theirs.find_map(|own| own.name.as_deref());
            let other = other.map_or_else(String::new, |name| {
                format!("; there is one for the name {name} alone (--name {name})")
            });
            Failed::usage(format!(
                "{error}{other}; --unsigned sends it without a signature"
            ))
        }
        error => unsendable(error),
    })
}

/// The requests in the order they are sent.
fn deliveries(
    flags: &TriggerFlags,
    row: &Row,
    drafts: Vec<(String, Draft)>,
    samples: &[Option<Sample>],
    signer: &Signer,
) -> Result<Vec<Delivery>, Failed> {
    if let Some(variant) = flags.variant() {
        return send::series(variant, row, &drafts, signer, wall_clock()).map_err(unsendable);
    }
    let each = drafts.into_iter().zip(samples.iter().cycle());
    let deliveries = each.map(|((event, draft), sample)| Delivery {
        event,
        label: None,
        draft,
        signs: !flags.unsigned && sample.as_ref().is_none_or(|sample| sample.signed),
        again: sample
            .as_ref()
            .map_or_else(Again::default, |sample| sample.again.clone()),
    });
    Ok(deliveries.collect())
}

impl TriggerFlags {
    fn row<'a>(&self, known: &'a Known) -> Result<&'a Row, Failed> {
        let Some(provider) = &self.provider else {
            return Err(Failed::usage(
                "say whose webhook to send, as in: hookreel trigger stripe charge.succeeded; \
                 hookreel trigger --list shows all there are",
            ));
        };
        secret::row(&known.table, provider)
    }

    /// One for each event; none for what the user alone knows.
    fn samples(&self, row: &Row) -> Result<Vec<Option<Sample>>, Failed> {
        if self.events.is_empty() && self.body.is_some() {
            return Ok(vec![None]);
        }
        if self.events.is_empty() {
            let all = samples::list(&row.id).map_err(|_| Failed::usage(no_samples(row)))?;
            let names: Vec<&str> = all.iter().map(|sample| &*sample.name).collect();
            return Err(Failed::usage(format!(
                "say which event of {}: {}",
                row.id,
                names.join(", ")
            )));
        }
        let known = samples::list(&row.id).is_ok();
        let find = |event: &String| match known {
            true => samples::get(&row.id, event)
                .map(Some)
                .map_err(|error| Failed::usage(error.to_string())),
            false if self.body.is_some() => Ok(None),
            false => Err(Failed::usage(no_samples(row))),
        };
        self.events.iter().map(find).collect()
    }

    /// What is sent, before it is signed, each with its event.
    fn drafts(
        &self,
        samples: &[Option<Sample>],
        goal: &Goal,
    ) -> Result<Vec<(String, Draft)>, Failed> {
        let body = self.body.as_ref().map(|path| {
            let failed = |error| Failed::usage(format!("{}: {error}", path.display()));
            fs::read(path).map(bytes::Bytes::from).map_err(failed)
        });
        let body = body.transpose()?;
        let one = |at: usize, sample: &Option<Sample>| {
            let now = wall_clock();
            let (mut event, mut draft) = match sample {
                Some(sample) => (sample.event.clone(), send::draft(sample, &goal.place, now)),
                None => {
                    let event = self.events.get(at).map_or(NO_EVENT, |event| event);
                    let body = body.clone().unwrap_or_default();
                    (event.to_owned(), send::bare(&goal.place, body))
                }
            };
            if let Some(body) = &body {
                draft.body = body.clone();
            }
            for set in &self.set {
                samples::set(&mut draft, set)
                    .map_err(|error| Failed::usage(format!("--set: {error}")))?;
            }
            if event.is_empty() {
                event = "request".to_owned();
            }
            Ok((event, draft))
        };
        let mut all = Vec::with_capacity(samples.len() * self.times as usize);
        for _ in 0..self.times {
            for (at, sample) in samples.iter().enumerate() {
                all.push(one(at, sample)?);
            }
        }
        match (self.edit, all.as_mut_slice()) {
            (false, _) => {}
            (true, [(_, only)]) => edit(only, goal)?,
            (true, several) => {
                return Err(Failed::usage(format!(
                    "--edit is for one request, and these are {}",
                    several.len()
                )));
            }
        }
        Ok(all)
    }
}

/// That only the user knows what this provider sends.
fn no_samples(row: &Row) -> String {
    format!(
        "there are no samples of {}: give a body of your own with --body FILE",
        row.id
    )
}

/// Lets the user change a request.
fn edit(draft: &mut Draft, goal: &Goal) -> Result<(), Failed> {
    let id = ExchangeId::from_uuid(uuid::Uuid::now_v7());
    let mut head = goal.head(id);
    head.method = draft.method.clone();
    head.target = draft.target.clone();
    head.headers = draft.headers.clone();
    let mut shown = Exchange::new(Arc::new(head));
    shown.request_body = Capture {
        size: draft.body.len() as u64,
        kept: draft.body.clone(),
        ..Capture::default()
    };
    if let Some(edited) = editor::edit(&shown)? {
        draft.method = edited.method;
        draft.target = edited.target;
        draft.headers = edited.headers.iter().cloned().collect::<Headers>();
        draft.body = edited.body;
    }
    Ok(())
}

/// The settings of any server, with the flags on top.
fn settings(flags: &TriggerFlags, global: &Global) -> Result<Settings, Failed> {
    let usage = |error: crate::config::ConfigError| Failed::usage(error.to_string());
    let mut layers = global.layers()?;
    let given = Settings {
        output: global.output(),
        origin_insecure: flags.origin_insecure.then_some(true),
        ..Settings::default()
    };
    layers.add_flags(&given).map_err(usage)?;
    let settings = layers.settings().map_err(usage)?;
    Ok(Settings {
        // The address has its whole path.
        path: None,
        output: Some(settings.output.unwrap_or(Output::Compact)),
        ..settings
    })
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn unsendable(error: SendError) -> Failed {
    Failed::usage(error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn io(error: std::io::Error) -> Failed {
    Failed::new(Exit::Runtime, error.to_string())
}
