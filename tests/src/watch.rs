//! Faults that nobody asked about. An error in the log or a panic in any task fails the test at
//! its end, whatever else it has seen.

use std::fmt::Write;
use std::panic;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, ThreadId};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{EnvFilter, Layer};

static FAULTS: Mutex<Vec<Fault>> = Mutex::new(Vec::new());
static ONCE: Once = Once::new();

/// A fault, and where it happened: tests that run side by side have threads of their own.
struct Fault {
    thread: ThreadId,
    /// Of a relay's threads, which belong to nobody in particular.
    is_relays: bool,
    text: String,
}

struct Errors;

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl<S: Subscriber> Layer<S> for Errors {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            let mut text = Text(format!("error logged by {}:", event.metadata().target()));
            event.record(&mut text);
            note(text.0);
        }
    }
}

fn note(text: String) {
    let thread = thread::current();
    let is_relays = thread.name().is_some_and(|name| name.starts_with("relay"));
    let fault = Fault {
        thread: thread.id(),
        is_relays,
        text,
    };
    faults().push(fault);
}

fn faults() -> MutexGuard<'static, Vec<Fault>> {
    FAULTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to watch. `HOOKREEL_LOG` (such as `debug`) also shows the log.
pub fn begin() {
    ONCE.call_once(|| {
        let shown = EnvFilter::try_from_env("HOOKREEL_LOG").ok().map(|filter| {
            tracing_subscriber::fmt::layer()
                .with_writer(std::io::stderr)
                .with_filter(filter)
        });
        let layers = tracing_subscriber::registry()
            .with(Errors.with_filter(LevelFilter::ERROR))
            .with(shown);
        let _ = tracing::subscriber::set_global_default(layers);
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            note(format!("panic: {info}"));
            usual(info);
        }));
    });
}

/// What was seen since the last time, here or on a relay's threads.
#[must_use]
pub fn take() -> Vec<String> {
    let here = thread::current().id();
    let mut faults = faults();
    let ours = faults.extract_if(.., |fault| fault.is_relays || fault.thread == here);
    ours.map(|fault| fault.text).collect()
}
