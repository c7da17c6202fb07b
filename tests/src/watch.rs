//! Faults that nobody asked about. An error in the log or a panic in any task fails the test at
//! its end, whatever else it has seen.

use std::fmt::Write;
use std::panic;
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{EnvFilter, Layer};

static FAULTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static ONCE: Once = Once::new();

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

fn note(fault: String) {
    FAULTS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(fault);
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

/// What was seen since the last time.
#[must_use]
pub fn take() -> Vec<String> {
    std::mem::take(&mut *FAULTS.lock().unwrap_or_else(PoisonError::into_inner))
}
