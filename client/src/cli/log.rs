//! Where the log goes: standard error, or a file.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::EnvFilter;

use crate::error::Failed;
use crate::tui::Tail;

/// Where the log goes while the screen has the terminal.
static SCREEN: Mutex<Option<Tail>> = Mutex::new(None);

/// Leads the log to the screen, or back to standard error. A log file keeps getting it.
pub fn to_screen(tail: Option<Tail>) {
    *SCREEN.lock().unwrap_or_else(PoisonError::into_inner) = tail;
}

/// Standard error, or the screen's log.
struct Out;

impl io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &*SCREEN.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(tail) => {
                tail.add(bytes);
                Ok(bytes.len())
            }
            None => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sets the log up. `HOOKREEL_LOG` goes before `-v`.
pub fn init(verbose: u8, file: Option<&Path>) -> Result<(), Failed> {
    let level = match verbose {
        // What the verifier of certificates finds is told in our own words.
        0 => "warn,rustls_platform_verifier=off",
        1 => "info",
        _ => "debug,h2=info,quinn=info,quinn_proto=info,rustls=info,hyper=info",
    };
    let filter = match std::env::var("HOOKREEL_LOG") {
        Ok(text) if !text.is_empty() => EnvFilter::try_new(&text).map_err(|error| {
            Failed::usage(format!(
                "HOOKREEL_LOG: {error}; for example: info,hookreel=debug"
            ))
        })?,
        _ => EnvFilter::new(level),
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    match file {
        None => {
            let colours = anstream::AutoStream::choice(&io::stderr());
            let ansi = colours != anstream::ColorChoice::Never;
            log.with_ansi(ansi).with_writer(|| Out).init();
        }
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path);
            let file = file.map_err(|error| {
                Failed::usage(format!("--log-file {}: {error}", path.display()))
            })?;
            log.with_ansi(false).with_writer(Mutex::new(file)).init();
        }
    }
    Ok(())
}
